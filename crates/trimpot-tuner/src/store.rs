//! Weights in flash memory that survive a power cut at any byte.
//!
//! There are four slots, each of whole erase pages: two for the factory's weights and two for commits.
//! A slot begins with a record; the weights follow. To keep weights is to
//!
//! 1. erase the slot of the pair that is not the newer one,
//! 2. write the weights, and read them back,
//! 3. write the record.
//!
//! The record holds a generation, which counts upwards over all slots, the CRC-32 of the weights, and
//! a CRC-32 of its own. Until its last word is written it is no record, and the slot is empty. At boot
//! **the newest valid record of all says what is kept**:
//!
//! - a commit: its weights;
//! - an installation: the factory's weights. Commits from before it are older, and so forgotten;
//! - a reset, which is a record without weights in a commit's slot: the newest factory's weights.
//!
//! Every change is one record, so a cut leaves what was kept before or what is kept after it, and a
//! slot that is needed for the former is never touched on the way to the latter. A record that cannot
//! be read (some memories report torn words as errors) is none. Weights are checked when they are
//! loaded; if they have rotted, the next newest are taken.
//!
//! `sequential-storage` was tried instead: it has no transaction over several keys, which weights
//! larger than a page need, and it links panics.

mod record;

use embedded_storage::nor_flash::{NorFlash, NorFlashError, NorFlashErrorKind};
use trimpot_link::{Checksum, Origin};

pub use record::Kind;
use record::Record;

/// Numbers that are read and written at once.
const CHUNK: usize = 32;
/// Two slots for the factory, then two for commits.
const SLOTS: usize = 4;

/// What went wrong with the flash memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum StoreError {
    /// The driver's error.
    Flash(NorFlashErrorKind),
    /// What was read is not what was written.
    Mismatch,
    /// The generation cannot count any further.
    Exhausted,
}

fn driver(error: impl NorFlashError) -> StoreError {
    StoreError::Flash(error.kind())
}

/// The flash memory is too small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TooSmall {
    /// Bytes that are needed.
    pub needed: usize,
    /// Bytes that there are.
    pub capacity: usize,
}

/// Where weights are, and how to know them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image {
    slot: usize,
    checksum: u32,
}

impl Image {
    /// The [`fingerprint`](trimpot_link::fingerprint) of the weights.
    pub const fn fingerprint(self) -> u32 {
        self.checksum
    }
}

/// Weights that are written, but not kept yet.
#[derive(Debug)]
#[must_use = "nothing is kept until it is sealed"]
pub struct Staged {
    image: Image,
    kind: Kind,
}

impl Staged {
    /// Where the weights are.
    pub const fn image(&self) -> Image {
        self.image
    }
}

/// `P` weights in the flash memory `F`, of which it uses the first [`SIZE`](Self::SIZE) bytes.
#[derive(Debug)]
pub struct Store<F, const P: usize> {
    flash: F,
    architecture: u32,
    /// The valid records.
    records: [Option<Record>; SLOTS],
    /// The largest generation ever found or written.
    generation: u32,
}

impl<F: NorFlash, const P: usize> Store<F, P> {
    /// Bytes of a slot.
    const SLOT: usize = {
        assert!(
            F::READ_SIZE > 0 && Record::BYTES.is_multiple_of(F::READ_SIZE),
            "the flash is read in units of up to 32 bytes, a power of two"
        );
        assert!(
            F::WRITE_SIZE > 0 && Record::BYTES.is_multiple_of(F::WRITE_SIZE),
            "the flash is written in units of up to 32 bytes, a power of two"
        );
        let used = Record::BYTES + P.div_ceil(CHUNK) * CHUNK * size_of::<f32>();
        used.next_multiple_of(F::ERASE_SIZE)
    };

    /// Bytes of flash memory that are used.
    pub const SIZE: usize = {
        assert!(SLOTS * Self::SLOT <= u32::MAX as usize, "a flash address has 32 bits");
        SLOTS * Self::SLOT
    };

    /// Will keep weights of this architecture in `flash`. Knows of none before it is
    /// [opened](Self::open).
    pub const fn new(flash: F, architecture: u32) -> Self {
        Store { flash, architecture, records: [None; SLOTS], generation: 0 }
    }

    /// Looks at what is kept.
    pub fn open(&mut self) -> Result<(), TooSmall> {
        let capacity = self.flash.capacity();
        if capacity < Self::SIZE {
            return Err(TooSmall { needed: Self::SIZE, capacity });
        }
        for slot in 0..SLOTS {
            self.examine(slot);
        }
        Ok(())
    }

    /// Counts upwards with every change to what is kept. 0 if nothing ever was.
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// The weights that are kept, and who kept them.
    pub fn kept(&self) -> Option<(Image, Origin)> {
        let (slot, newest) = self.newest(|_| true)?;
        let (slot, record, origin) = match newest.kind {
            Kind::Commit => (slot, newest, Origin::Commit),
            Kind::Factory => (slot, newest, Origin::Factory),
            Kind::Reset => {
                let (slot, factory) = self.newest(|kind| kind == Kind::Factory)?;
                (slot, factory, Origin::Factory)
            }
        };
        Some((Image { slot, checksum: record.checksum }, origin))
    }

    /// Whether the factory's weights are there.
    pub fn has_factory(&self) -> bool {
        self.newest(|kind| kind == Kind::Factory).is_some()
    }

