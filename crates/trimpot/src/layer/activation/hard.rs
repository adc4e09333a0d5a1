//! Piecewise linear activations, for processors on which divisions and exponentials are slow.
//!
//! At a kink each has the derivative of its outer, constant part: 0, or 1 for the upper one of
//! [`HardSwish`]. NaN stays NaN: `max` and `min` give their argument where either is NaN.

use super::Activation;
use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::layer::elementwise::activation;
use crate::spec::LayerSpec;

/// `x` between `low` and `high`, and those beyond (PyTorch's `nn.Hardtanh`; between 0 and 6 its
/// `nn.ReLU6`).
///
/// As the first layer of a network it limits the range of features, with the same bits wherever the
/// network runs; behind a frozen normalisation of the features, in deviations. ONNX's `Clip` is read
/// as this layer.
///
/// ```
/// use trimpot::layer::{Activation, HardTanh};
/// let relu6 = HardTanh::between(0.0, 6.0)?;
/// assert_eq!([-1.0, 3.0, 9.0].map(|x| relu6.value(x)), [0.0, 3.0, 6.0]);
/// assert!(HardTanh::between(1.0, 1.0).is_err());
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HardTanh {
    low: f32,
    high: f32,
}

impl HardTanh {
    /// The lower end by default, as in PyTorch.
    pub(crate) const LOW: f32 = -1.0;
    /// The upper end by default, as in PyTorch.
    pub(crate) const HIGH: f32 = 1.0;

    pub(super) const DEFAULT: Self = HardTanh { low: Self::LOW, high: Self::HIGH };

    /// Between these ends: `low` is finite, and `high` is finite and above it.
    ///
    /// # Errors
    /// If `low` or `high` is out of range.
    pub const fn between(low: f32, high: f32) -> Result<Self, ParameterError> {
        if let Err(error) = ParameterError::unless(low.is_finite(), "low", low, "(-inf, inf)") {
            return Err(error);
        }
        let is_above = high > low && high.is_finite();
        match ParameterError::unless(is_above, "high", high, "(low, inf)") {
            Ok(()) => Ok(HardTanh { low, high }),
            Err(error) => Err(error),
        }
    }

    /// Returns the lower end.
    pub const fn low(&self) -> f32 {
        self.low
    }

    /// Returns the upper end.
    pub const fn high(&self) -> f32 {
        self.high
    }
}

impl Default for HardTanh {
    /// Between −1 and 1, as in PyTorch.
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Activation for HardTanh {
    const NAME: &'static str = Self::WORD;

    fn spec(&self) -> LayerSpec {
        LayerSpec::HardTanh(*self)
    }

    #[inline(always)]
    fn value<V: Lanes>(&self, x: V) -> V {
        V::splat(self.high).min(V::splat(self.low).max(x))
    }
    #[inline(always)]
    fn derivative<V: Lanes>(&self, x: V, _y: V) -> V {
        (x.gt(V::splat(self.low)) & x.lt(V::splat(self.high))).select(V::ONE, V::ZERO)
    }
}

activation! {
    HardTanh: "hard_tanh" = HardTanh::DEFAULT;
    // Output and input are in the same piece of the line, so they have the same derivative.
    derivative: Output, by its sign: false;
    pytorch: "Hardtanh";
    range: |hard_tanh| [hard_tanh.low, hard_tanh.high];
    gradient: Own;
    settings: "low": low = HardTanh::LOW, or -0.5, "high": high = HardTanh::HIGH, or 1.5;
    |settings| match *settings {
        [low, high] => HardTanh::between(low, high),
        _ => Ok(HardTanh::DEFAULT),
    };
}

/// `x / 6 + ½`, cut at 0 and 1, which it meets at `x = ±3` (PyTorch's `nn.Hardsigmoid`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HardSigmoid;

const SIXTH: f32 = 1.0 / 6.0;

/// Returns where neither end is reached.
#[inline(always)]
fn inside<V: Lanes>(x: V) -> V::Mask {
    x.abs().lt(V::splat(3.0))
}

impl Activation for HardSigmoid {
    const NAME: &'static str = Self::WORD;

    fn spec(&self) -> LayerSpec {
        LayerSpec::HardSigmoid(*self)
    }

    #[inline(always)]
    fn value<V: Lanes>(&self, x: V) -> V {
        let three = V::splat(3.0);
        (three.min((-three).max(x)) + three) * V::splat(SIXTH)
    }
    #[inline(always)]
    fn derivative<V: Lanes>(&self, x: V, _y: V) -> V {
        inside(x).select(V::splat(SIXTH), V::ZERO)
    }
}

activation! {
    HardSigmoid: "hard_sigmoid" = HardSigmoid;
    derivative: Input, by its sign: false;
    pytorch: "Hardsigmoid";
    range: |_| [0.0, 1.0];
    gradient: Own;
}

/// `x · HardSigmoid(x)` (Howard et al. 2019; PyTorch's `nn.Hardswish`). NaN for −∞.
///
/// The derivative is 0 up to −3, `(2x + 3) / 6` between, and 1 from 3 on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HardSwish;

impl Activation for HardSwish {
    const NAME: &'static str = Self::WORD;

    fn spec(&self) -> LayerSpec {
        LayerSpec::HardSwish(*self)
    }

    #[inline(always)]
    fn value<V: Lanes>(&self, x: V) -> V {
        x * HardSigmoid.value(x)
    }
    #[inline(always)]
    fn derivative<V: Lanes>(&self, x: V, _y: V) -> V {
        // 2x is exact, and near the root so is the sum.
        let between = (x + x + V::splat(3.0)) * V::splat(SIXTH);
        inside(x).select(between, x.gt(V::ZERO).select(V::ONE, V::ZERO))
    }
}

activation! {
    HardSwish: "hard_swish" = HardSwish;
    derivative: Input, by its sign: false;
    pytorch: "Hardswish";
    range: |_| [-0.375, f32::INFINITY];
    gradient: Own;
}
