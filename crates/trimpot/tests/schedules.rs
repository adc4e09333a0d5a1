//! Learning rates, clipping and averages are PyTorch's; early stopping is Keras'.

use std::collections::BTreeMap;

use trimpot::average::MovingAverage;
use trimpot::clip::{ClipNorm, ClipValue, norm};
use trimpot::early_stopping::{Decision, EarlyStopping};
use trimpot::schedule::{
    Constant, Cosine, Exponential, Linear, OneCycle, Schedule, StepDecay, WarmUp,
};
use trimpot_testkit::inputs::Random;
use trimpot_testkit::precision::{AVERAGE, CLIPPING, SCHEDULE, agrees, distance};
use trimpot_testkit::training::{TrainingCase, parse};

const GOLDEN: &str = include_str!("golden/optimizers.jsonl");

/// The cases of a kind, of which there are so many.
fn cases(kind: &str, count: usize) -> Vec<TrainingCase> {
    let mut cases = parse(GOLDEN).cases;
    cases.retain(|case| case.kind == kind);
    assert_eq!(cases.len(), count);
    cases
}

fn schedule(case: &TrainingCase) -> Box<dyn Schedule> {
    let option = |name| case.option(name);
    let steps = |name| case.option(name) as u32;
    let cosine = || Cosine::new(option("from"), option("to"), steps("steps")).unwrap();
    let exponential = || Exponential::new(option("learning_rate"), option("factor")).unwrap();
    match case.name.as_str() {
        "constant" => Box::new(Constant::new(option("learning_rate")).unwrap()),
        "linear" => Box::new(Linear::new(option("from"), option("to"), steps("steps")).unwrap()),
        "step_decay" => Box::new(
            StepDecay::new(option("learning_rate"), option("factor"), steps("every")).unwrap(),
        ),
        "exponential" => Box::new(exponential()),
        "cosine" => Box::new(cosine()),
        "warm_up_cosine" => {
            Box::new(WarmUp::new(option("start"), steps("warm_up"), cosine()).unwrap())
        }
        "warm_up_exponential" => {
            Box::new(WarmUp::new(option("start"), steps("warm_up"), exponential()).unwrap())
        }
        "one_cycle" => {
            let mut cycle = OneCycle::new(option("learning_rate"), steps("steps")).unwrap();
            if let Some(share) = case.optional("share") {
                cycle = cycle.with_warm_up(share).unwrap();
            }
            if let (Some(first), Some(last)) = (case.optional("first"), case.optional("last")) {
                cycle = cycle.with_divisors(first, last).unwrap();
            }
            Box::new(cycle)
        }
        other => panic!("no schedule is called {other}"),
    }
}

#[test]
fn each_schedule_is_pytorchs() {
    let mut worst = BTreeMap::new();
    for case in cases("schedule", 23) {
        let schedule = schedule(&case);
        assert!(case.expected.len() >= 37);
        for (step, exact) in (0..).zip(&case.expected) {
            let (found, exact) = (schedule.learning_rate(step), exact[0]);
            // Relative to the learning rate itself, however small; what is 0 there is at most a
            // rounding off.
            let distance = (f64::from(found) - exact).abs() / exact.max(1e-12);
            let TrainingCase { name, options, .. } = &case;
            assert!(distance <= SCHEDULE, "{name} {options:?} in step {step}: {found} {exact}");
            let entry: &mut f64 = worst.entry(name.clone()).or_default();
            *entry = entry.max(distance);
        }
    }
    for (name, worst) in &worst {
        println!("{name:<20} {worst:.1e}");
    }
}

#[test]
fn schedules_stay_where_they_end() {
    let (a, b) = (0.1, 0.002);
    for step in [50, 51, 1000, u32::MAX] {
        assert_eq!(Linear::new(a, b, 50).unwrap().learning_rate(step), a + (b - a));
        assert_eq!(Cosine::new(a, b, 50).unwrap().learning_rate(step), b);
        let cycle = OneCycle::new(a, 50).unwrap();
        assert_eq!(cycle.learning_rate(step), a / 25.0 / 1e4);
        assert_eq!(
            WarmUp::new(0.0, 25, Cosine::new(a, b, 25).unwrap()).unwrap().learning_rate(step),
            b
        );
    }
    assert_eq!(StepDecay::new(a, 0.5, 1).unwrap().learning_rate(u32::MAX), 0.0);
    assert_eq!(Exponential::new(a, 0.5).unwrap().learning_rate(u32::MAX), 0.0);
}

