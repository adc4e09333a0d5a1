//! Gradients that are too large, made smaller: one bad sample should not throw a network off.
//!
//! What is clipped is a flat run: the gradient of the whole network, after the mean over the batch
//! and before the optimizer.

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
    /// Creates the clipping to c = `limit`, finite and positive.
    ///
    /// # Errors
    /// If `limit` is out of range.
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

/// Scales the gradient by `min(1, c / (n + 10⁻⁶))`, where `n` is its Euclidean norm: it is never
/// longer than `c`, and keeps its direction.
///
/// Elements are finite numbers of any size: neither their squares nor their norm overflow on the
/// way. Where one is NaN, the whole gradient becomes NaN. Where one is infinite, the others
/// become 0, and it becomes NaN. A gradient of zeros stays.
///
/// PyTorch `clip_grad_norm_`; Keras `global_clipnorm` and optax `clip_by_global_norm` without the
/// 10⁻⁶. Pascanu, Mikolov and Bengio 2013.
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
    /// Creates the clipping to c = `limit`, finite and positive.
    ///
    /// # Errors
    /// If `limit` is out of range.
    pub fn new(limit: f32) -> Result<Self, ParameterError> {
        Ok(ClipNorm { limit: ParameterError::positive("limit", limit)? })
    }

    /// Clips a gradient in place, and returns the norm that it had: infinite where that is beyond
    /// 3.4·10³⁸.
    pub fn clip(&self, gradient: &mut [f32]) -> f32 {
        let Norm { root, scale } = Norm::of(gradient);
        let norm = root / scale;
        // NaN is to spread, so it must not count as "no longer than the limit".
        if norm + 1e-6 > self.limit || norm.is_nan() {
            // Not the limit times this, which may be subnormal.
            let inverse = 1.0 / (root + 1e-6 * scale);
            for element in gradient {
                *element = *element * scale * inverse * self.limit;
            }
        }
        norm
    }
}

/// Returns the Euclidean norm `√Σ x²`: 0 of nothing, infinite where it is beyond 3.4·10³⁸.
///
/// Squares that would overflow or vanish are taken of scaled elements. The same bits on every
/// machine: element `i` is added to sum `i mod 16`, these in their order.
///
/// ```
/// assert_eq!(trimpot::clip::norm(&[3.0, -4.0]), 5.0);
/// ```
#[must_use]
pub fn norm(elements: &[f32]) -> f32 {
    let Norm { root, scale } = Norm::of(elements);
    root / scale
}

/// The norm of elements that were multiplied by `scale`, a power of two.
struct Norm {
    root: f32,
    scale: f32,
}

/// Above this, what sums of squares lose to squares that are no normal numbers is no digit of
/// theirs.
const LEAST_SUM: f32 = 1e-28;

impl Norm {
    fn of(elements: &[f32]) -> Self {
        let sum = squares(elements, 1.0);
        if sum.is_nan() || (LEAST_SUM..=f32::MAX).contains(&sum) {
            return Norm { root: Lanes::sqrt(sum), scale: 1.0 };
        }
        let largest = elements.iter().fold(0.0, |largest: f32, x| largest.max(x.abs()));
        // 2ᵉ becomes 2⁻ᵉ by subtracting its exponent field from twice the bias. From 2¹²⁷ on that
        // is no normal number any more, but 2⁻¹²⁶ is near enough.
        let field = largest.to_bits() & 0x7f80_0000;
        let scale = f32::from_bits(0x7f00_0000_u32.saturating_sub(field)).max(f32::MIN_POSITIVE);
        Norm { root: Lanes::sqrt(squares(elements, scale)), scale }
    }
}

/// Returns the sum of the squares of scaled elements: element `i` is added to sum `i mod 16`, these
/// in their order.
fn squares(elements: &[f32], scale: f32) -> f32 {
    let mut sums = [0.0; 16];
    let (blocks, rest) = elements.as_chunks::<16>();
    for block in blocks.iter().map(|block| &block[..]).chain([rest]) {
        for (sum, &element) in sums.iter_mut().zip(block) {
            let scaled = element * scale;
            *sum += scaled * scaled;
        }
    }
    sums.into_iter().fold(0.0, |total: f32, sum| total + sum)
}
