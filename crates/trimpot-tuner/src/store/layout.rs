//! Where slots are.

use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;

use super::area::CHUNK;
use super::record::{Kind, Record};

/// Three slots for the factory, then three for commits: one for the newest, one for the next, and
/// one more, so that a slot that fails, or may hide something, can be done without.
pub const SLOTS: usize = 2 * FACTORY;
const FACTORY: usize = 3;

/// The sizes of slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    factory_image: u32,
    commit_image: u32,
    /// Bytes of an erase page.
    page: u32,
}

impl Layout {
    /// Returns the layout for images of these many bytes in the flash memory `F`.
    pub const fn new<F: NorFlash>(factory_image: u32, commit_image: u32) -> Self {
        const {
            let record = Record::BYTES;
            assert!(
                F::READ_SIZE > 0 && record.is_multiple_of(F::READ_SIZE),
                "the flash is read in units of up to 64 bytes, a power of two"
            );
            assert!(
                F::WRITE_SIZE > 0 && record.is_multiple_of(F::WRITE_SIZE),
                "the flash is written in units of up to 64 bytes, a power of two"
            );
            assert!(F::ERASE_SIZE >= record, "an erase page has at least 64 bytes");
        };
        Layout { factory_image, commit_image, page: F::ERASE_SIZE as u32 }
    }

    /// Bytes of all slots.
    pub const fn bytes(self) -> u32 {
        self.offset(SLOTS)
    }

    /// Bytes of an erase page.
    pub const fn page(self) -> u32 {
        self.page
    }

    /// Returns the slots that are for this kind of record.
    pub const fn slots(kind: Kind) -> Range<usize> {
        match kind {
            Kind::Factory => 0..FACTORY,
            Kind::Formatted | Kind::Commit | Kind::Reset => FACTORY..SLOTS,
        }
    }

    /// Bytes of the image that a record of this kind has.
    pub const fn image_bytes(self, kind: Kind) -> u32 {
        match kind {
            Kind::Factory => self.factory_image,
            Kind::Commit => self.commit_image,
            Kind::Formatted | Kind::Reset => 0,
        }
    }

    /// Returns where a slot begins.
    pub const fn offset(self, slot: usize) -> u32 {
        let (factory, commit) = (self.size(0), self.size(FACTORY));
        if slot < FACTORY {
            factory.saturating_mul(slot as u32)
        } else {
            let commits = commit.saturating_mul(slot.saturating_sub(FACTORY) as u32);
            factory.saturating_mul(FACTORY as u32).saturating_add(commits)
        }
    }

    /// Returns where a slot's image begins.
    pub const fn image(self, slot: usize) -> u32 {
        self.offset(slot).saturating_add(Record::BYTES as u32)
    }

    /// Bytes of a slot: whole pages.
    pub const fn size(self, slot: usize) -> u32 {
        let image = if slot < FACTORY { self.factory_image } else { self.commit_image };
        let chunks = image.div_ceil(CHUNK as u32).saturating_mul(CHUNK as u32);
        let used = chunks.saturating_add(Record::BYTES as u32);
        // Checked: a division by what the compiler does not know would bring a panic.
        match used.checked_next_multiple_of(self.page) {
            Some(size) => size,
            None => u32::MAX,
        }
    }
}
