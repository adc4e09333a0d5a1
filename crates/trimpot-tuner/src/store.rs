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
//! The record holds a generation, which counts upwards over all slots, the CRC-32 of the image, and
//! a CRC-32 of its own. Until its last word is written it is no record. **The newest valid record
//! of all says what is stored**:
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
//! if nearly all readings have it: a weak cell never reaches that. One that comes and goes, beside
//! others that do not, is what a power cut leaves: it is erased at boot, before anybody has seen
//! it. A slot that cannot be read, or holds no whole record, is not free: it may be the newest,
//! misread. It is read again before anything is erased, and is erased last. While there is such a
//! slot generations are counted in steps of 65,536, so that none is given twice; once a newer
//! record is stored, the slot is erased. An image counts if the bytes that are handed over have its
//! checksum.
//!
//! **What is not ours.** An area without any record must be blank, and gets one that says that it
//! is formatted. Anything else is refused, and so is an area that cannot be read: the store
//! overwrites nobody's program, and takes no failure for emptiness.
//!
//! **Rot.** At boot all images are checked, and a factory's image of which one copy is damaged is
//! copied again. A damaged image gives way to the next newest; so does a reset, if no factory's
//! image is left to return to.
//!
//! **Where this ends.** A commit has one copy, and the older one behind it. An image that reads
//! wrongly throughout one boot counts as damaged then: that boot shows the next newest, and what is
//! stored in it replaces the image. If two of three slots of a kind have cells that fail, nothing
//! can be stored in them any more: the only copy would have to be erased first. If two read wrongly
//! throughout one boot, a commit or an installation erases one of them, though it may be the
//! newest. If all three for commits cannot be read at one boot, what is stored at that boot counts
//! as newer than up to 65,535 commits since the installation, more than a flash memory for 10,000
//! erases takes. Another network's images are erased last, where its slots lie as ours do: the
//! slots of one with images of another size begin elsewhere, and are overwritten. And whoever cuts
//! the power at four boots in a row, before a blank area has its first record, may have to erase
//! it.
//!
//! `sequential-storage` was tried instead: it has no transaction over several keys, which images
//! larger than a page need, and it links panics.

mod area;
mod copies;
mod error;
mod image;
mod layout;
mod open;
mod record;
mod slot;

use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;
use trimpot_link::Origin;

pub use error::{OpenError, StoreError};
pub use image::{Image, Visit, VisitMut, numbers, numbers_mut};
pub use layout::Layout;
pub use record::{Baseline, Identity, Kind};

pub(crate) use area::{Aligned, Area, Reading};
use image::Reader;
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
    /// Counts upwards with every change to what is stored.
    pub const fn generation(self) -> u32 {
        self.record.generation
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
}

/// Images in an area of the flash memory `F`.
#[derive(Debug)]
pub struct Store<F> {
    area: Area<F>,
    identity: Identity,
    layout: Layout,
    slots: [Slot; SLOTS],
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

