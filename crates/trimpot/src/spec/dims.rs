//! Shapes that are known at run time.

use core::fmt;

/// The shape of a sample: of one to three dimensions, channels first, as PyTorch has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dims {
    rank: usize,
    /// Zeros behind the rank.
    sizes: [u32; 3],
}

impl Dims {
    /// So many numbers in a row.
    pub const fn vector(size: u32) -> Self {
        Dims { rank: 1, sizes: [size, 0, 0] }
    }

    /// Channels of so many numbers: a sequence.
    pub const fn rows(channels: u32, length: u32) -> Self {
        Dims { rank: 2, sizes: [channels, length, 0] }
    }

    /// Channels of rows of so many numbers: an image.
    pub const fn image(channels: u32, height: u32, width: u32) -> Self {
        Dims { rank: 3, sizes: [channels, height, width] }
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

    /// The size of each dimension.
    pub const fn sizes(&self) -> &[u32] {
        match self.sizes.split_at_checked(self.rank) {
            Some((sizes, _)) => sizes,
            None => &self.sizes,
        }
    }

    /// The first dimension: each number of a vector is a channel of its own.
    pub const fn channels(self) -> u32 {
        let [channels, ..] = self.sizes;
        channels
    }

    /// The sizes behind the channels, if there are so many.
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

    /// The last dimension: the length of a row.
    pub const fn last(self) -> u32 {
        match self.sizes() {
            [.., last] => *last,
            [] => 0,
        }
    }

    /// Whether two shapes are equal, where `==` cannot be had: at compile time.
    pub(crate) const fn is(self, other: Dims) -> bool {
        let ([a, b, c], [d, e, f]) = (self.sizes, other.sizes);
        self.rank == other.rank && a == d && b == e && c == f
    }

    /// How many numbers there are.
    pub const fn count(self) -> usize {
        let mut count = 1_usize;
        let mut rest = self.sizes();
        while let [size, others @ ..] = rest {
            count = count.saturating_mul(*size as usize);
            rest = others;
        }
        count
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
