//! Optimizers are PyTorch's over fifty steps, have the same bits in every width, and go on after a
//! checkpoint as if there had been none.

use std::collections::BTreeMap;

use trimpot::ParameterError;
use trimpot::lanes::{Lanes, f32x4, f32x8, f32x16};
use trimpot::optimizer::{Adadelta, Adagrad, Adam, AdamW, Lion, Optimizer, RmsProp, Sgd, step};
use trimpot_testkit::inputs::{Random, edge_cases};
use trimpot_testkit::precision::{OPTIMIZER, distance};
use trimpot_testkit::training::{TrainingCase, parse};
use trimpot_testkit::widths::same_bits;

const GOLDEN: &str = include_str!("golden/optimizers.jsonl");

/// What is to be done with each optimizer.
trait Task {
    fn run<O: Optimizer + Copy + PartialEq + std::fmt::Debug>(&mut self, optimizer: O);
}

/// Does a task with the optimizer of a case. An option that the optimizer has not is an error.
fn with_optimizer(case: &TrainingCase, task: &mut impl Task) -> Result<(), ParameterError> {
    let mut unused: Vec<&str> = case.options.0.keys().map(String::as_str).collect();
    let mut option = |name: &str| {
        unused.retain(|&other| other != name);
        case.optional(name)
    };
    let learning_rate = option("lr").unwrap();
    /// The optimizer with each of the options that the case has.
    macro_rules! with {
        ($optimizer:ident, $($name:literal => $method:ident,)*) => {{
            let optimizer = $optimizer::new(learning_rate)?;
            $(let optimizer = match option($name) {
                Some(value) => optimizer.$method(value)?,
                None => optimizer,
            };)*
            optimizer
        }};
    }
    macro_rules! with_betas {
        ($optimizer:expr) => {{
            let optimizer = $optimizer;
            match (option("beta_1"), option("beta_2")) {
                (Some(beta_1), Some(beta_2)) => optimizer.with_betas(beta_1, beta_2)?,
                _ => optimizer,
            }
        }};
    }
    match case.name.as_str() {
        "sgd" => {
            let sgd = with!(Sgd, "momentum" => with_momentum, "weight_decay" => with_weight_decay,);
            option("nesterov");
            let nesterov = case.options.flag("nesterov");
            task.run(if nesterov { sgd.with_nesterov() } else { sgd });
        }
        "rms_prop" => task.run(with!(RmsProp, "alpha" => with_smoothing, "eps" => with_epsilon,
            "weight_decay" => with_weight_decay,)),
        "adagrad" => task.run(with!(Adagrad, "eps" => with_epsilon,
            "weight_decay" => with_weight_decay,)),
        "adadelta" => task.run(with!(Adadelta, "rho" => with_smoothing, "eps" => with_epsilon,
            "weight_decay" => with_weight_decay,)),
        "adam" => task.run(with_betas!(with!(Adam, "eps" => with_epsilon,
            "weight_decay" => with_weight_decay,))),
        "adam_w" => task.run(with_betas!(with!(AdamW, "eps" => with_epsilon,
            "weight_decay" => with_weight_decay,))),
        "lion" => task.run(with_betas!(with!(Lion, "weight_decay" => with_weight_decay,))),
        other => panic!("no optimizer is called {other}"),
    }
    assert!(unused.is_empty(), "{} has no {unused:?}", case.name);
    Ok(())
}

/// Does a task with every optimizer, in all settings of the golden cases.
fn with_each(task: &mut impl Task) {
    let mut cases = 0;
    for case in parse(GOLDEN).cases.iter().filter(|case| case.kind == "optimizer") {
        with_optimizer(case, task).unwrap();
        cases += 1;
    }
    assert_eq!(cases, 23);
}

/// The largest distance of a run of parameters from a golden one.
struct Follow<'a> {
    case: &'a TrainingCase,
    parameters: Vec<f32>,
    gradients: &'a [Vec<f32>],
    worst: f64,
}

impl Task for Follow<'_> {
    fn run<O: Optimizer>(&mut self, mut optimizer: O) {
        let mut state = vec![O::State::<f32>::default(); self.parameters.len()];
        assert_eq!(self.case.expected.len(), 50);
        for (number, (gradient, expected)) in
            self.gradients.iter().zip(&self.case.expected).enumerate()
        {
            step(&mut optimizer, &mut self.parameters, gradient, &mut state);
            assert_eq!(expected.len(), self.parameters.len());
            for (&found, &exact) in self.parameters.iter().zip(expected) {
                let distance = distance(found, exact);
                let TrainingCase { name, options, .. } = self.case;
                assert!(distance <= OPTIMIZER, "{name} {options:?} {number}: {found} {exact}");
                self.worst = self.worst.max(distance);
            }
        }
    }
}

