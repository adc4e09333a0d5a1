//! Reads that go wrong: at random, all of them, or because of unstable cells.

use std::ops::Range;

use super::bits::Bits;
use crate::inputs::Random;

/// Faults that any read may meet.
#[derive(Clone, Debug, Default)]
pub(super) struct ReadFaults {
    all: bool,
    failing: Option<Chance>,
    flipping: Option<Chance>,
}

impl ReadFaults {
    pub(super) fn fail(&mut self, per_mille: u32, seed: u64) {
        self.failing = Chance::new(per_mille, seed);
    }

    pub(super) fn flip(&mut self, per_mille: u32, seed: u64) {
        self.flipping = Chance::new(per_mille, seed);
    }

    pub(super) fn fail_all(&mut self, fail: bool) {
        self.all = fail;
    }

    /// Draws whether this read fails.
    pub(super) fn fails(&mut self) -> bool {
        self.all || self.failing.as_mut().is_some_and(Chance::occurs)
    }

    /// Draws whether this read has a wrong bit, and inverts it.
    pub(super) fn flips(&mut self, bytes: &mut [u8]) -> bool {
        let Some(chance) = &mut self.flipping else { return false };
        if bytes.is_empty() || !chance.occurs() {
            return false;
        }
        let bit = chance.random.bits() as usize % (8 * bytes.len());
        bytes[bit / 8] ^= 1 << (bit % 8);
        true
    }
}

/// Something that occurs now and then.
#[derive(Clone, Debug)]
struct Chance {
    per_mille: u32,
    random: Random,
}

impl Chance {
    fn new(per_mille: u32, seed: u64) -> Option<Self> {
        assert!(per_mille <= 1000);
        (per_mille > 0).then(|| Chance { per_mille, random: Random::new(seed) })
    }

    fn occurs(&mut self) -> bool {
        self.random.bits() % 1000 < u64::from(self.per_mille)
    }
}

/// Cells that read differently each time.
#[derive(Clone, Debug)]
pub(super) struct Unstable {
    /// A mask for each byte. Empty while there are none.
    bits: Vec<u8>,
    /// Words whose reads fail half of the time, by number.
    words: Bits,
    /// Advances with each read that meets them.
    random: Random,
}

impl Default for Unstable {
    fn default() -> Self {
        Unstable { bits: Vec::new(), words: Bits::default(), random: Random::new(0) }
    }
}

impl Unstable {
    /// Adds unstable bits from `at` on, in a memory of `capacity` bytes.
    pub(super) fn add_bits(&mut self, at: usize, masks: &[u8], capacity: usize) {
        self.bits.resize(capacity, 0);
        self.bits[at..].iter_mut().zip(masks).for_each(|(bits, mask)| *bits |= mask);
    }

    /// Makes reads of a word fail half of the time.
    pub(super) fn add_word(&mut self, word: usize) {
        self.words.insert(word);
    }

    /// Makes the values of later reads depend on `seed`, too.
    pub(super) fn reseed(&mut self, seed: u64) {
        self.random = Random::new(self.random.bits() ^ seed);
    }

    /// Makes these bytes and words stable.
    pub(super) fn mend(&mut self, bytes: Range<usize>, words: Range<usize>) {
        if let Some(bits) = self.bits.get_mut(bytes) {
            bits.fill(0);
        }
        self.words.remove(words);
    }

    /// Makes bits of a byte stable.
    pub(super) fn mend_bits(&mut self, at: usize, mask: u8) {
        if let Some(bits) = self.bits.get_mut(at) {
            *bits &= !mask;
        }
    }

    /// Draws whether a read of these words fails.
    pub(super) fn fails(&mut self, words: Range<usize>) -> bool {
        self.words.any(words) && self.random.bits().is_multiple_of(2)
    }

    /// Draws the unstable bits of what was read from `range`.
    pub(super) fn flicker(&mut self, range: Range<usize>, bytes: &mut [u8]) {
        let Some(masks) = self.bits.get(range) else { return };
        if masks.iter().all(|&mask| mask == 0) {
            return;
        }
        let together = self.random.bits() % 4;
        for (byte, mask) in bytes.iter_mut().zip(masks) {
            let value = match together {
                0 => 0,
                1 => 0xff,
                _ => self.random.bits() as u8,
            };
            *byte = *byte & !mask | value & mask;
        }
    }
}
