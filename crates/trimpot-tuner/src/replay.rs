//! The replay buffer: samples that are learned from again, so that what was known is not forgotten.
//!
//! Every class has a buffer of its own, in two parts: `PINNED` samples of the factory, which stay,
//! and the `RECENT` ones that were learned last. Samples are drawn class by class, so that a class
//! of which little has come counts as much as the others.

use heapless::Deque;
use trimpot::random::Random;

use crate::samples::{FeatureRange, Samples};

/// The samples that were learned last, up to `RECENT` of each class.
#[derive(Clone, Debug)]
pub struct Learned<const I: usize, const O: usize, const RECENT: usize> {
    classes: [Class<I, RECENT>; O],
}

/// The samples of one class.
#[derive(Clone, Debug)]
struct Class<const I: usize, const RECENT: usize> {
    /// The oldest first.
    samples: Deque<[f32; I], RECENT>,
    /// How many of them, the newest, were learned since parameters were last stored.
    fresh: usize,
}

impl<const I: usize, const RECENT: usize> Class<I, RECENT> {
    const EMPTY: Self = Class { samples: Deque::new(), fresh: 0 };
}

impl<const I: usize, const O: usize, const RECENT: usize> Learned<I, O, RECENT> {
    /// No samples.
    pub const fn new() -> Self {
        const { assert!(RECENT <= u8::MAX as usize, "up to 255 learned samples of a class") };
        Learned { classes: [const { Class::EMPTY }; O] }
    }

    /// Returns how many samples there are.
    pub fn len(&self) -> usize {
        self.classes.iter().fold(0, |sum, class| sum.saturating_add(class.samples.len()))
    }

    /// Adds a sample, in place of the one of its class that was learned longest ago.
    pub fn add(&mut self, sample: &[f32; I], class: usize) {
        let Some(Class { samples, fresh }) = self.classes.get_mut(class) else { return };
        if samples.is_full() {
            samples.pop_front();
        }
        if samples.push_back(*sample).is_ok() {
            *fresh = fresh.saturating_add(1).min(RECENT);
        }
    }

    /// The parameters that learned from these samples are stored: from now on they are old ones.
    pub fn settle(&mut self) {
        for class in &mut self.classes {
            class.fresh = 0;
        }
    }

    /// Forgets the samples that were learned since parameters were last stored.
    pub fn forget_fresh(&mut self) {
        for Class { samples, fresh } in &mut self.classes {
            while *fresh > 0 {
                samples.pop_back();
                *fresh = fresh.saturating_sub(1);
            }
        }
    }

    /// Forgets all samples.
    pub fn clear(&mut self) {
        for class in &mut self.classes {
            class.samples.clear();
            class.fresh = 0;
        }
    }

    /// Returns how many samples there are of a class.
    pub fn count(&self, class: usize) -> usize {
        self.classes.get(class).map_or(0, |class| class.samples.len())
    }

    /// Returns a sample of a class, from the oldest on.
    pub fn get(&self, class: usize, index: usize) -> Option<&[f32; I]> {
        self.classes.get(class)?.samples.get(index)
    }

    /// Returns all samples with their classes, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = (&[f32; I], u32)> {
        self.classes
            .iter()
            .zip(0_u32..)
            .flat_map(|(class, label)| class.samples.iter().map(move |sample| (sample, label)))
    }
}

/// Draws a random sample of pinned and learned ones, and returns its class: the class evenly among
/// those that have samples, the sample evenly within it.
pub fn draw<const I: usize, const O: usize, const PINNED: usize, const RECENT: usize>(
    pinned: &Samples<I, O, PINNED>,
    learned: &Learned<I, O, RECENT>,
    range: &FeatureRange<I>,
    random: &mut Random,
    sample: &mut [f32; I],
) -> Option<u32> {
    let count = |class| pinned.count(class).saturating_add(learned.count(class));
    let full = || (0..O).filter(|&class| count(class) > 0);
    let class = full().nth(random.below(full().count()))?;
    let index = random.below(count(class));
    *sample = match pinned.get(class, index) {
        Some(bytes) => range.decode(bytes),
        None => *learned.get(class, index.saturating_sub(pinned.count(class)))?,
    };
    Some(class as u32)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    type Small = Learned<1, 4, 3>;

    fn held(learned: &Small) -> Vec<(f32, u32)> {
        learned.iter().map(|(&[feature], class)| (feature, class)).collect()
    }

    fn range() -> FeatureRange<1> {
        let mut range = FeatureRange::new();
        range.widen(&[-1.0]).unwrap();
        range.widen(&[0.0]).unwrap();
        range
    }

    #[test]
    fn learned_samples_push_out_the_oldest_of_their_class_and_nothing_else() {
        let mut learned = Small::new();
        learned.add(&[50.0], 2);
        for feature in 0..7 {
            learned.add(&[feature as f32], 1);
        }
        assert_eq!(held(&learned), [(4.0, 1), (5.0, 1), (6.0, 1), (50.0, 2)]);
        learned.clear();
        assert_eq!(held(&learned), []);
        learned.add(&[9.0], 1);
        assert_eq!(held(&learned), [(9.0, 1)]);
    }

    #[test]
    fn what_was_learned_since_parameters_were_stored_can_be_forgotten() {
        let mut learned = Small::new();
        learned.add(&[1.0], 1);
        learned.add(&[2.0], 1);
        learned.settle();
        learned.add(&[3.0], 1);
        learned.add(&[4.0], 1);
        learned.add(&[5.0], 3);
        learned.forget_fresh();
        assert_eq!(held(&learned), [(2.0, 1)]);
        // More than fit: none of the old ones is left.
        for feature in 6..12 {
            learned.add(&[feature as f32], 1);
        }
        learned.forget_fresh();
        assert_eq!(held(&learned), []);
    }

    #[test]
    fn a_class_that_does_not_exist_has_no_room() {
        let mut learned = Small::new();
        learned.add(&[0.0], 4);
        assert_eq!(learned.len(), 0);
        let pinned = Samples::<1, 4, 2>::new();
        let drawn = draw(&pinned, &learned, &range(), &mut Random::new(1), &mut [0.0]);
        assert_eq!(drawn, None);
    }

    #[test]
    fn classes_are_drawn_alike_however_many_samples_they_have() {
        let mut learned = Small::new();
        let mut pinned = Samples::<1, 4, 2>::new();
        for feature in 0..3 {
            assert!(pinned.add(&range(), &[-1.0], 0).is_ok() || feature == 2);
            learned.add(&[feature as f32], 0);
        }
        learned.add(&[10.0], 3);
        let mut random = Random::new(7);
        let (mut first, mut last, mut features) = (0, 0, [0; 4]);
        for _ in 0..10_000 {
            let mut sample = [0.0];
            let class = draw(&pinned, &learned, &range(), &mut random, &mut sample);
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
    }
}
