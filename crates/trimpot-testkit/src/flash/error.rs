//! Why an operation failed.

use embedded_storage::nor_flash::{NorFlashError, NorFlashErrorKind};

/// Why an operation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlashError {
    /// The power is off.
    NoPower,
    /// A torn word, or a read that fails for another reason.
    Unreadable,
    /// The caller's fault.
    Kind(NorFlashErrorKind),
}

impl NorFlashError for FlashError {
    fn kind(&self) -> NorFlashErrorKind {
        match *self {
            FlashError::Kind(kind) => kind,
            FlashError::NoPower | FlashError::Unreadable => NorFlashErrorKind::Other,
        }
    }
}
