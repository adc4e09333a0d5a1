//! What goes to a board beside requests, and what it says.

use crate::dataset::Dataset;

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
