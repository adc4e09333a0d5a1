//! Gradients that are too large, made smaller: one bad sample should not throw a network off.
//!
//! What is clipped is a flat run: the gradient of the whole network, after the mean over the batch and
//! before the optimizer.

use crate::ParameterError;
use crate::lanes::Lanes;

/// Cuts every element to `[−c, c]`.
///
/// It changes the direction of the gradient. NaN stays NaN, infinities become ±c.
///
/// PyTorch `clip_grad_value_`, Keras `clipvalue`, optax `clip`.
///
/// ```
/// use trimpot::clip::ClipValue;
/// let mut gradient = [3.0, -0.5, -7.0];
/// ClipValue::new(1.0)?.clip(&mut gradient);
/// assert_eq!(gradient, [1.0, -0.5, -1.0]);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClipValue {
    limit: f32,
}

impl ClipValue {
    /// To c = `limit`, finite and positive.
    pub fn new(limit: f32) -> Result<Self, ParameterError> {
        Ok(ClipValue { limit: ParameterError::positive("limit", limit)? })
    }

    /// Clips a gradient in place.
    pub fn clip(&self, gradient: &mut [f32]) {
        for element in gradient {
            // The limit comes first: `min` and `max` give their argument where either is NaN.
            *element = Lanes::max(-self.limit, Lanes::min(self.limit, *element));
        }
    }
}

/// Scales the gradient by `min(1, c / (n + 10⁻⁶))`, where `n` is its Euclidean norm: it is never longer
/// than `c`, and keeps its direction.
///
/// Where the norm is NaN, so is the whole gradient afterwards. Where it is infinite, be it that squares
/// overflow (from elements of about 10¹⁹ on), elements become 0, infinite ones NaN. A gradient of zeros stays.
///
/// PyTorch `clip_grad_norm_`; Keras `global_clipnorm` and optax `clip_by_global_norm` without the 10⁻⁶. Pascanu,
/// Mikolov and Bengio 2013.
///
/// ```
/// use trimpot::clip::ClipNorm;
/// let mut gradient = [3.0, -4.0];
/// assert_eq!(ClipNorm::new(1.0)?.clip(&mut gradient), 5.0);
/// assert!((gradient[0] - 0.6).abs() < 1e-6 && (gradient[1] + 0.8).abs() < 1e-6);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClipNorm {
    limit: f32,
}

impl ClipNorm {
    /// To c = `limit`, finite and positive.
    pub fn new(limit: f32) -> Result<Self, ParameterError> {
        Ok(ClipNorm { limit: ParameterError::positive("limit", limit)? })
    }

    /// Clips a gradient in place, and returns the norm that it had.
    pub fn clip(&self, gradient: &mut [f32]) -> f32 {
        let norm = norm(gradient);
        let factor = self.limit / (norm + 1e-6);
        // NaN is to spread, so it must not count as "no longer than the limit".
        if factor < 1.0 || factor.is_nan() {
            for element in gradient {
                *element *= factor;
            }
        }
        norm
    }
}

/// The Euclidean norm `√Σ x²`: 0 of nothing, infinite where a square overflows.
///
/// The same bits on every machine: element `i` is added to sum `i mod 16`, these in their order.
///
/// ```
/// assert_eq!(trimpot::clip::norm(&[3.0, -4.0]), 5.0);
/// ```
#[must_use]
pub fn norm(elements: &[f32]) -> f32 {
    let mut sums = [0.0; 16];
    let (blocks, rest) = elements.as_chunks::<16>();
    for block in blocks.iter().map(|block| &block[..]).chain([rest]) {
        for (sum, &element) in sums.iter_mut().zip(block) {
            *sum += element * element;
        }
    }
    Lanes::sqrt(sums.into_iter().fold(0.0, |total: f32, sum| total + sum))
}
