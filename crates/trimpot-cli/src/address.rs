//! Options by which a board is chosen: those of all words that speak to one.

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use trimpot_host::board::BoardAddress;
use trimpot_link::NumberFormat;

/// Which board.
#[derive(Args, Clone, Debug, PartialEq)]
#[command(next_help_heading = "Board")]
pub struct BoardOptions {
    /// Which board: `simulated`, `qemu`, or the path of a serial port
    #[arg(long, global = true, default_value = "simulated", value_name = "BOARD")]
    pub board: Choice,
    /// Firmware for QEMU, as `cargo xtask firmware` builds it: this one runs any model
    #[arg(
        long,
        global = true,
        default_value = "target/firmware/mps2-an386/device",
        value_name = "FILE"
    )]
    pub firmware: PathBuf,
    /// How features and parameters are sent: in 4, 2, 1 or 1 bytes each. f32 is exact, f16 has 11
    /// bits, i8 and u8 have 255 or 256 steps over the range of each sample, which is that of all its
    /// features together: they are for features of one unit. Models and pinned samples are exact
    /// always
    #[arg(long, global = true, value_enum, default_value_t = Numbers::F32, value_name = "FORMAT")]
    pub numbers: Numbers,
}

/// How numbers are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Numbers {
    /// `f32`, exact.
    F32,
    /// IEEE-754 binary16.
    F16,
    /// Whole numbers, symmetric about 0, with a scale.
    I8,
    /// Whole numbers with a scale and an offset.
    U8,
}

impl From<Numbers> for NumberFormat {
    fn from(numbers: Numbers) -> Self {
        match numbers {
            Numbers::F32 => NumberFormat::F32,
            Numbers::F16 => NumberFormat::F16,
            Numbers::I8 => NumberFormat::I8,
            Numbers::U8 => NumberFormat::U8,
        }
    }
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
