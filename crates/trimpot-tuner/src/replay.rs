//! The replay buffer: samples that are learned from again, so that what was known is not forgotten.
//!
//! Every group of samples, a class or all of a task without classes, has a buffer of its own, in
//! two parts: samples of the factory, which stay, and those that were learned last. Samples are
//! drawn group by group, so that a class of which little has come counts as much as the others.

use core::cell::Cell;

use trimpot::random::Random;

use crate::format::Format;
use crate::memory::FactorySamples;
use crate::samples::{FeatureRange, position};

/// The samples that were learned last, up to `capacity` of each group.
#[derive(Debug)]
pub struct Recent<'m> {
    /// Group after group, with place for `capacity` samples each, the oldest first.
    pub bytes: &'m mut [u8],
    /// What the bytes of a sample are.
    pub format: Format,
    /// How many samples there are of each group.
    pub counts: &'m mut [u8],
    /// How many of them, the newest, were learned since parameters were last stored.
    pub fresh: &'m mut [u8],
    /// Bytes of a sample.
    pub stride: usize,
    pub capacity: usize,
}

impl Recent<'_> {
    /// Returns how many samples there are.
    pub fn len(&self) -> usize {
        self.counts.iter().fold(0, |sum, &count| sum.saturating_add(count.into()))
    }

    /// Adds a sample, as it is kept, in place of the one of its group that was learned longest ago.
    pub fn add(&mut self, range: &FeatureRange<'_>, sample: &[f32], group: usize) {
        let (stride, capacity, format) = (self.stride, self.capacity, self.format);
        let index = self.count(group).min(capacity.saturating_sub(1));
        let is_full = self.count(group) == capacity;
        let samples = self.group_mut(group);
        if is_full {
            // Over the oldest. (`copy_within` has a panic.)
            let cells = Cell::from_mut(&mut *samples).as_slice_of_cells();
            for (to, from) in cells.iter().zip(cells.iter().skip(stride)) {
                to.set(from.get());
            }
        }
        let at = index.saturating_mul(stride);
        let Some(place) = samples.get_mut(at..at.saturating_add(stride)) else { return };
        format.encode(range, sample, place);
        for counts in [&mut *self.counts, &mut *self.fresh] {
            if let Some(count) = counts.get_mut(group) {
                *count = count.saturating_add(1).min(capacity as u8);
            }
        }
    }

    /// The parameters that learned from these samples are stored: from now on they are old ones.
    pub fn settle(&mut self) {
        self.fresh.fill(0);
    }

    /// Forgets the samples that were learned since parameters were last stored.
    pub fn forget_fresh(&mut self) {
        for (count, fresh) in self.counts.iter_mut().zip(&mut *self.fresh) {
            *count = count.saturating_sub(*fresh);
            *fresh = 0;
        }
    }

    /// Forgets all samples.
    pub fn clear(&mut self) {
        self.counts.fill(0);
        self.fresh.fill(0);
    }

    /// Returns the memory of a group, to be read from flash.
    pub fn group_mut(&mut self, group: usize) -> &mut [u8] {
        let at = position(group, 0, self.capacity, self.stride);
        let end = position(group, self.capacity, self.capacity, self.stride);
        self.bytes.get_mut(at..end).unwrap_or_default()
    }

    /// The memory of a group was read, and so many samples are in it.
    pub fn restore(&mut self, group: usize, [stored]: [u8; 1]) {
        if let Some(count) = self.counts.get_mut(group) {
            *count = stored.min(self.capacity as u8);
        }
    }

    /// Returns how many samples there are of a group.
    pub fn count(&self, group: usize) -> usize {
        self.counts.get(group).map_or(0, |&count| count.into())
    }

    /// Returns a sample of a group, from the oldest on.
    pub fn get(&self, group: usize, index: usize) -> Option<&[u8]> {
        let at = position(group, index, self.capacity, self.stride);
        let sample = self.bytes.get(at..at.saturating_add(self.stride));
        sample.filter(|_| index < self.count(group))
    }

    /// Returns all samples with their groups, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], usize)> {
        (0..self.counts.len()).flat_map(move |group| {
            let samples = (0..self.count(group)).filter_map(move |index| self.get(group, index));
            samples.map(move |sample| (sample, group))
        })
    }
}