#[test]
fn each_follows_pytorch_for_fifty_steps() {
    let golden = parse(GOLDEN);
    let mut worst = BTreeMap::new();
    for case in golden.cases.iter().filter(|case| case.kind == "optimizer") {
        let (parameters, gradients) = (golden.parameters.clone(), &golden.gradients);
        let mut follow = Follow { case, parameters, gradients, worst: 0.0 };
        with_optimizer(case, &mut follow).unwrap();
        let entry: &mut f64 = worst.entry(&case.name).or_default();
        *entry = entry.max(follow.worst);
    }
    for (name, worst) in &worst {
        println!("{name:<10} {worst:.1e}");
    }
}

/// A new optimizer without golden cases is noticed.
#[test]
fn every_optimizer_has_golden_cases() {
    let source = include_str!("../src/optimizer.rs");
    let modules = source.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    // `any` is whichever of them.
    let mut written: Vec<&str> = modules.filter(|&module| module != "any").collect();
    let golden = parse(GOLDEN);
    let cases = golden.cases.iter().filter(|case| case.kind == "optimizer");
    let mut tested: Vec<&str> = cases.map(|case| case.name.as_str()).collect();
    written.sort_unstable();
    tested.sort_unstable();
    tested.dedup();
    assert!(!written.is_empty());
    assert_eq!(tested, written);
}

/// The parameters after some steps on gradients that depend on them, from `first` on.
fn run_steps<V: Lanes, O: Optimizer>(
    optimizer: &mut O,
    parameters: &mut [f32],
    state: &mut [O::State<V>],
    steps: std::ops::Range<u32>,
) {
    let chunks = parameters.chunks(V::LANES);
    let mut packed: Vec<V> = chunks.map(|chunk| V::from_fn(|lane| chunk[lane])).collect();
    for number in steps {
        let gradient = |&p: &V| p * V::splat(0.5) - V::splat(number as f32 * 0.01);
        let gradient: Vec<V> = packed.iter().map(gradient).collect();
        step(optimizer, &mut packed, &gradient, state);
    }
    for (chunk, packed) in parameters.chunks_mut(V::LANES).zip(packed) {
        chunk.copy_from_slice(packed.to_array().as_ref());
    }
}

/// Edge cases and common numbers: whole vectors of the widest.
fn inputs() -> Vec<f32> {
    let mut random = Random::new(2);
    let mut inputs: Vec<f32> = edge_cases().collect();
    let length = (inputs.len() + 200).next_multiple_of(16);
    inputs.resize_with(length, || random.between(-3.0, 3.0));
    inputs
}

struct Widths;

impl Task for Widths {
    fn run<O: Optimizer + Copy + std::fmt::Debug>(&mut self, optimizer: O) {
        fn fifty<V: Lanes>(mut optimizer: impl Optimizer) -> Vec<f32> {
            fn states<V: Lanes, O: Optimizer>(_: &O, count: usize) -> Vec<O::State<V>> {
                vec![O::State::<V>::default(); count]
            }
            let mut parameters = inputs();
            let mut state = states::<V, _>(&optimizer, parameters.len() / V::LANES);
            run_steps::<V, _>(&mut optimizer, &mut parameters, &mut state, 0..50);
            parameters
        }
        let scalar = fifty::<f32>(optimizer);
        for wide in
            [fifty::<f32x4>(optimizer), fifty::<f32x8>(optimizer), fifty::<f32x16>(optimizer)]
        {
            let same = scalar.iter().zip(&wide).all(|(&a, &b)| same_bits(a, b));
            assert!(same && scalar.len() == wide.len(), "{optimizer:?}");
        }
    }
}

#[test]
fn every_width_has_the_same_bits() {
    with_each(&mut Widths);
}

/// Twenty steps, a checkpoint of plain numbers, thirty more.
struct Resume;

impl Task for Resume {
    fn run<O: Optimizer + Copy + PartialEq + std::fmt::Debug>(&mut self, fresh: O) {
        let mut whole = (fresh, inputs());
        let mut state = vec![O::State::<f32x16>::default(); whole.1.len() / 16];
        run_steps(&mut whole.0, &mut whole.1, &mut state, 0..50);

        let mut before = (fresh, inputs());
        let mut state = vec![O::State::<f32x16>::default(); before.1.len() / 16];
        run_steps(&mut before.0, &mut before.1, &mut state, 0..20);
        let stored: Vec<f32> =
            state.iter().flat_map(|state| state.as_ref()).flat_map(|v| v.to_array()).collect();

        let (mut resumed, mut parameters) = (fresh, before.1);
        resumed.resume(20);
        assert_eq!(resumed, before.0);
        let mut state = vec![O::State::<f32x16>::default(); parameters.len() / 16];
        let places = state.iter_mut().flat_map(|state| state.as_mut());
        for (place, stored) in places.zip(stored.chunks(16)) {
            *place = f32x16::from_fn(|lane| stored[lane]);
        }
        run_steps(&mut resumed, &mut parameters, &mut state, 20..50);
        assert!(parameters.iter().zip(&whole.1).all(|(&a, &b)| same_bits(a, b)), "{fresh:?}");
        assert_eq!(resumed, whole.0);
    }
}

