//! Why the demo cannot go on.

use std::io;
use std::path::{Path, PathBuf};

use trimpot::ParameterError;
use trimpot_host::board::BoardError;
use trimpot_host::dataset::{DataError, DatasetError};
use trimpot_host::train::TrainError;
use trimpot_model::file::ModelError;

use crate::terminal::counted;

/// Why the demo could not go on.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A data set cannot be read.
    #[error("{0} (the data sets are in the project's folder data/; --data says where that is)")]
    Data(#[from] DataError),
    /// A data set is not of digits.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// So many samples leave none to test with.
    #[error("--samples {samples}: of {all} digits at most {most} can be learned from")]
    Samples {
        /// What was asked for.
        samples: usize,
        /// All digits.
        all: usize,
        /// How many can be learned from.
        most: usize,
    },
    /// A setting is out of range.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// Training failed.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The model file cannot be written.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The board fails.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// The board is in the middle of something.
    #[error("the board has learned {} already: restart it first", counted(*learned, "sample"))]
    InUse {
        /// Samples in its replay buffer.
        learned: u32,
    },
    /// The board would not store what it learned.
    #[error(
        "the board rejected what it learned: mean loss {loss} on {}, {tolerated} is tolerated",
        counted(*samples, "sample")
    )]
    Rejected {
        /// The mean loss that is tolerated.
        tolerated: f32,
        /// That of the learned weights.
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

impl DemoError {
    /// Returns what becomes of the system's error when this file or folder cannot be written.
    pub(super) fn writing(path: &Path) -> impl FnOnce(io::Error) -> DemoError + use<> {
        let path = path.to_owned();
        move |source| DemoError::Write { path, source }
    }
}
