//! What a sample is known to be, for a board of any task.

use trimpot_link::{NumberFormat, Target};
use trimpot_tuner::Condition;

use super::numbers;
use crate::dataset::{Dataset, Targets};

/// What a sample is known to be: a class, the outputs that are wanted, or whether it is normal.
///
/// ```
/// use trimpot_host::board::BoardTarget;
/// use trimpot_tuner::Condition;
///
/// assert_eq!(BoardTarget::from(3), BoardTarget::Class(3));
/// assert_eq!(BoardTarget::from(&[21.5][..]), BoardTarget::Values(&[21.5]));
/// assert_eq!(BoardTarget::from(Condition::Normal), BoardTarget::Condition(Condition::Normal));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BoardTarget<'a> {
    /// A class, counted from 0.
    Class(u32),
    /// A number for each output.
    Values(&'a [f32]),
    /// Whether it is normal, as far as that is known.
    Condition(Condition),
}

impl From<u32> for BoardTarget<'_> {
    fn from(class: u32) -> Self {
        BoardTarget::Class(class)
    }
}

impl<'a> From<&'a [f32]> for BoardTarget<'a> {
    fn from(values: &'a [f32]) -> Self {
        BoardTarget::Values(values)
    }
}

impl From<Condition> for BoardTarget<'_> {
    fn from(condition: Condition) -> Self {
        BoardTarget::Condition(condition)
    }
}

impl<'a> BoardTarget<'a> {
    /// Returns the samples of a data set with what each is known to be.
    pub fn of_samples(dataset: &'a Dataset) -> impl Iterator<Item = (&'a [f32], Self)> {
        let features = dataset.features();
        (0..dataset.len()).map(|row| {
            let target = match dataset.targets() {
                Targets::Classes(classes) => BoardTarget::Class(classes[row]),
                Targets::Numbers(numbers) => BoardTarget::Values(numbers.row(row)),
                Targets::Conditions(conditions) => BoardTarget::Condition(conditions[row]),
            };
            (features.row(row), target)
        })
    }

    /// Returns what is sent, with its numbers in these bytes: exact ones, as they are what outputs
    /// are measured against.
    pub(super) fn wire(self, bytes: &mut Vec<u8>) -> Target<'_> {
        match self {
            BoardTarget::Class(class) => Target::Class(class),
            BoardTarget::Values(values) => {
                bytes.resize(size_of_val(values), 0);
                Target::Values(numbers(NumberFormat::F32, values, bytes))
            }
            BoardTarget::Condition(Condition::Normal) => Target::Normal,
            BoardTarget::Condition(Condition::Anomalous) => Target::Anomalous,
            BoardTarget::Condition(Condition::Unknown) => Target::Unknown,
        }
    }
}
