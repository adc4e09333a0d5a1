//! Models in flash memory: the one that runs, twice, until the next one takes the place of a copy.
//!
//! A range of the flash has two slots of whole erase pages. A slot begins with a record of 64
//! bytes, and the bytes of a model follow. The next model is written to the slot that is not in
//! use, while the other one runs; the record is written last, once the bytes are read back and have
//! the checksum that the host says. **The newest record whose model has its checksum says what
//! runs**, so a power cut leaves the one model or the other.
//!
//! A model that is installed is then copied to the other slot: record last, and of the same
//! generation. So it survives damage in one of the slots, which the next start mends, as it does
//! where the power failed before the copy was whole. A slot is not copied to while it may hold a
//! newer model: where its record says so, or cannot be read. Then an older model may run, until one
//! is installed.
//!
//! A slot that did not hold a copy of the model that runs gets a record that says so, by a length
//! that no model has, and is not copied to again before another model is installed.
//!
//! Generations count upwards by 1; by 2¹⁶ where a record could not be read, since it may be newer
//! than those that could, and be read again.

mod model;
mod record;

use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;
use trimpot_link::{Error, MODEL_BLOCK, ModelCopies};

pub use self::model::SlotModel;
use self::record::{Content, encode};
use crate::log::event;
use crate::store::{Aligned, Area, Reader, Reading, StoreError};

/// How many slots there are.
const SLOTS: u32 = 2;
/// Bytes of a slot beside a model: the record; and what is read beyond the end, because reading
/// goes by chunks.
const SLOT_OVERHEAD: u32 = 4 * MODEL_BLOCK as u32;
/// The length in the record of a copy that its slot did not hold: no model is as long.
const FAILED: u32 = u32::MAX;
/// The step of generations where a record could not be read: more than so many models are not
/// installed before a slot is worn out.
const HIDDEN: u32 = 1 << 16;

/// The two slots of a range of the flash memory, and how much of the next model is written.
#[derive(Debug)]
pub struct ModelSlots {
    start: u32,
    /// Bytes of a slot.
    size: u32,
    written: u32,
    /// The newest generation of any record that could be read.
    latest: u32,
    /// By how much the next model's generation is larger.
    step: u32,
    copies: ModelCopies,
    /// Whether the model that runs may be copied to the slot that it does not run from.
    may_copy: bool,
    /// The generation of a model that could not be copied, since the boot.
    failed: Option<u32>,
}

/// What there is in a slot.
enum Found {
    /// Nothing.
    Blank,
    /// A model that has its checksum.
    Intact(SlotModel),
    /// A model without its checksum, or a record that is none: what was damaged, or torn by a power
    /// cut. Of a model the generation is known.
    Damaged(Option<u32>),
    /// The copy of the model of this generation, which the slot did not hold.
    Failed(u32),
    /// It cannot be read, now.
    Unreadable,
}

impl ModelSlots {
    /// Divides the range into two slots of whole erase pages of the flash memory `F`.
    pub const fn new<F: NorFlash>(range: &Range<u32>) -> Self {
        let bytes = range.end.saturating_sub(range.start) / SLOTS;
        let size = match bytes.checked_div(F::ERASE_SIZE as u32) {
            Some(pages) => pages.saturating_mul(F::ERASE_SIZE as u32),
            None => 0,
        };
        let copies = ModelCopies { intact: 0, damaged: 0 };
        let (start, may_copy, failed) = (range.start, false, None);
        ModelSlots { start, size, written: 0, latest: 0, step: 1, copies, may_copy, failed }
    }

    /// Returns how many bytes a model may have.
    pub const fn capacity(&self) -> u32 {
        self.size.saturating_sub(SLOT_OVERHEAD)
    }

    /// Returns how many bytes of the flash memory `F` two slots for models of this length have.
    pub const fn bytes_for<F: NorFlash>(length: u32) -> u32 {
        slot_bytes::<F>(length).saturating_mul(SLOTS)
    }

