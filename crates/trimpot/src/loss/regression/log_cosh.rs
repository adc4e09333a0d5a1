use crate::lanes::Lanes;
use crate::loss::Elementwise;
use crate::math;

/// Logarithm of the hyperbolic cosine: `mean ln cosh(p − t)`, gradient `tanh(p − t) / N`.
///
/// About `e² / 2` for small errors and `|e| − ln 2` for large ones, smooth between: finite for every
/// finite error.
///
/// For regression with outliers where a second derivative is wanted; like [`Huber`](super::Huber),
/// with nothing to set.
///
/// Keras `LogCosh`, optax `log_cosh`. Convex. NaN gives NaN.
///
/// ```
/// use trimpot::loss::{LogCosh, Loss};
///
/// let value = LogCosh.value::<f32>(&[1.0e4], &[0.0]);
/// assert_eq!(value, 1.0e4 - core::f32::consts::LN_2);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogCosh;

impl Elementwise for LogCosh {
    #[inline(always)]
    fn at<V: Lanes>(&self, prediction: V, target: V) -> (V, V) {
        let error = prediction - target;
        let size = error.abs();
        // ln cosh e = |e| + ln((1 + e^−2|e|) / 2).
        let tail = math::ln_1p(math::exp(-(size + size)));
        (size + (tail - V::splat(core::f32::consts::LN_2)), math::tanh(error))
    }
}
