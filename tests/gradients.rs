//! Every gradient agrees with finite differences of the textbook formula in `f64`.

use trimpot_testkit::case::{self, SIZES};
use trimpot_testkit::inputs::Random;
use trimpot_testkit::loss_oracle;
use trimpot_testkit::precision::{LOSS, LOSS_DIFFERENCES, agrees};

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
    let mut random = Random::new(0x5eed);
    for n in SIZES {
        for _ in 0..60 {
            let case = loss_oracle::random_case(loss, n, &mut random)
                .unwrap_or_else(|| panic!("{loss} has no random cases"));
            let outcome = case::run::<f32>(std::slice::from_ref(&case)).unwrap().remove(0);

            let at: Vec<f64> = case.prediction.iter().map(|&p| f64::from(p)).collect();
            let value = loss_oracle::value(&case, &at).unwrap();
            assert!(
                agrees(outcome.value, value, LOSS),
                "{case:?}\nvalue {}, expected {value}",
                outcome.value
            );
            let gradient = loss_oracle::gradient(&case).unwrap();
            for (i, (&found, &expected)) in outcome.gradient.iter().zip(&gradient).enumerate() {
                // Differences lose digits to the size of the value.
                let bound = LOSS + LOSS_DIFFERENCES * value.abs().max(1.0);
                assert!(
                    agrees(found, expected, bound),
                    "{case:?}\ngradient[{i}] {found}, expected {expected}"
                );
            }
        }
    }
}