    fn area<F: NorFlash>(&self, flash: F, slot: u32) -> Area<F> {
        let start = self.start.saturating_add(slot.saturating_mul(self.size));
        Area::new(flash, &(start..start.saturating_add(self.size)))
    }

    /// Reads both slots, and returns the newest model that has its checksum, the first of its
    /// copies. Notes how many copies are intact, and whether the other slot may be written.
    #[inline(never)]
    pub fn newest<F: NorFlash>(&mut self, flash: &mut F) -> Option<SlotModel> {
        let found = [self.find(flash, 0), self.find(flash, 1)];
        let newest = |newest: Option<SlotModel>, found: &Found| match *found {
            Found::Intact(model) if newest.is_none_or(|n| model.generation > n.generation) => {
                Some(model)
            }
            _ => newest,
        };
        let newest = found.iter().fold(None, newest);
        let generation = newest.map_or(0, |newest| newest.generation);
        self.copies = ModelCopies { intact: 0, damaged: 0 };
        self.may_copy = true;
        let hides = |found: &Found| matches!(found, Found::Damaged(None) | Found::Unreadable);
        self.step = if found.iter().any(hides) { HIDDEN } else { 1 };
        for found in found {
            match found {
                Found::Intact(model) => {
                    let is_copy = u8::from(model.generation == generation);
                    self.copies.intact = self.copies.intact.saturating_add(is_copy);
                }
                Found::Damaged(of) => {
                    self.copies.damaged = self.copies.damaged.saturating_add(1);
                    self.may_copy &= of.is_none_or(|of| of <= generation);
                }
                Found::Failed(of) => {
                    self.copies.damaged = self.copies.damaged.saturating_add(1);
                    self.may_copy &= of < generation;
                }
                Found::Unreadable => {
                    self.copies.damaged = self.copies.damaged.saturating_add(1);
                    self.may_copy = false;
                }
                Found::Blank => {}
            }
        }
        if newest.is_some_and(|newest| self.failed == Some(newest.generation)) {
            self.give_up(generation);
        }
        newest
    }

    /// Returns what there is in a slot.
    #[inline(never)]
    fn find<F: NorFlash>(&mut self, flash: &mut F, slot: u32) -> Found {
        let mut area = self.area(flash, slot);
        let [generation, length, checksum] = match area.examine(0, Content::decode) {
            Reading::Stable(Content::Record(says)) => says,
            Reading::Stable(Content::Blank) => return Found::Blank,
            Reading::Stable(Content::Other) => return Found::Damaged(None),
            Reading::Unstable | Reading::Unreadable => return Found::Unreadable,
        };
        self.latest = self.latest.max(generation);
        if length == FAILED {
            return Found::Failed(generation);
        }
        if length > self.capacity() {
            return Found::Damaged(Some(generation));
        }
        match image_checksum(&mut area, length) {
            Ok(found) if found == checksum => {
                Found::Intact(SlotModel { slot, generation, length, checksum })
            }
            Ok(_) => Found::Damaged(Some(generation)),
            Err(_) => Found::Unreadable,
        }
    }

    /// Returns how many copies of the model there are, and how many were damaged.
    pub const fn copies(&self) -> ModelCopies {
        self.copies
    }

    /// Copies a model to the other slot, unless it is there, or something newer may be. Where that
    /// fails, [`copies`](Self::copies) says that the other one is damaged.
    #[inline(never)]
    pub fn copy<F: NorFlash>(&mut self, flash: &mut F, model: SlotModel) {
        if !self.may_copy || self.copies.intact != 1 {
            return;
        }
        match self.write_copy(flash, model, next(Some(model))) {
            Ok(()) => self.copies.intact = 2,
            Err(error) => {
                event!("the model {} has one copy: {}", model.generation, error);
                self.give_up(model.generation);
            }
        }
    }

