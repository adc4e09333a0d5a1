//! Samples as a network that is a type takes them.

use crate::problem::counted;

/// Samples of `I` features, each with what is wanted of it: a class, or `[f32; N]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Samples<'a, const I: usize, T = u32> {
    features: &'a [[f32; I]],
    targets: &'a [T],
}

/// Why samples do not go together, or with a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// There are more rows of features than targets, or fewer.
    #[error("{} of features, but {}", counted(*rows, "row"), counted(*targets, "target"))]
    Rows {
        /// The rows.
        rows: usize,
        /// The targets.
        targets: usize,
    },
    /// The last row is not whole.
    #[error("there are numbers for a part of a row")]
    PartOfARow,
    /// The rows are too long or too short.
    #[error("a sample has {}, but must have {expected}", counted(*found, "feature"))]
    Features {
        /// The features that were expected.
        expected: usize,
        /// The features that a sample has.
        found: usize,
    },
    /// What is wanted of samples is of another kind.
    #[error("the targets are not {expected}")]
    Targets {
        /// What was expected of them.
        expected: &'static str,
    },
}

impl<'a, const I: usize, T: Copy> Samples<'a, I, T> {
    /// Creates samples of these features and targets.
    ///
    /// # Errors
    /// If there are more of the one than of the other.
    pub const fn new(features: &'a [[f32; I]], targets: &'a [T]) -> Result<Self, DatasetError> {
        if features.len() != targets.len() {
            return Err(DatasetError::Rows { rows: features.len(), targets: targets.len() });
        }
        Ok(Samples { features, targets })
    }

    /// Returns how many there are.
    pub const fn len(&self) -> usize {
        self.targets.len()
    }

    /// Returns whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// Returns the features of each.
    pub const fn features(&self) -> &'a [[f32; I]] {
        self.features
    }

    /// Returns what is wanted of each.
    pub const fn targets(&self) -> &'a [T] {
        self.targets
    }

    /// Returns them in turn.
    pub fn iter(&self) -> impl Iterator<Item = (&'a [f32; I], T)> + use<'a, I, T> {
        self.features.iter().zip(self.targets.iter().copied())
    }
}
