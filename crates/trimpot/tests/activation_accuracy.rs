//! Values and derivatives of activations against their formulas in `f64`, over the whole range of
//! `f32`.

use trimpot::layer::{
    Activation, Elu, Gelu, GeluTanh, HardSigmoid, HardSwish, HardTanh, LeakyRelu, Relu, Sigmoid,
    Silu, Softplus, Softsign, Tanh,
};
use trimpot_testkit::inputs;
use trimpot_testkit::oracle::{exp, exp_m1, normal_cdf, sigmoid, softplus, tanh};
use trimpot_testkit::precision::ACTIVATION;

/// Numbers of every exponent and sign, and many where activations bend.
fn inputs() -> impl Iterator<Item = f32> {
    let sizes = (0..0x7f80_0000_u32).step_by(0x0007_1235).map(f32::from_bits);
    let sizes = sizes.flat_map(|x| [x, -x]);
    let near =
        inputs::uniform(15, -8.0, 8.0, 60_000).chain(inputs::uniform(16, -120.0, 40.0, 60_000));
    sizes.chain(near).chain([0.0, -0.0, f32::MIN_POSITIVE, f32::MAX, f32::MIN])
}

/// How far a number is from the exact one, in units of the exact one; below the normal numbers of
/// `f32`, in units of the least of them, of which a step of the grid is a part in 2²³.
fn relative(found: f32, exact: f64) -> f64 {
    let step = f64::from(f32::from_bits(1));
    let off = (f64::from(found) - exact).abs();
    if off <= step { 0.0 } else { off / exact.abs().max(f64::from(f32::MIN_POSITIVE)) }
}

/// `allowed` is for an input what may be lost beside `ACTIVATION`, in units of the exact number.
fn check(
    activation: impl Activation,
    value: fn(f64) -> f64,
    derivative: fn(f64) -> f64,
    allowed: fn(x: f64, exact: f64) -> f64,
) {
    let mut worst = [(0.0, 0.0); 2];
    for x in inputs() {
        let y = activation.value(x);
        let found = [y, activation.derivative(x, y)];
        let exact = [value(f64::from(x)), derivative(f64::from(x))];
        for ((found, exact), worst) in found.into_iter().zip(exact).zip(&mut worst) {
            let off = relative(found, exact) / (1.0 + allowed(f64::from(x), exact) / ACTIVATION);
            if off > worst.0 || off.is_nan() {
                *worst = (off, x);
            }
        }
    }
    for ((off, x), what) in worst.into_iter().zip(["value", "derivative"]) {
        println!("{what}: {off:.1e} at {x:e}");
        assert!(off <= ACTIVATION, "{what} at {x:e}: {off:.1e}");
    }
}

fn nothing(_x: f64, _exact: f64) -> f64 {
    0.0
}

/// Where a derivative goes through 0, between the terms of size 1 that it is a sum of.
fn one_ulp_at_the_root(x: f64, exact: f64) -> f64 {
    if (-2.0..0.0).contains(&x) { 1e-7 / exact.abs() } else { 0.0 }
}

fn density(x: f64) -> f64 {
    exp(-0.5 * x * x) / (2.0 * std::f64::consts::PI).sqrt()
}

#[test]
fn relu() {
    check(Relu, |x| x.max(0.0), |x| f64::from(x > 0.0), nothing);
}

#[test]
fn leaky_relu() {
    let derivative = |x| if x > 0.0 { 1.0 } else { f64::from(0.01_f32) };
    fn value(x: f64) -> f64 {
        if x > 0.0 { x } else { f64::from(0.01_f32) * x }
    }
    check(LeakyRelu::default(), value, derivative, nothing);
}

#[test]
fn elu() {
    let value = |x| if x > 0.0 { x } else { exp_m1(x) };
    check(Elu::default(), value, |x| if x > 0.0 { 1.0 } else { exp(x) }, nothing);
    let value = |x| if x > 0.0 { x } else { 2.5 * exp_m1(x) };
    let derivative = |x| if x > 0.0 { 1.0 } else { 2.5 * exp(x) };
    check(Elu::default().with_alpha(2.5).unwrap(), value, derivative, nothing);
}

