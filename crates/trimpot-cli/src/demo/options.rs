//! What the demo is to do.

use std::path::PathBuf;

use trimpot_host::board::BoardAddress;

use crate::address::BoardOptions;

/// What the demo is to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The board.
    pub board: BoardOptions,
    /// The randomness of training, and of which digits are learned.
    pub seed: u32,
    /// How many digits the board learns from.
    pub samples: usize,
    /// The folder of the data sets.
    pub data: PathBuf,
    /// The folder for the report, the model file and the flash memory.
    pub report: PathBuf,
}

impl Options {
    /// Returns where the factory's network goes.
    pub(super) fn model_file(&self) -> PathBuf {
        self.report.join("factory.safetensors")
    }

    /// Returns where the report goes.
    pub(super) fn report_file(&self) -> PathBuf {
        self.report.join("report.html")
    }

    /// Returns where the chosen board is.
    pub(super) fn address(&self) -> BoardAddress {
        let flash = self.report.join("flash.bin");
        self.board.address(flash)
    }
}
