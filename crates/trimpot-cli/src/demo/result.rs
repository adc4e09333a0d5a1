//! What the demo found, and what it promises.

use std::fmt;

use trimpot::metric::ConfusionMatrix;
use trimpot_tuner::digits::CLASSES;

use super::accuracy;
use super::factory::Factory;
use super::field::AdaptationRun;

/// How many seeds the mean accuracies are taken over.
pub const SEEDS: u32 = 5;
/// From how many samples on the accuracy after learning is promised.
const ENOUGH: usize = 100;

/// What came of one seed, on simulated boards.
#[derive(Clone, Debug)]
pub struct SeedResult {
    /// The randomness of training, and of which digits were learned.
    pub seed: u32,
    /// How the network from the factory does on the factory's test digits.
    pub factory: ConfusionMatrix<CLASSES>,
    /// With samples of the factory in the replay buffer.
    pub with: AdaptationRun,
    /// Without.
    pub without: AdaptationRun,
}

/// All that the demo found.
#[derive(Debug)]
pub struct DemoResult {
    /// Which board it ran on.
    pub board: String,
    /// The seed.
    pub seed: u32,
    /// How many digits the board learned from.
    pub samples: usize,
    /// The network that the board started with.
    pub factory: Factory,
    /// What came of teaching the board.
    pub run: AdaptationRun,
    /// Whether the board had the same weights, and gave the same answers, after the power cut.
    pub same_after_power_cut: bool,
    /// Several seeds, on simulated boards; the first one is the board's own.
    pub seeds: Vec<SeedResult>,
    /// How long all of it took.
    pub seconds: f64,
}

/// Something that must be so.
#[derive(Clone, Debug, PartialEq)]
pub enum Promise {
    /// A share is at least this large.
    AtLeast {
        /// The share of what.
        what: String,
        /// How large it must be.
        bound: f32,
        /// How large it is.
        value: f32,
    },
    /// Something is so.
    So {
        /// What.
        what: String,
        /// Whether it is.
        met: bool,
    },
}

impl Promise {
    /// Returns whether it is so.
    pub fn is_met(&self) -> bool {
        match self {
            Promise::AtLeast { bound, value, .. } => value >= bound,
            Promise::So { met, .. } => *met,
        }
    }
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Promise::AtLeast { what, bound, value } => {
                let (value, bound) = (100.0 * value, 100.0 * bound);
                write!(f, "{what}: {value:.1} %, at least {bound:.0} %")
            }
            Promise::So { what, .. } => write!(f, "{what}"),
        }
    }
}

impl DemoResult {
    /// Returns the mean over all seeds.
    pub fn mean(&self, value: impl Fn(&SeedResult) -> f32) -> f32 {
        mean(&self.seeds, value)
    }

    /// Returns what must be so. The accuracies after learning are promised from 100 samples on.
    pub fn promises(&self) -> Vec<Promise> {
        let at_least =
            |what: &str, bound, value| Promise::AtLeast { what: what.to_owned(), bound, value };
        let so = |what: &str, met| Promise::So { what: what.to_owned(), met };
        let trained = self.mean(|seed_result| accuracy(&seed_result.factory));
        let mut promises = vec![at_least("MNIST before", 0.95, accuracy(&self.factory.factory))];
        promises.push(at_least(&format!("MNIST before, mean of {SEEDS} seeds"), 0.95, trained));
        if self.samples >= ENOUGH {
            let after = self.mean(|seed_result| accuracy(&seed_result.with.after));
            let old = self.mean(|seed_result| accuracy(&seed_result.with.factory));
            promises.push(at_least(
                &format!("UCI digits after learning, {SEEDS} seeds"),
                0.85,
                after,
            ));
            promises.push(at_least(
                "MNIST on the board after learning",
                0.9,
                accuracy(&self.run.factory),
            ));
            promises.push(at_least(&format!("MNIST after learning, {SEEDS} seeds"), 0.9, old));
        }
        let rehearsed = self.seeds.first().map(|seed_result| seed_result.with.fingerprint);
        promises.extend([
            so(
                "the simulated board foretold the board's weights, bit for bit",
                rehearsed == Some(self.run.fingerprint),
            ),
            so("the host gives the board's answers with its weights", self.run.host_agrees),
            so(
                "after the power cut: the same weights, the same answers",
                self.same_after_power_cut,
            ),
        ]);
        promises
    }
}

/// Returns the mean over seeds.
pub(super) fn mean(seeds: &[SeedResult], value: impl Fn(&SeedResult) -> f32) -> f32 {
    seeds.iter().map(value).sum::<f32>() / seeds.len() as f32
}
