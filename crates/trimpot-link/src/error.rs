//! Why a request was refused.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::Task;

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Error {
    /// The frame, or the answer, is longer than the board's buffer.
    TooLong {
        /// The bytes that fit.
        capacity: u32,
    },
    /// The frame is damaged: encoding, checksum or format.
    Damaged,
    /// The frame is of another version of the protocol.
    Version {
        /// The version of who reads it.
        expected: u16,
        /// The version of the frame.
        found: u16,
    },
    /// The request is not the next one.
    Sequence {
        /// The number that was expected.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// The sample has the wrong number of features.
    Features {
        /// The number that was expected.
        expected: u32,
        /// The number that came.
        found: u32,
    },
    /// The target, or the request, belongs to another task than the board's.
    Task {
        /// What the board learns.
        expected: Task,
        /// What was asked for.
        found: Task,
    },
    /// There is no such class.
    Label {
        /// How many classes there are.
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
    /// There are no such parameters.
    Range {
        /// How many parameters there are.
        parameters: u32,
        /// The one past the last that was named.
        end: u32,
    },
    /// Nothing was installed or committed that one could return to.
    NothingStored,
    /// The factory's parameters are damaged, so there is no return to them. Nothing has changed.
    FactoryDamaged,
    /// There are no samples to judge the parameters by, neither held out nor replayed; none of the
    /// factory, where the board demands these, as one whose network is data does.
    NothingToJudgeBy,
    /// The buffer for samples of this class is full.
    Full {
        /// How many fit.
        capacity: u32,
    },
    /// The flash memory failed. Nothing has changed, neither there nor in memory. But if it was the
    /// last step that failed, and could not be undone, the next boot may show what was to be
    /// stored.
    Flash,
    /// The flash memory failed while the parameters were compared with those stored. What it stores
    /// has not changed and is in memory now; the samples learned since are forgotten.
    CandidateLost,
    /// The board has no network yet: a model is to be installed first.
    NoModel,
    /// The network is firmware: no other can be installed.
    FixedModel,
    /// The bytes of a model are not the next ones, or do not end with a block.
    ModelBytes {
        /// How many were written.
        written: u32,
    },
    /// The model is longer than its place in flash memory.
    ModelTooLong {
        /// Bytes that fit.
        capacity: u32,
    },
    /// The bytes that were written do not have the checksum, or are no model.
    ModelDamaged,
    /// The model's loss is none of the board's, or not one of what the model is for, or has a
    /// setting that is missing, too many, or out of its range.
    ModelLoss {
        /// What the model is for.
        task: Task,
    },
    /// The model's optimizer is none of the board's, or has a setting that is missing, too many,
    /// or out of its range; or its learning rate or its number of replays is.
    ModelOptimizer,
    /// The network has too few outputs for the model's loss; or, as an autoencoder, another number
    /// than there is of what they are compared with: latents, where the network begins with frozen
    /// layers and these are kept, else features.
    ModelOutputs {
        /// How many are needed.
        needed: u32,
        /// How many there are.
        available: u32,
    },
    /// The model has too many layers.
    Layers {
        /// How many there are at most.
        capacity: u32,
    },
    /// The model does not fit into memory.
    Memory {
        /// Bytes that are needed.
        needed: u32,
        /// Bytes that there are.
        available: u32,
    },
    /// What the model learns does not fit into flash memory.
    Storage {
        /// Bytes that are needed.
        needed: u32,
        /// Bytes that there are.
        available: u32,
    },
    /// What was stored last cannot be read. The parameters in memory are older ones that are
    /// stored, or initial ones: the generation in the description, 0 for initial ones, tells which.
    /// The samples learned since parameters were last stored are forgotten. Asking again tries to
    /// read again.
    StoredLost,
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
        /// The largest score of a normal sample; infinite before calibration.
        threshold: f32,
    },
    /// Embeddings cannot be learned before their centre is known: the board has to be calibrated.
    NotCalibrated,
    /// A sample is being learned, which was begun on the device itself.
    Learning,
    /// A number of the model is infinite or not a number, or what was learned beside the parameters
    /// cannot be what it is for.
    ModelNumber {
        /// The part of the model that it is in.
        part: ModelPart,
        /// Which one of them, from 0.
        index: u32,
    },
}

/// The numbers of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ModelPart {
    /// What training does not change: statistics, and numbers of frozen layers.
    Constants,
    /// What is trained.
    Parameters,
    /// What was learned beside them, such as a threshold.
    State,
}

