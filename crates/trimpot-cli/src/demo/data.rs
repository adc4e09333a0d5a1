//! The demo's data: what the factory has, and what comes in the field.

use std::path::Path;

use trimpot_host::board::FactorySamples;
use trimpot_host::dataset::{DataError, DataSpec, Dataset, DatasetError, Samples};
use trimpot_tuner::digits::{CLASSES, INPUTS, PINNED};

/// Grey levels are 0 to 16, features 0 to 1.
const SCALE: f32 = 1.0 / 16.0;

/// The file of MNIST.
const MNIST: &str = "mnist8_c20_10k.npz";

/// Digits of two sensors.
#[derive(Clone, Debug)]
pub struct Data {
    /// MNIST, to train with.
    pub train: Dataset,
    /// MNIST, never trained with: the board judges commits by it.
    pub held_out: Dataset,
    /// MNIST, to test with.
    pub test: Dataset,
    /// The UCI digits.
    pub field: Dataset,
}

/// What the board is taught, and what it is tested with.
#[derive(Clone, Debug)]
pub struct Split {
    /// The digits to learn from, in this order.
    pub learn: Dataset,
    /// All others.
    pub others: Dataset,
}

impl Data {
    /// Reads the data sets from the project's folder `data/`.
    ///
    /// # Errors
    /// If a file is not there, or is no data set.
    pub fn read(folder: &Path) -> Result<Self, DataError> {
        let read = |file: &str, [features, labels]: [&str; 2]| {
            let spec = DataSpec {
                scale: SCALE,
                features: features.to_owned(),
                labels: labels.to_owned(),
                ..DataSpec::classes(INPUTS, CLASSES)
            };
            spec.read(&folder.join(file)).map(|data| data.dataset)
        };
        let factory = read(MNIST, ["x", "y"])?;
        let (held_out, train) = factory.shuffled(0).split_classes(PINNED);
        Ok(Data {
            train,
            held_out,
            test: read(MNIST, ["xt", "yt"])?,
            field: read("digits8.npz", ["x", "y"])?,
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
        FactorySamples { range: [vec![0.0; INPUTS], vec![1.0; INPUTS]], pinned, held_out }
    }
}

/// Returns the digits of a data set.
///
/// # Errors
/// If they are none.
pub fn digits(dataset: &Dataset) -> Result<Samples<'_, INPUTS>, DatasetError> {
    dataset.samples()
}
