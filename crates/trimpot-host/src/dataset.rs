//! Data sets: rows of features, each with what is wanted of it, of sizes that are known at run
//! time.
//!
//! A [`Dataset`] owns them. [`Dataset::samples`] is what a network that is a type takes of it:
//! [`Samples`], borrowed, with as many features as the type has.

mod beside;
mod columns;
mod delimited;
mod file;
mod header;
mod labels;
mod missing;
mod npz;
mod recordings;
mod records;
mod samples;
mod spec;
mod statistics;
mod suspicion;
mod table;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;

use trimpot::random::{Random, hash};
use trimpot_tuner::Condition;

pub use self::delimited::Layout;
pub use self::file::{STANDARD_INPUT, is_table};
pub use self::missing::{Missing, fill_missing};
pub use self::npz::{Numbers, check_shape, read_arrays};
pub use self::samples::{DatasetError, Samples};
pub use self::spec::{Conditions, Data, DataError, DataSpec, Features};
pub use self::suspicion::Suspicion;
pub use self::table::Table;
use crate::block::SampleTarget;

/// Rows of features, each with what is wanted of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    pub(crate) features: Table,
    pub(crate) targets: Targets,
    classes: Vec<String>,
}

/// What is wanted of each sample.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// A class.
    Classes(Vec<u32>),
    /// Numbers.
    Numbers(Table),
    /// Nothing, but whether it is normal may be known.
    Conditions(Vec<Condition>),
}

impl Targets {
    /// Returns how many samples they are for.
    fn rows(&self) -> usize {
        match self {
            Targets::Classes(classes) => classes.len(),
            Targets::Numbers(numbers) => numbers.rows(),
            Targets::Conditions(conditions) => conditions.len(),
        }
    }
}

impl Default for Dataset {
    /// No samples.
    fn default() -> Self {
        let targets = Targets::Classes(Vec::new());
        Dataset { features: Table::default(), targets, classes: Vec::new() }
    }
}

impl Dataset {
    /// Creates a data set of rows and what is wanted of each: a class, or `[f32; N]`.
    ///
    /// # Errors
    /// If there are more of the one than of the other.
    pub fn new<const I: usize, T: SampleTarget>(
        features: Vec<[f32; I]>,
        targets: Vec<T>,
    ) -> Result<Self, DatasetError> {
        let features = Table { columns: I, numbers: features.into_flattened() };
        Dataset::of_tables(features, T::into_targets(targets), Vec::new())
    }

    /// Creates a data set of rows and what is wanted of each, with the names of classes, if they
    /// have names.
    ///
    /// # Errors
    /// If there are more rows of the one than of the other, or the last row is not whole.
    pub fn of_tables(
        features: Table,
        targets: Targets,
        classes: Vec<String>,
    ) -> Result<Self, DatasetError> {
        let is_whole = |table: &Table| table.numbers.len() == table.rows() * table.columns;
        let targets_are_whole = match &targets {
            Targets::Classes(_) | Targets::Conditions(_) => true,
            Targets::Numbers(numbers) => is_whole(numbers),
        };
        match (features.rows(), targets.rows()) {
            _ if !(is_whole(&features) && targets_are_whole) => Err(DatasetError::PartOfARow),
            (rows, targets) if rows != targets => Err(DatasetError::Rows { rows, targets }),
            _ => Ok(Dataset { features, targets, classes }),
        }
    }

    /// Returns how many samples there are.
    pub fn len(&self) -> usize {
        self.targets.rows()
    }

    /// Returns whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the features.
    pub fn features(&self) -> &Table {
        &self.features
    }

    /// Returns what is wanted of each sample.
    pub fn targets(&self) -> &Targets {
        &self.targets
    }

    /// Returns the names of the classes in the order of their numbers; empty if they have no names.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Returns the features and the class of each sample.
    ///
    /// # Errors
    /// If samples have no classes, but numbers.
    pub fn labelled(&self) -> Result<impl Iterator<Item = (&[f32], u32)>, DatasetError> {
        let classes =
            u32::of(&self.targets).ok_or(DatasetError::Targets { expected: u32::KIND })?;
        Ok(classes.iter().enumerate().map(|(row, &class)| (self.features.row(row), class)))
    }

