//! The data that a study is about, and how each run splits them.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use trimpot::random::{Random, hash};
use trimpot::spec::Dims;

use super::experiment::Measure;
use super::factory::Factory;
use super::kind::Kind;
use crate::dataset::{Dataset, Targets};

/// Most samples that a run is validated on.
const MOST_VALIDATED: usize = 10_000;
/// Test samples whose predictions are kept.
const SHOWN: usize = 6;

/// The data that a study is about.
#[derive(Clone, Debug)]
pub struct Subject {
    /// What they are called.
    pub name: String,
    /// Whether features are given mean 0 and deviation 1 first.
    pub is_standardized: bool,
    /// The shape of a sample.
    pub input: Dims,
    /// What is to be predicted.
    pub kind: Kind,
    /// Samples to train on and to validate on.
    pool: Dataset,
    /// Samples that nothing is chosen by. Tuned runs never see them.
    reserve: Dataset,
    /// Tells the samples from others.
    fingerprint: u64,
    /// The factory of the networks that are taught these samples, if they are not new ones.
    factory: Option<Arc<Factory>>,
}

/// Which run of a level it is. Runs of the same draw of different levels have the same seed: the
/// same split, order and initial weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Draw {
    /// A point at which settings are tried.
    Point(u32),
    /// A seed, with the settings that did best.
    Seed(u32),
}

impl Draw {
    /// Returns the seed of all that is random in the run. All points have the same.
    pub fn seed(self) -> u32 {
        match self {
            Draw::Point(_) => hash(0),
            Draw::Seed(number) => hash(number.wrapping_add(1)),
        }
    }
}

/// The samples of a run.
#[derive(Clone, Debug)]
pub struct Split {
    /// Those that are learned from.
    pub train: Dataset,
    /// Those that settings are chosen by.
    pub validation: Dataset,
    /// Those that are scored once, at the end; none while settings are tuned.
    pub test: Dataset,
}

impl Subject {
    /// Creates a subject of samples of which this is to be predicted. If there are none to test on,
    /// a fifth is put aside.
    pub fn new(
        name: impl Into<String>,
        input: Dims,
        kind: Kind,
        samples: Dataset,
        test: Option<Dataset>,
    ) -> Self {
        let fingerprint =
            samples.fingerprint() ^ test.as_ref().map_or(0, Dataset::fingerprint).rotate_left(1);
        let (pool, reserve) = match test {
            Some(test) => (samples, test),
            None => samples.hold_out(0.2, 0),
        };
        let name = name.into();
        Subject {
            name,
            is_standardized: true,
            input,
            kind,
            pool,
            reserve,
            fingerprint,
            factory: None,
        }
    }

    /// Takes features as they are.
    #[must_use]
    pub fn without_standardization(self) -> Self {
        Subject { is_standardized: false, ..self }
    }

    /// Gives samples of a new sensor to boards with networks of this factory, whose sensor was
    /// another: for a [`Lesson`](super::Lesson).
    #[must_use]
    pub fn after(self, factory: Factory) -> Self {
        let fingerprint = self.fingerprint ^ factory.fingerprint().rotate_left(3);
        Subject { fingerprint, factory: Some(Arc::new(factory)), ..self }
    }

    /// Returns the factory of the networks that are taught these samples; none, if they learn
    /// nothing else.
    pub fn factory(&self) -> Option<&Factory> {
        self.factory.as_deref()
    }

    /// Returns what settings are chosen by, on validation samples: what [`Kind::tuned_by`] says;
    /// where a board learns a new sensor and is not to forget the old one, the mean of the
    /// accuracies for both.
    pub fn tuned_by(&self) -> Measure {
        match self.factory {
            Some(_) => Measure::BothSensorsAccuracy,
            None => self.kind.tuned_by(),
        }
    }

    /// Tells the samples from others.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// Returns how many samples there are to train on at most: others validate.
    pub fn most_rows(&self) -> usize {
        self.pool.len() - self.validated()
    }

