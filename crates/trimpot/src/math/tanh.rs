//! tanh x = −t / (t + 2) with t = e^−2|x| − 1, and the sign of x.
//!
//! t comes from the parts of `exp_m1` without its care for overflow: from |x| = 9.02 on, the result
//! rounds to 1, so |x| is cut at 10. Near 0, t is −2|x| with a small correction, and the quotient
//! keeps its relative precision down to the smallest subnormal.
//!
//! Three roundings add up: t, t + 2, and the quotient. Two choices keep them small. The exponent is
//! negative, so that t + 2 is just below 2 where results are small, and not just above, where the
//! grid is twice as coarse. And t + 2 is summed from its parts, not from the rounded t, which
//! matters where t is near −1. (With the positive exponent it is 2.55 ULP, with 2 added to t 2.5.)
//!
//! Rejected: 1 − 2 / (e^2x + 1) (cancels near 0); a rational function of x (the usual one, of
//! degree 13 over 6, costs as much and errs by several ULP); a polynomial chosen near 0 (ten
//! instructions more).
//!
//! Error: at most 2.007 ULP measured on all inputs.

use super::exp::{Split, split};
use crate::lanes::{Bits, Lanes};

/// Here and above, the result rounds to 1.
const SATURATED: f32 = 10.0;

/// Returns the hyperbolic tangent of x, from −1 to 1.
///
/// Exactly odd: tanh(−x) is −tanh(x), to the bit.
///
/// Error: at most 2.1 ULP, for every `f32`.
///
/// | x | result |
/// |---|---|
/// | ±0, subnormal | x |
/// | beyond ±9.02 | ±1 |
/// | NaN | NaN |
///
/// ```
/// use trimpot::math::tanh;
/// assert_eq!(tanh(1e-10), 1e-10);
/// assert_eq!(tanh(f32::NEG_INFINITY), -1.0);
/// assert!((tanh(1.0f32) - 0.761_594_2).abs() <= 2e-7);
/// ```
#[inline]
pub fn tanh<V: Lanes>(x: V) -> V {
    V::vectorize(
        x,
        #[inline(always)]
        |x| tanh_and_decay(x).0,
    )
}

/// tanh x, and e^−2|x|, which it is made of, to 1 ULP up to |x| = 10 and e⁻²⁰ beyond: for what is
/// added to |x|.
#[inline(always)]
pub(crate) fn tanh_and_decay<V: Lanes>(x: V) -> (V, V) {
    // `max` gives its argument where either is NaN: the cut keeps NaN.
    let minus_size = V::splat(-SATURATED).max(-x.abs());
    let Split { n, high, tail } = split(minus_size + minus_size);
    let scale = V::from_bits(V::ONE.to_bits().wrapping_add(n.shl(23)));
    let scaled = scale * (high + tail);
    let t = scaled + (scale - V::ONE);
    let t_and_two = scaled + (scale + V::ONE);
    ((t / t_and_two).copysign(x), scaled + scale)
}
