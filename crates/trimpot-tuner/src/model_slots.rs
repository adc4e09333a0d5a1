//! Models in flash memory: the one that runs, and the one that comes next.
//!
//! A range of the flash has two slots of whole erase pages. A slot begins with a record of 64
//! bytes, and the bytes of a model follow. The next model is written to the slot that is not in
//! use, while the other one runs; the record is written last, once the bytes are read back and have
//! the checksum that the host says. **The newest record whose model has its checksum says what
//! runs**, so a power cut leaves the one model or the other.
//!
//! A record is sixteen little-endian words: magic number, generation, bytes, their CRC-32, eleven
//! words of zero, and the CRC-32 of all these.

use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;
use trimpot_link::{Checksum, Error, MODEL_BLOCK};

use crate::model_image::ModelHeader;
use crate::store::{Aligned, Area, Reader, Reading, StoreError};

const MAGIC: u32 = u32::from_le_bytes(*b"TpMd");
const WORDS: usize = MODEL_BLOCK / size_of::<u32>();
/// How many slots there are.
const SLOTS: u32 = 2;
/// Bytes of a slot beside a model: the record; and what is read beyond the end, because reading
/// goes by chunks.
const BESIDE: u32 = 4 * MODEL_BLOCK as u32;

/// A model in its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredModel {
    slot: u32,
    /// Counts upwards with each model.
    pub generation: u32,
    length: u32,
    checksum: u32,
}

/// The two slots of a range of the flash memory, and how much of the next model is written.
#[derive(Debug)]
pub struct ModelSlots {
    start: u32,
    /// Bytes of a slot.
    size: u32,
    written: u32,
}

impl ModelSlots {
    /// Divides the range into two slots of whole erase pages of the flash memory `F`.
    pub const fn new<F: NorFlash>(range: &Range<u32>) -> Self {
        let bytes = range.end.saturating_sub(range.start) / SLOTS;
        let size = match bytes.checked_div(F::ERASE_SIZE as u32) {
            Some(pages) => pages.saturating_mul(F::ERASE_SIZE as u32),
            None => 0,
        };
        ModelSlots { start: range.start, size, written: 0 }
    }

    /// Returns how many bytes a model may have.
    pub const fn capacity(&self) -> u32 {
        self.size.saturating_sub(BESIDE)
    }

    /// Returns how many bytes of the flash memory `F` two slots for models of this length have.
    pub const fn bytes_for<F: NorFlash>(length: u32) -> u32 {
        // Checked: a division by what the compiler does not know would bring a panic.
        match length.saturating_add(BESIDE).checked_next_multiple_of(F::ERASE_SIZE as u32) {
            Some(size) => size.saturating_mul(SLOTS),
            None => u32::MAX,
        }
    }

    fn area<F: NorFlash>(&self, flash: F, slot: u32) -> Area<F> {
        let start = self.start.saturating_add(slot.saturating_mul(self.size));
        Area::new(flash, &(start..start.saturating_add(self.size)))
    }

    /// Returns the newest model that has its checksum.
    pub fn newest<F: NorFlash>(&self, flash: &mut F) -> Option<StoredModel> {
        let mut newest: Option<StoredModel> = None;
        for slot in 0..SLOTS {
            let mut area = self.area(&mut *flash, slot);
            let Reading::Stable(Some([generation, length, checksum])) = area.examine(0, decode)
            else {
                continue;
            };
            let found = StoredModel { slot, generation, length, checksum };
            if newest.is_none_or(|newest| generation > newest.generation)
                && length <= self.capacity()
                && image_checksum(&mut area, length) == Ok(checksum)
            {
                newest = Some(found);
            }
        }
        newest
    }

    /// Reads bytes of a model from byte `at` on.
    pub fn read<F: NorFlash>(
        &self,
        flash: &mut F,
        model: StoredModel,
        at: u32,
        bytes: &mut [u8],
    ) -> Result<(), StoreError> {
        read(&mut self.area(flash, model.slot), at, bytes)
    }

