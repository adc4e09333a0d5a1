//! What a sample is known to be, and what a board learns.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::Numbers;

/// What a sample is known to be. Which of these a board takes, its [`Task`] says.
///
/// ```
/// use trimpot_link::{Numbers, Target, Task};
/// assert_eq!(Target::from(3), Target::Class(3));
/// assert_eq!(Target::Normal.task(), Task::Anomaly);
/// let mut bytes = [0; 4];
/// let values = Numbers::from_f32s(&[21.5], &mut bytes).unwrap();
/// assert_eq!(Target::Values(values).task(), Task::Values);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Target<'a> {
    /// A class, counted from 0.
    Class(u32),
    /// The outputs that are wanted.
    #[serde(borrow)]
    Values(Numbers<'a>),
    /// A sample of normal operation.
    Normal,
    /// A sample of anything else: it can be evaluated, and is never learned.
    Anomalous,
    /// Nobody knows whether it is normal: it is learned unless the board takes it for anomalous.
    Unknown,
}

impl Target<'_> {
    /// Returns the task that such targets belong to.
    pub const fn task(self) -> Task {
        match self {
            Target::Class(_) => Task::Classes,
            Target::Values(_) => Task::Values,
            Target::Normal | Target::Anomalous | Target::Unknown => Task::Anomaly,
        }
    }
}

impl From<u32> for Target<'_> {
    fn from(class: u32) -> Self {
        Target::Class(class)
    }
}

/// What a board learns from samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Task {
    /// Which class a sample is of: a target is [`Target::Class`].
    Classes,
    /// Numbers, as many as the network has outputs: a target is [`Target::Values`].
    Values,
    /// What is normal, and what is not: a target is [`Target::Normal`], [`Target::Anomalous`] or
    /// [`Target::Unknown`].
    Anomaly,
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Task::Classes => "classes",
            Task::Values => "values",
            Task::Anomaly => "anomaly detection",
        })
    }
}
