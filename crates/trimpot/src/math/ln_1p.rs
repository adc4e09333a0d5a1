//! ln(1 + x), without the cancellation near 0.
//!
//! As in `ln`, with 1 + x = 2ᵏ (1 + f). The rounded sum 1 + x only chooses k, where its error is
//! harmless. Then f = 2⁻ᵏ x − (1 − 2⁻ᵏ), where scaling x is exact: f is x itself for k = 0, and is
//! rounded once otherwise, where the result is far from 0. Two bit patterns and a subtraction thus
//! replace the usual correction term, which needs a division (W. Kahan; also in FreeBSD's `log1p`).
//!
//! Error: at most 0.992 ULP measured on all inputs.
//!
//! For 0 ≤ x ≤ 1 one series does without the split, x − x² H(x): H of degree 8 for `softplus`, of
//! degree 7 for losses, `ln_1p_of_unit`.

use super::ln::{BIAS, LN_2_HIGH, TO_STEP, biased_exponent, tail};
use super::polynomial::polynomial;
use crate::lanes::{Bits, Lanes, Mask};

// (x − ln(1 + x)) / x² on 0 ≤ x ≤ 1, minimax relative to ln(1 + x): 0.13·2⁻²⁴.
const H: [f32; 9] = [
    0.5,
    f32::from_bits(0xbeaa_a93f),
    f32::from_bits(0x3e7f_beab),
    f32::from_bits(0xbe4a_7cd1),
    f32::from_bits(0x3e1f_6d34),
    f32::from_bits(0xbde1_c5cc),
    f32::from_bits(0x3d79_7c14),
    f32::from_bits(0xbcb3_2501),
    f32::from_bits(0x3b70_e467),
];

// The same of degree 7: 0.85·2⁻²⁴.
const SHORT_H: [f32; 8] = [
    0.5,
    f32::from_bits(0xbeaa_a468),
    f32::from_bits(0x3e7f_16e5),
    f32::from_bits(0xbe46_2984),
    f32::from_bits(0x3e10_ed18),
    f32::from_bits(0xbdab_6a3e),
    f32::from_bits(0x3d06_0575),
    f32::from_bits(0xbbc4_c92f),
];

/// ln(1 + x), accurate near 0.
///
/// Error: at most 1 ULP, for every `f32`.
///
/// | x | result |
/// |---|---|
/// | ±0, subnormal | x |
/// | −1 | −∞ |
/// | below −1 | NaN |
/// | +∞ | +∞ |
/// | NaN | NaN |
///
/// ```
/// use trimpot::math::ln_1p;
/// assert_eq!(ln_1p(1e-10), 1e-10);
/// assert_eq!(ln_1p(-1.0), f32::NEG_INFINITY);
/// assert_eq!(ln_1p(1.0), core::f32::consts::LN_2);
/// ```
#[inline]
pub fn ln_1p<V: Lanes>(x: V) -> V {
    V::vectorize(
        x,
        #[inline(always)]
        |x| {
            let c = V::splat;
            let b = V::Bits::splat;
            let shifted = (V::ONE + x).to_bits().wrapping_add(b(TO_STEP));
            let minus_k = c(BIAS) - biased_exponent::<V>(shifted);
            // k in the place of the exponent: subtracted from the bits of a number, it scales by
            // 2⁻ᵏ.
            let k = (shifted & b(0xff80_0000)).wrapping_sub(V::ONE.to_bits());
            // Never subnormal for k ≠ 0, as |x| > ¼ then.
            let scaled_x = V::from_bits(x.to_bits().wrapping_sub(k));
            // 2⁻ᵏ would leave the exponent's range for k = 127 and 128, 2¹⁻ᵏ becomes 0 at the last
            // of them.
            let double = V::from_bits(c(2.0).to_bits().wrapping_sub(k));
            // A subtraction, since for k = 0 it is of +0 and leaves −0 alone.
            let f = scaled_x - (V::ONE - double * c(0.5));
            let y = tail(f, minus_k) - minus_k * c(LN_2_HIGH);

            let finite_or_infinite = x.lt(c(f32::INFINITY)).select(y, x);
            let pole_or_less = x.eq(-V::ONE).select(c(f32::NEG_INFINITY), c(f32::NAN));
            x.gt(-V::ONE).select(finite_or_infinite, pole_or_less)
        },
    )
}

/// ln(1 + x) for 0 ≤ x ≤ 1, or NaN, for losses: a third of the work of [`ln_1p`].
///
/// Error: at most 2.2 ULP measured on all inputs. (`ln_1p` has 0.992.)
#[inline(always)]
pub(crate) fn ln_1p_of_unit<V: Lanes>(x: V) -> V {
    // In pairs, as `polynomial` has it.
    let [h0, h1, h2, h3, h4, h5, h6, h7] = SHORT_H;
    let square = x * x;
    let q = V::splat(h7).mul_add(square, line(h6, h5, x));
    let q = q.mul_add(square, line(h4, h3, x)).mul_add(square, line(h2, h1, x));
    x - square * q.mul_add(x, V::splat(h0))
}

/// `a · x + b`.
#[inline(always)]
fn line<V: Lanes>(a: f32, b: f32, x: V) -> V {
    V::splat(a).mul_add(x, V::splat(b))
}

/// x − ln(1 + x) for 0 ≤ x ≤ 1, or NaN.
#[inline(always)]
pub(super) fn correction<V: Lanes>(x: V) -> V {
    let square = x * x;
    square * polynomial(H, x, square)
}

#[cfg(test)]
mod tests {
    use super::ln_1p_of_unit;

    /// Returns the largest error in ULPs of the result, over every `step`th `f32` from 0 to 1.
    fn largest_error(step: usize) -> f64 {
        let mut largest = 0.0_f64;
        for bits in (1..=1.0_f32.to_bits()).rev().step_by(step) {
            let x = f32::from_bits(bits);
            let exact = libm::log1p(f64::from(x));
            let nearest = exact as f32;
            let ulp = f64::from(f32::from_bits(nearest.to_bits() + 1)) - f64::from(nearest);
            largest = largest.max(((f64::from(ln_1p_of_unit(x)) - exact) / ulp).abs());
        }
        largest
    }

    #[test]
    fn is_within_its_bound_on_a_sample_from_0_to_1() {
        let largest = largest_error(997);
        assert!(largest <= 2.2, "{largest} ULP");
        assert_eq!(ln_1p_of_unit(0.0_f32), 0.0);
        assert!(ln_1p_of_unit(f32::NAN).is_nan());
    }

    #[test]
    #[ignore = "every number from 0 to 1"]
    fn is_within_its_bound_everywhere_from_0_to_1() {
        let largest = largest_error(1);
        assert!(largest <= 2.2, "{largest} ULP");
    }
}
