//! Why `trimpot train` does not end with a trained network.

use std::io;
use std::path::PathBuf;

use trimpot::ParameterError;
use trimpot_host::augmentation::AugmentationError;
use trimpot_host::dataset::DataError;
use trimpot_host::dyn_model::DetectorError;
use trimpot_host::loss::LossError;
use trimpot_host::train::TrainError;
use trimpot_host::train::checkpoint::CheckpointError;
use trimpot_model::file::ModelError;
use trimpot_model::memory::NotEnough;

use crate::advice;
use crate::front_end::FrontEndError;
use crate::terminal::counted;

/// Why there is no trained network.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// Options do not go together.
    #[error("{0}")]
    Options(String),
    /// A setting is out of range.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// The data cannot be had.
    #[error("{}", advice::of_data(.0))]
    Data(#[from] DataError),
    /// The loss cannot be had, or is not for the network and its samples.
    #[error("{}", advice::of_loss(.0))]
    Loss(#[from] LossError),
    /// The network cannot detect anomalies.
    #[error("--task anomalies: {0}; 12-8-12, say, gives back 12 features")]
    Reconstruction(#[from] DetectorError),
    /// Samples cannot be augmented so.
    #[error("--augment: {0}")]
    Augmentation(#[from] AugmentationError),
    /// Training ended early.
    #[error("{source}; {saved}")]
    Train {
        /// Why.
        source: TrainError,
        /// Where which weights are.
        saved: String,
    },
    /// Training ended as it should, but not all that was to be written is.
    #[error("{}; {saved}", what.join("; "))]
    Unwritten {
        /// Which files are not written, and why.
        what: Vec<String>,
        /// Where which weights are.
        saved: String,
    },
    /// The network or its training is larger than the machine's memory.
    #[error("--network has {}: {source}", counted(*parameters, "parameter"))]
    Memory {
        /// How many parameters they have.
        parameters: u64,
        /// How much memory is needed.
        source: NotEnough,
    },
    /// There is no going on.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A model cannot be read or written.
    #[error("{}", advice::of_model(.0))]
    Model(#[from] ModelError),
    /// A file cannot be written, which was found before training.
    #[error("cannot write {option} {}: {source}", file.display())]
    Write {
        /// The option that names it.
        option: &'static str,
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Threads cannot be had.
    #[error("threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

impl From<FrontEndError> for FitError {
    fn from(error: FrontEndError) -> Self {
        match error {
            FrontEndError::Options(what) => FitError::Options(what),
            FrontEndError::Data(error) => FitError::Data(error),
        }
    }
}

impl FitError {
    /// Returns whether somebody stopped it (Ctrl-C, SIGTERM).
    #[must_use]
    pub fn is_interruption(&self) -> bool {
        matches!(self, FitError::Train { source: TrainError::Interrupted { .. }, .. })
    }

    /// Returns whether the arguments are wrong, whatever the data and the model are.
    #[must_use]
    pub fn is_of_arguments(&self) -> bool {
        matches!(self, FitError::Parameter(_))
    }
}
