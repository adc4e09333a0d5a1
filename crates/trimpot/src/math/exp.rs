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
//! Rejected: adding n to the exponent bits (wrong for subnormals, and it turns some NaNs into
//! numbers), a table (lanes cannot look up cheaply). Losses take exponentials of what is not
//! positive, and a ULP more of error is none to them: there P has degree 3, `low` is subtracted
//! first, and 2ⁿ is multiplied on at once, five operations of twenty-five less (`short_exp`).
//!
//! Error: at most 0.927 ULP measured on all inputs; it never falls from one `f32` to the next.

use crate::lanes::{Bits, Lanes};

/// 1.5·2²³: to this number's size, whole numbers are neighbours.
const ROUND: f32 = 12_582_912.0;

/// ln 2 to 15 bits, and the rest.
const LN_2_HIGH: f32 = f32::from_bits(0x3f31_7200);
const LN_2_LOW: f32 = f32::from_bits(0x35bf_be8e);

/// Here and above, eˣ is beyond the largest `f32`; n is still 128.
const OVERFLOW: f32 = 89.0;

/// Here and below, eˣ rounds to 0; n is still −150.
const UNDERFLOW: f32 = -104.0;

/// Here n is −127, and 2ⁿ has no exponent left but that of 0.
const NO_EXPONENT: f32 = -88.0;

/// 2⁶⁴: times this, no eˣ above `UNDERFLOW` is subnormal, and none up to 1 is large.
pub(crate) const LIFT: f32 = f32::from_bits((127 + 64) << 23);

// (eʳ − 1 − r) / r² on |r| ≤ ½ ln 2, minimax relative to eʳ − 1: 0.24·2⁻²⁴. The first is fixed at
// ½, which the board needs not load.
const P0: f32 = 0.5;
const P1: f32 = f32::from_bits(0x3e2a_aa5b);
const P2: f32 = f32::from_bits(0x3d2a_aad9);
const P3: f32 = f32::from_bits(0x3c09_1213);
const P4: f32 = f32::from_bits(0x3ab6_2f1b);

// The same for a polynomial of degree 3: 1.76·2⁻²⁴.
const S0: f32 = f32::from_bits(0x3eff_fefe);
const S1: f32 = f32::from_bits(0x3e2a_abd8);
const S2: f32 = f32::from_bits(0x3d2b_951e);
const S3: f32 = f32::from_bits(0x3c08_3104);

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
        x,
        #[inline(always)]
        |x| exp_below_overflow(V::splat(OVERFLOW).min(x)),
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
    let Split { n, high, tail } = split(V::splat(UNDERFLOW).max(x));
    let p = V::ONE + (high + tail);
    // Times 2⁶⁴ no result is subnormal, and the last product rounds once.
    let lifted = p * V::from_bits(V::splat(LIFT).to_bits().wrapping_add(n.shl(23)));
    lifted * V::splat(1.0 / LIFT)
}

/// 2⁶⁴ eˣ for x ≤ 0, or NaN, for losses: what is left if the last product is left to the caller.
///
/// Error: at most 2.4 ULP. A normal number, also where eˣ is 0: then some number that
/// becomes 0 by that product.
#[inline(always)]
pub(crate) fn lifted_exp_of_negative<V: Lanes>(x: V) -> V {
    short_exp(V::splat(UNDERFLOW).max(x), ROUND + 127.0 + 64.0)
}

/// eˣ for x ≤ 0, or NaN, for losses: 0 below the smallest normal number or so.
///
/// Error: as that of [`lifted_exp_of_negative`].
#[inline(always)]
pub(crate) fn normal_exp_of_negative<V: Lanes>(x: V) -> V {
    short_exp(V::splat(NO_EXPONENT).max(x), ROUND + 127.0)
}

/// eˣ with a series that is shorter by one, and with the exponent's bias, and more to lift it, in
/// the number that rounds: the sum's low bits are 2ⁿ as soon as they are shifted.
///
/// A field of 0, from n = −127, makes 0.
#[inline(always)]
fn short_exp<V: Lanes>(x: V, round: f32) -> V {
    let (r, shifted) = short_split(x, round);
    short_series(r, shifted)
}

/// The first half of `short_exp`: r, and the sum that has n in its low bits.
#[inline(always)]
fn short_split<V: Lanes>(x: V, round: f32) -> (V, V) {
    let c = V::splat;
    let shifted = x.mul_add(c(core::f32::consts::LOG2_E), c(round));
    let n = shifted - c(round);
    ((x - n * c(LN_2_HIGH)) - n * c(LN_2_LOW), shifted)
}

/// The second half of `short_exp`.
#[inline(always)]
fn short_series<V: Lanes>(r: V, shifted: V) -> V {
    let c = V::splat;
    let square = r * r;
    let low_pair = c(S1).mul_add(r, c(S0));
    let p = c(S3).mul_add(r, c(S2)).mul_add(square, low_pair);
    (V::ONE + (r + square * p)) * V::from_bits(shifted.to_bits().shl(23))
}

/// How many vectors go through one half of the exponential before the other.
const ABREAST: usize = 16;

