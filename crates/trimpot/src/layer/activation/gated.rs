//! `x · σ(…x…)`: a number that a sigmoid of itself lets through.

use super::Activation;
use crate::lanes::Lanes;
use crate::math::sigmoid;

/// `x · σ(x)`, also called swish (Ramachandran et al. 2017; PyTorch's `nn.SiLU`). NaN for −∞.
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

/// `½ x · (1 + tanh(√(2/π) · (x + 0.044715 x³)))`, the approximation of `x · Φ(x)` with a tangent
/// (Hendrycks and Gimpel 2016; PyTorch's `nn.GELU(approximate="tanh")`). NaN for −∞.
///
/// `½ (1 + tanh u)` is taken as `σ(2u)`, which does not cancel for negative `x`. With `s` for it, the
/// derivative is `s + x · s·(1 − s) · 2u′`.
///
/// It is up to 5·10⁻⁴ away from PyTorch's default, which has the error function for `Φ`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gelu;

/// 2 √(2/π)
const LINEAR: f32 = 1.595_769_2;
/// 2 √(2/π) · 0.044715
const CUBIC: f32 = 0.071_354_814;
/// From here on σ(2u) is 0 or 1, and the powers of `x` could overflow.
const SATURATED: f32 = 16.0;

impl Gelu {
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

impl Activation for Gelu {
    const NAME: &'static str = "gelu_tanh";

    #[inline(always)]
    fn at<V: Lanes>(&self, x: V) -> V {
        x * Gelu::gate(x).0
    }
    #[inline(always)]
    fn slope<V: Lanes>(&self, x: V, y: V) -> V {
        let (s, slope) = Gelu::gate(x);
        s + y * (V::ONE - s) * slope
    }
}
