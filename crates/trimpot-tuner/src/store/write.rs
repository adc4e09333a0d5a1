//! Writing to slots.

use embedded_storage::nor_flash::NorFlash;

use super::area::Aligned;
use super::free::Need;
use super::layout::SLOTS;
use super::record::{Baseline, Kind, Record};
use super::slot::Slot;
use super::{Image, Staged, Store, StoreError, Stored, image};

impl<F: NorFlash> Store<F> {
    /// Writes an image to the slot that is needed least, of those for records like another, and
    /// reads it back. A slot that does not hold what is written is passed over.
    pub(super) fn stage_as(
        &mut self,
        kind: Kind,
        like: Kind,
        most: Need,
        image: &dyn Image,
    ) -> Result<Staged, StoreError> {
        let mut tried = [false; SLOTS];
        let mut failure = StoreError::Mismatch;
        while let Some(slot) = self.free(like, most, &tried) {
            if let Some(tried) = tried.get_mut(slot) {
                *tried = true;
            }
            match self.fill(slot, image) {
                Ok(checksum) => {
                    let (identity, length) = (self.identity, image.length());
                    let baseline = Baseline { loss: 0.0, judges: 0 };
                    let record =
                        Record { kind, generation: 0, identity, baseline, length, checksum };
                    return Ok(Staged { stored: Stored { slot, record } });
                }
                Err(error) => {
                    self.set(slot, Slot::Stuck);
                    failure = error;
                }
            }
        }
        Err(failure)
    }

    /// Erases a slot, writes an image to it, and reads it back. Returns its CRC-32.
    fn fill(&mut self, slot: usize, image: &dyn Image) -> Result<u32, StoreError> {
        self.erase(slot)?;
        self.examine(slot);
        if self.slot(slot) != Slot::Blank {
            return Err(StoreError::Mismatch);
        }
        let at = self.layout.image(slot);
        let checksum = image::write(&mut self.area, at, image)?;
        let found = self.checksum(slot, image.length())?;
        if found == checksum { Ok(checksum) } else { Err(StoreError::Mismatch) }
    }

    pub(super) fn erase(&mut self, slot: usize) -> Result<(), StoreError> {
        self.set(slot, Slot::Garbage);
        self.area.erase(self.layout.offset(slot), self.layout.size(slot))?;
        self.set(slot, Slot::Blank);
        Ok(())
    }

    /// Writes a record. Whatever the driver says: what can be read back decides, here as at boot.
    pub(super) fn write_record(
        &mut self,
        slot: usize,
        record: Record,
    ) -> Result<Stored, StoreError> {
        let written = self.area.write(self.layout.offset(slot), &Aligned(record.encode()).0);
        self.examine(slot);
        if self.slot(slot) == Slot::Valid(record) {
            Ok(Stored { slot, record })
        } else {
            Err(written.err().unwrap_or(StoreError::Mismatch))
        }
    }
}
