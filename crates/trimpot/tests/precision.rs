//! How far values and gradients of each loss are from `f64` at worst, and that promises hold: for
//! numbers of all sizes, and near the minimum.

use std::array::from_fn;

use trimpot::batch;
use trimpot::loss::CrossEntropy;
use trimpot::loss::spec::LOSSES;
use trimpot_testkit::case::{Case, ValueAndGradient};
use trimpot_testkit::inputs::Random;
use trimpot_testkit::losses::{self, SIZES, Width};
use trimpot_testkit::precision::{
    LOSS, LOSS_ROW, Small, distance_by_term, largest_terms, near_minimum,
};

#[path = "precision/listed.rs"]
mod listed;

/// The losses of the registry.
fn names() -> impl Iterator<Item = &'static str> {
    LOSSES.iter().map(|listed| listed.name)
}

/// How many random samples of each loss and row length are tried.
const SAMPLES: usize = 150;

/// The worst that was seen, and where.
#[derive(Clone, Debug, Default)]
struct Worst {
    distance: f64,
    at: String,
    tried: usize,
}

impl Worst {
    fn see(&mut self, distance: f64, at: &Case) {
        self.tried += 1;
        // NaN is worse than all, and stays.
        if distance.is_nan() || distance > self.distance {
            (self.distance, self.at) = (distance, format!("{at:?}"));
        }
    }
}

fn run(case: &Case) -> ValueAndGradient {
    losses::run(Width::One, std::slice::from_ref(case)).expect("the core has it").remove(0)
}

fn measure(case: &Case, values: &mut Worst, gradients: &mut Worst) {
    compare(case, &run(case), values, gradients);
}

fn compare(case: &Case, outcome: &ValueAndGradient, values: &mut Worst, gradients: &mut Worst) {
    let value = losses::value(case).unwrap();
    if value.is_infinite() {
        // No way to align: both say so.
        assert_eq!(f64::from(outcome.value), value, "{case:?}");
        return;
    }
    let (of_value, of_gradient) = losses::largest_terms(case);
    values.see(distance_by_term(outcome.value, value, of_value), case);
    let exact = losses::gradient(case).unwrap();
    for (&found, &exact) in outcome.gradient.iter().zip(&exact) {
        gradients.see(distance_by_term(found, exact, of_gradient), case);
    }
}

