//! The demo's data: what the factory has, and what comes in the field.

use std::path::Path;

use trimpot_tuner::digits::INPUTS;

use crate::dataset::{Dataset, DatasetError};

/// Grey levels are 0 to 16, features 0 to 1.
const SCALE: f32 = 1.0 / 16.0;

/// Digits of two sensors.
#[derive(Clone, Debug)]
pub struct Data {
    /// MNIST, to train with.
    pub train: Dataset<INPUTS>,
    /// MNIST, to test with.
    pub test: Dataset<INPUTS>,
    /// The UCI digits.
    pub field: Dataset<INPUTS>,
}

/// What the board is taught, and what it is tested with.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// The digits to learn from, in this order.
    pub learn: Dataset<INPUTS>,
    /// All others.
    pub others: Dataset<INPUTS>,
}

impl Data {
    /// Reads the data sets from the project's folder `data/`.
    pub fn read(folder: &Path) -> Result<Self, DatasetError> {
        let mnist = folder.join("mnist8_c20_10k.npz");
        Ok(Data {
            train: Dataset::read_npz(&mnist, "x", "y", SCALE)?,
            test: Dataset::read_npz(&mnist, "xt", "yt", SCALE)?,
            field: Dataset::read_npz(folder.join("digits8.npz"), "x", "y", SCALE)?,
        })
    }

    /// Random digits of the field: the first `samples` to learn from, the others to test with.
    pub fn lesson(&self, seed: u32, samples: usize) -> Lesson {
        let (learn, others) = self.field.shuffled(seed).split(samples);
        Lesson { learn, others }
    }

    /// Random samples of the factory, `each` of every class, for the board to remember.
    pub fn remembered(&self, seed: u32, each: usize) -> Dataset<INPUTS> {
        self.train.shuffled(seed).first_of_each_class(each)
    }
}
