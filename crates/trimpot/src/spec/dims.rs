//! Shapes that are known at run time.

use core::fmt;

/// The shape of a sample: of one to three dimensions, channels first, as PyTorch has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dims {
    rank: usize,
    /// Ones behind the rank.
    sizes: [u32; 3],
}

impl Dims {
    /// Creates the shape of a vector.
    pub const fn vector(size: u32) -> Self {
        Dims { rank: 1, sizes: [size, 1, 1] }
    }

    /// Creates the shape of a sequence: channels of so many numbers.
    pub const fn rows(channels: u32, length: u32) -> Self {
        Dims { rank: 2, sizes: [channels, length, 1] }
    }

    /// Creates the shape of an image: channels of rows of so many numbers.
    pub const fn image(channels: u32, height: u32, width: u32) -> Self {
        Dims { rank: 3, sizes: [channels, height, width] }
    }

    /// Creates the shape of these sizes; `None` unless there are one to three.
    pub const fn of_sizes(sizes: &[u32]) -> Option<Self> {
        match *sizes {
            [size] => Some(Dims::vector(size)),
            [channels, length] => Some(Dims::rows(channels, length)),
            [channels, height, width] => Some(Dims::image(channels, height, width)),
            _ => None,
        }
    }

    /// Channels of the same rank as `self` in other sizes than its own: `None` unless there are as
    /// many sizes.
    pub(crate) const fn from_channels<const D: usize>(channels: u32, sizes: [u32; D]) -> Self {
        match sizes.as_slice() {
            [length] => Dims::rows(channels, *length),
            [height, width] => Dims::image(channels, *height, *width),
            _ => Dims::vector(channels),
        }
    }

    /// Returns the size of each dimension.
    pub const fn sizes(&self) -> &[u32] {
        match self.sizes.split_at_checked(self.rank) {
            Some((sizes, _)) => sizes,
            None => &self.sizes,
        }
    }

    /// Returns the first dimension: each number of a vector is a channel of its own.
    pub const fn channels(self) -> u32 {
        let [channels, ..] = self.sizes;
        channels
    }

    /// Returns the sizes behind the channels, if there are so many.
    pub(crate) const fn behind_channels<const D: usize>(self) -> Option<[u32; D]> {
        let [_, first, second] = self.sizes;
        if self.rank != D + 1 {
            return None;
        }
        let mut sizes = [second; D];
        if let [size, ..] = sizes.as_mut_slice() {
            *size = first;
        }
        Some(sizes)
    }

    /// Returns the last dimension: the length of a row.
    pub const fn last(self) -> u32 {
        match self.sizes() {
            [.., last] => *last,
            [] => 0,
        }
    }

    /// Returns whether two shapes are equal, where `==` cannot be had: at compile time.
    pub(crate) const fn is(self, other: Dims) -> bool {
        let ([a, b, c], [d, e, f]) = (self.sizes, other.sizes);
        self.rank == other.rank && a == d && b == e && c == f
    }

    /// Returns how many numbers there are.
    ///
    /// Without a loop: of a constant shape a constant, even where the compiler makes small code.
    #[inline(always)]
    pub const fn count(self) -> usize {
        let [channels, rows, columns] = self.sizes;
        (channels as usize).saturating_mul(rows as usize).saturating_mul(columns as usize)
    }
}

/// `64`, `4x32`, `3x8x8`.
impl fmt::Display for Dims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sizes = self.sizes().iter();
        if let Some(first) = sizes.next() {
            write!(f, "{first}")?;
        }
        sizes.try_for_each(|size| write!(f, "x{size}"))
    }
}
