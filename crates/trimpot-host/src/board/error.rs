//! What can go wrong with a board.

use std::path::PathBuf;

use trimpot_link::frame::TooSmall;
use trimpot_tuner::StartError;

use crate::dataset::DatasetError;
use crate::loss::LossError;
use crate::problem::counted;

/// Why a board did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// Samples are of another kind than the board's network takes.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The board does not answer.
    #[error("no answer from the {board}: {reason}")]
    Silent {
        /// Which board.
        board: String,
        /// How that shows.
        reason: String,
    },
    /// The other end of the link is gone.
    #[error("the board has closed the link")]
    Gone,
    /// The request is longer than a frame.
    #[error("the request was not sent: {0}")]
    TooLong(TooSmall),
    /// The answer is damaged.
    #[error("the answer of the {board} is unreadable: {error}")]
    Answer {
        /// Which board.
        board: String,
        /// What is wrong with it.
        error: trimpot_link::Error,
    },
    /// The board refuses.
    #[error("the board refused the request: {0}")]
    Refused(trimpot_link::Error),
    /// The request came damaged: the board did not do it.
    #[error("the {board} could not read the request: {error}")]
    Unread {
        /// Which board.
        board: String,
        /// What is wrong with it.
        error: trimpot_link::Error,
    },
    /// The answer is one to another request.
    #[error("the board answered {asked} with something else")]
    Unexpected {
        /// What it was asked.
        asked: &'static str,
    },
    /// The board speaks another version of the protocol.
    #[error("the board speaks version {found} of the protocol, this program version {expected}")]
    Protocol {
        /// Our version.
        expected: u16,
        /// The board's.
        found: u16,
    },
    /// The board runs another network.
    #[error(
        "the {board} runs network {found:08x} ({}, {}, {}), which is not {network} (network {expected:08x})",
        counted(*inputs as usize, "feature"),
        counted(*outputs as usize, "output"),
        counted(*parameters as usize, "parameter")
    )]
    Architecture {
        /// Which board.
        board: String,
        /// The layers that were expected.
        network: String,
        /// Their fingerprint.
        expected: u32,
        /// That of the board's.
        found: u32,
        /// The features of the board's.
        inputs: u32,
        /// Its outputs.
        outputs: u32,
        /// Its parameters.
        parameters: u32,
    },
    /// A model cannot be sent to a board.
    #[error("a board cannot take {network}: {reason}")]
    Network {
        /// Its layers.
        network: String,
        /// Why not.
        reason: String,
    },
    /// No board learns what a model is for by its loss.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// What the board says of its network makes no model.
    #[error("the network of the {board} cannot be read: {reason}")]
    Model {
        /// Which board.
        board: String,
        /// Why not.
        reason: String,
    },
    /// The file that plays the part of the flash memory cannot be used.
    #[error("flash file {}: {source}", file.display())]
    Flash {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file that plays the part of the flash memory is in use.
    #[error(
        "flash file {} is in use: another command runs this board, which does one thing at a time",
        file.display()
    )]
    Busy {
        /// The file.
        file: PathBuf,
    },
    /// The file that plays the part of the flash memory has another size.
    #[error(
        "flash file {} has {}, but must have {expected}", file.display(), counted(*found as usize, "byte")
    )]
    FlashSize {
        /// The file.
        file: PathBuf,
        /// The size it must have.
        expected: u64,
        /// The size it has.
        found: u64,
    },
    /// The simulated board does not start.
    #[error("the simulated board does not start: {0}")]
    Boot(StartError),
    /// The firmware is not there.
    #[error("there is no firmware at {}: `cargo xtask firmware` builds it", file.display())]
    NoFirmware {
        /// Where it should be.
        file: PathBuf,
    },
    /// The logs of the emulated board cannot be written.
    #[error("cannot write {}: {source}", file.display())]
    Log {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// This system has no Unix sockets.
    #[error("the board in QEMU is reached over a Unix socket, which this system lacks")]
    NoSockets,
    /// QEMU cannot be started.
    #[error("cannot start {program}: {source} (Debian and Ubuntu: apt install qemu-system-arm)")]
    NoEmulator {
        /// The program.
        program: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
    /// QEMU ended.
    #[error("QEMU ended ({status}): {message}")]
    EmulatorEnded {
        /// How.
        status: String,
        /// What it said.
        message: String,
    },
    /// A file or socket that the emulator needs cannot be made.
    #[error("cannot prepare the emulator: {0}")]
    Emulator(std::io::Error),
    /// The serial port cannot be opened.
    #[error("cannot open serial port {}: {source}", device.display())]
    Serial {
        /// The device.
        device: PathBuf,
        /// What the driver says.
        source: std::io::Error,
    },
}
