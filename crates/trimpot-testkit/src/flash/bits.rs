//! A set of numbers, a bit each.

use std::ops::Range;

/// Memory is taken up to the largest number that was ever inserted; a clone is a copy of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// Inserts a number. Returns whether it was missing.
    pub(super) fn insert(&mut self, number: usize) -> bool {
        let (index, bit) = (number / 64, 1 << (number % 64));
        if self.0.len() <= index {
            self.0.resize(index + 1, 0);
        }
        let missing = self.0[index] & bit == 0;
        self.0[index] |= bit;
        missing
    }

    /// Removes all numbers of a range.
    pub(super) fn remove(&mut self, range: Range<usize>) {
        for (index, bits) in parts(range) {
            if let Some(word) = self.0.get_mut(index) {
                *word &= !bits;
            }
        }
    }

    /// Returns whether any number of a range is in the set.
    pub(super) fn any(&self, range: Range<usize>) -> bool {
        parts(range).any(|(index, bits)| self.0.get(index).is_some_and(|word| word & bits != 0))
    }
}

/// Each word that a range touches, and which of its bits.
fn parts(range: Range<usize>) -> impl Iterator<Item = (usize, u64)> {
    (range.start / 64..range.end.div_ceil(64)).map(move |index| {
        let first = range.start.max(index * 64) % 64;
        let count = range.end.min(index * 64 + 64) - range.start.max(index * 64);
        (index, if count == 0 { 0 } else { u64::MAX >> (64 - count) << first })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    use crate::inputs::Random;

    #[test]
    fn bits_do_as_a_set_of_the_standard_library() {
        let mut random = Random::new(1);
        let (mut bits, mut set) = (Bits::default(), BTreeSet::new());
        assert!(!bits.any(0..1000));
        for _ in 0..5000 {
            let start = random.bits() as usize % 300;
            let range = start..start + random.bits() as usize % 150;
            match random.bits() % 8 {
                0 => {
                    bits.remove(range.clone());
                    set.retain(|number| !range.contains(number));
                }
                1..3 => assert_eq!(bits.insert(start), set.insert(start)),
                _ => assert_eq!(bits.any(range.clone()), set.range(range).next().is_some()),
            }
        }
    }
}
