//! What one sample looks like on its way through a network, for any lanes.

use crate::lanes::Lanes;

/// A fixed shape of numbers: the input or output of a [`Layer`](crate::layer::Layer).
///
/// The shape is a type of its own because the numbers come in many: `[f32; N]` is a [`Vector<N>`]
/// for one sample, `[f32x8; N]` for eight.
pub trait Shape {
    /// The numbers, one `V` for each element.
    type Of<V: Lanes>: Copy;
    /// How many elements there are.
    const LEN: usize;

    /// All elements zero.
    fn zeros<V: Lanes>() -> Self::Of<V>;
    /// The elements in order.
    fn flat<V: Lanes>(of: &Self::Of<V>) -> &[V];
    /// The elements in order, to be changed.
    fn flat_mut<V: Lanes>(of: &mut Self::Of<V>) -> &mut [V];
}

/// `N` numbers in a row: `[V; N]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vector<const N: usize>;

impl<const N: usize> Shape for Vector<N> {
    type Of<V: Lanes> = [V; N];
    const LEN: usize = N;

    #[inline(always)]
    fn zeros<V: Lanes>() -> [V; N] {
        [V::ZERO; N]
    }
    #[inline(always)]
    fn flat<V: Lanes>(of: &[V; N]) -> &[V] {
        of
    }
    #[inline(always)]
    fn flat_mut<V: Lanes>(of: &mut [V; N]) -> &mut [V] {
        of
    }
}

/// `R` rows of `N` numbers: `[[V; N]; R]`. For the losses that compare predictions with each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rows<const R: usize, const N: usize>;

impl<const R: usize, const N: usize> Shape for Rows<R, N> {
    type Of<V: Lanes> = [[V; N]; R];
    const LEN: usize = R * N;

    #[inline(always)]
    fn zeros<V: Lanes>() -> [[V; N]; R] {
        [[V::ZERO; N]; R]
    }
    #[inline(always)]
    fn flat<V: Lanes>(of: &[[V; N]; R]) -> &[V] {
        of.as_flattened()
    }
    #[inline(always)]
    fn flat_mut<V: Lanes>(of: &mut [[V; N]; R]) -> &mut [V] {
        of.as_flattened_mut()
    }
}
