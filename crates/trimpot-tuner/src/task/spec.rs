//! A task as data.

use trimpot::threshold::Rule;

use crate::TaskKind;

/// What a [task](crate::Task) is, but for its loss: as data.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum TaskSpec {
    /// [`Classification`](crate::Classification).
    Classes {
        /// Classes that are in use at first; none, if all are, and never more.
        first: Option<u16>,
    },
    /// [`Regression`](crate::Regression).
    Values,
    /// [`AnomalyDetection`](crate::AnomalyDetection).
    Anomalies {
        /// What outputs are compared with.
        reference: Reference,
        /// How the threshold follows from scores of normal samples.
        rule: Rule,
        /// How many predictions vote on an alarm: 1 to 32, or the nearest of these.
        window: u8,
    },
}

impl TaskSpec {
    /// Returns what a host is told that it is.
    pub const fn kind(self) -> TaskKind {
        match self {
            TaskSpec::Classes { .. } => TaskKind::Classes,
            TaskSpec::Values => TaskKind::Values,
            TaskSpec::Anomalies { .. } => TaskKind::Anomaly,
        }
    }
}

impl Default for TaskSpec {
    /// Classes that are all in use.
    fn default() -> Self {
        TaskSpec::Classes { first: None }
    }
}

/// What the outputs of a network that finds anomalies are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Reference {
    /// The sample itself: the network is an autoencoder.
    Sample,
    /// The centre of the outputs for normal samples: the network is an embedding.
    Centre,
}
