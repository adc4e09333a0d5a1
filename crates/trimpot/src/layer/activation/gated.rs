//! `x · gate(x)`: a number that a function of itself lets through, from 0 to 1.
//!
//! NaN for −∞, whose gate is 0.

use super::Activation;
use crate::lanes::Lanes;
use crate::math::{normal, sigmoid};

/// `x · σ(x)`, also called swish (Ramachandran et al. 2017; PyTorch's `nn.SiLU`).
///
/// The derivative is `s + y·(1 − s)` with `s = σ(x)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Silu;

impl Activation for Silu {
    const NAME: &'static str = "silu";

    #[inline(always)]
    fn at<V: Lanes>(&self, x: V) -> V {
        x * sigmoid(x)
    }
    #[inline(always)]
    fn slope<V: Lanes>(&self, x: V, y: V) -> V {
        let s = sigmoid(x);
        s + y * (V::ONE - s)
    }
}

/// `x · Φ(x)`, with `Φ(x) = ½ (1 + erf(x / √2))` (Hendrycks and Gimpel 2016; PyTorch's `nn.GELU()` and Keras'
/// `gelu`, as they are unless told otherwise).
///
/// `Φ` is [`normal_cdf`](crate::math::normal_cdf), whose digits are right for negative `x` as well: at −5
/// `½ (1 + erf)` in `f32` has one of them. The derivative is `Φ(x) + x · φ(x)`, with the
/// density `φ(x) = e^(−x²/2) / √2π`.
///
/// ```
/// use trimpot::layer::{Activation, Gelu};
/// assert_eq!(Gelu.at(10.0), 10.0);
/// assert!((Gelu.at(-5.0f32) / -1.433_257_9e-6 - 1.0).abs() < 5e-7);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gelu;

impl Activation for Gelu {
    const NAME: &'static str = "gelu";

    #[inline(always)]
    fn at<V: Lanes>(&self, x: V) -> V {
        x * normal(x).0
    }
    #[inline(always)]
    fn slope<V: Lanes>(&self, x: V, _y: V) -> V {
        let (below, density) = normal(x);
        x.mul_add(density, below)
    }
}

/// `½ x · (1 + tanh(√(2/π) · (x + 0.044715 x³)))`, the approximation of `x · Φ(x)` with tanh
/// (Hendrycks and Gimpel 2016; PyTorch's `nn.GELU(approximate="tanh")`).
///
/// `½ (1 + tanh u)` is taken as `σ(2u)`, which does not cancel for negative `x`. With `s` for it, the
/// derivative is `s + x · s·(1 − s) · 2u′`.
///
/// It is up to 5·10⁻⁴ away from [`Gelu`], and takes fewer operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GeluTanh;

/// 2 √(2/π)
const LINEAR: f32 = 1.595_769_2;
/// 2 √(2/π) · 0.044715
const CUBIC: f32 = 0.071_354_814;
/// From here on σ(2u) is 0 or 1, and the powers of `x` could overflow.
const SATURATED: f32 = 16.0;

impl GeluTanh {
    /// σ(2u), and 2u′.
    #[inline(always)]
    fn gate<V: Lanes>(x: V) -> (V, V) {
        // `max` and `min` give their argument where either is NaN: the cut keeps NaN.
        let x = V::splat(SATURATED).min(V::splat(-SATURATED).max(x));
        let square = x * x;
        let twice = x * V::splat(CUBIC).mul_add(square, V::splat(LINEAR));
        (sigmoid(twice), V::splat(3.0 * CUBIC).mul_add(square, V::splat(LINEAR)))
    }
}

impl Activation for GeluTanh {
    const NAME: &'static str = "gelu_tanh";

    #[inline(always)]
    fn at<V: Lanes>(&self, x: V) -> V {
        x * Self::gate(x).0
    }
    #[inline(always)]
    fn slope<V: Lanes>(&self, x: V, y: V) -> V {
        let (s, slope) = Self::gate(x);
        s + y * (V::ONE - s) * slope
    }
}
