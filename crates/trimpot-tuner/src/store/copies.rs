//! Two copies of the factory's image.

use embedded_storage::nor_flash::NorFlash;

use super::area::{Aligned, CHUNK};
use super::free::Need;
use super::layout::SLOTS;
use super::record::Kind;
use super::slot::Slot;
use super::{Store, StoreError, Stored};

/// Of the factory's image.
const COPIES: usize = 2;

impl<F: NorFlash> Store<F> {
    /// Stores a second copy of the factory's image if there is one only: where the second was, or
    /// in the slot that is needed least. If that fails everywhere, one must do.
    pub(super) fn copy_factory(&mut self) {
        let mut tried = [false; SLOTS];
        while let Some(factory) = self.factory()
            && !self.has_copies()
        {
            let damaged = self.slot_of(Slot::Damaged(factory.record));
            let free = || self.free(Kind::Factory, Need::OlderForeign, &tried);
            let Some(target) = damaged.or_else(free) else { return };
            if let Some(tried) = tried.get_mut(target) {
                *tried = true;
            }
            if self.copy(factory, target).is_err() {
                self.set(target, Slot::Stuck);
                self.damaged = self.damaged.saturating_add(1);
            }
        }
    }

    /// Returns whether there are enough copies of the factory's image.
    pub(super) fn has_copies(&self) -> bool {
        self.factory().is_some_and(|Stored { record, .. }| {
            self.slots.iter().filter(|&&slot| slot == Slot::Valid(record)).count() >= COPIES
        })
    }

    fn copy(&mut self, from: Stored, to: usize) -> Result<(), StoreError> {
        self.erase(to)?;
        let Stored { slot, record } = from;
        let (source, target) = (self.layout.image(slot), self.layout.image(to));
        let mut done = 0;
        while done < record.length {
            let mut chunk = Aligned([0; CHUNK]);
            self.area.read(source.saturating_add(done), &mut chunk)?;
            self.area.write(target.saturating_add(done), &chunk.0)?;
            done = done.saturating_add(CHUNK as u32);
        }
        self.check(Stored { slot: to, record })?;
        self.write_record(to, record).map(|_| ())
    }
}