/// What `set_learning_rate` wants, for any settings and any step, such as no steps at all.
#[test]
fn rates_are_finite_and_not_negative() {
    let mut random = Random::new(5);
    for _ in 0..3000 {
        let mut learning_rate = || {
            let size = [0.0, 1e-40, 1e-6, 1.0, 1e30][random.bits() as usize % 5];
            size * random.between(0.0, 1.0)
        };
        let (a, b) = (learning_rate(), learning_rate());
        let factor = random.between(1e-3, 1.0);
        let share = random.between(0.0, 0.999);
        let mut count = || [0, 1, 2, 3, 7, 1000, u32::MAX][random.bits() as usize % 7];
        let (steps, step) = (count(), count());
        let cosine = Cosine::new(a, b, steps).unwrap();
        let cycle = OneCycle::new(a, steps).unwrap();
        let schedules: [&dyn Schedule; 8] = [
            &Constant::new(a).unwrap(),
            &Linear::new(a, b, steps).unwrap(),
            &StepDecay::new(a, factor, steps.max(1)).unwrap(),
            &Exponential::new(a, factor).unwrap(),
            &cosine,
            &WarmUp::new(b, steps, cosine).unwrap(),
            &cycle,
            &cycle.with_warm_up(share).unwrap(),
        ];
        for (number, schedule) in schedules.iter().enumerate() {
            let learning_rate = schedule.learning_rate(step);
            assert!(
                learning_rate >= 0.0 && learning_rate.is_finite(),
                "{number} {a} {b} {steps} {step}: {learning_rate}"
            );
        }
    }
}

#[test]
fn settings_of_schedules_out_of_range_are_refused() {
    assert_eq!(Constant::new(-1.0).unwrap_err().name, "learning_rate");
    assert_eq!(Linear::new(f32::NAN, 0.1, 5).unwrap_err().name, "from");
    assert_eq!(Linear::new(0.1, f32::INFINITY, 5).unwrap_err().name, "to");
    assert_eq!(Cosine::new(-0.1, 0.1, 5).unwrap_err().name, "from");
    assert_eq!(Cosine::new(0.1, -0.1, 5).unwrap_err().name, "to");
    assert_eq!(StepDecay::new(0.1, 0.5, 0).unwrap_err().name, "every");
    assert_eq!(StepDecay::new(0.1, 0.0, 1).unwrap_err().name, "factor");
    assert_eq!(StepDecay::new(-0.1, 0.5, 1).unwrap_err().name, "learning_rate");
    assert_eq!(Exponential::new(0.1, 1.1).unwrap_err().name, "factor");
    assert_eq!(Exponential::new(0.1, f32::NAN).unwrap_err().name, "factor");
    let constant = Constant::new(0.1).unwrap();
    assert_eq!(WarmUp::new(-0.1, 5, constant).unwrap_err().name, "from");
    assert_eq!(OneCycle::new(-0.1, 5).unwrap_err().name, "largest");
    let cycle = OneCycle::new(0.1, 5).unwrap();
    assert_eq!(cycle.with_warm_up(1.0).unwrap_err().name, "share");
    assert_eq!(cycle.with_divisors(0.5, 2.0).unwrap_err().name, "first");
    assert_eq!(cycle.with_divisors(2.0, f32::INFINITY).unwrap_err().name, "last");
    assert_eq!(ClipValue::new(0.0).unwrap_err().name, "limit");
    assert_eq!(ClipNorm::new(f32::NAN).unwrap_err().name, "limit");
    assert_eq!(MovingAverage::new(1.0).unwrap_err().name, "decay");
    assert_eq!(EarlyStopping::new(3).with_min_delta(-1.0).unwrap_err().name, "min_delta");
}

#[test]
fn clipping_is_pytorchs() {
    let mut worst: f64 = 0.0;
    for case in cases("clip", 6) {
        let (limit, gradients) = (case.option("limit"), parse(GOLDEN).gradients);
        assert_eq!(case.expected.len(), 12);
        for ((mut gradient, expected), &size) in
            gradients.into_iter().zip(&case.expected).zip(&case.norms)
        {
            assert!((f64::from(norm(&gradient)) - size).abs() <= CLIPPING * size);
            match case.name.as_str() {
                "value" => ClipValue::new(limit).unwrap().clip(&mut gradient),
                _ => {
                    let before = norm(&gradient);
                    assert_eq!(ClipNorm::new(limit).unwrap().clip(&mut gradient), before);
                }
            }
            for (&found, &exact) in gradient.iter().zip(expected) {
                assert!(agrees(found, exact, CLIPPING), "{case:?}: {found} {exact}");
                worst = worst.max(distance(found, exact));
            }
        }
    }
    println!("clipping {worst:.1e}");
}

