//! What a board must not lose, in flash memory: it survives a power cut at any byte.
//!
//! The store has an area of the flash to itself, with six slots of whole erase pages: three for the
//! factory's image, which is stored twice, and three for commits. A slot begins with a record; the
//! image follows. To store an image is to
//!
//! 1. erase a slot that is not needed: never the newest of its kind,
//! 2. write the image, and read it back,
//! 3. write the record.
//!
//! The record holds a generation, which counts upwards over all slots and never begins again, the
//! CRC-32 of the image, and a CRC-32 of its own. Until its last word is written it is no record.
//! **The newest valid record of all says what is stored**:
//!
//! - a commit: its image;
//! - an installation: the factory's image. Commits from before it are older, and so forgotten;
//! - a reset, which is a record without an image in a commit's slot: the newest factory's image.
//!
//! Every change is one record, so a cut leaves what was stored before or what is stored after it,
//! and a slot that is needed for the former is never touched on the way to the latter.
//!
//! **What cannot be relied on.** A cell that was being written when the power failed may read
//! differently each time, so that a record would come and go. Each is read many times, and counts
//! if nearly all readings have it: a weak cell never reaches that. An image counts if the bytes
//! that are handed over have its checksum.
//!
//! **What may be hidden.** A slot that cannot be read, or holds no whole record, is not free: it
//! may be the newest, misread, or what a power cut has torn. It is read again before every decision
//! about what is stored, and is erased last: `free.rs` has the order. While there is such a slot
//! nothing counts as stored already, and the next record's generation is a large step ahead, so
//! that it is newer than what is hidden. Once it is stored, such slots are erased.
//!
//! **What is not ours.** An area without any record must be blank, and gets one that says that it
//! is formatted. Anything else is refused, and so is an area that cannot be read: the store
//! overwrites nobody's program, and takes no failure for emptiness.
//!
//! **Rot.** At boot all images are checked, and a factory's image of which one copy is damaged is
//! copied again. A damaged image gives way to the next newest; so does a reset, if no factory's
//! image is left to return to.
//!
//! **Where this ends.**
//!
//! - A commit has one copy, and the older one behind it. An image that reads wrongly throughout one
//!   boot counts as damaged then: that boot shows the next newest, and what is stored in it
//!   replaces the image.
//! - A record that a power cut has torn is not told from one that is misread. If it reads rightly
//!   at a later boot, and nothing was stored in between, it is stored then, although its commit was
//!   never answered.
//! - If two of three slots of a kind have cells that fail, nothing can be stored in them any more:
//!   the only copy would have to be erased first.
//! - If two read wrongly throughout one boot, a commit or an installation erases one of them,
//!   though it may be the newest. A commit that is compared first, and that none of the factory's
//!   slots is free for either, is refused then; one that is not compared, a reset or an
//!   installation frees the slots.
//! - If all three for commits cannot be read at one boot, and the power fails between the next
//!   record and the erasure of the others, that record is older than them if they had been made
//!   after such a step, too.
//! - Another network's images are erased before what may be hidden, and where its slots lie as ours
//!   do: the slots of one with images of another size begin elsewhere, and are overwritten.
//! - Whoever cuts the power at four boots in a row, before a blank area has its first record, may
//!   have to erase it.
//!
//! `sequential-storage` was tried instead: it has no transaction over several keys, which images
//! larger than a page need, and it links panics.

mod area;
mod certainty;
mod copies;
mod error;
mod free;
mod image;
mod layout;
mod open;
mod record;
mod slot;
mod write;

use embedded_storage::nor_flash::NorFlash;
use trimpot_link::Origin;

pub use error::{OpenError, StoreError};
pub(crate) use image::Reader;
pub use image::{Image, Visit, VisitMut, numbers, numbers_mut};
pub use layout::Layout;
pub use record::{Baseline, Identity, Kind};

pub(crate) use area::{Aligned, Area, Reading};
use free::Need;
use layout::SLOTS;
use record::Record;
use slot::Slot;

/// How often an image is read whose bytes do not have its checksum.
const READINGS: u32 = 4;

/// An image that is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stored {
    slot: usize,
    record: Record,
}

impl Stored {
    /// Counts upwards with every change to what is stored: the lower half of the record's
    /// generation.
    pub const fn generation(self) -> u32 {
        self.record.generation as u32
    }

    /// Returns what the next parameters are measured against.
    pub const fn baseline(self) -> Baseline {
        self.record.baseline
    }
}

/// An image that is written, but not stored yet.
#[derive(Debug)]
#[must_use = "nothing is stored until it is sealed"]
pub struct Staged {
    stored: Stored,
}

impl Staged {
    /// Returns the image, to be read back.
    pub const fn image(&self) -> Stored {
        self.stored
    }

