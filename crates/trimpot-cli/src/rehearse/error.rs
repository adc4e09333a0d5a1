//! Why there is no rehearsal.

use std::io;
use std::path::PathBuf;

use trimpot_host::rehearsal::RehearsalError;

use crate::model::UseError;
use crate::plan::PlanError;
use crate::train::FitError;

/// Why a rehearsal does not end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RehearseError {
    /// Options do not go together, or not with the data.
    #[error("{0}")]
    Options(String),
    /// What --retrain is given are no options of `trimpot train`.
    #[error("--retrain takes options of `trimpot train`: {0}")]
    Words(clap::Error),
    /// The model cannot be used on the data.
    #[error(transparent)]
    Use(#[from] UseError),
    /// A model cannot be trained.
    #[error("--retrain: {0}")]
    Fit(#[from] FitError),
    /// A board cannot learn the model.
    #[error("{whose}: {source}")]
    Rehearsal {
        /// Of whom the samples are.
        whose: String,
        /// Why.
        source: RehearsalError,
    },
    /// What it costs cannot be planned.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The page cannot be written.
    #[error("cannot write {}: {source}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Somebody stopped it.
    #[error("interrupted: {done} of {all} are rehearsed")]
    Interrupted {
        /// How many values are rehearsed.
        done: usize,
        /// How many there are.
        all: usize,
    },
}

impl RehearseError {
    /// Returns whether somebody stopped it (Ctrl-C, SIGTERM).
    #[must_use]
    pub fn is_interruption(&self) -> bool {
        matches!(self, RehearseError::Interrupted { .. })
    }

    /// Returns whether the arguments are wrong.
    #[must_use]
    pub fn is_of_arguments(&self) -> bool {
        match self {
            RehearseError::Words(_) => true,
            RehearseError::Fit(error) => error.is_of_arguments(),
            _ => false,
        }
    }
}
