//! Programming and erasing, whole and torn.

use std::ops::Range;

use super::{Flash, Torn};
use crate::inputs::Random;

impl<const READ: usize, const WRITE: usize, const ERASE: usize> Flash<READ, WRITE, ERASE> {
    /// Clears bits from `at` on.
    pub(super) fn program(&mut self, at: usize, new: &[u8]) {
        self.begin_program(at, new.len());
        self.bytes[at..].iter_mut().zip(new).for_each(|(old, new)| *old &= new);
    }

    /// Programs what is left of `new` after a cut.
    pub(super) fn tear_program(&mut self, at: usize, new: &[u8], torn: Torn) {
        match torn {
            Torn::Untouched => {}
            Torn::Complete => self.program(at, new),
            Torn::Unreadable => {
                for word in self.begin_program(at, new.len()) {
                    self.unreadable.insert(word);
                }
            }
            Torn::Random(seed) | Torn::Page(seed) => {
                self.begin_program(at, new.len());
                clear_some(&mut self.bytes[at..][..new.len()], new, &mut Random::new(seed));
            }
            Torn::Disturb(seed) | Torn::DisturbNeighbours(seed) => {
                let mut random = Random::new(seed);
                self.begin_program(at, new.len());
                clear_some(&mut self.bytes[at..][..new.len()], new, &mut random);
                self.disturb(at / ERASE, torn, &mut random);
            }
            Torn::Weak(seed) | Torn::WeakPage(seed) => {
                let mut random = Random::new(seed);
                self.begin_program(at, new.len());
                let old = &mut self.bytes[at..][..new.len()];
                let changing = cleared(old, new);
                match random.bits() % 4 {
                    0 => {}
                    1 => old.iter_mut().zip(new).for_each(|(old, new)| *old &= new),
                    _ => clear_some(old, new, &mut random),
                }
                self.weaken(at, &changing, seed, &mut random);
            }
            Torn::WeakEcc(seed) => {
                for word in self.begin_program(at, new.len()) {
                    self.unstable.add_word(word);
                }
                let changing = cleared(&self.bytes[at..], new);
                self.unstable.add_bits(at, &changing, self.bytes.len());
                self.unstable.reseed(seed);
            }
        }
    }

    /// Sets all bits of a page, but for those that are stuck.
    pub(super) fn erase_page(&mut self, page: usize) {
        let bytes = self.begin_erasure(page);
        self.bytes[bytes].fill(0xff);
        self.clear_stuck(page);
    }

    /// Leaves a page as a cut does while it is erased.
    pub(super) fn tear_erasure(&mut self, page: usize, torn: Torn) {
        if torn == Torn::Untouched {
            return;
        }
        let range = self.begin_erasure(page);
        match torn {
            Torn::Untouched | Torn::Complete => self.bytes[range].fill(0xff),
            Torn::Unreadable => {
                for word in Self::words(&range) {
                    self.unreadable.insert(word);
                }
            }
            Torn::Random(seed) | Torn::Page(seed) => {
                set_some(&mut self.bytes[range], 4, &mut Random::new(seed));
            }
            Torn::Disturb(seed) | Torn::DisturbNeighbours(seed) => {
                let mut random = Random::new(seed);
                set_some(&mut self.bytes[range], 4, &mut random);
                self.disturb(page, torn, &mut random);
            }
            Torn::Weak(seed) | Torn::WeakPage(seed) => {
                let mut random = Random::new(seed);
                set_some(&mut self.bytes[range.clone()], 6, &mut random);
                self.weaken(range.start, &[0xff; ERASE], seed, &mut random);
            }
            Torn::WeakEcc(seed) => {
                self.tear_words(range, &mut Random::new(seed));
                self.unstable.reseed(seed);
            }
        }
        self.clear_stuck(page);
    }

    /// Counts the words that are programmed, and returns their numbers.
    fn begin_program(&mut self, at: usize, length: usize) -> Range<usize> {
        let words = Self::words(&(at..at + length));
        for word in words.clone() {
            self.counts.overwritten += u64::from(!self.programmed.insert(word));
        }
        words
    }

    /// Counts an erasure, forgets the faults that it mends, and returns the page's bytes.
    fn begin_erasure(&mut self, page: usize) -> Range<usize> {
        let bytes = page * ERASE..(page + 1) * ERASE;
        let words = Self::words(&bytes);
        self.erases[page] += 1;
        self.programmed.remove(words.clone());
        self.unreadable.remove(words.clone());
        self.unstable.mend(bytes.clone(), words);
        bytes
    }

    fn clear_stuck(&mut self, page: usize) {
        for (&offset, mask) in self.stuck.range(page * ERASE..(page + 1) * ERASE) {
            self.bytes[offset] &= !mask;
            self.unstable.mend_bits(offset, *mask);
        }
    }

