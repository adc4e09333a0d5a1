//! A model in its slot.

use super::record::record_checksum;

/// A model in its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotModel {
    pub(super) slot: u32,
    /// Counts upwards with each model.
    pub generation: u32,
    pub(super) length: u32,
    pub(super) checksum: u32,
}

impl SlotModel {
    /// Returns how many bytes it has.
    pub const fn length(self) -> u32 {
        self.length
    }

    /// Returns a number by which this installation of the model is told from others, so that what
    /// was learned is not taken for that of another: the CRC-32 of its record, which says
    /// generation, length and checksum. Another one may have the same number where all these are
    /// equal, since the records before it were damaged, or erased; or by chance, once in 2³² times.
    pub fn version(self) -> u32 {
        record_checksum([self.generation, self.length, self.checksum])
    }
}
