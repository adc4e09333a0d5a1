//! ln(1 + x), without the cancellation near 0.
//!
//! As in `ln`, with 1 + x = 2ᵏ (1 + f). The rounded sum 1 + x only chooses k, where its error is
//! harmless. Then f = 2⁻ᵏ x − (1 − 2⁻ᵏ), where scaling x is exact: f is x itself for k = 0, and is
//! rounded once otherwise, where the result is far from 0. Two bit patterns and a subtraction thus
//! replace the usual correction term, which needs a division (W. Kahan; also in FreeBSD's `log1p`).
//!
//! Error: at most 0.993 ULP measured on all inputs.

use super::ln::{BIAS, LN_2_HIGH, TO_STEP, biased_exponent, tail};
use crate::lanes::{Bits, Lanes, Mask};

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
    let c = V::splat;
    let b = V::Bits::splat;
    let shifted = (V::ONE + x).to_bits().wrapping_add(b(TO_STEP));
    let minus_k = c(BIAS) - biased_exponent::<V>(shifted);
    // k in the place of the exponent: subtracted from the bits of a number, it scales by 2⁻ᵏ.
    let k = (shifted & b(0xff80_0000)).wrapping_sub(V::ONE.to_bits());
    // Never subnormal for k ≠ 0, as |x| > ¼ then.
    let scaled_x = V::from_bits(x.to_bits().wrapping_sub(k));
    // 2⁻ᵏ would leave the exponent's range for k = 127 and 128, 2¹⁻ᵏ becomes 0 at the last of them.
    let double = V::from_bits(c(2.0).to_bits().wrapping_sub(k));
    // A subtraction, since for k = 0 it is of +0 and leaves −0 alone.
    let f = scaled_x - (V::ONE - double * c(0.5));
    let y = tail(f, minus_k) - minus_k * c(LN_2_HIGH);

    let finite_or_infinite = x.lt(c(f32::INFINITY)).select(y, x);
    let pole_or_less = x.eq(-V::ONE).select(c(f32::NEG_INFINITY), c(f32::NAN));
    x.gt(-V::ONE).select(finite_or_infinite, pole_or_less)
}
