use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::loss::Loss;
use crate::loss::direction::STEEPEST;
use crate::shape::Vector;

/// Soft Jaccard, or intersection over union: `1 − (I + s) / U` with `I = Σ p·t`,
/// `U = Σ p + Σ t − I + s`, `s` being the smoothing (1 unless said otherwise).
///
/// With `r` for the ratio the gradient is `(r (1 − t) − t) / U`. Predictions are probabilities in
/// [0, 1], targets 0 or 1, or soft. Where `U` is 0 (empty masks, `s` = 0) value and gradient are 0;
/// the gradient of a smaller `U` than 2⁻¹²⁰ is that of 2⁻¹²⁰, and so finite.
///
/// For segmentation that is scored by intersection over union; harder on partial overlap than
/// [`Dice`](super::Dice).
///
/// Rahman and Wang 2016; segmentation_models `JaccardLoss`. Not convex.
///
/// ```
/// use trimpot::loss::{Jaccard, Loss};
///
/// let loss = Jaccard::with_smoothing(0.0)?;
/// assert_eq!(loss.value::<f32>(&[1.0, 1.0, 0.0], &[1.0, 0.0, 0.0]), 0.5);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jaccard {
    smoothing: f32,
}

impl Jaccard {
    /// Adds `smoothing`, finite and not negative, to both sides of the ratio.
    pub fn with_smoothing(smoothing: f32) -> Result<Self, ParameterError> {
        Ok(Jaccard { smoothing: ParameterError::not_negative("smoothing", smoothing)? })
    }
}

impl Default for Jaccard {
    /// A smoothing of 1.
    fn default() -> Self {
        Jaccard { smoothing: 1.0 }
    }
}

impl<const N: usize> Loss<Vector<N>> for Jaccard {
    type Target = Vector<N>;

    #[inline]
    fn gradient<V: Lanes>(&self, prediction: &[V; N], target: &[V; N], gradient: &mut [V; N]) -> V {
        let smoothing = V::splat(self.smoothing);
        let (mut common, mut union) = (smoothing, smoothing);
        for (&p, &t) in prediction.iter().zip(target) {
            let both = p * t;
            common += both;
            union += p + t - both;
        }

        let empty = union.eq(V::ZERO);
        // `min` gives its argument where it is NaN: NaN stays.
        let scale = empty.select(V::ZERO, V::splat(STEEPEST).min(V::ONE / union));
        let ratio = empty.select(V::ONE, common / union);
        for (gradient, &t) in gradient.iter_mut().zip(target) {
            *gradient = (ratio * (V::ONE - t) - t) * scale;
        }
        V::ONE - ratio
    }
}
