//! NOR flash memory in memory, with power cuts.
//!
//! Programming clears bits, a word at a time; erasing sets them, a page at a time. [`Flash::cut_after`]
//! lets the power fail at a chosen byte: what was being programmed or erased is then torn, and nothing
//! works any more until [`Flash::power_on`].

use std::collections::BTreeSet;

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase, check_read,
    check_write,
};

use crate::inputs::Random;

/// Flash memory that is read in units of `READ` bytes, programmed in words of `WRITE` and erased in
/// pages of `ERASE`.
#[derive(Clone, Debug)]
pub struct Flash<const READ: usize, const WRITE: usize, const ERASE: usize> {
    bytes: Vec<u8>,
    /// Words that are programmed, by number: until the page is erased they cannot be programmed again
    /// where the memory has error correction.
    programmed: BTreeSet<usize>,
    /// Words that cannot be read.
    unreadable: BTreeSet<usize>,
    /// Bytes that can still be programmed or erased, and what becomes of the next.
    cut: Option<(u64, Torn)>,
    powered: bool,
    counts: Counts,
}

/// What has been done to a [`Flash`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bytes programmed.
    pub programmed: u64,
    /// Bytes erased.
    pub erased: u64,
    /// Words programmed more than once since they were erased.
    pub overwritten: u64,
}

impl Counts {
    /// Bytes programmed or erased: the places where the power can be cut.
    #[must_use]
    pub fn cuts(&self) -> u64 {
        self.programmed + self.erased
    }
}

/// What a word that is being programmed, or a page that is being erased, holds after a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Torn {
    /// What it held before.
    Untouched,
    /// What it should hold.
    Complete,
    /// Programming: some of the bits to be cleared are. Erasing: any bits at all, because a page is
    /// often programmed to zero before it is erased.
    Random(u64),
    /// Any bits, which the memory's error correction refuses to read.
    Unreadable,
}

/// Why an operation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlashError {
    /// The power is off.
    NoPower,
    /// A torn word.
    Unreadable,
    /// The caller's fault.
    Kind(NorFlashErrorKind),
}

impl NorFlashError for FlashError {
    fn kind(&self) -> NorFlashErrorKind {
        match *self {
            FlashError::Kind(kind) => kind,
            FlashError::NoPower | FlashError::Unreadable => NorFlashErrorKind::Other,
        }
    }
}

impl<const READ: usize, const WRITE: usize, const ERASE: usize> Flash<READ, WRITE, ERASE> {
    /// Erased memory.
    ///
    /// # Panics
    /// If `capacity` is not whole pages.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        assert!(capacity.is_multiple_of(ERASE));
        Flash {
            bytes: vec![0xff; capacity],
            programmed: BTreeSet::new(),
            unreadable: BTreeSet::new(),
            cut: None,
            powered: true,
            counts: Counts::default(),
        }
    }

    /// Cuts the power once `bytes` more are programmed or erased, in the middle of the next.
    pub fn cut_after(&mut self, bytes: u64, torn: Torn) {
        self.cut = Some((bytes, torn));
    }

    /// Switches the power on again, and plans no cut.
    pub fn power_on(&mut self) {
        self.powered = true;
        self.cut = None;
    }

    /// Whether the power is on.
    #[must_use]
    pub fn is_powered(&self) -> bool {
        self.powered
    }

    /// What has been done so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The contents.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The contents, to be damaged.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    fn check(&self, check: Result<(), NorFlashErrorKind>) -> Result<(), FlashError> {
        check.map_err(FlashError::Kind)?;
        if self.powered { Ok(()) } else { Err(FlashError::NoPower) }
    }

    /// Takes `bytes` from what may be done before the cut. If the cut comes first, says how it tears.
    fn spend(&mut self, bytes: usize) -> Option<Torn> {
        let (left, torn) = self.cut.as_mut()?;
        match left.checked_sub(bytes as u64) {
            Some(rest) => {
                *left = rest;
                None
            }
            None => {
                self.powered = false;
                Some(*torn)
            }
        }
    }
}

impl<const READ: usize, const WRITE: usize, const ERASE: usize> ErrorType
    for Flash<READ, WRITE, ERASE>
{
    type Error = FlashError;
}

