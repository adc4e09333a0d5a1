//! The polynomial of degree 8 that the logarithms end with.

use crate::lanes::Lanes;

/// Σ cᵢ xⁱ, given x².
///
/// c₀ + x Q(x), and Q's coefficients in pairs, cᵢ + cᵢ₊₁ x, that go by Horner's rule in x²: as many
/// products and sums as Horner's rule in x, since the callers have x² at hand, in a chain of ten
/// operations instead of sixteen, and no less accurate. Rejected: Q's even powers and its odd ones
/// (at x = 1 each is larger than Q, 1 ULP more).
#[inline(always)]
pub(super) fn polynomial<V: Lanes>(coefficients: [f32; 9], x: V, square: V) -> V {
    // One by one: an array of vectors would go through memory.
    let [c0, c1, c2, c3, c4, c5, c6, c7, c8] = coefficients;
    let pair = |high, low| V::splat(high).mul_add(x, V::splat(low));
    let q = pair(c8, c7).mul_add(square, pair(c6, c5));
    let q = q.mul_add(square, pair(c4, c3)).mul_add(square, pair(c2, c1));
    q.mul_add(x, V::splat(c0))
}
