//! The messages.

use serde::{Deserialize, Serialize};

#[cfg(doc)]
use crate::Request;
use crate::{Error, Numbers, Task};

/// A message with its number.
///
/// The host numbers its requests upwards from [`Description::next`], and the board answers with the
/// number of the request. A request whose number is not the expected one was lost, repeated or
/// replayed: the board refuses it with [`Error::Sequence`] and changes nothing. The first number of
/// a boot is [`first_sequence`], so a frame that was recorded before a reboot has an old number.
/// [`Request::Describe`] is answered whatever its number; its answer says which number comes next.
///
/// A refused request does not take its number: the next one has it again. What cannot be read has
/// no number: it is answered with [`Response::Unreadable`], which is the answer to no request.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Packet<M> {
    /// The number of the request.
    pub sequence: u64,
    /// The request or response.
    pub message: M,
}

/// Returns the number of the first request after a boot: `session` · 2³², where `session` is a
/// number that no boot of the board repeats.
pub const fn first_sequence(session: u32) -> u64 {
    (session as u64) << u32::BITS
}

/// Where the parameters in memory came from at boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Origin {
    /// Nothing is stored that can be read: the parameters are initial ones.
    Blank,
    /// Those installed at the factory.
    Factory,
    /// Those of the last commit.
    Commit,
}

/// Who a board is, and how it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// A fingerprint of the network's layers and their sizes.
    pub architecture: u32,
    /// Features a sample.
    pub inputs: u32,
    /// What is learned.
    pub task: Task,
    /// Outputs of the network. Where [classes](Task::Classes) are learned, so many can be.
    pub outputs: u32,
    /// Classes in use: those that samples can be of. 0 for other tasks.
    pub classes: u32,
    /// Parameters of the network.
    pub parameters: u32,
    /// The version that the firmware's author gave the network.
    pub version: u32,
    /// The [`fingerprint`](crate::fingerprint) of the parameters in memory.
    pub fingerprint: u32,
    /// Where the parameters came from at boot.
    pub origin: Origin,
    /// The generation of the parameters in memory when they were last read or stored: each install
    /// and commit has a larger one than those before, by more than 1 if something in the flash
    /// memory cannot be read. 0 for initial parameters.
    pub generation: u32,
    /// Stored copies of parameters that were found damaged or unreadable since the boot.
    pub damaged: u32,
    /// Samples in memory.
    pub replay: ReplayCounts,
    /// Whether a commit stores the learned samples too, so that they are replayed after a reboot.
    pub stores_learned: bool,
    /// Bytes of memory for network, samples and a training step.
    pub ram: u32,
    /// Bytes of the longest frame that the board takes or sends.
    pub frame: u32,
    /// Bytes of the longest model that can be installed, where the network is data; 0, where it is
    /// firmware.
    pub model_capacity: u32,
    /// Copies of the model in flash memory, where the network is data.
    pub model_copies: ModelCopies,
    /// The number of the next request.
    pub next: u64,
}

/// Copies of a board's model in its flash memory, of which there are two once it runs; none, where
/// the network is firmware.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ModelCopies {
    /// Those that can be read, and have their checksum.
    pub intact: u8,
    /// Those that were damaged, or could not be read, when the board looked for its model, at boot
    /// or after the last installation; or were not what was copied to them. As long as one is
    /// intact, it runs. The other is written again, unless it may hold something newer, because it
    /// cannot be read or says so, or did not hold a copy before: then `intact` is 1 until a model is
    /// installed. Where none is intact, the board has no network until then.
    pub damaged: u8,
}

/// How many samples a board has in memory, and how many fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ReplayCounts {
    /// Pinned samples.
    pub pinned: u32,
    /// Samples that were learned last.
    pub learned: u32,
    /// Pinned and learned samples that fit.
    pub capacity: u32,
    /// Samples of each class that can be pinned, and that can be held out; of all, where there are
    /// no classes.
    pub pinned_capacity: u32,
    /// Samples that commits are judged by.
    pub held_out: u32,
}

impl ReplayCounts {
    /// Samples that are replayed: pinned and learned ones.
    pub const fn replayed(self) -> u32 {
        self.pinned.saturating_add(self.learned)
    }
}

