//! Packets that no honest host sends, and the bytes of numbers in those of honest ones.

use serde::ser::{Serialize, SerializeTuple, Serializer};

/// Returns the bytes of numbers as messages have them: little-endian.
#[must_use]
pub fn bytes(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// Bytes in place of a message: behind the sequence number and the checksum, which are right.
#[derive(Clone, Copy, Debug)]
pub struct AsIs<'a>(pub &'a [u8]);

impl Serialize for AsIs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(self.0.len())?;
        self.0.iter().try_for_each(|byte| tuple.serialize_element(byte))?;
        tuple.end()
    }
}