    /// Writes the next bytes of the next model; those from 0 on erase what was written before.
    ///
    /// # Errors
    /// [`Error::ModelBytes`], [`Error::ModelTooLong`]; [`Error::Flash`]: then it begins again at 0.
    pub fn write<F: NorFlash>(
        &mut self,
        flash: &mut F,
        running: Option<StoredModel>,
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
        let mut area = self.area(flash, next(running));
        let failed = |_: StoreError| Error::Flash;
        if at == 0 {
            area.erase(0, self.size).map_err(failed)?;
        }
        let mut place = at.saturating_add(MODEL_BLOCK as u32);
        // Not `chunks`, which panics at opt-level z.
        let (blocks, rest) = bytes.as_chunks::<MODEL_BLOCK>();
        let rest = (!rest.is_empty()).then_some(rest);
        for block in blocks.iter().map(<[u8; MODEL_BLOCK]>::as_slice).chain(rest) {
            let mut padded = Aligned([0xff; MODEL_BLOCK]);
            padded.0.iter_mut().zip(block).for_each(|(place, &byte)| *place = byte);
            area.write(place, &padded.0).map_err(failed)?;
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
        running: Option<StoredModel>,
        length: u32,
        checksum: u32,
    ) -> Result<StoredModel, Error> {
        if length == 0 || length != self.written {
            return Err(Error::ModelBytes { written: self.written });
        }
        let slot = next(running);
        if image_checksum(&mut self.area(flash, slot), length) != Ok(checksum) {
            return Err(Error::ModelDamaged);
        }
        let generation = running.map_or(0, |running| running.generation).saturating_add(1);
        Ok(StoredModel { slot, generation, length, checksum })
    }

    /// Stores a model that was written: it is the newest from now on.
    ///
    /// # Errors
    /// [`Error::Flash`], if its record is not what was written.
    pub fn store<F: NorFlash>(&mut self, flash: &mut F, model: StoredModel) -> Result<(), Error> {
        self.written = 0;
        let StoredModel { slot, generation, length, checksum } = model;
        let mut area = self.area(flash, slot);
        // Whatever the driver says: what can be read back decides, here as at boot.
        let _ = area.write(0, &Aligned(encode([generation, length, checksum])).0);
        match area.examine(0, decode) {
            Reading::Stable(Some(found)) if found == [generation, length, checksum] => Ok(()),
            _ => {
                let _ = area.erase(0, self.size);
                Err(Error::Flash)
            }
        }
    }
}

impl StoredModel {
    /// Returns how many bytes it has.
    pub const fn length(self) -> u32 {
        self.length
    }
}

/// Returns the slot that is not in use.
fn next(running: Option<StoredModel>) -> u32 {
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

/// Returns the record of a generation, a length and a checksum.
fn encode(says: [u32; 3]) -> [u8; MODEL_BLOCK] {
    let mut words = [0; WORDS];
    let all = [MAGIC].into_iter().chain(says);
    words.iter_mut().zip(all).for_each(|(place, word)| *place = word);
    let mut bytes = words.map(u32::to_le_bytes);
    if let Some((last, others)) = bytes.split_last_mut() {
        *last = Checksum::of(others.as_flattened()).to_le_bytes();
    }
    let mut record = [0; MODEL_BLOCK];
    record.iter_mut().zip(bytes.as_flattened()).for_each(|(place, &byte)| *place = byte);
    record
}

/// Returns what a record says; `None`, if it is none.
fn decode(bytes: &[u8; MODEL_BLOCK]) -> Option<[u32; 3]> {
    let (words, _) = bytes.as_chunks::<4>();
    let (&check, words) = words.split_last()?;
    if u32::from_le_bytes(check) != Checksum::of(words.as_flattened()) {
        return None;
    }
    match *words {
        [magic, generation, length, checksum, ..] if u32::from_le_bytes(magic) == MAGIC => {
            Some([generation, length, checksum].map(u32::from_le_bytes))
        }
        _ => None,
    }
}

/// Reads the header of a model.
pub fn header<F: NorFlash>(
    slots: &ModelSlots,
    flash: &mut F,
    model: StoredModel,
) -> Result<ModelHeader, Error> {
    let mut bytes = [0; ModelHeader::BYTES];
    slots.read(flash, model, 0, &mut bytes).map_err(|_| Error::Flash)?;
    let header = ModelHeader::decode(&bytes).ok_or(Error::ModelDamaged)?;
    if header.length() == model.length() { Ok(header) } else { Err(Error::ModelDamaged) }
}
