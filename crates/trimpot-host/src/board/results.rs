//! What goes to a board beside requests, and what it says.

use crate::dataset::{Dataset, Table};

/// What the factory gives a board beside the network.
#[derive(Clone, Debug)]
pub struct FactorySamples {
    /// The smallest and the largest value of each feature in the training data.
    pub range: [Vec<f32>; 2],
    /// Samples to be replayed.
    pub pinned: Dataset,
    /// Samples that nobody has learned from, to judge commits by.
    pub held_out: Dataset,
}

impl FactorySamples {
    /// Chooses by chance, of the samples that a model has learned, so many of each class to be
    /// pinned, and as many to be held out of those that it has not; where there are no classes, of
    /// all. Returns also what is left of the latter.
    pub fn choose(learned: &Dataset, others: &Dataset, each: usize) -> (Self, Dataset) {
        let tables = [learned, others].map(Dataset::features);
        let range = range(tables.into_iter().filter(|table| table.rows() > 0));
        let [(pinned, _), (held_out, rest)] =
            [learned, others].map(|part| part.shuffled(0).split_classes(each));
        (FactorySamples { range, pinned, held_out }, rest)
    }
}

/// Returns the smallest and the largest value of each feature in these tables.
pub fn range<'t>(tables: impl Iterator<Item = &'t Table> + Clone) -> [Vec<f32>; 2] {
    let limit = |limit: fn(f32, f32) -> f32| {
        let rows = |table: &'t Table| (0..table.rows()).map(|row| table.row(row));
        let mut rows = tables.clone().flat_map(rows);
        let first = rows.next().unwrap_or_default().to_vec();
        rows.fold(first, |limits, row| limits.iter().zip(row).map(|(&a, &b)| limit(a, b)).collect())
    };
    [limit(f32::min), limit(f32::max)]
}

/// What became of a sample that was to be learned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learned {
    /// The sample's loss before the step.
    pub loss: f32,
    /// How many steps were taken, on this sample and on replayed ones.
    pub steps: u32,
    /// The steps led to something not finite, and the board returned to stored parameters.
    pub rolled_back: bool,
}

/// What a board says of a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The class with the largest output; none, if an output is not finite, or outputs are numbers.
    pub class: Option<u32>,
    /// The outputs: logits of the classes in use, or the numbers that are predicted.
    pub outputs: Vec<f32>,
}

/// What became of a commit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Commit {
    /// The parameters are stored.
    Stored {
        /// Their fingerprint.
        fingerprint: u32,
    },
    /// They are stored already, and so is all that a commit stores with them: nothing was written.
    Unchanged,
    /// They do too badly on the samples that commits are judged by. Those stored are back in
    /// memory.
    Rejected {
        /// The mean loss that is tolerated.
        tolerated: f32,
        /// That of the rejected parameters.
        loss: f32,
        /// Samples that were the judge.
        samples: u32,
    },
}
