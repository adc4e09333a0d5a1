//! Every gradient agrees with finite differences of the textbook formula in `f64`.

use trimpot_testkit::inputs::Random;
use trimpot_testkit::losses::{self, SIZES, Width};
use trimpot_testkit::precision::{LOSS_DIFFERENCES, agrees, promised_loss};

macro_rules! test_each_loss {
    ($($name:ident: $loss:ty;)*) => {$(
        #[test]
        fn $name() {
            agrees_with_differences(stringify!($name));
        }
    )*};
}
trimpot::for_each_loss!(test_each_loss);

fn agrees_with_differences(loss: &str) {
    let promised = promised_loss(loss).unwrap_or_else(|| panic!("{loss} promises nothing"));
    let mut random = Random::new(0x5eed);
    for n in SIZES {
        for _ in 0..60 {
            let case = losses::random_case(loss, n, &mut random)
                .unwrap_or_else(|| panic!("{loss} has no random cases"));
            let outcome = losses::run(Width::One, std::slice::from_ref(&case)).unwrap().remove(0);

            let at: Vec<f64> = case.prediction.iter().map(|&p| f64::from(p)).collect();
            let value = losses::value(&case, &at).unwrap();
            assert!(
                agrees(outcome.value, value, promised),
                "{case:?}\nvalue {}, expected {value}",
                outcome.value
            );
            let gradient = losses::gradient(&case).unwrap();
            for (i, (&found, &expected)) in outcome.gradient.iter().zip(&gradient).enumerate() {
                // Differences lose digits to the size of the value.
                let bound = promised + LOSS_DIFFERENCES * value.abs().max(1.0);
                assert!(
                    agrees(found, expected, bound),
                    "{case:?}\ngradient[{i}] {found}, expected {expected}"
                );
            }
        }
    }
}
