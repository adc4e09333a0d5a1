//! Which board, and where.

use std::fmt;
use std::path::PathBuf;

use trimpot_link::client::ClientError;
use trimpot_link::port::PortError;

use super::error::BoardError;
use super::port::PortFailure;
use super::{flash, qemu, simulated};

/// Which board, and where its weights are stored.
#[derive(Clone, Debug, PartialEq)]
pub enum BoardAddress {
    /// `trimpot-tuner` in this process, with any network.
    Simulated {
        /// The file that plays the part of the flash memory; made when it is missing.
        flash: PathBuf,
    },
    /// The same, with a flash memory that is gone with the board: erased at every boot.
    Forgetful,
    /// The firmware of the MPS2 board in QEMU.
    Qemu {
        /// The program, as `cargo xtask firmware` builds it.
        firmware: PathBuf,
        /// The file that plays the part of the flash memory; made when it is missing.
        flash: PathBuf,
    },
    /// A board on a serial port.
    Serial {
        /// The device, such as `/dev/ttyACM0`.
        device: PathBuf,
    },
}

impl fmt::Display for BoardAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BoardAddress::Simulated { .. } | BoardAddress::Forgetful => {
                write!(f, "simulated board")
            }
            BoardAddress::Qemu { .. } => write!(f, "firmware in QEMU (mps2-an386, Cortex-M4F)"),
            BoardAddress::Serial { device } => write!(f, "board at {}", device.display()),
        }
    }
}

impl BoardAddress {
    /// Erases the flash memory, if it is a file.
    ///
    /// # Errors
    /// If the file cannot be removed, or the board is a real one.
    pub fn erase(&self) -> Result<(), BoardError> {
        match self {
            BoardAddress::Simulated { flash } => flash::erase(flash, simulated::FLASH_BYTES.into()),
            BoardAddress::Qemu { flash, .. } => flash::erase(flash, qemu::FLASH_BYTES),
            BoardAddress::Forgetful | BoardAddress::Serial { .. } => Ok(()),
        }
    }

    /// Returns why the board has not done what it was asked.
    pub(super) fn failure(&self, error: ClientError<PortFailure>) -> BoardError {
        let board = self.to_string();
        match error {
            ClientError::Port(PortError::Failed(failure)) => {
                BoardError::Silent { board, reason: failure.to_string() }
            }
            ClientError::Port(PortError::Closed) => BoardError::Gone,
            ClientError::TooLong(error) => BoardError::TooLong(error),
            ClientError::Version { expected, found } => BoardError::Protocol { expected, found },
            ClientError::Answer(error) => BoardError::Answer { board, error },
            ClientError::Refused(error) => BoardError::Refused(error),
            ClientError::Unread(error) => BoardError::Unread { board, error },
        }
    }
}
