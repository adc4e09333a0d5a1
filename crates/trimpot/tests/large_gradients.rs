//! Gradients whose squares are beyond `f32`: optimizers go on, and clipping keeps the direction.

use trimpot::clip::{ClipNorm, norm};
use trimpot::optimizer::{Adadelta, Adagrad, Adam, AdamW, Optimizer, RmsProp, step};
use trimpot_testkit::precision::{CLIPPING, OPTIMIZER};

const LEARNING_RATE: f32 = 0.1;
/// Sizes up to the largest `f32`. The square of 2·10¹⁹ is the first that is infinite.
const SIZES: [f32; 7] = [1e19, 2e19, 1e20, 1e25, 1e30, 1e38, f32::MAX];

/// A rule for one parameter in `f64`: its change for the gradient of step `t`.
type Rule = fn(state: &mut [f64; 2], gradient: f64, t: i32) -> f64;

/// The share of the past in all averages.
const DECAY: f32 = 0.9;

fn shares() -> [f64; 2] {
    [DECAY, 1.0 - DECAY].map(f64::from)
}

fn adam([mean, square]: &mut [f64; 2], gradient: f64, t: i32) -> f64 {
    let [past, fresh] = shares();
    *mean = past * *mean + fresh * gradient;
    *square = past * *square + fresh * gradient * gradient;
    let correction = 1.0 - past.powi(t);
    f64::from(LEARNING_RATE) * *mean / correction / ((*square / correction).sqrt() + 1e-8)
}

fn rms_prop([square, _]: &mut [f64; 2], gradient: f64, _t: i32) -> f64 {
    let [past, fresh] = shares();
    *square = past * *square + fresh * gradient * gradient;
    f64::from(LEARNING_RATE) * gradient / (square.sqrt() + 1e-8)
}

fn adagrad([square, _]: &mut [f64; 2], gradient: f64, _t: i32) -> f64 {
    *square += gradient * gradient;
    f64::from(LEARNING_RATE) * gradient / (square.sqrt() + 1e-10)
}

fn adadelta([square, change]: &mut [f64; 2], gradient: f64, _t: i32) -> f64 {
    let ([past, fresh], epsilon) = (shares(), f64::from(1e-6_f32));
    *square = past * *square + fresh * gradient * gradient;
    let delta = gradient * ((*change + epsilon) / (*square + epsilon)).sqrt();
    *change = past * *change + fresh * delta * delta;
    f64::from(LEARNING_RATE) * delta
}

/// What is to be done with each optimizer and its rule.
trait Task {
    fn run<O: Optimizer + Copy>(&self, name: &str, optimizer: O, rule: Rule);
}

fn with_each(task: &impl Task) {
    let betas = (DECAY, DECAY);
    task.run("adam", Adam::new(LEARNING_RATE).unwrap().with_betas(betas.0, betas.1).unwrap(), adam);
    let adam_w = AdamW::new(LEARNING_RATE).unwrap().with_betas(betas.0, betas.1).unwrap();
    task.run("adam_w", adam_w.with_weight_decay(0.0).unwrap(), adam);
    task.run(
        "rms_prop",
        RmsProp::new(LEARNING_RATE).unwrap().with_smoothing(DECAY).unwrap(),
        rms_prop,
    );
    task.run("adagrad", Adagrad::new(LEARNING_RATE).unwrap(), adagrad);
    task.run(
        "adadelta",
        Adadelta::new(LEARNING_RATE).unwrap().with_smoothing(DECAY).unwrap(),
        adadelta,
    );
}

/// One parameter under these gradients: after each step, in `f32` and in `f64`.
fn run_steps<O: Optimizer>(
    mut optimizer: O,
    rule: Rule,
    gradients: impl Iterator<Item = f32>,
) -> Vec<(f32, f64)> {
    let (mut parameter, mut state) = ([1.0], [O::State::<f32>::default()]);
    let (mut exact, mut exact_state) = (1.0, [0.0; 2]);
    let mut pairs = Vec::new();
    for (gradient, t) in gradients.zip(1..) {
        step(&mut optimizer, &mut parameter, &[gradient], &mut state);
        assert!(state[0].as_ref().iter().all(|number| number.is_finite()), "{gradient}");
        exact -= rule(&mut exact_state, f64::from(gradient), t);
        pairs.push((parameter[0], exact));
    }
    pairs
}

/// One large gradient, then small ones: as in `f64` as long as the large one is what counts.
struct OneLarge;

