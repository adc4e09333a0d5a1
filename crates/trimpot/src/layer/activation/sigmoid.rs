//! Curves shaped like an S, and the integral of one.

use super::Activation;
use crate::lanes::Lanes;
use crate::math;

/// Logistic sigmoid: `1 / (1 + e⁻ˣ)`, derivative `y·(1 − y)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sigmoid;

impl Activation for Sigmoid {
    const NAME: &'static str = "sigmoid";

    #[inline(always)]
    fn at<V: Lanes>(&self, x: V) -> V {
        math::sigmoid(x)
    }
    #[inline(always)]
    fn slope<V: Lanes>(&self, _x: V, y: V) -> V {
        y * (V::ONE - y)
    }
}

/// Hyperbolic tangent, derivative `1 − y²`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tanh;

impl Activation for Tanh {
    const NAME: &'static str = "tanh";

    #[inline(always)]
    fn at<V: Lanes>(&self, x: V) -> V {
        math::tanh(x)
    }
    #[inline(always)]
    fn slope<V: Lanes>(&self, _x: V, y: V) -> V {
        V::ONE - y * y
    }
}

/// `ln(1 + eˣ)`, a smooth ReLU (PyTorch's `nn.Softplus`). The derivative is `sigmoid(x) = 1 − e⁻ʸ`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Softplus;

impl Activation for Softplus {
    const NAME: &'static str = "softplus";

    #[inline(always)]
    fn at<V: Lanes>(&self, x: V) -> V {
        math::softplus(x)
    }
    #[inline(always)]
    fn slope<V: Lanes>(&self, _x: V, y: V) -> V {
        -math::exp_m1(-y)
    }
}

/// `x / (1 + |x|)`, derivative `(1 − |y|)²` (PyTorch's `nn.Softsign`). NaN for ±∞.
///
/// The cheapest curve with the shape of an S: one division.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Softsign;

impl Activation for Softsign {
    const NAME: &'static str = "softsign";

    #[inline(always)]
    fn at<V: Lanes>(&self, x: V) -> V {
        x / (V::ONE + x.abs())
    }
    #[inline(always)]
    fn slope<V: Lanes>(&self, _x: V, y: V) -> V {
        let rest = V::ONE - y.abs();
        rest * rest
    }
}
