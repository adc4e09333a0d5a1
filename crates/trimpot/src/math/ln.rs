//! ln x, and the series that both logarithms end with.
//!
//! 1. x = 2ᵏ (1 + f) with ¾ ≤ 1 + f < 1½, by integer arithmetic on the bits; f is exact. Subnormals
//!    are scaled up by 2²³ first.
//! 2. ln(1 + f) = f − f² H(f), H of degree 8.
//! 3. ln x = f − (f² H(f) − k low) + k high, with ln 2 = high + low and k high exact. As f ≈ 0 goes
//!    with k = 0, a result near 0 is f with a small correction, and no digits cancel.
//!
//! The cut at ¾ needs the same degree as the usual one at √½: either interval's centre is three
//! half-widths from the pole at f = −1. But with k = 1 results start at ln 1.5 and not at ln √2,
//! while f ≥ −¼ is smaller and in `ln_1p` rounded twice as finely; with k = −1 and m near 1½ the
//! last subtraction is exact. And the bits of ¾ fit into the board's instructions, those of √½ do
//! not.
//!
//! Rejected: the series in f / (2 + f), half as long, but its division costs 14 cycles on a
//! Cortex-M4, and rounds; H of degree 7 (0.5 ULP more).
//!
//! Error: at most 0.992 ULP measured on all inputs.

use super::polynomial::polynomial;
use crate::lanes::{Bits, Lanes, Mask};

/// ¾, where the mantissas begin.
const LEAST: u32 = 0x3f40_0000;

/// What makes the exponent step at `LEAST` instead of at 1.
pub(super) const TO_STEP: u32 = 0x3f80_0000 - LEAST;

/// 2²³, and its logarithm to base 2.
const SCALE: f32 = 8_388_608.0;
const SCALE_EXPONENT: f32 = 23.0;

/// 2²³ + 127: the exponent's bias, and what is added to it to make it a float.
pub(super) const BIAS: f32 = 8_388_608.0 + 127.0;

/// ln 2 to 15 bits, so that its product with k is exact, and the rest.
pub(super) const LN_2_HIGH: f32 = f32::from_bits(0x3f31_7200);
const LN_2_LOW: f32 = f32::from_bits(0x35bf_be8e);

// (f − ln(1 + f)) / f² on −¼ ≤ f ≤ ½, minimax relative to ln(1 + f): 0.083·2⁻²⁴.
const H: [f32; 9] = [
    0.5,
    f32::from_bits(0xbeaa_aad2),
    f32::from_bits(0x3e80_0025),
    f32::from_bits(0xbe4c_b4cf),
    f32::from_bits(0x3e2a_76cb),
    f32::from_bits(0xbe14_403d),
    f32::from_bits(0x3e06_cc78),
    f32::from_bits(0xbdd6_7a55),
    f32::from_bits(0x3d38_f19a),
];

/// Returns the natural logarithm of x.
///
/// Error: at most 1 ULP, for every `f32`, subnormals included.
///
/// | x | result |
/// |---|---|
/// | ±0 | −∞ |
/// | below 0 | NaN |
/// | +∞ | +∞ |
/// | NaN | NaN |
///
/// ```
/// use trimpot::math::ln;
/// assert_eq!(ln(1.0), 0.0);
/// assert_eq!(ln(0.0), f32::NEG_INFINITY);
/// assert!(ln(-1.0f32).is_nan());
/// assert_eq!(ln(2.0), core::f32::consts::LN_2);
/// ```
#[inline]
pub fn ln<V: Lanes>(x: V) -> V {
    V::vectorize(
        x,
        #[inline(always)]
        |x| {
            let c = V::splat;
            let subnormal = x.lt(c(f32::MIN_POSITIVE));
            let normal = subnormal.select(x * c(SCALE), x);
            let bias = subnormal.select(c(BIAS + SCALE_EXPONENT), c(BIAS));
            let (high, rest) = ln_in_parts(normal, bias);
            let y = high + rest;

            let finite_or_infinite = x.lt(c(f32::INFINITY)).select(y, x);
            let zero_or_less = x.eq(V::ZERO).select(c(f32::NEG_INFINITY), c(f32::NAN));
            x.gt(V::ZERO).select(finite_or_infinite, zero_or_less)
        },
    )
}

/// k high and the rest, whose sum is ln x, for normal x > 0; given [`BIAS`], or more to divide x by
/// powers of two.
#[inline(always)]
pub(super) fn ln_in_parts<V: Lanes>(x: V, bias: V) -> (V, V) {
    let shifted = x.to_bits().wrapping_add(V::Bits::splat(TO_STEP));
    let fraction = shifted & V::Bits::splat(0x007f_ffff);
    let m = V::from_bits(fraction.wrapping_add(V::Bits::splat(LEAST)));
    let minus_k = bias - biased_exponent::<V>(shifted);
    (-minus_k * V::splat(LN_2_HIGH), tail(m - V::ONE, minus_k))
}

/// Returns the exponent field under 2²³, as a float: the bits are those of 2²³ + field.
#[inline(always)]
pub(super) fn biased_exponent<V: Lanes>(shifted: V::Bits) -> V {
    V::from_bits(shifted.shr(23) | V::Bits::splat(0x4b00_0000))
}

/// ln(1 + f) + k low for −¼ ≤ f ≤ ½: all of the logarithm but k high.
///
/// It takes −k, since so every step subtracts +0 where k = 0, and f = −0 survives.
#[inline(always)]
pub(super) fn tail<V: Lanes>(f: V, minus_k: V) -> V {
    let square = f * f;
    let correction = square * polynomial(H, f, square) + minus_k * V::splat(LN_2_LOW);
    f - correction
}