    /// Reads an image into memory. After an error memory holds anything, and the image is given up,
    /// so that [`newest`](Self::newest) finds the next best.
    pub fn load(&mut self, stored: Stored, image: &mut dyn Image) -> Result<(), StoreError> {
        let loaded = self.read_whole(stored, image);
        loaded.inspect_err(|&error| self.give_up(stored.slot, error))
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
    pub fn stage(&mut self, image: &dyn Image) -> Result<Staged, StoreError> {
        self.stage_as(Kind::Commit, image)
    }

    /// Stores a staged image, with one record. After an error what was stored is still stored.
    pub fn seal(&mut self, staged: Staged, baseline: Baseline) -> Result<Stored, StoreError> {
        let Staged { stored: Stored { slot, record } } = staged;
        let record = Record { generation: self.next_generation(slot), baseline, ..record };
        match self.write_record(slot, record) {
            Ok(stored) => {
                self.erase_hidden(Layout::slots(record.kind));
                Ok(stored)
            }
            Err(error) => {
                // It must not turn up at a later boot. If this fails, too, it may.
                let _ = self.erase(slot);
                self.set(slot, Slot::Stuck);
                Err(error)
            }
        }
    }

    /// Stores the factory's image, twice. After an error what was stored is still stored.
    pub fn install(&mut self, image: &dyn Image, baseline: Baseline) -> Result<Stored, StoreError> {
        let staged = self.stage_as(Kind::Factory, image)?;
        let stored = self.seal(staged, baseline)?;
        self.copy_factory();
        Ok(stored)
    }

    /// Returns to the factory's image: forgets commits. After an error what was stored is still
    /// stored.
    pub fn reset(&mut self) -> Result<(), StoreError> {
        let mut factory = self.factory().ok_or(StoreError::NothingStored)?;
        while let Err(error) = self.check(factory) {
            self.give_up(factory.slot, error);
            factory = self.factory().ok_or(StoreError::FactoryDamaged)?;
        }
        let nothing: [f32; 0] = [];
        let staged = self.stage_as(Kind::Reset, &nothing)?;
        self.seal(staged, factory.record.baseline).map(|_| ())
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

    /// Erases slots with something that did not count, and that a newer record has replaced now:
    /// they can be used again, and nothing is hidden in them. If that fails, the next change tries
    /// again.
    fn erase_hidden(&mut self, slots: Range<usize>) {
        for slot in slots {
            if self.slot(slot).may_hide_a_record() {
                let _ = self.erase(slot);
            }
        }
    }

    /// Returns the generation that comes next, for a record in `slot`.
    fn next_generation(&self, slot: usize) -> u32 {
        /// More than can have been given to a record that cannot be read now: so many commits wear
        /// out the slots of a flash memory that lasts 10,000 erases, and so do the steps of this
        /// size after which generations begin again.
        const STEP: u32 = 1 << 16;
        let mut newest: Option<Record> = None;
        let mut step = 1;
        for (other, state) in self.slots.iter().enumerate() {
            match *state {
                Slot::Valid(record) | Slot::Damaged(record)
                    if newest.is_none_or(|newest| record.is_newer_than(&newest)) =>
                {
                    newest = Some(record);
                }
                Slot::Broken | Slot::Garbage | Slot::Torn | Slot::Unreadable | Slot::Stuck
                    if other != slot =>
                {
                    step = STEP;
                }
                _ => {}
            }
        }
        newest.map_or(0, |newest| newest.generation).wrapping_add(step)
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

    /// Reads a slot again that did not count: its record, and its image.
    fn examine_again(&mut self, slot: usize) {
        let before = self.slot(slot);
        self.examine(slot);
        if let Slot::Valid(record) = self.slot(slot)
            && self.check(Stored { slot, record }).is_err()
        {
            self.set(slot, before);
        }
    }

    /// Counts on an image no more.
    fn give_up(&mut self, slot: usize, error: StoreError) {
        self.damaged = self.damaged.saturating_add(1);
        let state = match (error, self.slot(slot)) {
            (StoreError::Mismatch, Slot::Valid(record)) => Slot::Damaged(record),
            _ => Slot::Unreadable,
        };
        self.set(slot, state);
    }

    /// Writes an image to a slot that is not needed, and reads it back. A slot that does not hold
    /// what is written is passed over.
    fn stage_as(&mut self, kind: Kind, image: &dyn Image) -> Result<Staged, StoreError> {
        for slot in 0..SLOTS {
            if self.slot(slot).may_hide_a_record() {
                self.examine_again(slot);
            }
        }
        let mut tried = [false; SLOTS];
        let mut failure = StoreError::Mismatch;
        while let Some(slot) = self.free(kind, &tried) {
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

    /// Returns the slot for this kind that is needed least: never that of the record that says what
    /// is stored, or would say it if the other kind's were not there.
    fn free(&self, kind: Kind, tried: &[bool; SLOTS]) -> Option<usize> {
        let places = Layout::slots(kind);
        let deciding = self.deciding().filter(|deciding| places.contains(&deciding.slot));
        let needed = deciding.or_else(|| self.newest_of(|other| Layout::slots(other) == places));
        let mut best: Option<(usize, Slot)> = None;
        for (slot, (state, tried)) in self.slots.iter().zip(tried).enumerate() {
            let needed = needed.is_some_and(|needed| needed.slot == slot);
            if places.contains(&slot)
                && !tried
                && !needed
                && best.is_none_or(|(_, best)| state.is_needed_less_than(&best))
            {
                best = Some((slot, *state));
            }
        }
        best.map(|(slot, _)| slot)
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

    fn erase(&mut self, slot: usize) -> Result<(), StoreError> {
        self.set(slot, Slot::Garbage);
        self.area.erase(self.layout.offset(slot), self.layout.size(slot))?;
        self.set(slot, Slot::Blank);
        Ok(())
    }

    /// Writes a record. Whatever the driver says: what can be read back decides, here as at boot.
    fn write_record(&mut self, slot: usize, record: Record) -> Result<Stored, StoreError> {
        let written = self.area.write(self.layout.offset(slot), &Aligned(record.encode()).0);
        self.examine(slot);
        if self.slot(slot) == Slot::Valid(record) {
            Ok(Stored { slot, record })
        } else {
            Err(written.err().unwrap_or(StoreError::Mismatch))
        }
    }
}
