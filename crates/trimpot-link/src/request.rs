//! What the host asks.

use serde::{Deserialize, Serialize};

#[cfg(doc)]
use crate::{Description, Error, MODEL_BLOCK, Response};
use crate::{Numbers, Target};

/// What the host can ask.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request<'a> {
    /// Who are you? Answered by [`Response::Description`].
    Describe,
    /// What is this? Answered by [`Response::Prediction`].
    Predict {
        /// The features of one sample.
        #[serde(borrow)]
        features: Numbers<'a>,
    },
    /// Learn that this is `target`. Answered by [`Response::Learned`].
    Learn {
        /// The features of one sample.
        features: Numbers<'a>,
        /// What it is.
        target: Target<'a>,
    },
    /// Widen the range of features that the network was trained on, so that it includes these: sent
    /// twice by the factory, with the smallest and the largest value of each feature. Samples
    /// outside of the range cannot be pinned or held out, and samples far outside of it are not
    /// learned. The range has to be known before the first sample, and stays while there are any.
    /// Stored by [`Request::Install`]. Answered by [`Response::Done`].
    Widen {
        /// A value of each feature.
        features: Numbers<'a>,
    },
    /// Pin this sample: replay it from now on, and never let learned samples push it out. A sample
    /// of what must not be forgotten. Stored by [`Request::Install`]. Answered by
    /// [`Response::Remembered`].
    Remember {
        /// The features of one sample.
        features: Numbers<'a>,
        /// What it is.
        target: Target<'a>,
    },
    /// Hold this sample out: never learn from it, and judge weights by it before they are
    /// committed. Stored by [`Request::Install`]. Answered by [`Response::Remembered`].
    HoldOut {
        /// The features of one sample.
        features: Numbers<'a>,
        /// What it is.
        target: Target<'a>,
    },
    /// Predict this, and count in the metrics how far that is from the target. Answered by
    /// [`Response::Prediction`].
    Evaluate {
        /// The features of one sample.
        features: Numbers<'a>,
        /// What it is.
        target: Target<'a>,
    },
    /// Forget the range of features and all samples in memory, so that others can be installed.
    /// What is stored stays. Answered by [`Response::Done`].
    ClearSamples,
    /// How is it going? Answered by [`Response::Metrics`].
    Metrics,
    /// Start counting anew. Answered by [`Response::Done`].
    ClearMetrics,
    /// Send parameters from number `at` on, `count` at most, exactly. Answered by
    /// [`Response::Parameters`].
    ReadParameters {
        /// The first parameter.
        at: u32,
        /// How many, at most.
        count: u32,
    },
    /// Send the network: layers, loss, what it is for and how it learns, as bytes from `at` on, as
    /// many as fit. Answered by [`Response::Network`].
    ReadNetwork {
        /// The first byte.
        at: u32,
    },
    /// Send constants, the numbers of the layers that are not trained, from number `at` on, `count`
    /// at most. Answered by [`Response::Constants`].
    ReadConstants {
        /// The first constant.
        at: u32,
        /// How many, at most.
        count: u32,
    },
    /// Overwrite parameters from number `at` on, in memory. Answered by [`Response::Done`].
    WriteParameters {
        /// The first parameter.
        at: u32,
        /// Their values.
        values: Numbers<'a>,
    },
    /// Store the parameters in memory as the factory's, with the range of features and the pinned
    /// and held-out samples: what [`Request::Reset`] returns to. Forgets earlier commits. Answered
    /// by [`Response::Committed`].
    Install,
    /// Store the parameters in memory, so that they survive a power cut, unless they do worse on
    /// the held-out samples than is tolerated: than the least loss that stored parameters have had
    /// on them. Without such samples the replayed ones are the judge, and where others judge than
    /// before, the parameters stored last and the factory's are what is compared with. Answered by
    /// [`Response::Committed`], [`Response::Rejected`], or [`Response::Unchanged`] if all of it is
    /// stored already; refused with [`Error::NothingToJudgeBy`] without samples to judge by, and
    /// with [`Error::CandidateLost`] or [`Error::StoredLost`] if the flash memory fails on the way,
    /// each of which says what is in memory.
    Commit,
    /// Return to the parameters that were stored last, and forget the samples that were learned
    /// since. Answered by [`Response::Done`], or refused with [`Error::StoredLost`] if they cannot
    /// be read.
    Rollback,
    /// Return to the factory's parameters, and forget commits and learned samples. Answered by
    /// [`Response::Done`], or refused with [`Error::FactoryDamaged`], or with [`Error::StoredLost`]
    /// if they cannot be read once commits are forgotten.
    Reset,
    /// Write bytes of another model to flash memory that is not in use, from its start on, one run
    /// after the other. All but the last are multiples of [`MODEL_BLOCK`](crate::MODEL_BLOCK).
    /// Until it is installed, nothing changes for the model that runs. For boards whose network is
    /// data: see [`Description::model_capacity`]. Answered by [`Response::Done`].
    WriteModel {
        /// The first byte: 0, or how many were written.
        at: u32,
        /// Bytes of the model.
        bytes: &'a [u8],
    },
    /// Run the model that was written from now on, with its parameters as the factory's: it is
    /// stored, and the one before is forgotten, with all samples and commits. The board has one or
    /// the other, whenever its power fails. Answered by [`Response::Done`], or refused, if the
    /// model is damaged, or is none, or needs more memory than there is: then the one before runs
    /// on.
    InstallModel {
        /// How many bytes were written.
        length: u32,
        /// Their CRC-32.
        checksum: u32,
    },
    /// Set the threshold of anomalies by the samples that judge commits. Answered by
    /// [`Response::Calibrated`].
    Calibrate,
    /// Send what was learned beside the parameters: how many classes are in use, where there may be
    /// more; the threshold of anomalies, infinite before calibration, and behind it the centre of
    /// outputs, if these are embeddings; nothing for other tasks. Answered by [`Response::State`].
    ReadState,
    /// Overwrite that, in memory: a threshold that was found elsewhere, say. Stored by
    /// [`Request::Commit`] and [`Request::Install`]. Answered by [`Response::Done`].
    WriteState {
        /// As many numbers as [`Request::ReadState`] is answered with.
        values: Numbers<'a>,
    },
}
