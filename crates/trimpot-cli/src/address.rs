//! Options by which a board is chosen: those of all words that speak to one.

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use trimpot_host::board::BoardAddress;

/// Which board.
#[derive(Args, Clone, Debug, PartialEq)]
#[command(next_help_heading = "Board")]
pub struct BoardOptions {
    /// Which board: `simulated`, `qemu`, or the path of a serial port
    #[arg(long, global = true, default_value = "simulated", value_name = "BOARD")]
    pub board: Choice,
    /// Firmware for QEMU, as `cargo xtask firmware` builds it
    #[arg(
        long,
        global = true,
        default_value = "target/firmware/mps2-an386/tuner",
        value_name = "FILE"
    )]
    pub firmware: PathBuf,
}

/// Which kind of board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// `trimpot-tuner` in this process.
    Simulated,
    /// The firmware in QEMU.
    Qemu,
    /// A board on this serial port.
    Serial(PathBuf),
}

impl FromStr for Choice {
    type Err = Infallible;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(match name {
            "simulated" => Choice::Simulated,
            "qemu" => Choice::Qemu,
            device => Choice::Serial(device.into()),
        })
    }
}

impl BoardOptions {
    /// Returns where the board is, whose flash memory is this file, if it is not real.
    #[must_use]
    pub fn address(&self, flash: PathBuf) -> BoardAddress {
        match &self.board {
            Choice::Simulated => BoardAddress::Simulated { flash },
            Choice::Qemu => BoardAddress::Qemu { firmware: self.firmware.clone(), flash },
            Choice::Serial(device) => BoardAddress::Serial { device: device.clone() },
        }
    }
}
