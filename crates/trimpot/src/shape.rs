//! Shapes of the values of one sample in a network, for any lanes.

use core::slice;

use crate::lanes::Lanes;
use crate::spec::Dims;

/// A fixed shape of numbers: the input or output of a [`Layer`](crate::layer::Layer).
///
/// The shape is a type of its own because the numbers come in many: `[f32; N]` is a [`Vector<N>`]
/// for one sample, `[f32x8; N]` for eight.
pub trait Shape {
    /// The values, one `V` for each element.
    type Values<V: Lanes>: Copy + 'static;
    /// How many elements there are.
    const LEN: usize;
    /// The shape, as data.
    const DIMS: Dims;

    /// Returns all elements zero.
    fn zeros<V: Lanes>() -> Self::Values<V>;
    /// Returns the elements in order.
    fn flat<V: Lanes>(of: &Self::Values<V>) -> &[V];
    /// Returns the elements in order, to be changed.
    fn flat_mut<V: Lanes>(of: &mut Self::Values<V>) -> &mut [V];

    /// Returns the first [`LEN`](Self::LEN) elements of a run in this shape, without a copy; `None`
    /// if there are fewer.
    ///
    /// ```
    /// use trimpot::shape::{Image, Shape};
    /// let row = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    /// assert_eq!(Image::<1, 2, 3>::shaped(&row), Some(&[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]));
    /// assert_eq!(Image::<2, 2, 3>::shaped(&row), None);
    /// ```
    fn shaped<V: Lanes>(flat: &[V]) -> Option<&Self::Values<V>>;
    /// [`shaped`](Self::shaped), to be changed.
    fn shaped_mut<V: Lanes>(flat: &mut [V]) -> Option<&mut Self::Values<V>>;
}

/// A shape of several channels: of an image, of a sequence, or of a vector, each of whose numbers
/// is a channel of its own. The numbers of a channel are neighbours.
#[diagnostic::on_unimplemented(message = "`{Self}` has no channels")]
pub trait Channels: Shape {
    /// One number for each channel: a [`Vector`].
    type PerChannel: Shape;
    /// How many numbers a channel has.
    const AREA: usize;

    /// Returns the numbers of each channel.
    ///
    /// ```
    /// use trimpot::shape::{Channels, Image};
    /// let image = [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]];
    /// let channels = Image::<2, 2, 2>::channels(&image);
    /// assert!(channels.eq([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]));
    /// ```
    fn channels<V: Lanes>(of: &Self::Values<V>) -> impl Iterator<Item = &[V]>;
    /// [`channels`](Self::channels), to be changed.
    fn channels_mut<V: Lanes>(of: &mut Self::Values<V>) -> impl Iterator<Item = &mut [V]>;
}

/// A shape whose last dimension has `N` elements: rows of `N` numbers.
#[diagnostic::on_unimplemented(message = "`{Self}` does not consist of rows of {N} numbers")]
pub trait RowsOf<const N: usize>: Shape {}

/// `N` numbers in a row: `[V; N]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vector<const N: usize>;

impl<const N: usize> Shape for Vector<N> {
    type Values<V: Lanes> = [V; N];
    const LEN: usize = N;
    const DIMS: Dims = Dims::vector(N as u32);

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
    #[inline(always)]
    fn shaped<V: Lanes>(flat: &[V]) -> Option<&[V; N]> {
        flat.first_chunk()
    }
    #[inline(always)]
    fn shaped_mut<V: Lanes>(flat: &mut [V]) -> Option<&mut [V; N]> {
        flat.first_chunk_mut()
    }
}

impl<const N: usize> Channels for Vector<N> {
    type PerChannel = Self;
    const AREA: usize = 1;

    #[inline(always)]
    fn channels<V: Lanes>(of: &[V; N]) -> impl Iterator<Item = &[V]> {
        of.iter().map(slice::from_ref)
    }
    #[inline(always)]
    fn channels_mut<V: Lanes>(of: &mut [V; N]) -> impl Iterator<Item = &mut [V]> {
        of.iter_mut().map(slice::from_mut)
    }
}