    /// Reads weights into memory. After an error `parameters` hold anything.
    pub fn load(&mut self, image: Image, parameters: &mut [f32; P]) -> Result<(), StoreError> {
        let mut places = parameters.iter_mut();
        let checksum = self.read(image.slot, |number| {
            if let Some(place) = places.next() {
                *place = number;
            }
        })?;
        if checksum == image.checksum { Ok(()) } else { Err(StoreError::Mismatch) }
    }

    /// Gives up on weights that could not be loaded, so that [`kept`](Self::kept) finds the next best.
    pub fn discard(&mut self, image: Image) {
        if let Some(record) = self.records.get_mut(image.slot) {
            *record = None;
        }
    }

    /// Writes weights to a free slot, and reads them back. What is kept does not change.
    pub fn stage(&mut self, kind: Kind, parameters: &[f32; P]) -> Result<Staged, StoreError> {
        let slot = self.free(kind);
        self.erase(slot)?;
        let mut checksum = Checksum::new();
        let mut offset = Self::offset(slot).saturating_add(Record::BYTES as u32);
        for numbers in parameters.chunks(CHUNK) {
            let mut bytes = [[0xff; 4]; CHUNK];
            for (bytes, number) in bytes.iter_mut().zip(numbers) {
                *bytes = number.to_le_bytes();
                checksum.update(bytes);
            }
            self.flash.write(offset, bytes.as_flattened()).map_err(driver)?;
            offset = offset.saturating_add(size_of_val(&bytes) as u32);
        }
        let image = Image { slot, checksum: checksum.value() };
        if self.read(slot, |_| {})? != image.checksum {
            return Err(StoreError::Mismatch);
        }
        Ok(Staged { image, kind })
    }

    /// Keeps staged weights, with one record. After an error what was kept is still kept.
    pub fn seal(&mut self, staged: Staged) -> Result<(), StoreError> {
        let Staged { image, kind } = staged;
        let generation = self.generation.checked_add(1).ok_or(StoreError::Exhausted)?;
        let record = Record { kind, generation, checksum: image.checksum };
        let bytes = record.encode(self.architecture, P as u32);
        // The generation is used up even if the record turns out to be torn.
        self.generation = generation;
        let written = self.flash.write(Self::offset(image.slot), &bytes).map_err(driver);
        // Whatever the driver says: what can be read back decides, here as at boot.
        self.examine(image.slot);
        match self.records.get(image.slot) {
            Some(Some(found)) if *found == record => Ok(()),
            _ => Err(written.err().unwrap_or(StoreError::Mismatch)),
        }
    }

    /// Returns to the factory's weights: forgets commits. After an error what was kept is still kept.
    pub fn reset(&mut self) -> Result<(), StoreError> {
        let slot = self.free(Kind::Reset);
        self.erase(slot)?;
        self.seal(Staged { image: Image { slot, checksum: 0 }, kind: Kind::Reset })
    }

    /// The flash memory.
    pub const fn flash_mut(&mut self) -> &mut F {
        &mut self.flash
    }

    /// Gives the flash memory back.
    pub fn into_flash(self) -> F {
        self.flash
    }

    /// The newest valid record of these kinds, and its slot.
    fn newest(&self, of: impl Fn(Kind) -> bool) -> Option<(usize, Record)> {
        let records = self.records.iter().enumerate();
        let records = records.filter_map(|(slot, record)| Some((slot, (*record)?)));
        records.filter(|(_, record)| of(record.kind)).max_by_key(|(_, record)| record.generation)
    }

    /// The slot of the kind's pair that is not needed: not the one of the newer record.
    fn free(&self, kind: Kind) -> usize {
        let pair = if kind == Kind::Factory { 0 } else { 2 };
        let newer = self.newest(|other| (other == Kind::Factory) == (kind == Kind::Factory));
        match newer {
            Some((slot, _)) if slot == pair => pair + 1,
            _ => pair,
        }
    }

    fn offset(slot: usize) -> u32 {
        Self::SLOT.saturating_mul(slot) as u32
    }

    fn erase(&mut self, slot: usize) -> Result<(), StoreError> {
        if let Some(record) = self.records.get_mut(slot) {
            *record = None;
        }
        let from = Self::offset(slot);
        self.flash.erase(from, from.saturating_add(Self::SLOT as u32)).map_err(driver)
    }

    /// Reads a slot's record.
    fn examine(&mut self, slot: usize) {
        let mut bytes = [0; Record::BYTES];
        let found = match self.flash.read(Self::offset(slot), &mut bytes) {
            Ok(()) => Record::decode(&bytes),
            Err(_) => None,
        };
        let mut usable = None;
        if let Some((record, architecture, parameters)) = found {
            // One of another firmware's network counts for the generation all the same.
            self.generation = self.generation.max(record.generation);
            let ours = architecture == self.architecture && parameters == P as u32;
            usable = ours.then_some(record);
        }
        if let Some(place) = self.records.get_mut(slot) {
            *place = usable;
        }
    }

    /// Reads a slot's weights one by one. Returns the CRC-32 of their bytes.
    fn read(&mut self, slot: usize, mut each: impl FnMut(f32)) -> Result<u32, StoreError> {
        let mut checksum = Checksum::new();
        let mut offset = Self::offset(slot).saturating_add(Record::BYTES as u32);
        let mut left = P;
        while left > 0 {
            let mut bytes = [[0; 4]; CHUNK];
            self.flash.read(offset, bytes.as_flattened_mut()).map_err(driver)?;
            for bytes in bytes.iter().take(left) {
                checksum.update(bytes);
                each(f32::from_le_bytes(*bytes));
            }
            offset = offset.saturating_add(size_of_val(&bytes) as u32);
            left = left.saturating_sub(CHUNK);
        }
        Ok(checksum.value())
    }
}