impl<const READ: usize, const WRITE: usize, const ERASE: usize> ReadNorFlash
    for Flash<READ, WRITE, ERASE>
{
    const READ_SIZE: usize = READ;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        self.check(check_read(self, offset, bytes.len()))?;
        let (from, to) = (offset as usize, offset as usize + bytes.len());
        let words = from / WRITE..to.div_ceil(WRITE);
        if self.unreadable.range(words).next().is_some() {
            return Err(FlashError::Unreadable);
        }
        bytes.copy_from_slice(&self.bytes[from..to]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl<const READ: usize, const WRITE: usize, const ERASE: usize> NorFlash
    for Flash<READ, WRITE, ERASE>
{
    const WRITE_SIZE: usize = WRITE;
    const ERASE_SIZE: usize = ERASE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashError> {
        self.check(check_erase(self, from, to))?;
        for page in (from as usize..to as usize).step_by(ERASE) {
            let torn = self.spend(ERASE);
            if torn == Some(Torn::Untouched) {
                return Err(FlashError::NoPower);
            }
            let words = page / WRITE..(page + ERASE) / WRITE;
            self.programmed.retain(|word| !words.contains(word));
            self.unreadable.retain(|word| !words.contains(word));
            let bytes = &mut self.bytes[page..page + ERASE];
            match torn {
                Some(Torn::Random(seed)) => tear_page(bytes, &mut Random::new(seed)),
                Some(Torn::Unreadable) => self.unreadable.extend(words),
                _ => bytes.fill(0xff),
            }
            if torn.is_some() {
                return Err(FlashError::NoPower);
            }
            self.counts.erased += ERASE as u64;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        self.check(check_write(self, offset, bytes.len()))?;
        for (index, new) in bytes.chunks(WRITE).enumerate() {
            let torn = self.spend(WRITE);
            if torn == Some(Torn::Untouched) {
                return Err(FlashError::NoPower);
            }
            let word = offset as usize / WRITE + index;
            self.counts.overwritten += u64::from(!self.programmed.insert(word));
            let old = &mut self.bytes[word * WRITE..(word + 1) * WRITE];
            match torn {
                Some(Torn::Random(seed)) => tear_word(old, new, &mut Random::new(seed)),
                Some(Torn::Unreadable) => drop(self.unreadable.insert(word)),
                _ => old.iter_mut().zip(new).for_each(|(old, new)| *old &= new),
            }
            if torn.is_some() {
                return Err(FlashError::NoPower);
            }
            self.counts.programmed += WRITE as u64;
        }
        Ok(())
    }
}

/// Clears some of the bits that `new` clears: few, half or most of them.
fn tear_word(old: &mut [u8], new: &[u8], random: &mut Random) {
    let density = random.bits() % 3;
    for (old, new) in old.iter_mut().zip(new) {
        let (a, b) = (random.bits() as u8, random.bits() as u8);
        let spared = match density {
            0 => a | b,
            1 => a,
            _ => a & b,
        };
        *old &= new | spared;
    }
}

/// Leaves zeros, anything, or what was there with some bits set.
fn tear_page(bytes: &mut [u8], random: &mut Random) {
    let stage = random.bits() % 4;
    for byte in bytes {
        let noise = random.bits() as u8;
        match stage {
            0 => *byte &= noise,
            1 => *byte = 0,
            2 => *byte = noise,
            _ => *byte |= noise,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Small = Flash<1, 4, 16>;

    #[test]
    fn programming_clears_bits_and_erasing_sets_them() {
        let mut flash = Small::new(32);
        assert_eq!(flash.bytes(), [0xff; 32]);
        flash.write(4, &[0x0f, 0xf0, 0, 0xff]).unwrap();
        flash.write(4, &[0xff, 0x3c, 0xff, 0xff]).unwrap();
        assert_eq!(flash.bytes()[3..9], [0xff, 0x0f, 0x30, 0, 0xff, 0xff]);
        assert_eq!(flash.counts(), Counts { programmed: 8, erased: 0, overwritten: 1 });
        flash.erase(0, 16).unwrap();
        assert_eq!(flash.bytes(), [0xff; 32]);
        flash.write(4, &[0; 4]).unwrap();
        assert_eq!(flash.counts(), Counts { programmed: 12, erased: 16, overwritten: 1 });
    }

    #[test]
    fn what_is_misaligned_or_outside_is_refused() {
        let mut flash = Small::new(32);
        let refused = |kind| Err(FlashError::Kind(kind));
        assert_eq!(flash.write(2, &[0; 4]), refused(NorFlashErrorKind::NotAligned));
        assert_eq!(flash.write(4, &[0; 3]), refused(NorFlashErrorKind::NotAligned));
        assert_eq!(flash.write(32, &[0; 4]), refused(NorFlashErrorKind::OutOfBounds));
        assert_eq!(flash.erase(0, 8), refused(NorFlashErrorKind::NotAligned));
        assert_eq!(flash.erase(0, 48), refused(NorFlashErrorKind::OutOfBounds));
        assert_eq!(flash.read(30, &mut [0; 4]), refused(NorFlashErrorKind::OutOfBounds));
        assert_eq!(flash.bytes(), [0xff; 32]);
    }

    #[test]
    fn after_a_cut_nothing_works_until_the_power_is_back() {
        let mut flash = Small::new(32);
        flash.cut_after(6, Torn::Untouched);
        assert_eq!(flash.write(0, &[0; 12]), Err(FlashError::NoPower));
        assert!(!flash.is_powered());
        assert_eq!(flash.read(0, &mut [0; 4]), Err(FlashError::NoPower));
        assert_eq!(flash.write(16, &[0; 4]), Err(FlashError::NoPower));
        assert_eq!(flash.erase(0, 16), Err(FlashError::NoPower));
        flash.power_on();
        let mut bytes = [0; 12];
        flash.read(0, &mut bytes).unwrap();
        assert_eq!(bytes, [0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(flash.counts().cuts(), 4);
    }

    #[test]
    fn a_torn_word_is_between_old_and_new() {
        let mut seen = BTreeSet::new();
        for seed in 0..200 {
            let mut flash = Small::new(16);
            flash.write(0, &[0xf0; 4]).unwrap();
            flash.cut_after(0, Torn::Random(seed));
            assert!(flash.write(0, &[0x33; 4]).is_err());
            let word: [u8; 4] = *flash.bytes().first_chunk().unwrap();
            for byte in word {
                assert_eq!(byte & 0x30, 0x30, "bits that are not to be cleared stay");
                assert_eq!(byte & 0x0f, 0x00, "bits that were clear stay clear");
            }
            assert_eq!(flash.bytes()[4..], [0xff; 12]);
            seen.insert(word);
        }
        assert!(seen.len() > 50, "{}", seen.len());
        assert!(seen.iter().any(|word| word.contains(&0xf0) && word.contains(&0x30)));
    }

    #[test]
    fn a_torn_page_is_anything_and_its_neighbours_are_whole() {
        let mut seen = BTreeSet::new();
        for seed in 0..100 {
            let mut flash = Small::new(48);
            flash.write(0, &[0x55; 48]).unwrap();
            flash.cut_after(20, Torn::Random(seed));
            assert!(flash.erase(0, 48).is_err());
            assert_eq!(flash.bytes()[..16], [0xff; 16]);
            assert_eq!(flash.bytes()[32..], [0x55; 16]);
            seen.insert(flash.bytes()[16..32].to_vec());
        }
        assert!(seen.len() > 50);
        assert!(seen.contains(&vec![0; 16]));
    }

    #[test]
    fn the_same_seed_tears_alike_and_complete_means_complete() {
        let tear = |torn| {
            let mut flash = Small::new(16);
            flash.cut_after(5, torn);
            assert!(flash.write(0, &[0x12; 12]).is_err());
            flash.bytes().to_vec()
        };
        assert_eq!(tear(Torn::Random(3)), tear(Torn::Random(3)));
        assert_eq!(
            tear(Torn::Complete)[..9],
            [0x12, 0x12, 0x12, 0x12, 0x12, 0x12, 0x12, 0x12, 255]
        );
        assert_eq!(tear(Torn::Untouched)[..5], [0x12, 0x12, 0x12, 0x12, 255]);
    }

    #[test]
    fn an_unreadable_word_is_readable_again_once_erased() {
        let mut flash = Small::new(16);
        flash.cut_after(4, Torn::Unreadable);
        assert!(flash.write(0, &[0; 8]).is_err());
        flash.power_on();
        assert_eq!(flash.read(0, &mut [0; 4]), Ok(()));
        assert_eq!(flash.read(7, &mut [0; 1]), Err(FlashError::Unreadable));
        flash.erase(0, 16).unwrap();
        assert_eq!(flash.read(7, &mut [0; 1]), Ok(()));
    }
}
