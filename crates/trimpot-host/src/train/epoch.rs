//! What an epoch brought.

use std::fmt;
use std::time::Duration;

/// What an epoch brought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epoch {
    /// Which one, from 1.
    pub number: u32,
    /// The mean loss of all samples, each before the step that it had a part in.
    pub loss: f32,
    /// The accuracy, of each sample before the step that it had a part in; for classes.
    pub accuracy: Option<f32>,
    /// The learning rate of the last step.
    pub learning_rate: f32,
    /// How long it took.
    pub time: Duration,
    /// Why no parameter has changed, if none has.
    pub still: Option<Still>,
}

/// Why no bit of any parameter has changed in an epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Still {
    /// The learning rate was 0.
    NoLearningRate,
    /// The gradient of every batch was 0: nothing is left to learn, or the loss does not say where.
    NoGradient,
    /// The optimizer made no step of a gradient that is not 0.
    NoStep {
        /// The size of the largest element of the gradient of any batch, before clipping.
        gradient: f32,
        /// The largest learning rate of the epoch.
        learning_rate: f32,
    },
}

impl fmt::Display for Still {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no parameter has changed")?;
        match self {
            Self::NoLearningRate => f.write_str(": the learning rate is 0"),
            Self::NoGradient => f.write_str(
                ": the gradient is 0. Nothing is left to learn, or the loss is flat here, as where units of relu \
                 never say anything",
            ),
            Self::NoStep { gradient, learning_rate } => write!(
                f,
                ", though the gradient is up to {gradient:.2e} at a learning rate of {learning_rate:.2e}: steps of the optimizer \
                 are lost. Scale features and targets to about 1, or choose another learning rate"
            ),
        }
    }
}