    /// Returns whether it can be sealed where it is.
    pub fn is_in_place(&self) -> bool {
        Layout::slots(self.stored.record.kind).contains(&self.stored.slot)
    }
}

/// Images in an area of the flash memory `F`.
#[derive(Debug)]
pub struct Store<F> {
    area: Area<F>,
    identity: Identity,
    layout: Layout,
    slots: [Slot; SLOTS],
    /// The newest generation that any record of our network had, or was to have.
    latest: u64,
    /// Whether there may be a newer one, in a slot that held no readable record when the store was
    /// opened.
    hides: bool,
    /// What was stored when it could last be read, or was last changed.
    shown: Option<certainty::Standing>,
    /// Records and images that were found damaged or unreadable.
    damaged: u32,
}

impl<F: NorFlash> Store<F> {
    /// Records and images that were found damaged or unreadable since the store was opened. One
    /// that was being written when the power failed counts, too: it cannot be told from a damaged
    /// one.
    pub const fn damaged(&self) -> u32 {
        self.damaged
    }

    /// The network whose images these are.
    pub const fn identity(&self) -> Identity {
        self.identity
    }

    /// The image that is stored, and who stored it.
    pub fn newest(&self) -> Option<(Stored, Origin)> {
        let deciding = self.deciding()?;
        match deciding.record.kind {
            Kind::Commit => Some((deciding, Origin::Commit)),
            _ => Some((self.factory()?, Origin::Factory)),
        }
    }

    /// Returns the record that says what is stored. A reset counts as long as there is a factory's
    /// image.
    fn deciding(&self) -> Option<Stored> {
        let factory = self.factory();
        self.newest_of(|kind| match kind {
            Kind::Formatted => false,
            Kind::Commit => true,
            Kind::Factory | Kind::Reset => factory.is_some(),
        })
    }

    /// Returns the factory's image.
    pub fn factory(&self) -> Option<Stored> {
        self.newest_of(|kind| kind == Kind::Factory)
    }

    /// Reads an image into memory, from another slot with the same record if this one's is damaged.
    /// After an error memory holds anything, and the image is given up, so that
    /// [`newest`](Self::newest) finds the next best.
    ///
    /// # Errors
    /// If no slot with this record has the image that it speaks of.
    pub fn load(&mut self, stored: Stored, image: &mut dyn Image) -> Result<(), StoreError> {
        let Stored { mut slot, record } = stored;
        loop {
            let Err(error) = self.read_whole(Stored { slot, record }, image) else { return Ok(()) };
            self.give_up(slot);
            slot = self.slot_of(Slot::Valid(record)).ok_or(error)?;
        }
    }

    /// Reads an image into memory, until the bytes that were handed over have its checksum.
    // The reader's buffer is on the stack only here.
    #[inline(never)]
    fn read_whole(&mut self, stored: Stored, image: &mut dyn Image) -> Result<(), StoreError> {
        let Stored { slot, record } = stored;
        for _ in 0..READINGS {
            let mut reader = Reader::new(&mut self.area, self.layout.image(slot), record.length);
            image.for_each_mut(&mut |bytes| reader.read(bytes))?;
            if reader.finish()? == record.checksum {
                return Ok(());
            }
        }
        Err(StoreError::Mismatch)
    }

    /// Returns whether an image in memory is the stored one, or its beginning, bit for bit.
    ///
    /// # Errors
    /// If the flash memory cannot be read.
    pub fn holds(&mut self, stored: Stored, image: &dyn Image) -> Result<bool, StoreError> {
        let (at, length) = (self.layout.image(stored.slot), stored.record.length);
        let mut reader = Reader::new(&mut self.area, at, length);
        let mut same = image.length() <= length;
        image.for_each(&mut |bytes| {
            for &byte in bytes {
                let mut found = [0];
                reader.read(&mut found)?;
                same &= found == [byte];
            }
            Ok(())
        })?;
        Ok(same)
    }

    /// Writes a commit's image to a free slot, and reads it back. What is stored does not change.
    ///
    /// # Errors
    /// If no slot is free, or the flash memory fails, or reads back something else.
    pub fn stage(&mut self, image: &dyn Image) -> Result<Staged, StoreError> {
        self.stage_as(Kind::Commit, Kind::Commit, Need::Unreadable, image)
    }

    /// The same for an image that may not be stored at all: nothing is erased for it that may be
    /// the newest. If that leaves none of the slots for commits, it waits in one of the factory's.
    ///
    /// # Errors
    /// Those of [`stage`](Self::stage).
    pub fn stage_trial(&mut self, image: &dyn Image) -> Result<Staged, StoreError> {
        let staged = self.stage_as(Kind::Commit, Kind::Commit, Need::Stuck, image);
        if staged.is_err() && image.length() <= self.layout.image_bytes(Kind::Factory) {
            return self.stage_as(Kind::Commit, Kind::Factory, Need::OlderForeign, image);
        }
        staged
    }