#[test]
fn gelu() {
    let derivative = |x| normal_cdf(x) + x * density(x);
    check(Gelu, |x| x * normal_cdf(x), derivative, one_ulp_at_the_root);
}

/// The argument of its exponential is rounded a few times, which counts the more the larger it is.
#[test]
fn gelu_tanh() {
    fn twice(x: f64) -> f64 {
        8.0_f64.sqrt() * std::f64::consts::FRAC_1_PI.sqrt() * (x + 0.044715 * x.powi(3))
    }
    let derivative = |x: f64| {
        let by_x = 8.0_f64.sqrt() * std::f64::consts::FRAC_1_PI.sqrt() * (1.0 + 0.134145 * x * x);
        let rest = x * sigmoid(-twice(x)) * by_x;
        sigmoid(twice(x)) * (1.0 + if rest.is_finite() { rest } else { 0.0 })
    };
    let value = |x| if x < -40.0 { 0.0 } else { x * sigmoid(twice(x)) };
    check(GeluTanh, value, derivative, |x, exact| {
        let lost = if x < 0.0 { 3e-7 * twice(x).abs().min(200.0) } else { 0.0 };
        lost + one_ulp_at_the_root(x, exact)
    });
}

#[test]
fn silu() {
    let derivative =
        |x: f64| sigmoid(x) * if x.abs() > 800.0 { 1.0 } else { 1.0 + x * sigmoid(-x) };
    check(Silu, |x| x * sigmoid(x), derivative, one_ulp_at_the_root);
}

#[test]
fn sigmoid_and_tanh() {
    check(Sigmoid, sigmoid, |x| sigmoid(x) * sigmoid(-x), nothing);
    check(Tanh, tanh, |x| 4.0 * sigmoid(2.0 * x) * sigmoid(-2.0 * x), nothing);
}

#[test]
fn softplus_and_softsign() {
    check(Softplus, softplus, sigmoid, nothing);
    check(Softsign, |x| x / (1.0 + x.abs()), |x| (1.0 + x.abs()).powi(-2), nothing);
}

#[test]
fn straight_lines() {
    let sixth = |x: f64| ((x + 3.0) / 6.0).clamp(0.0, 1.0);
    check(HardSigmoid, sixth, |x| if x.abs() < 3.0 { 1.0 / 6.0 } else { 0.0 }, nothing);
    let derivative = |x: f64| if x.abs() < 3.0 { x / 3.0 + 0.5 } else { f64::from(x > 0.0) };
    check(HardSwish, |x| x * ((x + 3.0) / 6.0).clamp(0.0, 1.0), derivative, nothing);
    let derivative = |x: f64| f64::from(x.abs() < 1.0);
    check(HardTanh::default(), |x| x.clamp(-1.0, 1.0), derivative, nothing);
}

/// Far out, curves are flat, and not at an end that is rebuilt from the value.
#[test]
fn derivatives_at_the_ends() {
    let (elu, inf) = (Elu::default(), f32::INFINITY);
    let derivative = |x: f32| {
        let of = |activation: &dyn Fn(f32) -> f32| activation(x);
        [
            of(&|x| elu.derivative(x, elu.value(x))),
            of(&|x| Sigmoid.derivative(x, Sigmoid.value(x))),
            of(&|x| Tanh.derivative(x, Tanh.value(x))),
            of(&|x| Softplus.derivative(x, Softplus.value(x))),
            of(&|x| Softsign.derivative(x, Softsign.value(x))),
        ]
    };
    assert_eq!(derivative(-inf), [0.0; 5]);
    assert_eq!(derivative(inf), [1.0, 0.0, 0.0, 1.0, 0.0]);
    assert!(derivative(f32::NAN).iter().all(|derivative| derivative.is_nan()));
}