#[test]
fn every_loss_keeps_its_promise_for_numbers_of_all_sizes() {
    assert_eq!(SIZES.iter().max(), Some(&LOSS_ROW));
    let mut broken = Vec::new();
    for loss in names() {
        let (mut values, mut gradients) = (Worst::default(), Worst::default());
        let mut random = Random::new(0x9_2ec1_510a);
        for n in SIZES {
            for _ in 0..SAMPLES {
                let case = losses::random_case(loss, n, &mut random).unwrap();
                measure(&case, &mut values, &mut gradients);
            }
        }
        println!("{loss:<28} {:.2e} {:.2e}", values.distance, gradients.distance);
        assert!(values.tried > 0 && gradients.tried > 0, "{loss}");
        for (what, worst) in [("value", values), ("gradient", gradients)] {
            if worst.distance.is_nan() || worst.distance > LOSS {
                broken.push(format!("{loss}: {what} {:.2e} at {}", worst.distance, worst.at));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn terms_are_given_for_the_losses_that_name_them_and_no_others() {
    for loss in names() {
        let mut random = Random::new(1);
        let mut largest = 0.0f64;
        for _ in 0..50 {
            let case = losses::random_case(loss, 8, &mut random).unwrap();
            let (of_value, of_gradient) = losses::largest_terms(&case);
            largest = largest.max(of_value).max(of_gradient);
        }
        let named = largest_terms(loss).is_some();
        assert_eq!(largest > 0.0, named, "{loss}: {largest}");
    }
}

/// How far `found` is from `exact`, relative to it; `f32` itself ends at its smallest normal
/// number.
fn relative(found: f32, exact: f64) -> f64 {
    let error = (f64::from(found) - exact).abs();
    if error <= f64::from(f32::MIN_POSITIVE) { 0.0 } else { error / exact.abs() }
}

/// Whether a small result keeps its promise.
fn keeps(promise: Small, found: f32, exact: f64, term: f64) -> bool {
    match promise {
        Small::Relative(bound) => relative(found, exact) <= bound,
        Small::Absolute => distance_by_term(found, exact, term) <= LOSS,
    }
}

#[test]
fn small_values_and_gradients_near_a_minimum_of_0_keep_their_promise_and_are_never_negative() {
    let mut broken = Vec::new();
    for loss in names() {
        let Some((of_value, of_gradient)) = near_minimum(loss) else {
            continue;
        };
        let mut random = Random::new(0x5a11);
        let (mut worst_value, mut worst_gradient, mut failed) = (0.0f64, 0.0f64, String::new());
        for n in SIZES {
            for _ in 0..60 {
                let case = losses::near_minimum(loss, n, &mut random)
                    .unwrap_or_else(|| panic!("{loss} has no samples near its minimum"));
                let outcome = run(&case);
                let (value, gradient) =
                    (losses::value(&case).unwrap(), losses::gradient(&case).unwrap());
                let terms = losses::largest_terms(&case);
                // Of targets that sum to 1 as rounded, a divergence may be a little less.
                assert!(value >= -1e-7, "{case:?}: {value}");
                worst_value = worst_value.max(relative(outcome.value, value));
                let mut good =
                    outcome.value >= 0.0 && keeps(of_value, outcome.value, value, terms.0);
                for (&found, &exact) in outcome.gradient.iter().zip(&gradient) {
                    worst_gradient = worst_gradient.max(relative(found, exact));
                    good &= keeps(of_gradient, found, exact, terms.1);
                }
                if !good && failed.is_empty() {
                    failed =
                        format!("{loss}: {case:?}\n  {outcome:?}\n  exact {value} {gradient:?}");
                }
            }
        }
        println!("{loss:<28} relative {worst_value:.1e} {worst_gradient:.1e}");
        if !failed.is_empty() {
            broken.push(failed);
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_loss_has_a_minimum_of_0_or_can_be_negative() {
    for loss in names() {
        let small = losses::near_minimum(loss, 8, &mut Random::new(1)).is_some();
        assert_eq!(small, near_minimum(loss).is_some(), "{loss}");
    }
}

/// The gradient of cross-entropy over ten classes, whose logits are up to 8 from 0, is this close to
/// the exact one.
const TEN_CLASSES: f64 = 3e-7;

#[test]
fn the_gradient_of_ten_classes_is_within_3e_7() {
    let mut random = Random::new(10);
    let logits: Vec<[f32; 10]> =
        (0..100_000).map(|_| from_fn(|_| random.between(-8.0, 8.0))).collect();
    let labels: Vec<u32> = (0..100_000).map(|_| (random.bits() % 10) as u32).collect();
    let (mut gradient, mut values) = (vec![[0.0; 10]; logits.len()], vec![0.0; logits.len()]);
    let loss = CrossEntropy::new();
    batch::rows::gradient(&loss, &logits, &labels, &mut gradient, &mut values).unwrap();

    let mut worst = 0.0_f64;
    for ((logits, &label), gradient) in logits.iter().zip(&labels).zip(&gradient) {
        let exponentials = logits.map(|z| f64::from(z).exp());
        let sum: f64 = exponentials.iter().sum();
        for (class, (&found, e)) in gradient.iter().zip(exponentials).enumerate() {
            let exact = if class == label as usize { (e - sum) / sum } else { e / sum };
            let distance = (f64::from(found) - exact).abs();
            assert!(distance <= TEN_CLASSES, "{distance:e}");
            worst = worst.max(distance);
        }
    }
    println!("the worst gradient of ten classes is {worst:.2e} from the exact one");
}