#[test]
fn a_resumed_run_has_the_bits_of_an_uninterrupted_one() {
    with_each(&mut Resume);
}

/// Gradients of zero, after others: what is remembered decays.
struct Fade;

impl Task for Fade {
    fn run<O: Optimizer + Copy + PartialEq + std::fmt::Debug>(&mut self, mut optimizer: O) {
        // As with gradients of 1 thousands of steps ago.
        let mut state = O::State::<f32>::default();
        state.as_mut().fill(1e-30);
        let mut parameter = [0.0];
        for number in 0..30_000 {
            step(&mut optimizer, &mut parameter, &[0.0], std::slice::from_mut(&mut state));
            let fast = |&number: &f32| number == 0.0 || (number * 1e-6).is_normal();
            assert!(
                state.as_ref().iter().all(fast),
                "{optimizer:?} {number}: {:?}",
                state.as_ref()
            );
        }
    }
}

/// With subnormal numbers each step takes some processors many times as long.
#[test]
fn what_decays_does_not_end_among_subnormal_numbers() {
    with_each(&mut Fade);
}

/// Without weight decay, an infinite parameter does not spoil what is remembered.
#[test]
fn no_weight_decay_adds_nothing() {
    let mut state = [[0.0; 2]];
    step(&mut Adam::new(0.1).unwrap(), &mut [f32::INFINITY], &[1.0], &mut state);
    assert!(state[0].iter().all(|number| number.is_finite()), "{state:?}");
}

#[test]
fn settings_out_of_range_are_refused() {
    assert_eq!(
        Sgd::new(-1.0).unwrap_err().to_string(),
        "learning_rate is -1, but must be in [0, inf)"
    );
    for error in [
        Adam::new(f32::NAN).unwrap_err(),
        AdamW::new(f32::INFINITY).unwrap_err(),
        RmsProp::new(-0.1).unwrap_err(),
        Adagrad::new(-0.1).unwrap_err(),
        Adadelta::new(f32::NAN).unwrap_err(),
        Lion::new(-1e-9).unwrap_err(),
    ] {
        assert_eq!(error.name, "learning_rate");
    }
    for error in [
        Sgd::new(0.1).unwrap().with_weight_decay(-0.1).unwrap_err(),
        RmsProp::new(0.1).unwrap().with_weight_decay(f32::NAN).unwrap_err(),
        Adagrad::new(0.1).unwrap().with_weight_decay(f32::INFINITY).unwrap_err(),
        Adadelta::new(0.1).unwrap().with_weight_decay(-1.0).unwrap_err(),
        Adam::new(0.1).unwrap().with_weight_decay(-1.0).unwrap_err(),
        AdamW::new(0.1).unwrap().with_weight_decay(-1.0).unwrap_err(),
        Lion::new(0.1).unwrap().with_weight_decay(-1.0).unwrap_err(),
    ] {
        assert_eq!(error.name, "weight_decay");
    }
    assert_eq!(Sgd::new(0.1).unwrap().with_momentum(1.0).unwrap_err().name, "momentum");
    assert_eq!(Adam::new(0.1).unwrap().with_betas(0.9, -0.1).unwrap_err().name, "beta_2");
    assert_eq!(AdamW::new(0.1).unwrap().with_betas(1.0, 0.9).unwrap_err().name, "beta_1");
    assert_eq!(Lion::new(0.1).unwrap().with_betas(0.9, f32::NAN).unwrap_err().name, "beta_2");
    assert_eq!(RmsProp::new(0.1).unwrap().with_smoothing(1.5).unwrap_err().name, "smoothing");
    assert_eq!(Adadelta::new(1.0).unwrap().with_smoothing(-0.1).unwrap_err().name, "smoothing");
    for error in [
        RmsProp::new(0.1).unwrap().with_epsilon(0.0).unwrap_err(),
        Adagrad::new(0.1).unwrap().with_epsilon(-1.0).unwrap_err(),
        Adadelta::new(0.1).unwrap().with_epsilon(0.0).unwrap_err(),
        Adam::new(0.1).unwrap().with_epsilon(f32::NAN).unwrap_err(),
        AdamW::new(0.1).unwrap().with_epsilon(f32::INFINITY).unwrap_err(),
    ] {
        assert_eq!(error.name, "epsilon");
    }
    let mut adam = AdamW::new(0.1).unwrap();
    assert_eq!(adam.set_learning_rate(f32::INFINITY).unwrap_err().name, "learning_rate");
    assert_eq!(adam.learning_rate(), 0.1);
}
