//! Optimizers follow PyTorch's formulas, computed in `f64`, over fifty steps.

use trimpot::optimizer::{Adam, Optimizer, RmsProp, Sgd, step};
use trimpot_testkit::inputs::Random;
use trimpot_testkit::precision::{OPTIMIZER, agrees};

/// Fifty steps on a fixed sequence of gradients, against a rule in `f64` from (gradient, step) to the
/// change of the parameter.
fn follows<O: Optimizer>(mut optimizer: O, mut rule: impl FnMut(f64, i32) -> f64) {
    let mut random = Random::new(8);
    let mut state = [O::State::<f32>::default()];
    let mut parameter = [0.7_f32];
    let mut expected = f64::from(parameter[0]);
    for t in 1..=50 {
        // Gradients of every size, so that no term can hide behind another.
        let gradient =
            random.between(-1.0, 1.0) * [1e-4, 0.1, 1.0, 30.0][random.bits() as usize % 4];
        step(&mut optimizer, &mut parameter, &[gradient], &mut state);
        expected -= rule(f64::from(gradient), t);
        assert!(
            agrees(parameter[0], expected, OPTIMIZER),
            "step {t}: {}, expected {expected}",
            parameter[0]
        );
    }
}

#[test]
fn sgd_without_momentum() {
    follows(Sgd::new(0.05).unwrap(), |g, _| 0.05 * g);
}

#[test]
fn sgd_with_momentum() {
    let mut v = 0.0;
    follows(Sgd::new(0.01).unwrap().with_momentum(0.9).unwrap(), |g, _| {
        v = 0.9 * v + g;
        0.01 * v
    });
}

#[test]
fn sgd_with_nesterovs_momentum() {
    let mut v = 0.0;
    let sgd = Sgd::new(0.01).unwrap().with_momentum(0.9).unwrap();
    follows(sgd.with_nesterov(), |g, _| {
        v = 0.9 * v + g;
        0.01 * (g + 0.9 * v)
    });
}

#[test]
fn rms_prop() {
    let mut s: f64 = 0.0;
    follows(RmsProp::new(0.01).unwrap(), |g, _| {
        s = 0.99 * s + 0.01 * g * g;
        0.01 * g / (s.sqrt() + 1e-8)
    });
}

#[test]
fn adam() {
    let (mut m, mut v): (f64, f64) = (0.0, 0.0);
    follows(Adam::new(0.01).unwrap(), |g, t| {
        m = 0.9 * m + 0.1 * g;
        v = 0.999 * v + 0.001 * g * g;
        let (mean, square) = (m / (1.0 - 0.9_f64.powi(t)), v / (1.0 - 0.999_f64.powi(t)));
        0.01 * mean / (square.sqrt() + 1e-8)
    });
}

#[test]
fn settings_out_of_range_are_refused() {
    assert_eq!(Sgd::new(-1.0).unwrap_err().to_string(), "rate is -1, but must be in [0, inf)");
    assert_eq!(Adam::new(f32::NAN).unwrap_err().name, "rate");
    assert_eq!(Sgd::new(0.1).unwrap().with_momentum(1.0).unwrap_err().name, "momentum");
    assert_eq!(Adam::new(0.1).unwrap().with_betas(0.9, -0.1).unwrap_err().name, "beta_2");
    assert_eq!(RmsProp::new(0.1).unwrap().with_epsilon(0.0).unwrap_err().name, "epsilon");
    let mut adam = Adam::new(0.1).unwrap();
    assert_eq!(adam.set_rate(f32::INFINITY).unwrap_err().name, "rate");
    assert_eq!(adam.rate(), 0.1);
}
