//! eˣ, and the split of x that every exponential here begins with.
//!
//! 1. x = n ln 2 + r with n a whole number and |r| ≤ ½ ln 2. Adding 1.5·2²³ rounds x / ln 2 to a
//!    whole number and leaves n in the low bits of the sum: no conversion, no rounding mode.
//! 2. n ln 2 is subtracted in two parts (Cody and Waite, "Software Manual for the Elementary
//!    Functions", 1980). The first has 15 bits, so that its product with n is exact, and so is the
//!    difference `high`. The second, `low`, is small; it joins the polynomial's tail instead of
//!    being subtracted first, which would round r once more and cost a sixth of a ULP.
//! 3. eʳ = 1 + (high + (r² P(r) − low)), P of degree 4: summed from the smallest to the largest.
//! 4. 2ⁿ is multiplied on in two powers of two, both normal numbers: the first product is exact and
//!    the second rounds once, so results fade through the subnormals as they should.
//!
//! Rejected: P of degree 3 (one instruction pair less, 2 ULP more), adding n to the exponent bits
//! (wrong for subnormals, and it turns some NaNs into numbers), a table (lanes cannot look up
//! cheaply).
//!
//! Error: at most 0.927 ULP measured on all inputs; it never falls from one `f32` to the next.

use crate::lanes::{Bits, Lanes, Mask};

/// 1.5·2²³: to this number's size, whole numbers are neighbours.
const ROUND: f32 = 12_582_912.0;

/// ln 2 to 15 bits, and the rest.
const LN_2_HIGH: f32 = f32::from_bits(0x3f31_7200);
const LN_2_LOW: f32 = f32::from_bits(0x35bf_be8e);

/// Here and above, eˣ is beyond the largest `f32`; n is still 128.
const OVERFLOW: f32 = 89.0;

/// Here and below, eˣ rounds to 0; n is still −150.
const UNDERFLOW: f32 = -104.0;

/// ln of the smallest normal `f32`, rounded up.
const LEAST_NORMAL: f32 = -87.336_54;

/// 2⁶⁴: times this, no eˣ above `UNDERFLOW` is subnormal, and none up to 1 is large.
pub(crate) const LIFT: f32 = f32::from_bits((127 + 64) << 23);

// (eʳ − 1 − r) / r² on |r| ≤ ½ ln 2, minimax relative to eʳ − 1: 0.24·2⁻²⁴. The first is fixed at
// ½, which the board needs not load.
const P0: f32 = 0.5;
const P1: f32 = f32::from_bits(0x3e2a_aa5b);
const P2: f32 = f32::from_bits(0x3d2a_aad9);
const P3: f32 = f32::from_bits(0x3c09_1213);
const P4: f32 = f32::from_bits(0x3ab6_2f1b);

/// eˣ.
///
/// Error: at most 1 ULP, for every `f32`.
///
/// | x | result |
/// |---|---|
/// | above 88.722 | +∞ |
/// | −87.34 to −103.97 | subnormal |
/// | below −103.97 | 0 |
/// | NaN | NaN |
///
/// ```
/// use trimpot::math::exp;
/// assert_eq!(exp(0.0), 1.0);
/// assert_eq!(exp(f32::NEG_INFINITY), 0.0);
/// assert!((exp(1.0f32) - core::f32::consts::E).abs() <= f32::EPSILON * 2.0);
/// ```
#[inline]
pub fn exp<V: Lanes>(x: V) -> V {
    V::vectorize(
        #[inline(always)]
        || exp_below_overflow(V::splat(OVERFLOW).min(x)),
    )
}

/// eˣ for x no larger than `OVERFLOW`, or NaN: spares the clamp where x cannot be positive.
#[inline(always)]
pub(crate) fn exp_below_overflow<V: Lanes>(x: V) -> V {
    // `max` gives its argument where either is NaN: the clamp keeps NaN.
    let Split { n, high, tail } = split(V::splat(UNDERFLOW).max(x));
    let p = V::ONE + (high + tail);
    let one = V::ONE.to_bits();
    // Shifted by 23, only n is left of `n`, as a step of the exponent. Half of it first.
    let half = n.shr(1).shl(23);
    let rest = n.shl(23).wrapping_sub(half);
    p * V::from_bits(one.wrapping_add(half)) * V::from_bits(one.wrapping_add(rest))
}

/// eˣ for x ≤ 0, or NaN: `exp` to the bit, with less work in the last step.
#[inline(always)]
pub(crate) fn exp_of_negative<V: Lanes>(x: V) -> V {
    lifted_exp_of_negative(x) * V::splat(1.0 / LIFT)
}

/// 2⁶⁴ eˣ for x ≤ 0, or NaN: what is left of `exp` if its last product is left to the caller.
///
/// A normal number, also where eˣ is 0: then some number that becomes 0 by that product.
#[inline(always)]
pub(crate) fn lifted_exp_of_negative<V: Lanes>(x: V) -> V {
    let Split { n, high, tail } = split(V::splat(UNDERFLOW).max(x));
    let p = V::ONE + (high + tail);
    p * V::from_bits(V::splat(LIFT).to_bits().wrapping_add(n.shl(23)))
}

/// `exp_of_negative`, but 0 where that is less than the smallest normal number, which spares a
/// product and the clamp. For sums that such numbers vanish in.
#[inline(always)]
pub(crate) fn normal_exp_of_negative<V: Lanes>(x: V) -> V {
    let Split { n, high, tail } = split(x);
    let p = V::ONE + (high + tail);
    let e = p * V::from_bits(V::ONE.to_bits().wrapping_add(n.shl(23)));
    x.lt(V::splat(LEAST_NORMAL)).select(V::ZERO, e)
}

/// x = n ln 2 + r, and eʳ − 1 = `high` + `tail`.
pub(super) struct Split<V: Lanes> {
    /// n in the low bits, 2's complement, under the bits of `ROUND`, which a shift by 23 removes.
    pub n: V::Bits,
    /// r, before its last correction: exact, and exactly x where n = 0.
    pub high: V,
    /// The rest of the series, at most a quarter of `high` in size.
    pub tail: V,
}

/// For |x| up to 350, or NaN: beyond, n has more than 9 bits and its product with the 15 of
/// `LN_2_HIGH` is no longer exact.
#[inline(always)]
pub(super) fn split<V: Lanes>(x: V) -> Split<V> {
    let c = V::splat;
    let shifted = x.mul_add(c(core::f32::consts::LOG2_E), c(ROUND));
    let n = shifted - c(ROUND);
    let high = x - n * c(LN_2_HIGH);
    let low = n * c(LN_2_LOW);
    let r = high - low;
    let square = r * r;
    let low_pair = c(P2).mul_add(r, c(P1));
    let high_pair = c(P4).mul_add(r, c(P3));
    let p = high_pair.mul_add(square, low_pair).mul_add(r, c(P0));
    Split { n: shifted.to_bits(), high, tail: square * p - low }
}
