//! The messages.

use serde::{Deserialize, Serialize};

use crate::{Error, Numbers};

/// A message with its number.
///
/// The host numbers its requests upwards, and the board answers with the number of the request. A
/// request whose number is not the expected one was lost, repeated or replayed: the board refuses it
/// with [`Error::Sequence`] and changes nothing. [`Request::Describe`] is answered whatever its
/// number; its answer says which number comes next.
///
/// A refused request does not take its number: the next one has it again. What cannot be read has no
/// number, and is refused with the number that the board expects.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Packet<M> {
    /// The number of the request.
    pub sequence: u32,
    /// The request or response.
    pub message: M,
}

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
    /// Learn that this is of class `label`. Answered by [`Response::Learned`].
    Learn {
        /// The features of one sample.
        features: Numbers<'a>,
        /// Its class.
        label: u32,
    },
    /// Keep this sample for replay without learning from it now, and never let learned samples push
    /// it out: a sample of what must not be forgotten. Answered by [`Response::Remembered`].
    Remember {
        /// The features of one sample.
        features: Numbers<'a>,
        /// Its class.
        label: u32,
    },
    /// Predict this, and count in the metrics whether it was right. Answered by
    /// [`Response::Prediction`].
    Evaluate {
        /// The features of one sample.
        features: Numbers<'a>,
        /// Its class.
        label: u32,
    },
    /// How is it going? Answered by [`Response::Metrics`].
    Metrics,
    /// Start counting anew. Answered by [`Response::Done`].
    ClearMetrics,
    /// Send parameters from number `at` on, `count` at most. Answered by [`Response::Parameters`].
    ReadParameters {
        /// The first parameter.
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
    /// Keep the parameters in memory as the factory's: what [`Request::Reset`] returns to. Forgets
    /// earlier commits. Answered by [`Response::Committed`].
    Install,
    /// Keep the parameters in memory through a power cut, unless they do worse on the replayed samples
    /// than those kept. Answered by [`Response::Committed`] or [`Response::Rejected`].
    Commit,
    /// Return to the parameters that were kept last. Answered by [`Response::Done`].
    Rollback,
    /// Return to the factory's parameters, and forget commits and learned samples. Answered by
    /// [`Response::Done`].
    Reset,
}

/// Where the parameters in memory came from at boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Origin {
    /// Nothing is installed: the parameters are initial ones.
    Blank,
    /// Those installed at the factory.
    Factory,
    /// Those of the last commit.
    Commit,
}

/// Who a board is, and how it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The version of the messages: [`PROTOCOL`](crate::PROTOCOL).
    pub protocol: u16,
    /// A fingerprint of the network's layers and their sizes.
    pub architecture: u32,
    /// Features a sample.
    pub inputs: u32,
    /// Classes.
    pub outputs: u32,
    /// Parameters of the network.
    pub parameters: u32,
    /// The [`fingerprint`](crate::fingerprint) of the parameters in memory.
    pub fingerprint: u32,
    /// Where the parameters came from at boot.
    pub origin: Origin,
    /// Counts upwards with every install, commit and reset.
    pub generation: u32,
    /// Samples in the replay buffer, and how many fit.
    pub replay: (u32, u32),
    /// Bytes of memory for network, replay buffer and a training step.
    pub ram: u32,
    /// The number of the next request.
    pub next: u32,
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
        /// The class with the largest output, the first of equals.
        class: u32,
        /// The network's outputs: logits.
        #[serde(borrow)]
        outputs: Numbers<'a>,
    },
    /// The sample was learned.
    Learned {
        /// The sample's loss before the step.
        loss: f32,
        /// How many steps were taken, on this sample and on replayed ones.
        steps: u32,
        /// The steps led to something not finite, and the board has returned to the parameters that
        /// were kept last.
        rolled_back: bool,
    },
    /// The sample is in the replay buffer.
    Remembered {
        /// Samples in the replay buffer.
        held: u32,
    },
    /// How it is going, since the metrics were cleared.
    Metrics {
        /// Samples evaluated.
        samples: u32,
        /// Those that were right.
        correct: u32,
        /// F1 score, the mean over all classes.
        macro_f1: f32,
        /// Samples learned.
        learned: u32,
        /// Mean loss of the learned samples, each before its step.
        mean_loss: f32,
        /// How often the board has returned to kept parameters by itself.
        rollbacks: u32,
    },
    /// Parameters of the network.
    Parameters {
        /// The first one's number.
        at: u32,
        /// Their values.
        values: Numbers<'a>,
    },
    /// The parameters are kept.
    Committed {
        /// How many commits there were.
        generation: u32,
        /// The fingerprint of what is kept.
        fingerprint: u32,
    },
    /// The parameters did worse than those kept, which are back in memory.
    Rejected {
        /// Mean loss on the replayed samples with the parameters that are kept.
        kept: f32,
        /// The same with the rejected ones.
        rejected: f32,
    },
    /// The request was refused, and nothing has changed.
    Refused(Error),
}
