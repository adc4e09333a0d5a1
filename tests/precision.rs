//! How far values and gradients of each family are from `f64` at worst, and that promises hold.

use trimpot_testkit::inputs::Random;
use trimpot_testkit::losses::{self, SIZES, Width};
use trimpot_testkit::precision::{FAMILIES, LOSS_DIFFERENCES, distance};

/// How many random samples of each loss and row length are tried.
const SAMPLES: usize = 100;

/// Gradients of samples of a larger value are left out: there, what central differences lose is no
/// longer small beside the promise. (`tests/gradients.rs` compares these too, and allows for it.)
const LARGEST_VALUE: f64 = 100.0;

/// The worst that was seen, and where.
#[derive(Clone, Copy, Debug, Default)]
struct Worst {
    distance: f64,
    loss: &'static str,
    tried: usize,
}

impl Worst {
    fn see(&mut self, loss: &'static str, distance: f64) {
        self.tried += 1;
        // NaN is worse than all, and stays.
        if distance.is_nan() || distance > self.distance {
            (self.distance, self.loss) = (distance, loss);
        }
    }
}

fn measure(loss: &'static str, random: &mut Random, values: &mut Worst, gradients: &mut Worst) {
    for n in SIZES {
        for _ in 0..SAMPLES {
            let case = losses::random_case(loss, n, random).unwrap();
            let outcome = losses::run(Width::One, std::slice::from_ref(&case)).unwrap().remove(0);
            let at: Vec<f64> = case.prediction.iter().map(|&p| f64::from(p)).collect();
            let value = losses::value(&case, &at).unwrap();
            if value.is_infinite() {
                // No way to align: both say so.
                assert_eq!(f64::from(outcome.value), value, "{case:?}");
                continue;
            }
            values.see(loss, distance(outcome.value, value));
            if value.abs() > LARGEST_VALUE {
                continue;
            }
            let exact = losses::gradient(&case).unwrap();
            for (&found, &exact) in outcome.gradient.iter().zip(&exact) {
                gradients.see(loss, distance(found, exact));
            }
        }
    }
}

#[test]
fn the_worst_of_each_family_is_within_its_promise() {
    println!("{:<12} {:>9}  {:<38} gradient", "family", "promise", "value");
    for family in FAMILIES {
        let (mut values, mut gradients) = (Worst::default(), Worst::default());
        let mut random = Random::new(0x9_2ec1_510a);
        for loss in family.losses {
            measure(loss, &mut random, &mut values, &mut gradients);
        }
        println!(
            "{:<12} {:>9.1e}  {:<9.2e} {:<28} {:<9.2e} {} ({} values, {} slopes)",
            family.name,
            family.bound,
            values.distance,
            values.loss,
            gradients.distance,
            gradients.loss,
            values.tried,
            gradients.tried,
        );
        let differences = LOSS_DIFFERENCES * LARGEST_VALUE;
        assert!(values.tried > 0 && gradients.tried > 0, "{}", family.name);
        assert!(values.distance <= family.bound, "{}: {values:?}", family.name);
        assert!(gradients.distance <= family.bound + differences, "{}: {gradients:?}", family.name);
    }
}
