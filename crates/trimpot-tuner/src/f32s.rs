//! Numbers that a tuner is given.

use trimpot_link::Numbers;

use crate::memory::copy;

/// Numbers that a [`Tuner`](crate::Tuner) is given: in memory, or as a link brought them, so that
/// they need not be copied twice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum F32s<'a> {
    /// Numbers in memory.
    Memory(&'a [f32]),
    /// Bytes, from a frame.
    Wire(Numbers<'a>),
}

impl F32s<'_> {
    /// Returns how many there are.
    pub fn len(self) -> usize {
        match self {
            F32s::Memory(numbers) => numbers.len(),
            F32s::Wire(numbers) => numbers.len(),
        }
    }

    /// Returns whether there are none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Copies the numbers to `into`, if its length is that of these; tells whether it did.
    pub(crate) fn copy_to(self, into: &mut [f32]) -> bool {
        match self {
            F32s::Wire(numbers) => numbers.copy_to(into),
            F32s::Memory(numbers) if numbers.len() == into.len() => {
                copy(numbers, into);
                true
            }
            F32s::Memory(_) => false,
        }
    }

    /// Returns the index of the first number that is not finite.
    pub(crate) fn not_finite(self) -> Option<u32> {
        self.first(&|_, number| !number.is_finite())
    }

    /// Returns the index of the first number that is as said.
    pub(crate) fn first(self, is: &dyn Fn(u32, f32) -> bool) -> Option<u32> {
        match self {
            F32s::Memory(numbers) => first(numbers.iter().copied(), is),
            F32s::Wire(numbers) => first(numbers.iter(), is),
        }
    }
}

impl<'a> From<&'a [f32]> for F32s<'a> {
    fn from(numbers: &'a [f32]) -> Self {
        F32s::Memory(numbers)
    }
}

impl<'a, const N: usize> From<&'a [f32; N]> for F32s<'a> {
    fn from(numbers: &'a [f32; N]) -> Self {
        F32s::Memory(numbers)
    }
}

impl<'a> From<Numbers<'a>> for F32s<'a> {
    fn from(numbers: Numbers<'a>) -> Self {
        F32s::Wire(numbers)
    }
}

fn first(numbers: impl Iterator<Item = f32>, is: &dyn Fn(u32, f32) -> bool) -> Option<u32> {
    let mut indexed = (0..).zip(numbers);
    indexed.find(|&(index, number)| is(index, number)).map(|(index, _)| index)
}