    /// Returns the samples as a network that is a type takes them: with `I` features, and a class
    /// (`u32`) or `[f32; N]` each.
    ///
    /// # Errors
    /// If they are of another kind.
    pub fn samples<const I: usize, T: SampleTarget>(
        &self,
    ) -> Result<Samples<'_, I, T>, DatasetError> {
        if self.is_empty() {
            return Samples::new(&[], &[]);
        }
        let found = self.features.columns;
        if found != I {
            return Err(DatasetError::Features { expected: I, found });
        }
        let targets = T::of(&self.targets).ok_or(DatasetError::Targets { expected: T::KIND })?;
        Samples::new(self.features.numbers.as_chunks().0, targets)
    }

    /// Returns the same samples in random order; the same for the same seed.
    pub fn shuffled(&self, seed: u32) -> Self {
        let mut order: Vec<usize> = (0..self.len()).collect();
        Random::new(seed).shuffle(&mut order);
        self.select(&order)
    }

    /// Returns the first `at` samples, and the rest. All and none, if there are not so many.
    pub fn split(&self, at: usize) -> (Self, Self) {
        let order: Vec<usize> = (0..self.len()).collect();
        let (first, rest) = order.split_at(at.min(self.len()));
        (self.select(first), self.select(rest))
    }

    /// Returns the first `each` samples of every class, and the rest, in the order in which they
    /// come. Samples without classes are all of one.
    pub fn split_classes(&self, each: usize) -> (Self, Self) {
        let classes = self.classes_of_samples();
        let mut seen = BTreeMap::<u32, usize>::new();
        let (first, rest): (Vec<_>, Vec<_>) = (0..self.len()).partition(|&row| {
            let seen = seen.entry(classes[row]).or_default();
            *seen += 1;
            *seen <= each
        });
        (self.select(&first), self.select(&rest))
    }

    /// Returns the samples of this condition, and the others, in the order in which they come.
    pub fn split_condition(&self, wanted: Condition) -> (Self, Self) {
        let is_wanted = |&row: &usize| match &self.targets {
            Targets::Conditions(conditions) => conditions[row] == wanted,
            Targets::Classes(_) | Targets::Numbers(_) => false,
        };
        let (those, others): (Vec<_>, Vec<_>) = (0..self.len()).partition(is_wanted);
        (self.select(&those), self.select(&others))
    }

    /// Returns the class of each sample; of those that have none, one for all.
    fn classes_of_samples(&self) -> Cow<'_, [u32]> {
        match &self.targets {
            Targets::Classes(classes) => Cow::Borrowed(classes),
            Targets::Numbers(_) => Cow::Owned(vec![0; self.len()]),
            Targets::Conditions(conditions) => {
                Cow::Owned(conditions.iter().map(|&condition| condition as u32).collect())
            }
        }
    }

    /// Puts a share of the samples aside, chosen by the seed: those that stay, and those aside.
    /// Without a share all stay, in their order. Each class has its share, rounded so that all of
    /// them together are the share of all samples, rounded.
    pub fn hold_out(self, share: f32, seed: u32) -> (Self, Self) {
        let mut order: Vec<usize> = (0..self.len()).collect();
        if share == 0.0 {
            let none = self.select(&[]);
            return (self, none);
        }
        // Another stream than those of weights and epochs.
        let mut random = Random::new(hash(!seed));
        random.shuffle(&mut order);
        let classes = self.classes_of_samples();
        let mut wanted = shares(share, &classes, &mut random);
        let (aside, stay): (Vec<usize>, Vec<usize>) = order.into_iter().partition(|&row| {
            let left = wanted.entry(classes[row]).or_default();
            let is_wanted = *left > 0;
            *left -= usize::from(is_wanted);
            is_wanted
        });
        (self.select(&stay), self.select(&aside))
    }

    /// Returns these samples, counted from 0, in this order.
    ///
    /// # Panics
    /// If there is no such sample.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        let targets = match &self.targets {
            Targets::Classes(classes) => {
                Targets::Classes(rows.iter().map(|&row| classes[row]).collect())
            }
            Targets::Numbers(numbers) => Targets::Numbers(numbers.select(rows)),
            Targets::Conditions(conditions) => {
                Targets::Conditions(rows.iter().map(|&row| conditions[row]).collect())
            }
        };
        Dataset { features: self.features.select(rows), targets, classes: self.classes.clone() }
    }

    /// Tells these samples from others (FNV-1a of all bits).
    pub fn fingerprint(&self) -> u64 {
        let bits = |numbers: &Table| {
            let bits = numbers.numbers.iter().map(|number| number.to_bits());
            std::iter::once(numbers.columns as u32).chain(bits).collect::<Vec<u32>>()
        };
        let targets = match &self.targets {
            Targets::Classes(classes) => classes.clone(),
            Targets::Numbers(numbers) => bits(numbers),
            Targets::Conditions(conditions) => {
                conditions.iter().map(|&condition| condition as u32).collect()
            }
        };
        fingerprint(bits(&self.features).into_iter().chain(targets))
    }
}

/// Tells words from others (FNV-1a).
pub fn fingerprint(words: impl IntoIterator<Item = u32>) -> u64 {
    words.into_iter().fold(0xcbf2_9ce4_8422_2325, |sum, word| {
        (sum ^ u64::from(word)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Returns how many samples of each class a share of them is. What rounding leaves over goes to the
/// classes that lack most of a sample, of these to the larger ones, and else by chance.
fn shares(share: f32, classes: &[u32], random: &mut Random) -> BTreeMap<u32, usize> {
    let mut counts = BTreeMap::<u32, usize>::new();
    for &class in classes {
        *counts.entry(class).or_default() += 1;
    }
    let exact = |count: usize| f64::from(share) * count as f64;
    let mut shares: BTreeMap<u32, usize> =
        counts.iter().map(|(&class, &count)| (class, exact(count) as usize)).collect();
    let all = exact(classes.len()).round() as usize;
    let left = all.saturating_sub(shares.values().sum());
    let mut order: Vec<(u32, usize)> = counts.into_iter().collect();
    random.shuffle(&mut order);
    let lacks = |count: usize| exact(count).fract();
    order.sort_by(|(_, a), (_, b)| lacks(*b).total_cmp(&lacks(*a)).then(b.cmp(a)));
    for (class, _) in order.into_iter().take(left) {
        *shares.entry(class).or_default() += 1;
    }
    shares
}
