//! Why a tuner did not do something.

use core::fmt;

use crate::TaskKind;
use crate::store::{OpenError, StoreError};

/// Why a [`Tuner`](crate::Tuner) did not do what it was told. Nothing has changed, unless the error
/// says so.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Error {
    /// The sample has the wrong number of features.
    Features {
        /// The number that was expected.
        expected: u32,
        /// The number that came.
        found: u32,
    },
    /// The target has the wrong number of numbers.
    Values {
        /// The number that was expected.
        expected: u32,
        /// The number that came.
        found: u32,
    },
    /// The sample is anomalous, or known to be: it is not learned.
    Anomalous {
        /// Its score.
        score: f32,
        /// What is normal; infinite before calibration.
        threshold: f32,
    },
    /// Embeddings cannot be learned before their centre is known.
    NotCalibrated,
    /// The target belongs to another task.
    Task {
        /// What is learned.
        expected: TaskKind,
        /// What the target belongs to.
        found: TaskKind,
    },
    /// There is no such class.
    Label {
        /// How many classes there are: how many are in use.
        classes: u32,
        /// The class that came.
        found: u32,
    },
    /// A number is infinite or not a number.
    NotFinite {
        /// Which one.
        index: u32,
    },
    /// A feature is outside of the range that the network was trained on: at all, if the sample is
    /// to be pinned or held out; far outside, if it is to be learned.
    OutOfRange {
        /// Which feature, from 0.
        feature: u32,
    },
    /// Samples cannot be pinned or held out before the range of the features is known.
    NoRange,
    /// The range of the features cannot be widened while there are pinned or held-out samples,
    /// which are stored as shares of it.
    RangeInUse,
    /// A sample is being learned: [`Tuner::work`](crate::Tuner::work) goes on with it.
    Learning,
    /// There are no such parameters.
    Range {
        /// How many parameters there are.
        parameters: u32,
        /// The one past the last that was named.
        end: u32,
    },
    /// Nothing was installed or committed that one could return to.
    NothingStored,
    /// The factory's parameters are damaged, so there is no return to them.
    FactoryDamaged,
    /// There are no samples to judge the parameters by, neither held out nor replayed; none of the
    /// factory, where [these are demanded](crate::Settings::with_factory_judges).
    NothingToJudgeBy,
    /// The buffer for samples of this class is full.
    Full {
        /// How many fit.
        capacity: u32,
    },
    /// The flash memory failed. If it was the last step that failed, and could not be undone, the
    /// next boot may show what was to be stored.
    Flash(StoreError),
    /// What is stored cannot be read, so nothing is known that new parameters could be measured
    /// against. It may be read again later.
    StoredUnreadable,
    /// The flash memory failed while the parameters were compared with those stored. What it stores
    /// has not changed and is in memory now; the samples learned since are forgotten.
    CandidateLost,
    /// What was stored last cannot be read. The parameters in memory are older ones that are
    /// stored, or initial ones: the generation in the description, 0 for initial ones, tells which.
    /// The samples learned since parameters were last stored are forgotten. The next attempt tries
    /// to read again.
    StoredLost,
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NothingStored => Error::NothingStored,
            StoreError::FactoryDamaged => Error::FactoryDamaged,
            StoreError::Flash(_) | StoreError::Unstable | StoreError::Mismatch => {
                Error::Flash(error)
            }
        }
    }
}

/// What a host is told.
impl From<Error> for trimpot_link::Error {
    fn from(error: Error) -> Self {
        use trimpot_link::Error as Wire;
        match error {
            Error::Features { expected, found } => Wire::Features { expected, found },
            Error::Task { expected, found } => Wire::Task { expected, found },
            Error::Label { classes, found } => Wire::Label { classes, found },
            Error::NotFinite { index } => Wire::NotFinite { index },
            Error::OutOfRange { feature } => Wire::OutOfRange { feature },
            Error::NoRange => Wire::NoRange,
            Error::RangeInUse => Wire::RangeInUse,
            Error::Range { parameters, end } => Wire::Range { parameters, end },
            Error::Learning => Wire::Learning,
            Error::NothingStored => Wire::NothingStored,
            Error::FactoryDamaged => Wire::FactoryDamaged,
            Error::NothingToJudgeBy => Wire::NothingToJudgeBy,
            Error::Full { capacity } => Wire::Full { capacity },
            Error::Values { expected, found } => Wire::Values { expected, found },
            Error::Anomalous { score, threshold } => Wire::Anomalous { score, threshold },
            Error::NotCalibrated => Wire::NotCalibrated,
            Error::Flash(_) | Error::StoredUnreadable => Wire::Flash,
            Error::CandidateLost => Wire::CandidateLost,
            Error::StoredLost => Wire::StoredLost,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Error::Flash(error) => error.fmt(f),
            Error::StoredUnreadable => {
                write!(f, "what is stored cannot be read, and new parameters not be measured by it")
            }
            error => trimpot_link::Error::from(error).fmt(f),
        }
    }
}

impl core::error::Error for Error {}

/// Why a tuner does not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum StartError {
    /// The memory has too few numbers.
    Values {
        /// How many are needed: [`Sizes::values`](crate::Sizes::values).
        needed: usize,
        /// How many there are.
        available: usize,
    },
    /// The memory has too few bytes beside the numbers.
    Bytes {
        /// How many are needed: [`Sizes::bytes`](crate::Sizes::bytes).
        needed: usize,
        /// How many there are.
        available: usize,
    },
    /// The loss of so few outputs is undefined.
    Outputs {
        /// How many it takes.
        needed: usize,
        /// How many the network has.
        available: usize,
    },
    /// What is stored cannot be opened.
    Store(OpenError),
}

impl From<OpenError> for StartError {
    fn from(error: OpenError) -> Self {
        StartError::Store(error)
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            StartError::Values { needed, available } => {
                write!(f, "the tuner needs {needed} numbers of memory, there are {available}")
            }
            StartError::Bytes { needed, available } => {
                write!(f, "the tuner needs {needed} bytes for samples, there are {available}")
            }
            StartError::Outputs { needed, available } => {
                write!(f, "the loss takes {needed} outputs, the network has {available}")
            }
            StartError::Store(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for StartError {}
