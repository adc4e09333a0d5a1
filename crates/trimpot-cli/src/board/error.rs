//! Why a board did not do what was asked.

use std::io;
use std::path::{Path, PathBuf};

use trimpot_host::board::BoardError;
use trimpot_host::dataset::DatasetError;
use trimpot_model::file::ModelError;
use trimpot_model::outputs::FixedOutputs;

use crate::advice;
use crate::model::UseError;
use crate::terminal::counted;

/// Why a board did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BoardCommandError {
    /// The model cannot be used, or the data cannot be had.
    #[error(transparent)]
    Use(#[from] UseError),
    /// A model file cannot be read or written.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Samples are of another kind than the board takes.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The board fails, or refuses.
    #[error("{}", advice::of_board(.0))]
    Board(#[from] BoardError),
    /// The board is not there, or has no network.
    #[error(
        "there is no network in {}: `trimpot board install MODEL DATA` installs one", file.display()
    )]
    NotInstalled {
        /// The flash memory.
        file: PathBuf,
    },
    /// The model on the board is damaged.
    #[error(
        "the model in the flash memory of the {board} is damaged in each of its copies: `trimpot board install \
         MODEL DATA` installs it again"
    )]
    DamagedModel {
        /// Which board.
        board: String,
    },
    /// The model on the board is intact, and does not run.
    #[error(
        "the {board} has a model in its flash memory, which cannot run on this firmware: `trimpot board install \
         MODEL DATA` installs another"
    )]
    UnableModel {
        /// Which board.
        board: String,
    },
    /// The board has initial parameters.
    #[error("the {board} has nothing installed for {network}: `trimpot board install` does it")]
    Blank {
        /// Which board.
        board: String,
        /// Its layers.
        network: String,
    },
    /// The names of classes that came after the model cannot be read.
    #[error("the names of the board's new classes cannot be read from {}: {reason}", file.display())]
    Names {
        /// The file.
        file: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The network has outputs of classes that are not in use, and cannot be without them.
    #[error("outputs of the board that are not in use: {source}")]
    Outputs {
        /// Why it cannot.
        source: FixedOutputs,
    },
    /// The board has no samples to judge a commit by.
    #[error(
        "the {board} has no samples by which it could judge a commit, and so stores none: the samples \
         that judge commits are not there, or damaged: `trimpot board install` stores them anew"
    )]
    Unjudged {
        /// Which board.
        board: String,
    },
    /// The board would not store what it learned.
    #[error(
        "the board has not stored what it learned, and has returned to what it had: the mean loss on \
         what commits are judged by, {}, is {loss}, {tolerated} is tolerated",
        counted(*samples, "sample")
    )]
    Rejected {
        /// The mean loss that is tolerated.
        tolerated: f32,
        /// That of the learned parameters.
        loss: f32,
        /// Samples that were the judge.
        samples: u32,
    },
    /// A file or folder cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl BoardCommandError {
    /// Returns what becomes of the system's error when this file or folder cannot be written.
    pub(super) fn writing(path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| BoardCommandError::Write { path, source }
    }
}