impl fmt::Display for ModelPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ModelPart::Constants => "constant",
            ModelPart::Parameters => "parameter",
            ModelPart::State => "number of the state",
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Error::TooLong { capacity } => write!(f, "the frame is longer than {capacity} bytes"),
            Error::Damaged => write!(f, "the frame is damaged"),
            Error::Version { expected, found } => {
                write!(
                    f,
                    "the frame is of version {found} of the protocol, {expected} was expected"
                )
            }
            Error::Sequence { expected, found } => {
                write!(f, "request number {expected} was expected, {found} came")
            }
            Error::Features { expected, found } => {
                write!(f, "a sample has {expected} features, {found} came")
            }
            Error::Task { expected, found } => {
                write!(f, "the board learns {expected}, not {found}")
            }
            Error::Label { classes, found } => {
                write!(
                    f,
                    "there is no class {found}, the last of {classes} is {}",
                    classes.saturating_sub(1)
                )
            }
            Error::NotFinite { index } => write!(f, "number {index} is not finite"),
            Error::OutOfRange { feature } => {
                write!(
                    f,
                    "feature {feature} is outside of the range that the network was trained on"
                )
            }
            Error::NoRange => write!(f, "the range of the features is not known yet"),
            Error::RangeInUse => {
                write!(f, "the range of the features is in use by pinned or held-out samples")
            }
            Error::Range { parameters, end } => {
                write!(f, "there are {parameters} parameters, the request goes up to {end}")
            }
            Error::Learning => write!(f, "a sample is being learned"),
            Error::NothingStored => write!(f, "nothing was installed or committed to return to"),
            Error::FactoryDamaged => write!(f, "the factory's parameters are damaged"),
            Error::NothingToJudgeBy => {
                write!(f, "there are no samples to judge the parameters by")
            }
            Error::Full { capacity } => {
                write!(f, "there are {capacity} samples of this class already, and no more fit")
            }
            Error::Flash => write!(f, "the flash memory failed"),
            Error::CandidateLost => {
                write!(f, "the flash memory failed, and the board has returned to what is stored")
            }
            Error::NoModel => write!(f, "the board has no network yet"),
            Error::FixedModel => write!(f, "the network is firmware, no other can be installed"),
            Error::ModelBytes { written } => {
                write!(f, "of the model {written} bytes were written, these are not the next")
            }
            Error::ModelTooLong { capacity } => {
                write!(f, "the model does not fit into {capacity} bytes of flash memory")
            }
            Error::ModelDamaged => write!(f, "the model is damaged, or is none"),
            Error::ModelLoss { task } => {
                write!(f, "the model's loss is none that the board learns {task} by")
            }
            Error::ModelOptimizer => write!(
                f,
                "the board cannot learn by the model's optimizer, or with so large a learning rate, or so many replays"
            ),
            Error::ModelOutputs { needed, available } => {
                write!(f, "the model needs {needed} outputs, the network has {available}")
            }
            Error::Layers { capacity } => write!(f, "the model has more than {capacity} layers"),
            Error::Memory { needed, available } => {
                write!(f, "the model needs {needed} bytes of memory, there are {available}")
            }
            Error::Storage { needed, available } => write!(
                f,
                "what the model learns needs {needed} bytes of flash memory, there are {available}"
            ),
            Error::StoredLost => {
                write!(
                    f,
                    "what was stored last cannot be read, the board has older or initial parameters now"
                )
            }
            Error::Values { expected, found } => {
                write!(f, "a target has {expected} numbers, {found} came")
            }
            Error::Anomalous { score, threshold } => {
                write!(
                    f,
                    "an anomalous sample is not learned: its score is {score}, the threshold {threshold}"
                )
            }
            Error::ModelNumber { part, index } => {
                write!(f, "{part} {index} of the model is not finite, or out of its range")
            }
            Error::NotCalibrated => {
                write!(f, "the centre of normal samples is not known before calibration")
            }
        }
    }
}

impl core::error::Error for Error {}
