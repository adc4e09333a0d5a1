//! What the demo is to do.

use std::path::PathBuf;

use trimpot_host::board::BoardAddress;

/// Which board the demo runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// `trimpot-tuner` in this process.
    Simulated,
    /// The firmware in QEMU.
    Qemu,
    /// A board on this serial port.
    Serial(PathBuf),
}

impl std::str::FromStr for Choice {
    type Err = std::convert::Infallible;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(match name {
            "simulated" => Choice::Simulated,
            "qemu" => Choice::Qemu,
            device => Choice::Serial(device.into()),
        })
    }
}

/// What the demo is to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The board.
    pub board: Choice,
    /// The randomness of training, and of which digits are learned.
    pub seed: u32,
    /// How many digits the board learns from.
    pub samples: usize,
    /// The folder of the data sets.
    pub data: PathBuf,
    /// The firmware for QEMU.
    pub firmware: PathBuf,
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
        match &self.board {
            Choice::Simulated => BoardAddress::Simulated { flash },
            Choice::Qemu => BoardAddress::Qemu { firmware: self.firmware.clone(), flash },
            Choice::Serial(device) => BoardAddress::Serial { device: device.clone() },
        }
    }
}
