//! The polynomial of degree 8 that the logarithms end with.

use crate::lanes::Lanes;

/// Σ cᵢ xⁱ, given x².
///
/// c₀ + x Q(x), and Q's coefficients in pairs, cᵢ + cᵢ₊₁ x, that go by Horner's rule in x²: as many products and sums
/// as Horner's rule in x, since the callers have x² at hand, in a chain of ten operations instead of sixteen, and no
/// less accurate. Rejected: Q's even powers and its odd ones (at x = 1 each is larger than Q, 1 ULP more).
#[inline(always)]
pub(super) fn polynomial<V: Lanes>(coefficients: [f32; 9], x: V, square: V) -> V {
    let [c0, c1, c2, c3, c4, c5, c6, c7, c8] = coefficients.map(V::splat);
    let pairs = [c2.mul_add(x, c1), c4.mul_add(x, c3), c6.mul_add(x, c5), c8.mul_add(x, c7)];
    let q = pairs[3].mul_add(square, pairs[2]).mul_add(square, pairs[1]).mul_add(square, pairs[0]);
    q.mul_add(x, c0)
}
