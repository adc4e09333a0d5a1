use super::Tversky;
use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::loss::Loss;
use crate::loss::direction::STEEPEST;
use crate::math;
use crate::shape::Vector;

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

impl<const N: usize> Loss<Vector<N>> for FocalTversky {
    type Target = Vector<N>;

    #[inline]
    fn gradient<V: Lanes>(&self, prediction: &[V; N], target: &[V; N], gradient: &mut [V; N]) -> V {
        let gamma = V::splat(self.gamma);
        let tversky = self.tversky.gradient(prediction, target, gradient);
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
