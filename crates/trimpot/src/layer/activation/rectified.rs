//! Rectified activations: of slope 1 for positive numbers, small for negative ones.

use super::Activation;
use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::layer::elementwise::activation;
use crate::layer::kind::ANY;
use crate::math;
use crate::spec::LayerSpec;

/// Rectified linear: `max(x, 0)`, and 0 for NaN. The derivative at 0 is 0, as in PyTorch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Relu;

impl Activation for Relu {
    const NAME: &'static str = Self::WORD;

    fn spec(&self) -> LayerSpec {
        LayerSpec::Relu(*self)
    }

    #[inline(always)]
    fn value<V: Lanes>(&self, x: V) -> V {
        x.max(V::ZERO)
    }
    #[inline(always)]
    fn derivative<V: Lanes>(&self, x: V, _y: V) -> V {
        x.gt(V::ZERO).select(V::ONE, V::ZERO)
    }
}

activation! {
    Relu: "relu" = Relu;
    // Output and input are in the same piece of the line, so they have the same derivative.
    derivative: Output, by its sign: true;
    pytorch: "ReLU";
    range: |_| [0.0, f32::INFINITY];
    gradient: AboveZero;
}

/// `x` where it is positive, `negative_slope · x` elsewhere (Maas et al. 2013; PyTorch's
/// `nn.LeakyReLU`).
///
/// The derivative at 0 is `negative_slope`, as in PyTorch.
///
/// ```
/// use trimpot::layer::{Activation, LeakyRelu};
/// let leaky = LeakyRelu::default().with_negative_slope(0.25)?;
/// assert_eq!((leaky.value(2.0), leaky.value(-2.0)), (2.0, -0.5));
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeakyRelu {
    negative_slope: f32,
}

impl LeakyRelu {
    /// The slope below 0 by default, as in PyTorch.
    pub(crate) const NEGATIVE_SLOPE: f32 = 0.01;

    pub(super) const DEFAULT: Self = LeakyRelu { negative_slope: Self::NEGATIVE_SLOPE };

    /// Creates the default: a slope of 0.01, as in PyTorch.
    pub const fn new() -> Self {
        Self::DEFAULT
    }

    /// Sets the slope below 0, which is finite and not negative.
    ///
    /// # Errors
    /// If `negative_slope` is out of range.
    pub const fn with_negative_slope(self, negative_slope: f32) -> Result<Self, ParameterError> {
        match ParameterError::not_negative("negative_slope", negative_slope) {
            Ok(negative_slope) => Ok(LeakyRelu { negative_slope }),
            Err(error) => Err(error),
        }
    }

    /// Returns the slope below 0 (PyTorch's `negative_slope`).
    pub const fn negative_slope(&self) -> f32 {
        self.negative_slope
    }
}

impl Default for LeakyRelu {
    /// Creates the default: a slope of 0.01, as in PyTorch.
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Activation for LeakyRelu {
    const NAME: &'static str = Self::WORD;

    fn spec(&self) -> LayerSpec {
        LayerSpec::LeakyRelu(*self)
    }

    #[inline(always)]
    fn value<V: Lanes>(&self, x: V) -> V {
        x.gt(V::ZERO).select(x, x * V::splat(self.negative_slope))
    }
    #[inline(always)]
    fn derivative<V: Lanes>(&self, x: V, _y: V) -> V {
        x.gt(V::ZERO).select(V::ONE, V::splat(self.negative_slope))
    }
}

activation! {
    LeakyRelu: "leaky_relu" = LeakyRelu::DEFAULT;
    // Output and input are in the same piece of the line, so they have the same derivative.
    derivative: Output, by its sign: true;
    pytorch: "LeakyReLU";
    range: |_| ANY;
    gradient: Own;
    settings: "negative_slope": negative_slope = LeakyRelu::NEGATIVE_SLOPE, or 0.2;
    |settings| match *settings {
        [negative_slope] => LeakyRelu::DEFAULT.with_negative_slope(negative_slope),
        _ => Ok(LeakyRelu::DEFAULT),
    };
}

/// `x` where it is positive, `alpha · (eˣ − 1)` elsewhere (Clevert et al. 2015; PyTorch's
/// `nn.ELU`).
///
/// The derivative below and at 0 is `alpha · eˣ`, with a relative error below 10⁻⁶: `y + alpha`
/// would lose all its digits for `x` below −17.
///
/// ```
/// use trimpot::layer::{Activation, Elu};
/// assert_eq!(Elu::default().value(-100.0), -1.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Elu {
    alpha: f32,
}

impl Elu {
    /// Alpha by default, as in PyTorch.
    pub(crate) const ALPHA: f32 = 1.0;

    pub(super) const DEFAULT: Self = Elu { alpha: Self::ALPHA };

    /// Creates the default: an alpha of 1, as in PyTorch.
    pub const fn new() -> Self {
        Self::DEFAULT
    }

    /// With this limit far below 0, in size: finite and not negative.
    ///
    /// # Errors
    /// If `alpha` is out of range.
    pub const fn with_alpha(self, alpha: f32) -> Result<Self, ParameterError> {
        match ParameterError::not_negative("alpha", alpha) {
            Ok(alpha) => Ok(Elu { alpha }),
            Err(error) => Err(error),
        }
    }

    /// Returns the limit far below 0, in size.
    pub const fn alpha(&self) -> f32 {
        self.alpha
    }
}

impl Default for Elu {
    /// Creates the default: an alpha of 1, as in PyTorch.
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Activation for Elu {
    const NAME: &'static str = Self::WORD;

    fn spec(&self) -> LayerSpec {
        LayerSpec::Elu(*self)
    }

    #[inline(always)]
    fn value<V: Lanes>(&self, x: V) -> V {
        x.gt(V::ZERO).select(x, V::splat(self.alpha) * math::exp_m1(x))
    }
    #[inline(always)]
    fn derivative<V: Lanes>(&self, x: V, _y: V) -> V {
        // Where this is not what is selected, it is that of −x, which does not overflow.
        let below = V::splat(self.alpha) * math::exp_of_negative(-x.abs());
        x.gt(V::ZERO).select(V::ONE, below)
    }
}

activation! {
    Elu: "elu" = Elu::DEFAULT;
    derivative: Input, by its sign: false;
    pytorch: "ELU";
    range: |elu| [-elu.alpha, f32::INFINITY];
    gradient: Own;
    settings: "alpha": alpha = Elu::ALPHA, or 1.5;
    |settings| match *settings {
        [alpha] => Elu::DEFAULT.with_alpha(alpha),
        _ => Ok(Elu::DEFAULT),
    };
}
