//! 1 / (1 + e⁻ˣ), the logistic function.
//!
//! With z = e^−|x| ≤ 1, which cannot overflow: 1 / (1 + z) for x ≥ 0, z / (1 + z) for x < 0. The
//! second is z itself for very negative x, and so is as good as `exp` down through the subnormals,
//! where 1 / (1 + e⁻ˣ) would have divided by infinity.
//!
//! Rejected: ½ + ½ tanh(x / 2), which cancels for negative x.
//!
//! Error: at most 2.402 ULP measured on all inputs.

use super::exp::exp_of_negative;
use crate::lanes::{Lanes, Mask};

/// 1 / (1 + e⁻ˣ), from 0 to 1: the probability of a logit.
///
/// Error: at most 2.5 ULP, for every `f32`. 1 − sigmoid(x) is sigmoid(−x), but only the latter is
/// accurate for large x.
///
/// | x | result |
/// |---|---|
/// | above 16.7 | 1 |
/// | −87.34 to −103.97 | subnormal |
/// | below −103.97 | 0 |
/// | NaN | NaN |
///
/// ```
/// use trimpot::math::sigmoid;
/// assert_eq!(sigmoid(0.0), 0.5);
/// assert_eq!(sigmoid(100.0), 1.0);
/// assert!(sigmoid(-100.0f32) > 0.0);
/// ```
#[inline]
pub fn sigmoid<V: Lanes>(x: V) -> V {
    V::vectorize(
        x,
        #[inline(always)]
        |x| {
            let z = exp_of_negative(-x.abs());
            x.lt(V::ZERO).select(z, V::ONE) / (V::ONE + z)
        },
    )
}

/// sigmoid(x) and 1 − sigmoid(x), either without the cancellation where it is small.
///
/// It takes a product more than [`sigmoid`].
#[inline(always)]
pub(crate) fn sigmoid_and_rest<V: Lanes>(x: V) -> (V, V) {
    let z = exp_of_negative(-x.abs());
    let larger = V::ONE / (V::ONE + z);
    let smaller = z * larger;
    let negative = x.lt(V::ZERO);
    (negative.select(smaller, larger), negative.select(larger, smaller))
}

/// Returns the derivative of sigmoid(x), its product with sigmoid(−x): z / (1 + z)² on either side
/// of 0.
#[inline(always)]
pub(crate) fn sigmoid_derivative<V: Lanes>(x: V) -> V {
    let z = exp_of_negative(-x.abs());
    let larger = V::ONE / (V::ONE + z);
    z * larger * larger
}
