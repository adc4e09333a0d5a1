//! The demo's data: what the factory has, and what comes in the field.

use std::path::Path;

use trimpot_tuner::digits::{INPUTS, PINNED};

use crate::board::FactorySamples;
use crate::dataset::{Dataset, DatasetError};

/// Grey levels are 0 to 16, features 0 to 1.
const SCALE: f32 = 1.0 / 16.0;

/// Digits of two sensors.
#[derive(Clone, Debug)]
pub struct Data {
    /// MNIST, to train with.
    pub train: Dataset<INPUTS>,
    /// MNIST, never trained with: the board judges commits by it.
    pub held_out: Dataset<INPUTS>,
    /// MNIST, to test with.
    pub test: Dataset<INPUTS>,
    /// The UCI digits.
    pub field: Dataset<INPUTS>,
}

/// What the board is taught, and what it is tested with.
#[derive(Clone, Debug)]
pub struct Split {
    /// The digits to learn from, in this order.
    pub learn: Dataset<INPUTS>,
    /// All others.
    pub others: Dataset<INPUTS>,
}

impl Data {
    /// Reads the data sets from the project's folder `data/`.
    pub fn read(folder: &Path) -> Result<Self, DatasetError> {
        let mnist = folder.join("mnist8_c20_10k.npz");
        let factory = Dataset::read_npz(&mnist, "x", "y", SCALE)?;
        let (held_out, train) = factory.shuffled(0).split_classes(PINNED);
        Ok(Data {
            train,
            held_out,
            test: Dataset::read_npz(&mnist, "xt", "yt", SCALE)?,
            field: Dataset::read_npz(folder.join("digits8.npz"), "x", "y", SCALE)?,
        })
    }

    /// Random digits of the field: the first `samples` to learn from, the others to test with.
    pub fn split(&self, seed: u32, samples: usize) -> Split {
        let (learn, others) = self.field.shuffled(seed).split(samples);
        Split { learn, others }
    }

    /// Returns what the factory gives the board: random samples of every class to be replayed, and
    /// those that are held out.
    pub fn factory_samples(&self, seed: u32) -> FactorySamples {
        let (pinned, _) = self.train.shuffled(seed).split_classes(PINNED);
        FactorySamples { pinned, held_out: self.held_out.clone(), ..Self::no_samples() }
    }

    /// Returns the range of pixels alone.
    pub fn no_samples() -> FactorySamples {
        let (pinned, held_out) = (Dataset::default(), Dataset::default());
        FactorySamples { range: [[0.0; INPUTS], [1.0; INPUTS]], pinned, held_out }
    }
}