/// Writes 2⁶⁴ e^(x − largest) of each number, none of which is above the largest: the bits of
/// [`lifted_exp_of_negative`].
///
/// An exponential is a chain of fifteen operations out of twenty-one. On Zen 5 its eleven sums and
/// maxima, two a cycle, need 5.5 cycles a vector. But about a hundred operations can wait for
/// others at a time, which is five vectors and 9 cycles each. So vectors go through the first half
/// of the exponential, and then through the second: chains that are half as long, of twice as many.
#[inline(always)]
pub(crate) fn lifted_exps_of_negative<V: Lanes>(numbers: &[V], largest: V, exponentials: &mut [V]) {
    if V::LANES == 1 {
        return one_by_one(numbers, largest, exponentials);
    }
    // Any number but zero: zeros would be a call, before which all registers go to memory.
    let mut shifted = [largest; ABREAST];
    for (numbers, rs) in numbers.chunks(ABREAST).zip(exponentials.chunks_mut(ABREAST)) {
        for ((r, shifted), &x) in rs.iter_mut().zip(&mut shifted).zip(numbers) {
            let x = V::splat(UNDERFLOW).max(x - largest);
            (*r, *shifted) = short_split(x, ROUND + 127.0 + 64.0);
        }
        for (r, &shifted) in rs.iter_mut().zip(&shifted) {
            *r = short_series(*r, shifted);
        }
    }
}

/// [`lifted_exps_of_negative`] on a board, where each operation waits for the one before, and memory
/// costs more.
///
/// A function of its own: a loop of a known length would be ten exponentials of 400 bytes.
#[inline(never)]
fn one_by_one<V: Lanes>(numbers: &[V], largest: V, exponentials: &mut [V]) {
    for (e, &x) in exponentials.iter_mut().zip(numbers) {
        *e = lifted_exp_of_negative(x - largest);
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the largest error in ULPs, over every `step`th `f32` with a normal exponential.
    fn largest_error(step: usize) -> f64 {
        let mut largest = 0.0_f64;
        for bits in (0..=87.3_f32.to_bits()).step_by(step) {
            let x = -f32::from_bits(bits);
            let exact = libm::exp(f64::from(x));
            let nearest = exact as f32;
            let ulp = f64::from(f32::from_bits(nearest.to_bits() + 1)) - f64::from(nearest);
            let found = normal_exp_of_negative(x);
            largest = largest.max(((f64::from(found) - exact) / ulp).abs());
            assert_eq!(found * LIFT, lifted_exp_of_negative(x));
        }
        largest
    }

    #[test]
    fn exponentials_for_losses_are_within_their_bound_on_a_sample() {
        let largest = largest_error(997);
        assert!(largest <= 2.4, "{largest} ULP");
    }

    #[test]
    #[ignore = "every number with a normal exponential"]
    fn exponentials_for_losses_are_within_their_bound_everywhere() {
        let largest = largest_error(1);
        assert!(largest <= 2.4, "{largest} ULP");
    }

    #[test]
    fn exponentials_in_two_halves_have_the_bits_of_one_after_the_other() {
        use crate::lanes::f32x8;
        const MOST: usize = 2 * ABREAST + 3;
        let number = |index: usize, lane: usize| -2.7 * ((7 * index + 5 * lane) % 45) as f32;
        let numbers: [f32x8; MOST] =
            core::array::from_fn(|index| f32x8::from_fn(|lane| number(index, lane)));
        for count in [0, 1, ABREAST - 1, ABREAST, ABREAST + 1, MOST] {
            let mut found = numbers;
            lifted_exps_of_negative(&numbers[..count], f32x8::ONE, &mut found[..count]);
            for (found, &x) in found.iter().zip(&numbers[..count]) {
                assert_eq!(*found, lifted_exp_of_negative(x - f32x8::ONE));
            }
            assert_eq!(found[count..], numbers[count..]);
        }
    }

    #[test]
    fn exponentials_of_what_is_not_finite_have_the_bits_of_one_number_alone() {
        use crate::lanes::f32x8;
        let lanes = [-0.0, f32::NEG_INFINITY, f32::NAN, 0.0, -1e38, -f32::NAN, -1e-40, -100.0];
        for largest in [0.0, -0.0, 1.0] {
            let numbers = [f32x8::from_fn(|lane| lanes[lane]); ABREAST + 1];
            let mut found = numbers;
            lifted_exps_of_negative(&numbers, f32x8::splat(largest), &mut found);
            for vector in found {
                for (found, x) in vector.to_array().into_iter().zip(lanes) {
                    let expected = lifted_exp_of_negative(x - largest);
                    // Which NaN it is nobody promises.
                    let is_same = found.to_bits() == expected.to_bits();
                    assert!(is_same || x.is_nan() && found.is_nan() && expected.is_nan(), "{x}");
                }
            }
        }
    }

    #[test]
    fn exponentials_for_losses_end_in_zero_and_keep_nan() {
        for x in [-88.0, -104.0, -1e4, -1e38, f32::NEG_INFINITY] {
            assert_eq!(normal_exp_of_negative(x), 0.0);
        }
        for x in [-104.0, -1e38, f32::NEG_INFINITY] {
            assert_eq!(lifted_exp_of_negative(x) * (1.0 / LIFT), 0.0);
        }
        assert_eq!((normal_exp_of_negative(0.0), lifted_exp_of_negative(0.0)), (1.0, LIFT));
        for payload in [0x7fc0_0000, 0x7fff_ffff, 0xffc0_0080, 0x7f80_0001] {
            let nan = f32::from_bits(payload);
            assert!(normal_exp_of_negative(nan).is_nan() && lifted_exp_of_negative(nan).is_nan());
        }
    }
}
