//! Φ(x), the share of a standard normal distribution below x, by way of its lower half.
//!
//! Let t = |x|. Then Φ(−t) = e^(−t²/2) · Q(t), where Q = ½ erfcx(t / √2) falls slowly, from ½ at 0
//! to 1 / (t √2π) far out. So all that is steep is an exponential, and no digit is lost in the
//! tail. Φ(t) is 1 − Φ(−t).
//!
//! 1. Q(t) = G(q) / (t + 2) with q = (t − 2) / (t + 2). From one end to the other G only falls from
//!    1 to 0.45, and in q a polynomial of degree 10 follows it (the variable and the factor are
//!    those of Shepherd and Laframboise, "Chebyshev Approximation of (1 + 2x) exp(x²) erfc(x) in 0
//!    ≤ x < ∞", 1981).
//! 2. A rounding of t² by half a ULP would change the exponential by dozens of ULP. So t is cut
//!    into halves of 12 bits, whose products are exact, and what the rounding lost is put back
//!    (Dekker 1971). What rounding lost of t + 2 goes the same way: both corrections are factors
//!    next to 1.
//! 3. With e^r = 1 + u, the product is w + w·u for w = Q: this way the exponential is not rounded
//!    by itself.
//!
//! Rejected: ½ (1 + erf), which has no digit right below −5.4; a rational function of t (as many
//! operations; its numerator and denominator collect 7 ULP at the far end); a second polynomial for
//! the middle (more digits there, more work everywhere).
//!
//! G was fitted as the table of this module says, on 0 ≤ t ≤ 14.5.
//!
//! Error: at most 3.71 ULP measured on all inputs.

use super::exp::{Split, split};
use crate::lanes::{Bits, Lanes, Mask};

/// Here and beyond, Φ(−t) rounds to 0.
const LIMIT: f32 = 14.5;

/// The high half of the digits.
const HIGH_HALF: u32 = 0xffff_f000;

/// 1 / √2π
const DENSITY_AT_0: f32 = 0.398_942_3;

// G(q) from q = −1 (t = 0) to 0.758 (t = 14.5), minimax relative to itself: 0.5·2⁻²⁴.
const G: [f32; 11] = [
    f32::from_bits(0x3f2c_22ee),
    f32::from_bits(0xbea9_add7),
    f32::from_bits(0x3ceb_eaa1),
    f32::from_bits(0x3d16_6725),
    f32::from_bits(0xb9fd_1603),
    f32::from_bits(0xbbdc_ed95),
    f32::from_bits(0xbaf7_dcd6),
    f32::from_bits(0x3a63_66f4),
    f32::from_bits(0x3a3c_edd4),
    f32::from_bits(0x382d_ee27),
    f32::from_bits(0xb896_16e1),
];

/// Φ(x) = ½ erfc(−x / √2): the probability that a standard normal number is below x, from 0 to 1
/// (PyTorch's `torch.special.ndtr`).
///
/// Error: at most 3.8 ULP, for every `f32`, in the lower tail as well.
///
/// | x | result |
/// |---|---|
/// | ±0 | ½ |
/// | above 5.42 | 1 |
/// | −12.95 to −14.17 | subnormal |
/// | below −14.17 | 0 |
/// | NaN | NaN |
///
/// ```
/// use trimpot::math::normal_cdf;
/// assert_eq!(normal_cdf(0.0), 0.5);
/// assert!((normal_cdf(-5.0f32) / 2.866_515_7e-7 - 1.0).abs() <= 5e-7);
/// ```
#[inline]
pub fn normal_cdf<V: Lanes>(x: V) -> V {
    V::vectorize(
        x,
        #[inline(always)]
        |x| normal(x).0,
    )
}

/// Φ(x), and the density φ(x) = e^(−x²/2) / √2π, which costs little beside it.
#[inline(always)]
pub(crate) fn normal<V: Lanes>(x: V) -> (V, V) {
    let c = V::splat;
    // `min` gives its argument where either is NaN: the cut keeps NaN.
    let t = c(LIMIT).min(x.abs());
    let square = t * t;
    let high_half = V::from_bits(t.to_bits() & V::Bits::splat(HIGH_HALF));
    let low_half = t - high_half;
    let lost = ((high_half * high_half - square) + (high_half + high_half) * low_half)
        + low_half * low_half;
    let lost = c(-0.5) * lost;

    let Split { n, high, tail } = split(c(-0.5) * square);
    let e = V::ONE + (high + tail);

    let sum = t + c(2.0);
    let inverse = V::ONE / sum;
    let lost_of_sum = (t - (sum - c(2.0))) * inverse;
    let u = high + (tail + (lost - lost_of_sum) * e);
    let q = (t - c(2.0)) * inverse;
    let [first @ .., last] = G;
    let mut g = c(last);
    for &coefficient in first.iter().rev() {
        g = g.mul_add(q, c(coefficient));
    }
    let w = g * inverse;
    let lower = w + w * u;

    // 2ⁿ in two steps, as in `exp`: results fade through the subnormals.
    let one = V::ONE.to_bits();
    let half = n.shr(1).shl(23);
    let rest = V::from_bits(one.wrapping_add(n.shl(23).wrapping_sub(half)));
    let half = V::from_bits(one.wrapping_add(half));
    let lower = lower * half * rest;
    let density = c(DENSITY_AT_0) * (e + e * lost) * half * rest;
    (x.gt(V::ZERO).select(V::ONE - lower, lower), density)
}
