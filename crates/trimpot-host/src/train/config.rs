//! How a run goes through the data.

use std::fmt;
use std::num::NonZeroUsize;

use trimpot::average::MovingAverage;
use trimpot::penalty::ElasticNet;
use trimpot::schedule::Schedule;

use super::counted;
use super::step::Clipping;

/// How a run goes through the data.
pub struct TrainConfig {
    /// How many times it goes through all samples.
    pub epochs: u32,
    /// How many samples make one step of the optimizer.
    pub batch: NonZeroUsize,
    /// The randomness of the order of samples, of dropout, and of augmentation.
    pub seed: u32,
    /// The learning rate of each step; without one it stays what the optimizer has.
    pub schedule: Option<Box<dyn Schedule + Send + Sync>>,
    /// The price of large parameters, all of them, whose gradient is added to that of the loss in
    /// every step, before clipping. The loss that is reported is without it.
    pub penalty: Option<ElasticNet>,
    /// What happens to gradients that are too large.
    pub clipping: Clipping,
    /// An average of the parameters, besides them.
    pub average: Option<MovingAverage>,
    /// Asked before every step whether to stop.
    pub stop: Option<Box<dyn Fn() -> bool + Send + Sync>>,
}

impl TrainConfig {
    /// Creates a configuration with a constant learning rate, without penalty, clipping and average.
    pub const fn new(epochs: u32, batch: NonZeroUsize, seed: u32) -> Self {
        let clipping = Clipping::None;
        TrainConfig {
            epochs,
            batch,
            seed,
            schedule: None,
            penalty: None,
            clipping,
            average: None,
            stop: None,
        }
    }

    /// Returns how many steps of the optimizer an epoch with so many samples has; at most what a
    /// schedule can count.
    pub fn steps(&self, samples: usize) -> u32 {
        counted(samples.div_ceil(self.batch.get()) as u64)
    }
}

impl fmt::Debug for TrainConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrainConfig")
            .field("epochs", &self.epochs)
            .field("batch", &self.batch)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}