    /// Stores a staged image, with one record. After an error what was stored is still stored,
    /// unless the slot cannot be erased and the record turns up at the next boot.
    ///
    /// # Errors
    /// If the record cannot be written.
    pub fn seal(&mut self, staged: Staged, baseline: Baseline) -> Result<Stored, StoreError> {
        let Staged { stored: Stored { slot, record } } = staged;
        let record = Record { generation: self.next_generation(), baseline, ..record };
        match self.write_record(slot, record) {
            Ok(stored) => {
                self.note_stored();
                self.erase_replaced(record.kind);
                Ok(stored)
            }
            Err(error) => {
                let _ = self.erase(slot);
                self.set(slot, Slot::Stuck);
                Err(error)
            }
        }
    }

    /// Stores the factory's image, twice. After an error what was stored is still stored.
    ///
    /// # Errors
    /// Those of [`stage`](Self::stage) and [`seal`](Self::seal).
    pub fn install(&mut self, image: &dyn Image, baseline: Baseline) -> Result<Stored, StoreError> {
        let staged = self.stage_as(Kind::Factory, Kind::Factory, Need::Unreadable, image)?;
        let stored = self.seal(staged, baseline)?;
        self.copy_factory();
        Ok(stored)
    }

    /// Returns to the factory's image: forgets commits. After an error what was stored is still
    /// stored.
    ///
    /// # Errors
    /// If there is no factory's image, or none that can be read, or the record cannot be written.
    pub fn reset(&mut self) -> Result<(), StoreError> {
        let factory = self.factory();
        let is_damaged = |state: &Slot| {
            matches!(state, Slot::Damaged(record) if record.kind == Kind::Factory
                && factory.is_none_or(|factory| record.is_newer_than(&factory.record)))
        };
        if self.slots.iter().any(is_damaged) {
            return Err(StoreError::FactoryDamaged);
        }
        let Stored { mut slot, record } = factory.ok_or(StoreError::NothingStored)?;
        while self.check(Stored { slot, record }).is_err() {
            self.give_up(slot);
            slot = self.slot_of(Slot::Valid(record)).ok_or(StoreError::FactoryDamaged)?;
        }
        let nothing: [f32; 0] = [];
        let staged = self.stage_as(Kind::Reset, Kind::Reset, Need::Unreadable, &nothing)?;
        self.seal(staged, record.baseline).map(|_| ())
    }

    /// Returns the flash memory.
    pub const fn flash_mut(&mut self) -> &mut F {
        self.area.flash_mut()
    }

    /// Gives the flash memory back.
    pub fn into_flash(self) -> F {
        self.area.into_flash()
    }

    fn slot(&self, slot: usize) -> Slot {
        self.slots.get(slot).copied().unwrap_or(Slot::Unreadable)
    }

    fn set(&mut self, slot: usize, state: Slot) {
        if let Some(place) = self.slots.get_mut(slot) {
            *place = state;
        }
    }

    /// Returns the first slot in this state.
    fn slot_of(&self, state: Slot) -> Option<usize> {
        self.slots.iter().position(|&slot| slot == state)
    }

    /// Returns the newest valid record of these kinds.
    fn newest_of(&self, wanted: impl Fn(Kind) -> bool) -> Option<Stored> {
        let mut newest: Option<Stored> = None;
        for (slot, state) in self.slots.iter().enumerate() {
            if let &Slot::Valid(record) = state
                && wanted(record.kind)
                && newest.is_none_or(|newest| record.is_newer_than(&newest.record))
            {
                newest = Some(Stored { slot, record });
            }
        }
        newest
    }

    /// Returns whether an image still has its checksum.
    fn check(&mut self, stored: Stored) -> Result<(), StoreError> {
        let Stored { slot, record } = stored;
        let found = self.checksum(slot, record.length)?;
        if found == record.checksum { Ok(()) } else { Err(StoreError::Mismatch) }
    }

    /// Returns the CRC-32 of an image of `length` bytes.
    #[inline(never)]
    fn checksum(&mut self, slot: usize, length: u32) -> Result<u32, StoreError> {
        Reader::new(&mut self.area, self.layout.image(slot), length).finish()
    }

    /// Counts on an image no more.
    fn give_up(&mut self, slot: usize) {
        self.damaged = self.damaged.saturating_add(1);
        let state = match self.slot(slot) {
            Slot::Valid(record) => Slot::Damaged(record),
            // It was staged, and has no record.
            _ => Slot::Stuck,
        };
        self.set(slot, state);
    }
}
