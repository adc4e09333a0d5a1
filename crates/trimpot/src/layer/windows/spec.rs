//! How a window moves, as data.

use core::array::from_fn;

use crate::spec::Value;

/// A window that moves in `D` directions: over a sequence, or height and width of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowSpec<const D: usize> {
    /// How many numbers it covers.
    pub size: [u32; D],
    /// How far it moves.
    pub stride: [u32; D],
    /// Zeros outside, before the first number and behind the last.
    pub padding: [[u32; 2]; D],
    /// How far the numbers that it covers are apart.
    pub dilation: [u32; D],
}

impl<const D: usize> WindowSpec<D> {
    /// Returns the window of these words: sizes, strides, padding, dilations. Over a sequence,
    /// padding is one word if it is the same before and behind.
    pub(crate) fn from_words(words: &[u32]) -> Option<Self> {
        let sides = words.len().checked_sub(3 * D)?;
        let mut words = words.iter().copied();
        let mut next = || words.next().unwrap_or(0);
        let (size, stride) = (from_fn(|_| next()), from_fn(|_| next()));
        let padding = match sides {
            1 if D == 1 => [[next(); 2]; D],
            sides if sides == 2 * D => from_fn(|_| from_fn(|_| next())),
            _ => return None,
        };
        let dilation = from_fn(|_| next());
        Some(WindowSpec { size, stride, padding, dilation })
    }

    /// Creates a window of this size that moves by one, without padding.
    pub const fn new(size: [u32; D]) -> Self {
        WindowSpec { size, stride: [1; D], padding: [[0; 2]; D], dilation: [1; D] }
    }

    /// Sets the strides.
    pub const fn with_stride(self, stride: [u32; D]) -> Self {
        WindowSpec { stride, ..self }
    }

    /// Sets the padding.
    pub const fn with_padding(self, padding: [[u32; 2]; D]) -> Self {
        WindowSpec { padding, ..self }
    }

    /// Sets the dilation.
    pub const fn with_dilation(self, dilation: [u32; D]) -> Self {
        WindowSpec { dilation, ..self }
    }

    /// Returns how many places there are for the window on so many numbers, in each direction:
    /// `(input + padding − dilation · (size − 1) − 1) / stride + 1`, rounded down. `None` if there
    /// are none, or if a place would be all padding.
    pub const fn places(self, input: [u32; D]) -> Option<[u32; D]> {
        let mut places = input;
        let mut rest = places.as_mut_slice();
        let (mut size, mut stride) = (self.size.as_slice(), self.stride.as_slice());
        let (mut padding, mut dilation) = (self.padding.as_slice(), self.dilation.as_slice());
        while let (
            [place, places @ ..],
            [width, widths @ ..],
            [step, steps @ ..],
            [[before, behind], paddings @ ..],
            [apart, aparts @ ..],
        ) = (rest, size, stride, padding, dilation)
        {
            if *width == 0 || *step == 0 || *apart == 0 || *place == 0 {
                return None;
            }
            let covered = (*width as u64 - 1) * *apart as u64 + 1;
            let padded = *place as u64 + *before as u64 + *behind as u64;
            // Where a place is on a board has 31 bits. And a plane is in no gap of a window.
            let in_a_gap = *width > 1 && *apart > *place && (*before > 0 || *behind > 0);
            if padded > i32::MAX as u64 || in_a_gap {
                return None;
            }
            if padded < covered || *before as u64 >= covered || *behind as u64 >= covered {
                return None;
            }
            let moves = (padded - covered) / *step as u64;
            if moves >= u32::MAX as u64 {
                return None;
            }
            *place = moves as u32 + 1;
            (rest, size, stride) = (places, widths, steps);
            (padding, dilation) = (paddings, aparts);
        }
        Some(places)
    }

    /// Returns the window on planes: over sequences these have one row.
    pub(crate) fn on_planes(self) -> WindowSpec<2> {
        /// The direction along comes last. Down there is nothing to do for one of them.
        fn last<T: Copy>(values: &[T], down: T) -> [T; 2] {
            match *values {
                [down, along, ..] => [down, along],
                [along] => [down, along],
                [] => [down; 2],
            }
        }
        WindowSpec {
            size: last(&self.size, 1),
            stride: last(&self.stride, 1),
            padding: last(&self.padding, [0; 2]),
            dilation: last(&self.dilation, 1),
        }
    }

    /// Returns the padding as an argument.
    pub(crate) const fn sides(self) -> Value {
        match self.padding.as_slice() {
            [[above, below], [left, right]] => Value::Sides([*above, *below, *left, *right]),
            [[before, behind], ..] if *before == *behind => Value::Count(*before),
            [[before, behind], ..] => Value::Pair([*before, *behind]),
            [] => Value::Count(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_pytorch() {
        let conv = WindowSpec::new([10, 4]);
        assert_eq!(conv.places([49, 10]), Some([40, 7]));
        let same = conv.with_stride([2, 2]).with_padding([[4, 5], [1, 1]]);
        assert_eq!(same.places([49, 10]), Some([25, 5]));
        let dilated = WindowSpec::new([3]).with_dilation([2]).with_padding([[2, 2]]);
        assert_eq!(dilated.places([7]), Some([7]));
        assert_eq!(dilated.places([0]), None);
        assert_eq!(WindowSpec::new([3]).places([2]), None);
        assert_eq!(WindowSpec::new([0]).places([2]), None);
        assert_eq!(WindowSpec::new([1]).with_stride([0]).places([2]), None);
        assert_eq!(WindowSpec::new([2]).with_padding([[2, 0]]).places([2]), None);
        // On a plane of one number, −1 and 1 are both outside.
        let gap = WindowSpec::new([2]).with_dilation([2]).with_padding([[1, 1]]);
        assert_eq!((gap.places([1]), gap.places([2])), (None, Some([2])));
        let far = WindowSpec::new([2]).with_dilation([1 << 31]).with_padding([[1 << 31, 1 << 31]]);
        assert_eq!(far.places([4]), None);
    }
}