/// What the board can answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Response<'a> {
    /// It is done.
    Done,
    /// Who the board is.
    Description(Description),
    /// What a sample is.
    Prediction {
        /// The class with the largest output, the first of equals. None if an output is infinite or
        /// not a number, or if outputs are no classes.
        class: Option<u32>,
        /// The network's outputs: logits of the classes in use, or the numbers that are predicted.
        #[serde(borrow)]
        outputs: Numbers<'a>,
    },
    /// The sample was learned.
    Learned {
        /// The sample's loss before the step.
        loss: f32,
        /// How many steps were taken, on this sample and on replayed ones.
        steps: u32,
        /// The steps led to something not finite. The board has returned to the parameters that
        /// were stored last, or to initial ones if none were, and forgotten the samples that were
        /// learned since. If those stored cannot be read, the answer is [`Error::StoredLost`]
        /// instead.
        rolled_back: bool,
    },
    /// The sample is in memory.
    Remembered {
        /// Samples of its kind, pinned or held out, of all classes.
        count: u32,
    },
    /// How it is going with classes, since the metrics were cleared.
    Metrics {
        /// Samples evaluated.
        samples: u32,
        /// Those that were right.
        correct: u32,
        /// F1 score, the mean over the classes that occur.
        macro_f1: f32,
        /// Samples learned.
        learned: u32,
        /// Mean loss of the learned samples, each before its step.
        mean_loss: f32,
        /// How often the board has returned to stored parameters by itself.
        rollbacks: u32,
    },
    /// Parameters of the network.
    Parameters {
        /// The first one's number.
        at: u32,
        /// Their values.
        values: Numbers<'a>,
    },
    /// Bytes of the network.
    Network {
        /// The first one's number.
        at: u32,
        /// How many there are in all.
        length: u32,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// Constants of the layers.
    Constants {
        /// The first one's number.
        at: u32,
        /// How many there are in all.
        count: u32,
        /// Their values.
        values: Numbers<'a>,
    },
    /// The parameters are stored.
    Committed {
        /// Their generation.
        generation: u32,
        /// Their fingerprint.
        fingerprint: u32,
    },
    /// The parameters do too badly. Those stored are back in memory, or initial ones if nothing is
    /// stored, and the samples that were learned since are forgotten. If those stored cannot be
    /// read, the answer is [`Error::StoredLost`] instead.
    Rejected {
        /// The mean loss that is tolerated, where no sample counts more than if the network knew
        /// nothing.
        tolerated: f32,
        /// That mean loss of the rejected parameters; infinite, if an output was not finite.
        loss: f32,
        /// Samples that were the judge.
        samples: u32,
    },
    /// The request was refused, and nothing has changed, unless the error says so.
    Refused(Error),
    /// A frame could not be read, and nothing has changed. The answer to no request: its number
    /// means nothing.
    Unreadable(Error),
    /// What the score of a sample says.
    Inspection {
        /// How far the network's outputs are from what they are compared with.
        score: f32,
        /// Whether that is above the threshold. None before calibration.
        is_anomalous: Option<bool>,
        /// Whether more than half of the last predictions were anomalous.
        alarm: bool,
    },
    /// The threshold of anomalies is set.
    Calibrated {
        /// What scores above it is anomalous.
        threshold: f32,
        /// Samples that it was set by.
        samples: u32,
        /// The mean of their scores.
        mean: f32,
        /// The standard deviation of their scores.
        deviation: f32,
    },
    /// How it is going with numbers, since the metrics were cleared. Each score is the mean over
    /// the outputs.
    ValueMetrics {
        /// Samples evaluated.
        samples: u32,
        /// Mean absolute error.
        mae: Option<f32>,
        /// Root of the mean squared error.
        rmse: Option<f32>,
        /// Coefficient of determination.
        r2: Option<f32>,
        /// Samples learned.
        learned: u32,
        /// Mean loss of the learned samples, each before its step.
        mean_loss: f32,
        /// How often the board has returned to stored parameters by itself.
        rollbacks: u32,
    },
    /// How it is going with anomalies, since the metrics were cleared.
    AnomalyMetrics {
        /// Samples that are normal.
        normal: Flagged,
        /// Samples that are not.
        anomalous: Flagged,
        /// Samples of which nobody knows.
        unknown: Flagged,
        /// Samples learned.
        learned: u32,
        /// Mean loss of the learned samples, each before its step.
        mean_loss: f32,
        /// How often the board has returned to stored parameters by itself.
        rollbacks: u32,
    },
    /// What was learned beside the parameters.
    State {
        /// Its numbers.
        values: Numbers<'a>,
    },
    /// There is nothing to commit: the parameters are stored already, and so is all that a commit
    /// stores with them. Nothing was written.
    Unchanged {
        /// Their generation.
        generation: u32,
        /// Their fingerprint.
        fingerprint: u32,
    },
}

/// What a board said about samples of a condition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Flagged {
    /// Samples evaluated.
    pub samples: u32,
    /// Those that were anomalous for the board; none before calibration.
    pub anomalous: u32,
    /// The mean of their scores; 0 without samples.
    pub mean_score: f32,
}