    /// Returns how many samples are tested on.
    pub fn tested(&self) -> usize {
        self.reserve.len()
    }

    /// Returns a few test samples whose predictions runs keep to be looked at
    /// ([`Outcome::masks`](super::Outcome)): evenly spaced among those whose targets are not all 0.
    pub fn shown(&self) -> Dataset {
        let is_shown = |row: &usize| match self.reserve.targets() {
            Targets::Numbers(numbers) => numbers.row(*row).iter().any(|&number| number != 0.0),
            Targets::Classes(_) | Targets::Conditions(_) => true,
        };
        let rows: Vec<usize> = (0..self.reserve.len()).filter(is_shown).collect();
        let count = SHOWN.min(rows.len());
        let spaced = (0..count).map(|number| rows[(2 * number + 1) * rows.len() / (2 * count)]);
        self.reserve.select(&spaced.collect::<Vec<_>>())
    }

    fn validated(&self) -> usize {
        (self.pool.len() / 5).min(MOST_VALIDATED)
    }

    /// Returns the samples of a run that trains on so many rows, or on all that there are.
    ///
    /// Which samples train and which validate is drawn without replacement; which are tested on,
    /// with replacement, as many as there are, so that results vary as they would with other test
    /// samples (Bouthillier et al. 2021).
    pub fn split(&self, draw: Draw, rows: usize) -> Split {
        let mut random = Random::new(hash(draw.seed() ^ 0x5711));
        let mut order: Vec<usize> = (0..self.pool.len()).collect();
        random.shuffle(&mut order);
        let (validation, others) = order.split_at(self.validated());
        let train = &others[..rows.min(others.len())];
        let drawn: Cow<'_, [usize]> = match draw {
            Draw::Point(_) => Cow::Borrowed(&[]),
            Draw::Seed(_) => {
                let all = self.reserve.len();
                (0..all).map(|_| random.below(all)).collect::<Vec<_>>().into()
            }
        };
        Split {
            train: self.pool.select(train),
            validation: self.pool.select(validation),
            test: self.reserve.select(&drawn),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn subject(samples: u32) -> Subject {
        let features = (0..samples).map(|number| [number as f32]).collect();
        let classes = (0..samples).map(|number| number % 2).collect();
        let dataset = Dataset::new::<1, u32>(features, classes).unwrap();
        Subject::new("numbers", Dims::vector(1), Kind::Classes(2), dataset, None)
    }

    fn numbers(dataset: &Dataset) -> Vec<u32> {
        dataset.features().numbers.iter().map(|&number| number as u32).collect()
    }

    #[test]
    fn no_sample_is_both_trained_and_tested_on_in_any_run() {
        let subject = subject(100);
        let (mut learned, mut tested) = (BTreeSet::new(), BTreeSet::new());
        for seed in 0..40 {
            let Split { train, validation, test } = subject.split(Draw::Seed(seed), 50);
            assert_eq!((train.len(), validation.len(), test.len()), (50, 16, 20));
            let (train, validation) = (numbers(&train), numbers(&validation));
            assert!(train.iter().all(|sample| !validation.contains(sample)));
            learned.extend(train.into_iter().chain(validation));
            tested.extend(numbers(&test));
        }
        assert_eq!((learned.len(), tested.len()), (80, 20));
        assert!(learned.is_disjoint(&tested));
    }

    #[test]
    fn runs_that_tune_have_the_same_split_and_no_test_samples() {
        let subject = subject(50);
        let [one, other] = [0, 9].map(|number| subject.split(Draw::Point(number), 1000));
        assert_eq!((&one.train, &one.validation), (&other.train, &other.validation));
        assert_eq!((one.train.len(), one.test.len()), (subject.most_rows(), 0));
        let [one, other] = [0, 9].map(|number| subject.split(Draw::Seed(number), 1000));
        assert_ne!(one.train, other.train);
        assert_ne!(one.test, other.test);
    }
}
