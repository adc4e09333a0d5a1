//! Numbers on the wire.

use core::fmt;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

/// A run of `f32`, as little-endian bytes: borrowed from the frame it came in, or will go in.
///
/// ```
/// use trimpot_link::F32Slice;
/// let mut bytes = [0; 8];
/// let numbers = F32Slice::from_f32s(&[1.5, -2.0], &mut bytes).unwrap();
/// assert_eq!(numbers.len(), 2);
/// assert!(numbers.iter().eq([1.5, -2.0]));
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct F32Slice<'a>(&'a [[u8; 4]]);

impl<'a> F32Slice<'a> {
    /// Returns the numbers of these little-endian bytes, unless their count is not a multiple of
    /// four.
    pub fn from_bytes(bytes: &'a [u8]) -> Option<Self> {
        match bytes.as_chunks() {
            (numbers, []) => Some(F32Slice(numbers)),
            _ => None,
        }
    }

    /// Writes the numbers to the front of `bytes`, unless the buffer is too small.
    pub fn from_f32s(numbers: &[f32], bytes: &'a mut [u8]) -> Option<Self> {
        let (bytes, _) = bytes.as_chunks_mut::<4>();
        let bytes = bytes.get_mut(..numbers.len())?;
        for (bytes, number) in bytes.iter_mut().zip(numbers) {
            *bytes = number.to_le_bytes();
        }
        Some(F32Slice(bytes))
    }

    /// Returns the little-endian bytes.
    pub fn as_bytes(self) -> &'a [u8] {
        self.0.as_flattened()
    }

    /// Returns how many numbers there are.
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Returns whether there are none.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Returns the numbers in order.
    pub fn iter(self) -> impl ExactSizeIterator<Item = f32> + use<'a> {
        self.0.iter().map(|&bytes| f32::from_le_bytes(bytes))
    }

    /// Copies the numbers to `into`, if its length is that of these; tells whether it did.
    #[must_use]
    pub fn copy_to(self, into: &mut [f32]) -> bool {
        let fits = into.len() == self.len();
        if fits {
            for (into, number) in into.iter_mut().zip(self.iter()) {
                *into = number;
            }
        }
        fits
    }
}

impl fmt::Debug for F32Slice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Serialize for F32Slice<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.as_bytes())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for F32Slice<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = <&[u8]>::deserialize(deserializer)?;
        F32Slice::from_bytes(bytes).ok_or_else(|| D::Error::custom("a number has four bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_number_is_refused() {
        assert_eq!(F32Slice::from_bytes(&[0; 7]), None);
        assert_eq!(postcard::from_bytes::<F32Slice>(&[3, 0, 0, 0]).ok(), None);
        let number = postcard::from_bytes::<F32Slice>(&[4, 0, 0, 0x80, 0x3f]).unwrap();
        assert!(number.iter().eq([1.0]));
    }

    #[test]
    fn numbers_are_written_where_there_is_room_for_all() {
        let mut bytes = [0; 7];
        assert_eq!(F32Slice::from_f32s(&[1.0, 2.0], &mut bytes), None);
        assert!(F32Slice::from_f32s(&[1.0], &mut bytes).unwrap().iter().eq([1.0]));
        assert!(F32Slice::from_f32s(&[], &mut []).unwrap().is_empty());
    }

    #[test]
    fn numbers_are_copied_where_exactly_these_fit() {
        let mut bytes = [0; 8];
        let numbers = F32Slice::from_f32s(&[1.0, f32::INFINITY], &mut bytes).unwrap();
        let mut into = [0.0; 2];
        assert!(numbers.copy_to(&mut into));
        assert_eq!(into, [1.0, f32::INFINITY]);
        assert!(!numbers.copy_to(&mut [0.0; 1]));
        assert!(!numbers.copy_to(&mut [0.0; 3]));
    }
}