    /// Does not copy the model of this generation again before the next boot.
    const fn give_up(&mut self, generation: u32) {
        self.failed = Some(generation);
        self.may_copy = false;
        self.copies.damaged = 1;
    }

    /// Writes a copy of a model to a slot. If it was written and does not read back, the record says
    /// so, and no boot tries again. After an error of erasing or reading there is no record, and the
    /// next boot tries again.
    fn write_copy<F: NorFlash>(
        &self,
        flash: &mut F,
        model: SlotModel,
        slot: u32,
    ) -> Result<(), Error> {
        self.erase(flash, slot, [0, model.length])?;
        let mut at = 0;
        while at < model.length {
            let mut block = Aligned([0xff; MODEL_BLOCK]);
            let count = (model.length.saturating_sub(at) as usize).min(MODEL_BLOCK);
            let bytes = block.0.get_mut(..count).unwrap_or_default();
            self.read(flash, model, at, bytes).map_err(|_| Error::Flash)?;
            at = at.saturating_add(MODEL_BLOCK as u32);
            // Whatever the driver says: what can be read back decides.
            let _ = self.area(&mut *flash, slot).write(at, &block.0);
        }
        let found = image_checksum(&mut self.area(&mut *flash, slot), model.length);
        let is_whole = found.map_err(|_| Error::Flash)? == model.checksum;
        let length = if is_whole { model.length } else { FAILED };
        self.write_record(flash, SlotModel { slot, length, ..model })?;
        if is_whole { Ok(()) } else { Err(Error::Flash) }
    }

    /// Erases the pages that the first bytes of a model take, the record's first; those of the
    /// bytes before `from` are erased already.
    fn erase<F: NorFlash>(
        &self,
        flash: &mut F,
        slot: u32,
        [from, to]: [u32; 2],
    ) -> Result<(), Error> {
        let from = if from == 0 { 0 } else { slot_bytes::<F>(from) };
        let length = slot_bytes::<F>(to).saturating_sub(from);
        if length == 0 {
            return Ok(());
        }
        self.area(flash, slot).erase(from, length).map_err(|_| Error::Flash)
    }

    /// Reads bytes of a model from byte `at` on.
    pub fn read<F: NorFlash>(
        &self,
        flash: &mut F,
        model: SlotModel,
        at: u32,
        bytes: &mut [u8],
    ) -> Result<(), StoreError> {
        read(&mut self.area(flash, model.slot), at, bytes)
    }

    /// Writes the next bytes of the next model, and erases their pages before; those from 0 on
    /// begin another one.
    ///
    /// # Errors
    /// [`Error::ModelBytes`], [`Error::ModelTooLong`]; [`Error::Flash`]: then it begins again at 0.
    pub fn write<F: NorFlash>(
        &mut self,
        flash: &mut F,
        running: Option<SlotModel>,
        at: u32,
        bytes: &[u8],
    ) -> Result<(), Error> {
        let is_next = at == 0 || at == self.written && at.is_multiple_of(MODEL_BLOCK as u32);
        if !is_next {
            return Err(Error::ModelBytes { written: self.written });
        }
        let (capacity, end) = (self.capacity(), at.saturating_add(bytes.len() as u32));
        if end > capacity {
            return Err(Error::ModelTooLong { capacity });
        }
        self.written = 0;
        let slot = next(running);
        if at == 0 {
            self.copies.intact = u8::from(running.is_some());
        }
        self.erase(flash, slot, [at, end])?;
        let mut area = self.area(flash, slot);
        let mut place = at.saturating_add(MODEL_BLOCK as u32);
        // Not `chunks`, which panics at opt-level z.
        let (blocks, rest) = bytes.as_chunks::<MODEL_BLOCK>();
        let rest = (!rest.is_empty()).then_some(rest);
        for block in blocks.iter().map(<[u8; MODEL_BLOCK]>::as_slice).chain(rest) {
            let mut padded = Aligned([0xff; MODEL_BLOCK]);
            padded.0.iter_mut().zip(block).for_each(|(place, &byte)| *place = byte);
            area.write(place, &padded.0).map_err(|_| Error::Flash)?;
            place = place.saturating_add(MODEL_BLOCK as u32);
        }
        self.written = end;
        Ok(())
    }