    /// Makes some of the bits that were `changing` unstable: one to three, or many.
    fn weaken(&mut self, at: usize, changing: &[u8], seed: u64, random: &mut Random) {
        let mut masks = vec![0; changing.len()];
        if random.bits().is_multiple_of(2) {
            let ones: usize = changing.iter().map(|byte| byte.count_ones() as usize).sum();
            for _ in 0..1 + random.bits() % 3 {
                let chosen = random.bits() as usize % ones.max(1);
                if let Some((index, bit)) = bits_of(changing).nth(chosen) {
                    masks[index] |= bit;
                }
            }
        } else {
            let share = [Share::Few, Share::Half][random.bits() as usize % 2];
            for (mask, changing) in masks.iter_mut().zip(changing) {
                *mask = changing & share.bits(random);
            }
        }
        self.unstable.add_bits(at, &masks, self.bytes.len());
        self.unstable.reseed(seed);
    }

    /// Tears an erasure under error correction: words fail half of the time, or are old or erased.
    fn tear_words(&mut self, page: Range<usize>, random: &mut Random) {
        let words = Self::words(&page);
        let only = words.start + random.bits() as usize % words.len();
        let amount = random.bits() % 4;
        let rest = random.bits() % 3;
        for word in words {
            let bytes = word * WRITE..(word + 1) * WRITE;
            let draw = random.bits();
            let torn = match amount {
                0 => word == only,
                1 => draw.is_multiple_of(4),
                2 => draw.is_multiple_of(2),
                _ => true,
            };
            if torn {
                self.unstable.add_word(word);
                self.unstable.add_bits(bytes.start, &[0xff; WRITE], self.bytes.len());
            } else if rest == 0 || rest == 1 && draw & 4 == 0 {
                self.bytes[bytes].fill(0xff);
            }
        }
    }

    /// Clears up to 3 bits of the page, and of its neighbours if the tear says so.
    fn disturb(&mut self, page: usize, torn: Torn, random: &mut Random) {
        let reach = usize::from(matches!(torn, Torn::DisturbNeighbours(_)));
        let pages = page.saturating_sub(reach)..(page + reach + 1).min(self.erases.len());
        for page in pages {
            for _ in 0..random.bits() % 4 {
                let byte = page * ERASE + random.bits() as usize % ERASE;
                self.bytes[byte] &= !(1 << (random.bits() % 8));
            }
        }
    }
}

/// How many of the bits in question are meant.
#[derive(Clone, Copy)]
enum Share {
    None,
    Few,
    Half,
    Most,
    All,
}

impl Share {
    /// Draws 8 bits, of which this share is set.
    fn bits(self, random: &mut Random) -> u8 {
        let (a, b) = (random.bits() as u8, random.bits() as u8);
        match self {
            Share::None => 0,
            Share::Few => a & b,
            Share::Half => a,
            Share::Most => a | b,
            Share::All => 0xff,
        }
    }
}

/// Returns the bits that programming clears.
fn cleared(old: &[u8], new: &[u8]) -> Vec<u8> {
    old.iter().zip(new).map(|(old, new)| old & !new).collect()
}

/// Clears some of the bits that `new` clears: few, half or most of them, or in each byte as many as
/// it pleases.
fn clear_some(old: &mut [u8], new: &[u8], random: &mut Random) {
    use Share::{All, Few, Half, Most, None};
    let shares: &[Share] = match random.bits() % 4 {
        0 => &[Few],
        1 => &[Half],
        2 => &[Most],
        _ => &[None, Few, Half, Most, All],
    };
    for (old, new) in old.iter_mut().zip(new) {
        let share = shares[random.bits() as usize % shares.len()];
        *old &= new | !share.bits(random);
    }
}

/// Leaves what was there with some bits cleared, zeros, anything, what was there with some bits
/// set; of six stages, also what was there, and ones.
fn set_some(bytes: &mut [u8], stages: u64, random: &mut Random) {
    let stage = random.bits() % stages;
    for byte in bytes {
        let noise = random.bits() as u8;
        match stage {
            0 => *byte &= noise,
            1 => *byte = 0,
            2 => *byte = noise,
            3 => *byte |= noise,
            4 => {}
            _ => *byte = 0xff,
        }
    }
}

/// Each bit that is set: the index of its byte, and its mask.
fn bits_of(bytes: &[u8]) -> impl Iterator<Item = (usize, u8)> {
    let bits = |byte: u8| (0..8).map(|bit| 1 << bit).filter(move |bit| byte & bit != 0);
    bytes.iter().enumerate().flat_map(move |(index, &byte)| bits(byte).map(move |bit| (index, bit)))
}
