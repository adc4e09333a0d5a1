use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::loss::Loss;
use crate::loss::direction::STEEPEST;
use crate::shape::Vector;

/// Soft Dice: `1 − (2 Σ p·t + s) / (Σ p + Σ t + s)`, `s` being the smoothing (1 unless said
/// otherwise).
///
/// With `r` for the ratio and `D` for its denominator the gradient is `(r − 2 t) / D`. Predictions are
/// probabilities in [0, 1], targets 0 or 1, or soft. Where `D` is 0 (empty masks, `s` = 0) value and
/// gradient are 0; the gradient of a smaller `D` than 2⁻¹²⁰ is that of 2⁻¹²⁰, and so finite.
///
/// For segmentation with few foreground pixels: it is blind to the size of the background. Gradients
/// of single pixels are small and noisy; often mixed with binary cross-entropy.
///
/// Milletari et al. 2016 (V-Net) with plain sums; MONAI `DiceLoss`. Not convex.
///
/// ```
/// use trimpot::loss::{Dice, Loss};
///
/// let loss = Dice::with_smoothing(0.0)?;
/// assert_eq!(loss.value::<f32>(&[1.0, 1.0, 0.0], &[1.0, 0.0, 0.0]), 1.0 - 2.0 / 3.0);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dice {
    smoothing: f32,
}

impl Dice {
    /// Adds `smoothing`, finite and not negative, to both sides of the ratio.
    pub fn with_smoothing(smoothing: f32) -> Result<Self, ParameterError> {
        Ok(Dice { smoothing: ParameterError::not_negative("smoothing", smoothing)? })
    }
}

impl Default for Dice {
    /// A smoothing of 1.
    fn default() -> Self {
        Dice { smoothing: 1.0 }
    }
}

impl<const N: usize> Loss<Vector<N>> for Dice {
    type Target = Vector<N>;

    #[inline]
    fn gradient<V: Lanes>(&self, prediction: &[V; N], target: &[V; N], gradient: &mut [V; N]) -> V {
        let smoothing = V::splat(self.smoothing);
        let (mut twice_common, mut total) = (smoothing, smoothing);
        for (&p, &t) in prediction.iter().zip(target) {
            twice_common += (p + p) * t;
            total += p + t;
        }

        let empty = total.eq(V::ZERO);
        // `min` gives its argument where it is NaN: NaN stays.
        let scale = empty.select(V::ZERO, V::splat(STEEPEST).min(V::ONE / total));
        let ratio = empty.select(V::ONE, twice_common / total);
        for (gradient, &t) in gradient.iter_mut().zip(target) {
            *gradient = (ratio - (t + t)) * scale;
        }
        V::ONE - ratio
    }
}
