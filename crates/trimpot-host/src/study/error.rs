//! Why there is no study.

use std::io;
use std::path::PathBuf;

use trimpot::ParameterError;
use trimpot::spec::SpecError;
use trimpot_model::architecture::ArchitectureError;
use trimpot_model::plan::TooFewLayers;
use trimpot_tuner::{ModelError, StartError};

use super::kind::Kind;
use crate::augmentation::AugmentationError;
use crate::dataset::DatasetError;
use crate::loss::LossError;

/// A recipe cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// The text is no network.
    #[error(transparent)]
    Architecture(#[from] ArchitectureError),
    /// What is between layers does not go with them.
    #[error("{0}")]
    Network(String),
    /// The layers make no network.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The loss cannot be had.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// There is no optimizer of this name.
    #[error("there is no optimizer {0}")]
    Optimizer(&'static str),
    /// Samples are not what the augmentation is for.
    #[error(transparent)]
    Augmentation(#[from] AugmentationError),
    /// A setting is out of range.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// Layers of the factory's network cannot be frozen.
    #[error(transparent)]
    Trained(#[from] TooFewLayers),
    /// Samples have no classes.
    #[error(transparent)]
    Samples(#[from] DatasetError),
    /// There is no factory whose networks could be taught.
    #[error("a lesson is for samples of a new sensor, and there is no factory with an old one")]
    NoFactory,
    /// The factory's network cannot run on a board.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A board does not start.
    #[error("the board does not start: {0}")]
    Start(#[from] StartError),
    /// A board refuses something.
    #[error("the board refuses: {0}")]
    Board(#[from] trimpot_tuner::Error),
    /// The network is not for the samples.
    #[error(
        "the network takes {takes} numbers and gives {gives}, but samples have {features} and are of {kind}"
    )]
    Shape {
        /// How many numbers it takes.
        takes: usize,
        /// How many it gives.
        gives: usize,
        /// How many features a sample has.
        features: usize,
        /// What is to be predicted.
        kind: Kind,
    },
}

/// A study cannot be made, or not be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// A level cannot be trained.
    #[error("{experiment}, {level}: {source}")]
    Recipe {
        /// The experiment.
        experiment: String,
        /// The level.
        level: String,
        /// What is wrong with it.
        source: RecipeError,
    },
    /// A file of runs cannot be read or written.
    #[error("{}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is no file of runs, or one of another study.
    #[error("{}: {what}", file.display())]
    Runs {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Somebody stopped it.
    #[error("the study was stopped; what is done is kept")]
    Stopped,
    /// Threads cannot be had.
    #[error("threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}
