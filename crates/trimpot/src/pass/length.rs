//! What can be wrong with the memory of a pass.

use core::fmt;

/// A run of numbers that is not as long as it has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LengthError {
    /// What the numbers are.
    pub what: &'static str,
    /// How many there have to be; of an arena, at least.
    pub needed: usize,
    /// How many there are.
    pub found: usize,
}

impl LengthError {
    /// Returns an error unless there are as many numbers as there have to be.
    pub(crate) fn unless_equal(
        what: &'static str,
        needed: usize,
        found: usize,
    ) -> Result<(), Self> {
        if needed == found { Ok(()) } else { Err(LengthError { what, needed, found }) }
    }

    /// Returns as many of the numbers as are needed, the first ones.
    #[inline(always)]
    pub(crate) fn first<'m, V>(
        what: &'static str,
        needed: usize,
        numbers: &'m mut [V],
    ) -> Result<&'m mut [V], Self> {
        let found = numbers.len();
        numbers.get_mut(..needed).ok_or(LengthError { what, needed, found })
    }
}

impl fmt::Display for LengthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LengthError { what, needed, found } = self;
        write!(f, "{found} numbers for {what}, where {needed} are needed")
    }
}

impl core::error::Error for LengthError {}
