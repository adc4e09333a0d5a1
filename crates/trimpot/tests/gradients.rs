//! Every gradient agrees with that of the textbook formula in `f64`.

use trimpot_testkit::inputs::Random;
use trimpot_testkit::losses::{self, SIZES, Width};
use trimpot_testkit::precision::{distance_by_term, promised_loss};

macro_rules! test_each_loss {
    ($($name:ident: $loss:ty;)*) => {$(
        #[test]
        fn $name() {
            agrees_with_its_formula(stringify!($name));
        }
    )*};
}
trimpot::for_each_loss!(test_each_loss);

fn agrees_with_its_formula(loss: &str) {
    let promised = promised_loss(loss).unwrap_or_else(|| panic!("{loss} promises nothing"));
    let mut random = Random::new(0x5eed);
    for n in SIZES {
        for _ in 0..60 {
            let case = losses::random_case(loss, n, &mut random)
                .unwrap_or_else(|| panic!("{loss} has no random cases"));
            let outcome = losses::run(Width::One, std::slice::from_ref(&case)).unwrap().remove(0);

            let value = losses::value(&case).unwrap();
            let (of_value, of_gradient) = losses::largest_terms(&case);
            assert!(
                outcome.value == value as f32
                    || distance_by_term(outcome.value, value, of_value) <= promised,
                "{case:?}\nvalue {}, expected {value}",
                outcome.value
            );
            let gradient = losses::gradient(&case).unwrap();
            if value.is_infinite() {
                // Left out of training.
                assert!(outcome.gradient.iter().all(|&g| g == 0.0), "{case:?}");
                continue;
            }
            for (i, (&found, &expected)) in outcome.gradient.iter().zip(&gradient).enumerate() {
                assert!(
                    distance_by_term(found, expected, of_gradient) <= promised,
                    "{case:?}\ngradient[{i}] {found}, expected {expected}"
                );
            }
        }
    }
}
