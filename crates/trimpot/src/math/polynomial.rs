//! The polynomial of degree 8 that the logarithms end with.

use crate::lanes::Lanes;

/// Σ cᵢ xⁱ, given x².
///
/// Even and odd powers each go by Horner's rule in x²: as many products and sums as Horner's rule in x, since the
/// callers have x² at hand, in a chain of ten operations instead of sixteen.
#[inline(always)]
pub(super) fn polynomial<V: Lanes>(coefficients: [f32; 9], x: V, square: V) -> V {
    let [c0, c1, c2, c3, c4, c5, c6, c7, c8] = coefficients.map(V::splat);
    let even = c8.mul_add(square, c6).mul_add(square, c4).mul_add(square, c2).mul_add(square, c0);
    let odd = c7.mul_add(square, c5).mul_add(square, c3).mul_add(square, c1);
    odd.mul_add(x, even)
}
