//! sin πx, by turns instead of radians: so the reduction of x to one period is exact for every
//! `f32`.
//!
//! 1. n is |x| rounded to a whole number: adding 2²³ and subtracting it again does that, and leaves
//!    in the lowest bit whether n is odd. From 2²³ on all numbers are whole, so |x| is cut there.
//! 2. r = |x| − n is exact, |r| ≤ ½, and sin π|x| = ±sin πr, with the minus where n is odd.
//! 3. Up to |r| = ¼, sin πr = πr + r·S(r²). Beyond, it is cos πq with q = ½ − |r|, which is exact
//!    too: 1 + q²·C(q²).
//!
//! Rejected: one polynomial up to ½ (nine instructions less, 2.8 ULP), radians (π is no `f32`, so
//! that large arguments need a reduction with many digits, and a half turn is never met).
//!
//! Error: at most 1.676 ULP measured on all r from 2⁻⁸ to ½; below, only the product with π is
//! left.

use crate::lanes::{Bits, Lanes, Mask};

/// 2²³: from here on every `f32` is whole.
const WHOLE: f32 = 8_388_608.0;

// sin πr / r − π on |r| ≤ ¼, minimax relative to the sine: 0.06·2⁻²⁴. S0 is what π, rounded, lacks.
const S0: f32 = f32::from_bits(0xb3d1_95e9);
const S1: f32 = f32::from_bits(0xc0a5_5ddd);
const S2: f32 = f32::from_bits(0x4023_2f75);
const S3: f32 = f32::from_bits(0xbf16_d0ab);

// (cos πq − 1) / q² on |q| ≤ ¼, minimax relative to the cosine: 0.01·2⁻²⁴.
const C0: f32 = f32::from_bits(0xc09d_e9e6);
const C1: f32 = f32::from_bits(0x4081_e0d8);
const C2: f32 = f32::from_bits(0xbfaa_d95a);
const C3: f32 = f32::from_bits(0x3e6a_7b19);

/// sin πx: the sine of x half turns.
///
/// Exactly odd: sin −πx is −sin πx, to the bit.
///
/// Error: at most 1.7 ULP, for every `f32`.
///
/// | x | result |
/// |---|---|
/// | whole | 0, with the sign of x (so says IEEE 754) |
/// | whole and a half | ±1 |
/// | ±∞, NaN | NaN |
///
/// ```
/// use trimpot::math::sin_pi;
/// assert_eq!([sin_pi(0.5), sin_pi(1.0), sin_pi(-1.5)], [1.0, 0.0, 1.0]);
/// assert!((sin_pi(1.0f32 / 6.0) - 0.5).abs() <= 1e-7);
/// ```
#[inline]
pub fn sin_pi<V: Lanes>(x: V) -> V {
    V::vectorize(
        x,
        #[inline(always)]
        |x| {
            let c = V::splat;
            let size = x.abs();
            // `min` gives its argument where either is NaN: the cut keeps NaN.
            let cut = c(WHOLE).min(size);
            let shifted = cut + c(WHOLE);
            let r = cut - (shifted - c(WHOLE));
            let odd = shifted.to_bits().shl(31);

            let q = c(0.5) - r.abs();
            let near = q.ge(c(0.25));
            let square = near.select(r * r, q * q);
            let tail = c(S3).mul_add(square, c(S2)).mul_add(square, c(S1)).mul_add(square, c(S0));
            let sine = c(core::f32::consts::PI) * r + tail * r;
            let tail = c(C3).mul_add(square, c(C2)).mul_add(square, c(C1)).mul_add(square, c(C0));
            let cosine = tail.mul_add(square, V::ONE).copysign(r);

            let turned = V::from_bits(near.select(sine, cosine).to_bits() ^ odd);
            // The product is 0, which makes 0 of −0, or NaN where x is infinite.
            V::from_bits(
                size.mul_add(V::ZERO, turned).to_bits()
                    ^ (x.to_bits() & V::Bits::splat(0x8000_0000)),
            )
        },
    )
}
