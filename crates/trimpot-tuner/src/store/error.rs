//! What can go wrong with a store.

use core::fmt;

use embedded_storage::nor_flash::NorFlashErrorKind;

/// What went wrong with the flash memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum StoreError {
    /// The driver's error.
    Flash(NorFlashErrorKind),
    /// What is read is different each time.
    Unstable,
    /// What was read is not what was written.
    Mismatch,
    /// Nothing was stored.
    NothingStored,
    /// All copies of the factory's image are damaged.
    FactoryDamaged,
}

/// Why a store cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum OpenError {
    /// The area is too small.
    TooSmall {
        /// Bytes that are needed.
        needed: u32,
        /// Bytes that there are.
        available: u32,
    },
    /// The area does not begin with an erase page.
    NotAligned {
        /// Where it begins.
        start: u32,
        /// Bytes of an erase page.
        page: u32,
    },
    /// The area goes beyond the flash memory.
    OutOfFlash {
        /// Where the area ends.
        end: u32,
        /// Bytes of the flash memory.
        capacity: u32,
    },
    /// The area holds something else: it is neither blank nor has a record of ours. Nothing was
    /// changed.
    Occupied {
        /// The first byte that is not blank, in the flash memory.
        offset: u32,
    },
    /// The area cannot be read or written.
    Flash(StoreError),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Flash(kind) => write!(f, "the flash memory's driver says: {kind:?}"),
            StoreError::Unstable => write!(f, "the flash memory reads differently each time"),
            StoreError::Mismatch => write!(f, "the flash memory does not hold what was written"),
            StoreError::NothingStored => write!(f, "nothing was stored"),
            StoreError::FactoryDamaged => write!(f, "the factory's image is damaged"),
        }
    }
}

impl core::error::Error for StoreError {}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            OpenError::TooSmall { needed, available } => write!(
                f,
                "the store needs {needed} bytes of flash memory, but its area has {available}"
            ),
            OpenError::NotAligned { start, page } => {
                write!(f, "the area begins at {start:#x}, which is no page of {page} bytes")
            }
            OpenError::OutOfFlash { end, capacity } => {
                write!(
                    f,
                    "the area ends at {end:#x}, beyond the {capacity} bytes of the flash memory"
                )
            }
            OpenError::Occupied { offset } => {
                write!(f, "the area is not the store's: there is something else at {offset:#x}")
            }
            OpenError::Flash(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for OpenError {}
