//! Packets that no honest host sends.

use serde::ser::{Serialize, SerializeTuple, Serializer};

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