    /// Returns the model that was written, if these are its length and its checksum. It is not
    /// stored yet.
    ///
    /// # Errors
    /// [`Error::ModelBytes`], [`Error::ModelDamaged`].
    pub fn written<F: NorFlash>(
        &self,
        flash: &mut F,
        running: Option<SlotModel>,
        length: u32,
        checksum: u32,
    ) -> Result<SlotModel, Error> {
        if length == 0 || length != self.written {
            return Err(Error::ModelBytes { written: self.written });
        }
        let slot = next(running);
        if image_checksum(&mut self.area(flash, slot), length) != Ok(checksum) {
            return Err(Error::ModelDamaged);
        }
        let generation = self.latest.saturating_add(self.step);
        Ok(SlotModel { slot, generation, length, checksum })
    }

    /// Stores a model that was written: it is the newest from now on, and can be copied.
    ///
    /// # Errors
    /// [`Error::Flash`], if its record is not what was written.
    pub fn store<F: NorFlash>(&mut self, flash: &mut F, model: SlotModel) -> Result<(), Error> {
        self.written = 0;
        // It is used up, whatever becomes of the record.
        self.latest = model.generation;
        self.write_record(flash, model)?;
        self.copies = ModelCopies { intact: 1, damaged: 0 };
        self.may_copy = true;
        Ok(())
    }

    /// Writes the record of a slot.
    #[inline(never)]
    fn write_record<F: NorFlash>(&self, flash: &mut F, model: SlotModel) -> Result<(), Error> {
        let SlotModel { slot, generation, length, checksum } = model;
        let mut area = self.area(flash, slot);
        // Whatever the driver says: what can be read back decides, here as at boot.
        let _ = area.write(0, &Aligned(encode([generation, length, checksum])).0);
        match area.examine(0, Content::decode) {
            Reading::Stable(Content::Record(found)) if found == [generation, length, checksum] => {
                Ok(())
            }
            _ => {
                let _ = area.erase(0, F::ERASE_SIZE as u32);
                Err(Error::Flash)
            }
        }
    }
}

/// Returns how many bytes a slot has for a model of this length: whole pages.
const fn slot_bytes<F: NorFlash>(length: u32) -> u32 {
    // Checked: a division by what the compiler does not know would bring a panic.
    match length.saturating_add(SLOT_OVERHEAD).checked_next_multiple_of(F::ERASE_SIZE as u32) {
        Some(size) => size,
        None => u32::MAX,
    }
}

/// Returns the slot that is not in use.
fn next(running: Option<SlotModel>) -> u32 {
    running.map_or(0, |running| (SLOTS - 1).saturating_sub(running.slot))
}

/// Returns the CRC-32 of the first bytes of the model in a slot.
fn image_checksum<F: NorFlash>(area: &mut Area<F>, length: u32) -> Result<u32, StoreError> {
    Reader::new(area, MODEL_BLOCK as u32, length).finish()
}

/// Reads bytes of the model in a slot. Flash memories read whole words: blocks are.
fn read<F: NorFlash>(area: &mut Area<F>, at: u32, bytes: &mut [u8]) -> Result<(), StoreError> {
    let skipped = (at as usize) % MODEL_BLOCK;
    let first = at.saturating_sub(skipped as u32).saturating_add(MODEL_BLOCK as u32);
    let length = skipped.saturating_add(bytes.len());
    let mut reader = Reader::new(area, first, u32::try_from(length).unwrap_or(u32::MAX));
    let mut before = [0; MODEL_BLOCK];
    reader.read(before.get_mut(..skipped).unwrap_or_default())?;
    reader.read(bytes)
}