impl Task for OneLarge {
    fn run<O: Optimizer + Copy>(&self, name: &str, optimizer: O, rule: Rule) {
        for size in SIZES.into_iter().flat_map(|size| [size, -size]) {
            let gradients = std::iter::once(size).chain(std::iter::repeat_n(1.0, 150));
            for (number, (found, exact)) in
                run_steps(optimizer, rule, gradients).into_iter().enumerate()
            {
                let off = (f64::from(found) - exact).abs();
                assert!(off <= OPTIMIZER, "{name}, {size:e}, step {number}: {found}, {exact}");
            }
        }
    }
}

#[test]
fn after_one_large_gradient_optimizers_go_on_as_in_f64() {
    with_each(&OneLarge);
}

/// No gradient freezes a parameter for ever: where `f64` gets, `f32` gets at least as soon.
struct Recovers;

impl Task for Recovers {
    fn run<O: Optimizer + Copy>(&self, name: &str, optimizer: O, rule: Rule) {
        for size in SIZES {
            let gradients = std::iter::once(size).chain(std::iter::repeat_n(1.0, 2500));
            let (found, exact) = run_steps(optimizer, rule, gradients).pop().unwrap();
            assert!(f64::from(found) <= exact + 1e-3, "{name}, {size:e}: {found}, {exact}");
        }
    }
}

#[test]
fn no_gradient_freezes_a_parameter() {
    with_each(&Recovers);
}

/// A run whose gradients stay large has steps of full length.
struct AlwaysLarge;

impl Task for AlwaysLarge {
    fn run<O: Optimizer + Copy>(&self, name: &str, optimizer: O, rule: Rule) {
        for size in SIZES {
            let gradients = std::iter::repeat_n(size, 300);
            for (found, exact) in run_steps(optimizer, rule, gradients) {
                let off = (f64::from(found) - exact).abs();
                // Adagrad's sum is full after four squares: its steps stop becoming shorter.
                let bound = if name == "adagrad" { 30.0 } else { 1e-4 * exact.abs().max(1.0) };
                assert!(off <= bound, "{name}, {size:e}: {found}, {exact}");
            }
        }
    }
}

#[test]
fn steps_on_large_gradients_have_their_usual_length() {
    with_each(&AlwaysLarge);
}

#[test]
fn norms_of_every_size_are_exact() {
    for size in [1e-44, 1e-38, 1e-30, 1e-20, 1e-10, 1.0, 1e10, 1e18, 1e19, 1e25, 5e37_f32] {
        let elements = [3.0 * size, -4.0 * size, 0.0];
        let exact = libm::hypot(f64::from(elements[0]), f64::from(elements[1]));
        let off = (f64::from(norm(&elements)) - exact).abs();
        assert!(off <= CLIPPING * exact + 1e-45, "{size:e}: {} for {exact}", norm(&elements));
    }
    assert_eq!(norm(&[3e38; 2]), f32::INFINITY); // 4.2·10³⁸ is no `f32`
    assert_eq!((norm(&[]), norm(&[0.0; 20])), (0.0, 0.0));
    assert!(norm(&[f32::NAN, f32::INFINITY]).is_nan() && norm(&[1e30, f32::NAN]).is_nan());
    assert_eq!(norm(&[1.0, f32::NEG_INFINITY]), f32::INFINITY);
}

#[test]
fn clipping_keeps_the_direction_of_large_gradients() {
    for gradient in [[2e22, 1.0], [3e38, 3e38], [-f32::MAX, 1e30], [1e19, -1e19]] {
        for limit in [1e-30, 1e-3, 1.0, 1e10, 1e30] {
            let mut clipped = gradient;
            ClipNorm::new(limit).unwrap().clip(&mut clipped);
            let exact = gradient.map(f64::from);
            let length = libm::hypot(exact[0], exact[1]);
            let factor = (f64::from(limit) / (length + 1e-6)).min(1.0);
            for (found, exact) in clipped.into_iter().zip(exact) {
                let off = (f64::from(found) - exact * factor).abs();
                let size = (exact * factor).abs();
                assert!(off <= CLIPPING * size + 1e-45, "{gradient:?} to {limit}: {clipped:?}");
            }
        }
    }
}

/// The norm is 5·10⁻³⁰, not 0; the 10⁻⁶ beside it is PyTorch's.
#[test]
fn clipping_sees_small_gradients() {
    let mut gradient = [3e-30, -4e-30];
    assert_eq!(ClipNorm::new(1.0).unwrap().clip(&mut gradient), 5e-30);
    assert_eq!(gradient, [3e-30, -4e-30]);
    let mut gradient = [3e-20, -4e-20];
    ClipNorm::new(1e-10).unwrap().clip(&mut gradient);
    assert!((gradient[0] / 3e-24 - 1.0).abs() <= 1e-6, "{gradient:?}");
}