/// Draws a random sample of pinned and learned ones, and returns its group: the group evenly among
/// those of the first `groups` that have samples, the sample evenly within it.
pub fn draw(
    factory: &FactorySamples<'_>,
    recent: &Recent<'_>,
    groups: usize,
    random: &mut Random,
    sample: &mut [f32],
) -> Option<usize> {
    let FactorySamples { pinned, .. } = factory;
    let count = |group| pinned.count(group).saturating_add(recent.count(group));
    let full = || (0..groups).filter(|&group| count(group) > 0);
    let group = full().nth(random.below(full().count()))?;
    let index = random.below(count(group));
    match pinned.get(group, index) {
        Some(bytes) => factory.decode(bytes, sample),
        None => {
            let learned = recent.get(group, index.saturating_sub(pinned.count(group)))?;
            recent.format.decode(&factory.range, learned, sample);
        }
    }
    Some(group)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::memory::Cut;
    use crate::{Memory, Settings, Sizes, Storage};
    use std::vec::Vec;
    use trimpot::layer::Dense;
    use trimpot::shape::Vector;

    /// One feature, four classes; of each two pinned samples and three that were learned.
    const SIZES: Sizes =
        Sizes::of::<Vector<1>, Dense<1, 4>>(&Settings::new().with_pinned(2).with_recent(3));

    fn with_cut(test: impl FnOnce(&mut Cut<'_>)) {
        let mut memory = Memory::<{ SIZES.values() }, { SIZES.bytes() }>::new();
        let mut cut = SIZES.cut(memory.parts_mut());
        cut.factory.range.widen(&[-1.0]).unwrap();
        cut.factory.range.widen(&[0.0]).unwrap();
        test(&mut cut);
    }

    fn held(recent: &Recent<'_>) -> Vec<(f32, usize)> {
        let number = |sample: &[u8]| f32::from_le_bytes(sample.try_into().unwrap());
        recent.iter().map(|(sample, group)| (number(sample), group)).collect()
    }

    #[test]
    fn learned_samples_push_out_the_oldest_of_their_class_and_nothing_else() {
        with_cut(|Cut { factory, recent, .. }| {
            let range = &factory.range;
            recent.add(range, &[50.0], 2);
            for feature in 0..7 {
                recent.add(range, &[feature as f32], 1);
            }
            assert_eq!(held(recent), [(4.0, 1), (5.0, 1), (6.0, 1), (50.0, 2)]);
            recent.clear();
            assert_eq!(held(recent), []);
            recent.add(range, &[9.0], 1);
            assert_eq!(held(recent), [(9.0, 1)]);
        });
    }

    #[test]
    fn what_was_learned_since_parameters_were_stored_can_be_forgotten() {
        with_cut(|Cut { factory, recent, .. }| {
            let range = &factory.range;
            recent.add(range, &[1.0], 1);
            recent.add(range, &[2.0], 1);
            recent.settle();
            recent.add(range, &[3.0], 1);
            recent.add(range, &[4.0], 1);
            recent.add(range, &[5.0], 3);
            recent.forget_fresh();
            assert_eq!(held(recent), [(2.0, 1)]);
            // More than fit: none of the old ones is left.
            for feature in 6..12 {
                recent.add(range, &[feature as f32], 1);
            }
            recent.forget_fresh();
            assert_eq!(held(recent), []);
        });
    }

    #[test]
    fn a_class_that_does_not_exist_has_no_room() {
        with_cut(|Cut { factory, recent, .. }| {
            recent.add(&factory.range, &[0.0], 4);
            assert_eq!(recent.len(), 0);
            let drawn = draw(factory, recent, 4, &mut Random::new(1), &mut [0.0]);
            assert_eq!(drawn, None);
        });
    }

    #[test]
    fn where_no_learned_sample_fits_none_is_kept() {
        let (mut counts, mut fresh) = ([0; 4], [0; 4]);
        let (counts, fresh, format) = (&mut counts, &mut fresh, Format::Numbers);
        let mut recent = Recent { bytes: &mut [], format, counts, fresh, stride: 4, capacity: 0 };
        let range = FeatureRange { low: &mut [], high: &mut [], widened: &mut [] };
        recent.add(&range, &[1.0], 1);
        assert_eq!((recent.len(), recent.get(1, 0)), (0, None));
    }

    #[test]
    fn classes_are_drawn_alike_however_many_samples_they_have() {
        with_cut(|Cut { factory, recent, .. }| {
            for feature in 0..3 {
                let added = factory.pinned.add(&factory.range, factory.format, &[-1.0], 0);
                assert!(added.is_ok() || feature == 2);
                recent.add(&factory.range, &[feature as f32], 0);
            }
            recent.add(&factory.range, &[10.0], 3);
            let mut random = Random::new(7);
            let (mut first, mut last, mut features) = (0, 0, [0; 4]);
            for _ in 0..10_000 {
                let mut sample = [0.0];
                let class = draw(factory, recent, 4, &mut random, &mut sample);
                match class.map(|class| (sample, class)) {
                    Some(([feature], 0)) => {
                        first += 1;
                        features[(feature + 1.0) as usize] += 1;
                    }
                    Some(([10.0], 3)) => last += 1,
                    other => panic!("{other:?}"),
                }
            }
            // Half of the draws each, with a standard deviation of 50.
            assert!((4750..5250).contains(&first) && first + last == 10_000, "{first}");
            // Of the first class two equal samples are pinned, and three are learned.
            assert!((1850..2150).contains(&features[0]), "{features:?}");
            assert!(features[1..].iter().all(|count| (880..1120).contains(count)), "{features:?}");
        });
    }
}
