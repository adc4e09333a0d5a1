//! Gated activations: `x · gate(x)`, with a gate from 0 to 1.
//!
//! NaN for −∞, whose gate is 0.

use super::Activation;
use crate::lanes::{Lanes, Mask};
use crate::layer::elementwise::activation;
use crate::math::{exp_of_negative, normal, sigmoid, sigmoid_and_rest};
use crate::spec::LayerSpec;

/// `x · σ(x)`, also called swish (Ramachandran et al. 2017; PyTorch's `nn.SiLU`).
///
/// The derivative is `s · (1 + x · σ(−x))` with `s = σ(x)`. Relative errors are below 10⁻⁶, but
/// where the derivative goes through 0, near −1.28, it is 10⁻⁷ off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Silu;

impl Silu {
    /// σ(x) in two factors, and σ(−x).
    ///
    /// Below −87 σ(x) is subnormal, and what it is multiplied with up to a hundred times larger. So
    /// that comes between the factors, each of them about the root of σ(x).
    #[inline(always)]
    fn gate<V: Lanes>(x: V) -> ([V; 2], V) {
        let root = exp_of_negative(V::splat(-0.5) * x.abs());
        let z = root * root;
        let larger = V::ONE / (V::ONE + z);
        let negative = x.lt(V::ZERO);
        let factor = negative.select(root, V::ONE);
        ([factor, factor * larger], negative.select(larger, z * larger))
    }
}

impl Activation for Silu {
    const NAME: &'static str = Self::WORD;

    fn spec(&self) -> LayerSpec {
        LayerSpec::Silu(*self)
    }

    #[inline(always)]
    fn value<V: Lanes>(&self, x: V) -> V {
        let ([first, second], _) = Self::gate(x);
        x * first * second
    }
    #[inline(always)]
    fn derivative<V: Lanes>(&self, x: V, _y: V) -> V {
        let ([first, second], rest) = Self::gate(x);
        x.mul_add(rest, V::ONE) * first * second
    }
}

activation! {
    Silu: "silu" = Silu;
    derivative: Input, by its sign: false;
    pytorch: "SiLU";
    range: |_| [-0.279, f32::INFINITY];
    gradient: Own;
}

/// `x · Φ(x)`, with `Φ(x) = ½ (1 + erf(x / √2))` (Hendrycks and Gimpel 2016; PyTorch's `nn.GELU()`
/// and Keras' `gelu`, as they are unless told otherwise).
///
/// `Φ` is [`normal_cdf`](crate::math::normal_cdf), whose digits are right for negative `x` as well:
/// at −5 `½ (1 + erf)` in `f32` has one of them. The derivative is `Φ(x) + x · φ(x)`, with the
/// density `φ(x) = e^(−x²/2) / √2π`. Relative errors are below 10⁻⁶, but where the derivative goes
/// through 0, near −0.75, it is 10⁻⁷ off.
///
/// ```
/// use trimpot::layer::{Activation, Gelu};
/// assert_eq!(Gelu.value(10.0), 10.0);
/// assert!((Gelu.value(-5.0f32) / -1.433_257_9e-6 - 1.0).abs() < 5e-7);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gelu;

impl Activation for Gelu {
    const NAME: &'static str = Self::WORD;

    fn spec(&self) -> LayerSpec {
        LayerSpec::Gelu(*self)
    }

    #[inline(always)]
    fn value<V: Lanes>(&self, x: V) -> V {
        x * normal(x).0
    }
    #[inline(always)]
    fn derivative<V: Lanes>(&self, x: V, _y: V) -> V {
        let (below, density) = normal(x);
        x.mul_add(density, below)
    }
}

activation! {
    Gelu: "gelu" = Gelu;
    derivative: Input, by its sign: false;
    pytorch: "GELU";
    range: |_| [-0.171, f32::INFINITY];
    gradient: Own;
}

/// `½ x · (1 + tanh(√(2/π) · (x + 0.044715 x³)))`, the approximation of `x · Φ(x)` with tanh
/// (Hendrycks and Gimpel 2016; PyTorch's `nn.GELU(approximate="tanh")`).
///
/// `½ (1 + tanh u)` is taken as `σ(2u)`, which does not cancel for negative `x`. With `s` for it,
/// the derivative is `s · (1 + x · σ(−2u) · 2u′)`. Relative errors are below 10⁻⁶, but where the
/// derivative goes through 0, near −0.75, it is 10⁻⁷ off; and for negative `x`, `2u` is rounded
/// before its exponential is taken, which adds 3·10⁻⁷ · |2u|: 10⁻⁵ at −7, where the value is 10⁻¹⁵.
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
    /// `x`, cut where it is saturated.
    #[inline(always)]
    fn cut<V: Lanes>(x: V) -> V {
        // `max` and `min` give their argument where either is NaN: the cut keeps NaN.
        V::splat(SATURATED).min(V::splat(-SATURATED).max(x))
    }

    /// 2u, given x and its square.
    #[inline(always)]
    fn twice<V: Lanes>(x: V, square: V) -> V {
        x * V::splat(CUBIC).mul_add(square, V::splat(LINEAR))
    }
}

impl Activation for GeluTanh {
    const NAME: &'static str = Self::WORD;

    fn spec(&self) -> LayerSpec {
        LayerSpec::GeluTanh(*self)
    }

    #[inline(always)]
    fn value<V: Lanes>(&self, x: V) -> V {
        let cut = Self::cut(x);
        x * sigmoid(Self::twice(cut, cut * cut))
    }
    #[inline(always)]
    fn derivative<V: Lanes>(&self, x: V, _y: V) -> V {
        let x = Self::cut(x);
        let square = x * x;
        let (s, rest) = sigmoid_and_rest(Self::twice(x, square));
        let derivative = V::splat(3.0 * CUBIC).mul_add(square, V::splat(LINEAR));
        s * (x * rest).mul_add(derivative, V::ONE)
    }
}

activation! {
    GeluTanh: "gelu_tanh" = GeluTanh;
    derivative: Input, by its sign: false;
    pytorch: "GELU (tanh)";
    range: |_| [-0.171, f32::INFINITY];
    gradient: Own;
}
