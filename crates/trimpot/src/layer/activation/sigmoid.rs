//! Sigmoid activations, and the integral of one.
//!
//! Far out these curves are flat: what is left of their derivative is less than a ULP of the value.
//! So it is computed from `x`, with another exponential, and not rebuilt from the value: its
//! relative error is below 10⁻⁶ wherever it is a normal number.

use super::Activation;
use crate::lanes::Lanes;
use crate::layer::elementwise::activation;
use crate::math;
use crate::spec::LayerSpec;

/// Logistic sigmoid: `1 / (1 + e⁻ˣ)`, derivative `σ(x)·σ(−x)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sigmoid;

impl Activation for Sigmoid {
    const NAME: &'static str = Self::WORD;

    fn spec(&self) -> LayerSpec {
        LayerSpec::Sigmoid(*self)
    }

    #[inline(always)]
    fn value<V: Lanes>(&self, x: V) -> V {
        math::sigmoid(x)
    }
    #[inline(always)]
    fn derivative<V: Lanes>(&self, x: V, _y: V) -> V {
        math::sigmoid_derivative(x)
    }
}

activation! {
    Sigmoid: "sigmoid" = Sigmoid;
    derivative: Input, by its sign: false;
    pytorch: "Sigmoid";
    range: |_| [0.0, 1.0];
    gradient: Own;
}

/// Hyperbolic tangent, derivative `1 / cosh² x`, which is `4 σ(2x)·σ(−2x)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tanh;

impl Activation for Tanh {
    const NAME: &'static str = Self::WORD;

    fn spec(&self) -> LayerSpec {
        LayerSpec::Tanh(*self)
    }

    #[inline(always)]
    fn value<V: Lanes>(&self, x: V) -> V {
        math::tanh(x)
    }
    #[inline(always)]
    fn derivative<V: Lanes>(&self, x: V, _y: V) -> V {
        V::splat(4.0) * math::sigmoid_derivative(x + x)
    }
}

activation! {
    Tanh: "tanh" = Tanh;
    derivative: Input, by its sign: false;
    pytorch: "Tanh";
    range: |_| [-1.0, 1.0];
    gradient: Own;
}

/// `ln(1 + eˣ)`, a smooth ReLU (PyTorch's `nn.Softplus`). The derivative is `σ(x)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Softplus;

impl Activation for Softplus {
    const NAME: &'static str = Self::WORD;

    fn spec(&self) -> LayerSpec {
        LayerSpec::Softplus(*self)
    }

    #[inline(always)]
    fn value<V: Lanes>(&self, x: V) -> V {
        math::softplus(x)
    }
    #[inline(always)]
    fn derivative<V: Lanes>(&self, x: V, _y: V) -> V {
        math::sigmoid(x)
    }
}

activation! {
    Softplus: "softplus" = Softplus;
    derivative: Input, by its sign: false;
    pytorch: "Softplus";
    range: |_| [0.0, f32::INFINITY];
    gradient: Own;
}

/// `x / (1 + |x|)`, derivative `1 / (1 + |x|)²` (PyTorch's `nn.Softsign`). NaN for ±∞, where the
/// derivative is 0.
///
/// The cheapest curve with the shape of an S: one division.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Softsign;

impl Activation for Softsign {
    const NAME: &'static str = Self::WORD;

    fn spec(&self) -> LayerSpec {
        LayerSpec::Softsign(*self)
    }

    #[inline(always)]
    fn value<V: Lanes>(&self, x: V) -> V {
        x / (V::ONE + x.abs())
    }
    #[inline(always)]
    fn derivative<V: Lanes>(&self, x: V, _y: V) -> V {
        let inverse = V::ONE / (V::ONE + x.abs());
        inverse * inverse
    }
}

activation! {
    Softsign: "softsign" = Softsign;
    derivative: Input, by its sign: false;
    pytorch: "Softsign";
    range: |_| [-1.0, 1.0];
    gradient: Own;
}
