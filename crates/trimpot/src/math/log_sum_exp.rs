//! ln Σ e^xᵢ, for any inputs without overflow.
//!
//! With m the largest xᵢ: m + ln Σ e^(xᵢ − m). Every term is at most 1 and one of them is 1, so the
//! sum is from 1 to N, and needs none of the special cases of `ln`. Where m is infinite, nothing is
//! subtracted (∞ − ∞ is NaN), and the result is m plus the sum: −∞ + 0, or ∞ + ∞. A NaN is never
//! the largest, but the sum has it.
//!
//! The sum is compensated: what each addition loses is added up and given back at the end (Kahan,
//! 1965; the losses kept apart after Neumaier, 1974, so that they cannot turn an infinite sum into
//! NaN). It costs three additions beside the fifty instructions of an `exp`. Rejected: the plain
//! sum, whose roundings all fall alike where most inputs are equal (12 ULP off for N = 100, 90 ULP
//! for N = 1000), and m + `ln`(sum), whose three roundings cost half a ULP more: the two large
//! parts of m + ln are added exactly instead, once for all N.
//!
//! Error: where the result is near 0, m and the logarithm cancel, and the rounding of each xᵢ − m
//! remains: no bound in ULPs of the result can hold. So the unit is the ULP of max(|result|, max
//! |xᵢ|, 1): at most 1.9 found for N from 2 to 10,000, in 10⁴ (large N) to 10⁷ draws aimed at the
//! worst. Beyond, the rounding of the losses themselves shows, which grows like N² 2⁻⁴⁸: 7 for N =
//! 100,000.

use super::exp;
use super::ln::{BIAS, ln_in_parts};
use crate::lanes::{Lanes, Mask};

/// ln Σ e^xᵢ over the N inputs: the smooth maximum, and the normaliser of a softmax.
///
/// Error: at most 2.5 ULP of max(|result|, max |xᵢ|, 1) for N up to 10,000; then it grows: 7 ULP
/// were found for N = 100,000. (In ULPs of the result itself no bound is possible: near 0 it is a
/// difference of rounded numbers.)
///
/// | inputs | result |
/// |---|---|
/// | some NaN | NaN |
/// | some +∞, no NaN | +∞ |
/// | all −∞, or N = 0 | −∞ |
///
/// ```
/// use trimpot::math::log_sum_exp;
/// assert_eq!(log_sum_exp(&[1000.0, 1000.0]), 1000.0 + core::f32::consts::LN_2);
/// assert_eq!(log_sum_exp(&[3.0, f32::NEG_INFINITY]), 3.0);
/// assert_eq!(log_sum_exp::<f32, 0>(&[]), f32::NEG_INFINITY);
/// ```
#[inline]
pub fn log_sum_exp<V: Lanes, const N: usize>(x: &[V; N]) -> V {
    V::vectorize(
        x,
        #[inline(always)]
        |x| {
            let infinity = V::splat(f32::INFINITY);
            let mut max = -infinity;
            for &x in x {
                max = x.max(max);
            }
            let finite = max.abs().lt(infinity);
            let shift = finite.select(max, V::ZERO);

            let mut sum = V::ZERO;
            let mut lost = V::ZERO;
            for &x in x {
                let term = exp(x - shift);
                let next = sum + term;
                lost += term - (next - sum);
                sum = next;
            }
            let (high, rest) = ln_in_parts(sum + lost, V::splat(BIAS));
            let (y, low) = two_sum(shift, high);
            let y = y + (low + rest);
            (finite & sum.eq(sum)).select(y, max + sum)
        },
    )
}

/// Returns the rounded sum, and what it lost, exactly (Knuth, "The Art of Computer Programming",
/// 4.2.2).
#[inline(always)]
pub(crate) fn two_sum<V: Lanes>(a: V, b: V) -> (V, V) {
    let sum = a + b;
    let b_in_sum = sum - a;
    (sum, (a - (sum - b_in_sum)) + (b - b_in_sum))
}