impl<const N: usize> RowsOf<N> for Vector<N> {}

/// `R` rows of `N` numbers: `[[V; N]; R]`. For sequences, where a row is a channel over time, and
/// for the losses that compare predictions with each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rows<const R: usize, const N: usize>;

impl<const R: usize, const N: usize> Shape for Rows<R, N> {
    type Values<V: Lanes> = [[V; N]; R];
    const LEN: usize = R * N;
    const DIMS: Dims = Dims::rows(R as u32, N as u32);

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
    #[inline(always)]
    fn shaped<V: Lanes>(flat: &[V]) -> Option<&[[V; N]; R]> {
        const { assert!(N > 0, "rows have at least one number") };
        flat.as_chunks().0.first_chunk()
    }
    #[inline(always)]
    fn shaped_mut<V: Lanes>(flat: &mut [V]) -> Option<&mut [[V; N]; R]> {
        const { assert!(N > 0, "rows have at least one number") };
        flat.as_chunks_mut().0.first_chunk_mut()
    }
}

impl<const R: usize, const N: usize> Channels for Rows<R, N> {
    type PerChannel = Vector<R>;
    const AREA: usize = N;

    #[inline(always)]
    fn channels<V: Lanes>(of: &[[V; N]; R]) -> impl Iterator<Item = &[V]> {
        of.iter().map(<[V; N]>::as_slice)
    }
    #[inline(always)]
    fn channels_mut<V: Lanes>(of: &mut [[V; N]; R]) -> impl Iterator<Item = &mut [V]> {
        of.iter_mut().map(<[V; N]>::as_mut_slice)
    }
}

impl<const R: usize, const N: usize> RowsOf<N> for Rows<R, N> {}

/// `C` channels of `H` rows of `W` numbers: `[[[V; W]; H]; C]`, PyTorch's order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Image<const C: usize, const H: usize, const W: usize>;

impl<const C: usize, const H: usize, const W: usize> Shape for Image<C, H, W> {
    type Values<V: Lanes> = [[[V; W]; H]; C];
    const LEN: usize = C * H * W;
    const DIMS: Dims = Dims::image(C as u32, H as u32, W as u32);

    #[inline(always)]
    fn zeros<V: Lanes>() -> [[[V; W]; H]; C] {
        [[[V::ZERO; W]; H]; C]
    }
    #[inline(always)]
    fn flat<V: Lanes>(of: &[[[V; W]; H]; C]) -> &[V] {
        of.as_flattened().as_flattened()
    }
    #[inline(always)]
    fn flat_mut<V: Lanes>(of: &mut [[[V; W]; H]; C]) -> &mut [V] {
        of.as_flattened_mut().as_flattened_mut()
    }
    #[inline(always)]
    fn shaped<V: Lanes>(flat: &[V]) -> Option<&[[[V; W]; H]; C]> {
        const { assert!(H > 0 && W > 0, "images have at least one row of one number") };
        flat.as_chunks().0.as_chunks().0.first_chunk()
    }
    #[inline(always)]
    fn shaped_mut<V: Lanes>(flat: &mut [V]) -> Option<&mut [[[V; W]; H]; C]> {
        const { assert!(H > 0 && W > 0, "images have at least one row of one number") };
        flat.as_chunks_mut().0.as_chunks_mut().0.first_chunk_mut()
    }
}

impl<const C: usize, const H: usize, const W: usize> Channels for Image<C, H, W> {
    type PerChannel = Vector<C>;
    const AREA: usize = H * W;

    #[inline(always)]
    fn channels<V: Lanes>(of: &[[[V; W]; H]; C]) -> impl Iterator<Item = &[V]> {
        of.iter().map(|rows| rows.as_flattened())
    }
    #[inline(always)]
    fn channels_mut<V: Lanes>(of: &mut [[[V; W]; H]; C]) -> impl Iterator<Item = &mut [V]> {
        of.iter_mut().map(|rows| rows.as_flattened_mut())
    }
}

impl<const C: usize, const H: usize, const W: usize> RowsOf<W> for Image<C, H, W> {}
