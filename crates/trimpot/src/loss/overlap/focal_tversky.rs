use super::Tversky;
use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::loss::direction::STEEPEST;
use crate::loss::slices::loss_of_arrays;
use crate::loss::spec::{
    Domain, Example, Family, LossKind, LossSpec, OneRow, Range, Setting, Small, TargetSpec,
};
use crate::loss::{SliceLoss, Values};
use crate::math;

/// Focal Tversky: `L^γ`, `L` being the [`Tversky`] loss. γ is ¾ unless said otherwise.
///
/// Gradient `γ L^(γ − 1)` times that of `L`. Where `L` is 0 (a perfect mask, or empty ones) value
/// and gradient are 0, although for γ < 1 the derivative grows on the way there (up to 2¹²⁰).
///
/// For segmentation of small things among few: γ < 1 keeps on correcting masks that are nearly
/// right, γ > 1 turns to those that are not.
///
/// Abraham and Khan 2019, whose γ is one over this one (4/3 is ¾ here). Not convex. NaN and ±∞ give
/// NaN.
///
/// ```
/// use trimpot::loss::{FocalTversky, Loss, Tversky};
///
/// let square_root = FocalTversky::new(Tversky::default().with_smoothing(0.0)?, 0.5)?;
/// let value = square_root.value::<f32>(&[0.0, 1.0, 1.0], &[1.0, 1.0, 1.0]);
/// assert!((value - 0.2f32.sqrt()).abs() < 1e-6);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FocalTversky {
    tversky: Tversky,
    gamma: f32,
}

impl FocalTversky {
    /// Creates the loss with the power `gamma`, finite and positive, of a Tversky loss.
    ///
    /// # Errors
    /// If `gamma` is out of range.
    pub fn new(tversky: Tversky, gamma: f32) -> Result<Self, ParameterError> {
        Ok(FocalTversky { tversky, gamma: ParameterError::positive("gamma", gamma)? })
    }
}

impl Default for FocalTversky {
    /// γ = ¾ of α = β = ½ and a smoothing of 1.
    fn default() -> Self {
        FocalTversky { tversky: Tversky::default(), gamma: 0.75 }
    }
}

impl LossKind for FocalTversky {
    type Form = OneRow;
    type Settings = [f32; 4];
    const SOURCE: &'static str = include_str!("focal_tversky.rs");
    const LARGEST_TERMS: Option<&'static str> =
        Some("γ L^(γ − 1) times 1/D, α/D and β/D for the gradient");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::POWER, Small::POWER]);
    const SPEC: LossSpec = LossSpec::new(
        Family::Overlap,
        Domain::Probabilities,
        TargetSpec::Values(Domain::Probabilities),
    )
    .with_example(Example::of_mask())
    .with_settings(&[
        Setting::new("alpha", 0.5, Range::NotNegative),
        Setting::new("beta", 0.5, Range::NotNegative),
        Setting::new("smoothing", 1.0, Range::NotNegative).known_as("smooth"),
        Setting::new("gamma", 0.75, Range::Positive),
    ]);

    fn from_settings([alpha, beta, smoothing, gamma]: [f32; 4]) -> Result<Self, ParameterError> {
        Self::new(Tversky::from_settings([alpha, beta, smoothing])?, gamma)
    }

    fn settings(&self) -> [f32; 4] {
        let [alpha, beta, smoothing] = self.tversky.settings();
        [alpha, beta, smoothing, self.gamma]
    }

    fn least_outputs(&self) -> usize {
        self.tversky.least_outputs()
    }
}

loss_of_arrays!(FocalTversky);

impl SliceLoss for FocalTversky {
    type Target = Values;

    #[inline(always)]
    fn row_gradient<V: Lanes>(&self, prediction: &[V], target: &[V], gradient: &mut [V]) -> V {
        let gamma = V::splat(self.gamma);
        let tversky = self.tversky.row_gradient(prediction, target, gradient);
        let perfect = tversky.le(V::ZERO);
        let power = math::exp(gamma * math::ln(tversky));
        // `min` and `max` give their argument where it is NaN: NaN stays.
        let steepest = V::splat(STEEPEST);
        let derivative = steepest.min(gamma * (power / tversky));
        let derivative = perfect.select(V::ZERO, derivative);
        for gradient in gradient {
            *gradient = (-steepest).max(steepest.min(*gradient * derivative));
        }
        perfect.select(V::ZERO, power)
    }
}