#[test]
fn clipping_treats_numbers_that_are_none_as_pytorch_does() {
    let (value, length) = (ClipValue::new(1.0).unwrap(), ClipNorm::new(1.0).unwrap());
    let mut gradient = [f32::NAN, f32::INFINITY, -f32::INFINITY, -0.0];
    value.clip(&mut gradient);
    assert!(gradient[0].is_nan() && gradient[1..] == [1.0, -1.0, 0.0]);

    let mut gradient = [1e-3, f32::NAN];
    assert!(length.clip(&mut gradient).is_nan());
    assert!(gradient[0].is_nan() && gradient[1].is_nan());

    let mut gradient = [2.0, f32::INFINITY];
    assert_eq!(length.clip(&mut gradient), f32::INFINITY);
    assert!(gradient[0] == 0.0 && gradient[1].is_nan());

    let mut zeros = [0.0; 3];
    assert_eq!((length.clip(&mut zeros), zeros), (0.0, [0.0; 3]));
    assert_eq!(length.clip(&mut []), 0.0);
}

/// In blocks of 16 and what is left over: no element is forgotten.
#[test]
fn a_norm_counts_every_element() {
    for length in [1, 15, 16, 17, 33, 100] {
        for at in 0..length {
            let mut elements = vec![0.0; length];
            elements[at] = -3.0;
            assert_eq!(norm(&elements), 3.0, "{at} of {length}");
        }
        assert!((norm(&vec![2.0; length]) - 2.0 * (length as f32).sqrt()).abs() <= 1e-5);
    }
}

#[test]
fn moving_averages_are_pytorchs() {
    let golden = parse(GOLDEN);
    let mut worst: f64 = 0.0;
    for case in cases("average", 6) {
        let mut moving = MovingAverage::new(case.option("decay")).unwrap();
        if case.name == "moving_with_ramp" {
            moving = moving.with_ramp();
        }
        let mut average = vec![f32::NAN; golden.parameters.len()];
        assert_eq!(case.expected.len(), 50);
        for (number, (gradient, expected)) in (0..).zip(golden.gradients.iter().zip(&case.expected))
        {
            let now = golden.parameters.iter().zip(gradient).map(|(p, g)| p - 0.125 * g);
            let now: Vec<f32> = now.collect();
            // As after a checkpoint.
            let fresh = MovingAverage::new(case.option("decay")).unwrap();
            let fresh = if case.name == "moving_with_ramp" { fresh.with_ramp() } else { fresh };
            assert_eq!(fresh.resume(number), moving);
            moving.update(&mut average, &now);
            for (&found, &exact) in average.iter().zip(expected) {
                assert!(agrees(found, exact, AVERAGE), "{number}: {found} {exact}");
                worst = worst.max(distance(found, exact));
            }
        }
        assert_eq!(moving.updates(), 50);
    }
    println!("moving averages {worst:.1e}");
}

#[test]
fn stopping_waits_for_its_patience() {
    use Decision::{Improved, Stop, Waiting};
    let observe = |mut stopping: EarlyStopping, losses: &[f32]| -> Vec<Decision> {
        losses.iter().map(|&loss| stopping.observe(loss)).collect()
    };
    let losses = [1.0, 0.9, 0.95, 0.89, 0.89, 0.9, 0.95];
    let all = observe(EarlyStopping::new(3), &losses);
    assert_eq!(all, [Improved, Improved, Waiting, Improved, Waiting, Waiting, Stop]);
    let delta = EarlyStopping::new(3).with_min_delta(0.05).unwrap();
    assert_eq!(observe(delta, &losses)[..5], [Improved, Improved, Waiting, Waiting, Stop]);
    for patience in [0, 1] {
        assert_eq!(observe(EarlyStopping::new(patience), &[1.0, 1.0]), [Improved, Stop]);
    }
    // NaN is never better, first or later, and infinity is better than nothing.
    let (nan, infinity) = (f32::NAN, f32::INFINITY);
    assert_eq!(
        observe(EarlyStopping::new(2), &[nan, 1.0, nan, nan]),
        [Waiting, Improved, Waiting, Stop]
    );
    assert_eq!(observe(EarlyStopping::new(2), &[infinity, 1.0]), [Improved, Improved]);
}

#[test]
fn stopping_resumes_as_if_it_had_not_ended() {
    let losses = [0.5, 0.4, 0.45, 0.3, 0.31, 0.32, 0.2, 0.5, 0.6, 0.7];
    for at in 0..losses.len() {
        let mut whole = EarlyStopping::new(3).with_min_delta(0.01).unwrap();
        for &loss in &losses[..at] {
            let _ = whole.observe(loss);
        }
        let fresh = EarlyStopping::new(3).with_min_delta(0.01).unwrap();
        assert_eq!(fresh.resume(whole.best(), whole.waited()), whole);
    }
}
