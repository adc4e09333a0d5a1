//! The replay buffer: samples that are learned from again, so that what was known is not forgotten.
//!
//! Every class has room of its own, in two parts: `KEPT` samples that are remembered for good, from
//! the factory, and the `RECENT` ones that were learned last. Samples are drawn class by class, so
//! that a class of which little has come counts as much as the others.

use heapless::Vec;
use trimpot::random::Random;

/// Samples of `I` features and `O` classes.
#[derive(Clone, Debug)]
pub struct Replay<const I: usize, const O: usize, const KEPT: usize, const RECENT: usize> {
    classes: [Samples<I, KEPT, RECENT>; O],
}

/// The samples of one class.
#[derive(Clone, Debug)]
struct Samples<const I: usize, const KEPT: usize, const RECENT: usize> {
    kept: Vec<[f32; I], KEPT>,
    recent: Vec<[f32; I], RECENT>,
    /// The place in `recent` that is overwritten next, when it is full.
    oldest: usize,
}

impl<const I: usize, const KEPT: usize, const RECENT: usize> Samples<I, KEPT, RECENT> {
    const EMPTY: Self = Samples { kept: Vec::new(), recent: Vec::new(), oldest: 0 };

    fn len(&self) -> usize {
        self.kept.len().saturating_add(self.recent.len())
    }

    fn get(&self, index: usize) -> Option<&[f32; I]> {
        self.kept.iter().chain(&self.recent).nth(index)
    }

    fn learned(&mut self, sample: &[f32; I]) {
        if self.recent.push(*sample).is_ok() {
            return;
        }
        if let Some(place) = self.recent.get_mut(self.oldest) {
            *place = *sample;
        }
        let next = self.oldest.saturating_add(1);
        self.oldest = if next < RECENT { next } else { 0 };
    }
}

impl<const I: usize, const O: usize, const KEPT: usize, const RECENT: usize>
    Replay<I, O, KEPT, RECENT>
{
    /// How many samples fit.
    pub const CAPACITY: usize = O * (KEPT + RECENT);

    /// No samples yet.
    pub const fn new() -> Self {
        Replay { classes: [const { Samples::EMPTY }; O] }
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.classes.iter().fold(0, |sum, samples| sum.saturating_add(samples.len()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Remembers a sample for good. Tells whether there was room: `KEPT` samples of a class fit.
    #[must_use]
    pub fn keep(&mut self, sample: &[f32; I], class: usize) -> bool {
        let samples = self.classes.get_mut(class);
        samples.is_some_and(|samples| samples.kept.push(*sample).is_ok())
    }

    /// Remembers a sample in place of the one of its class that was learned longest ago.
    pub fn learned(&mut self, sample: &[f32; I], class: usize) {
        if let Some(samples) = self.classes.get_mut(class) {
            samples.learned(sample);
        }
    }

    /// Forgets the samples that were learned, but not those that are kept for good.
    pub fn forget_learned(&mut self) {
        for samples in &mut self.classes {
            samples.recent.clear();
            samples.oldest = 0;
        }
    }

    /// A random sample with its class: the class evenly among those that have samples, the sample
    /// evenly within it.
    pub fn draw(&self, random: &mut Random) -> Option<(&[f32; I], u32)> {
        let full = || self.classes.iter().zip(0u32..).filter(|(samples, _)| samples.len() > 0);
        let (samples, class) = full().nth(random.below(full().count()))?;
        Some((samples.get(random.below(samples.len()))?, class))
    }

    /// All samples with their classes, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = (&[f32; I], u32)> {
        self.classes.iter().zip(0u32..).flat_map(|(samples, class)| {
            samples.kept.iter().chain(&samples.recent).map(move |sample| (sample, class))
        })
    }
}

impl<const I: usize, const O: usize, const KEPT: usize, const RECENT: usize> Default
    for Replay<I, O, KEPT, RECENT>
{
    fn default() -> Self {
        Replay::new()
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    type Small = Replay<1, 4, 2, 3>;

    fn held(replay: &Small) -> Vec<(f32, u32)> {
        replay.iter().map(|(&[feature], class)| (feature, class)).collect()
    }

    #[test]
    fn learned_samples_push_out_the_oldest_of_their_class_and_nothing_else() {
        let mut replay = Small::new();
        assert!(replay.keep(&[-1.0], 1) && replay.keep(&[-2.0], 1));
        assert!(!replay.keep(&[-3.0], 1));
        replay.learned(&[50.0], 2);
        for feature in 0..7 {
            replay.learned(&[feature as f32], 1);
        }
        assert_eq!(held(&replay), [(-1.0, 1), (-2.0, 1), (6.0, 1), (4.0, 1), (5.0, 1), (50.0, 2)]);
        replay.forget_learned();
        assert_eq!(held(&replay), [(-1.0, 1), (-2.0, 1)]);
        replay.learned(&[9.0], 1);
        assert_eq!(held(&replay), [(-1.0, 1), (-2.0, 1), (9.0, 1)]);
        assert_eq!(replay.len(), 3);
    }

    #[test]
    fn a_class_that_does_not_exist_has_no_room() {
        let mut replay = Small::new();
        assert!(!replay.keep(&[0.0], 4));
        replay.learned(&[0.0], 4);
        assert!(replay.is_empty());
        assert_eq!(replay.draw(&mut Random::new(1)), None);
    }

    #[test]
    fn classes_are_drawn_alike_however_many_samples_they_have() {
        let mut replay = Small::new();
        for feature in 0..3 {
            assert!(replay.keep(&[-1.0], 0) || feature == 2);
            replay.learned(&[feature as f32], 0);
        }
        replay.learned(&[10.0], 3);
        let mut random = Random::new(7);
        let (mut first, mut last, mut features) = (0, 0, [0; 4]);
        for _ in 0..10_000 {
            match replay.draw(&mut random) {
                Some((&[feature], 0)) => {
                    first += 1;
                    features[(feature + 1.0) as usize] += 1;
                }
                Some((&[10.0], 3)) => last += 1,
                other => panic!("{other:?}"),
            }
        }
        // Half of the draws each, with a standard deviation of 50.
        assert!((4750..5250).contains(&first) && first + last == 10_000, "{first}");
        // Of the first class two equal samples are kept, and three are learned.
        assert!((1850..2150).contains(&features[0]), "{features:?}");
        assert!(features[1..].iter().all(|count| (880..1120).contains(count)), "{features:?}");
    }
}
