//! NOR flash memory in RAM: power cuts, and the ways in which cells and drivers fail.
//!
//! Programming clears bits, a word at a time; erasing sets them, a page at a time.
//!
//! - [`Flash::cut_after`] cuts the power at a chosen byte: what is being programmed or erased is
//!   then torn, as [`Torn`] says, and nothing works any more until [`Flash::power_on`].
//! - [`Flash::fail_reads`], [`Flash::flip_reads`], [`Flash::fail_all_reads`]: reads that go wrong.
//! - [`Flash::stuck_at_zero`], [`Flash::erases`]: cells that wear out.
//! - [`Flash::require_alignment`]: drivers that transfer whole words.
//!
//! Everything random is seeded: after the same calls, the same memory. A clone continues as the
//! original would.

mod bits;
mod counts;
mod error;
mod reading;
mod tearing;
#[cfg(test)]
mod tests;
mod torn;

use std::collections::BTreeMap;
use std::ops::Range;

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

use bits::Bits;
use reading::{ReadFaults, Unstable};

pub use counts::Counts;
pub use error::FlashError;
pub use torn::Torn;

/// Flash memory that is read in units of `READ` bytes, programmed in words of `WRITE` and erased in
/// pages of `ERASE`.
#[derive(Clone, Debug)]
pub struct Flash<const READ: usize, const WRITE: usize, const ERASE: usize> {
    bytes: Vec<u8>,
    /// Words that are programmed, by number: until the page is erased they cannot be programmed
    /// again where the memory has error correction.
    programmed: Bits,
    /// Words that cannot be read, by number.
    unreadable: Bits,
    unstable: Unstable,
    read_faults: ReadFaults,
    /// Bits that erasing leaves at 0, by the offset of their byte.
    stuck: BTreeMap<usize, u8>,
    /// How often each page was erased.
    erases: Vec<u32>,
    requires_alignment: bool,
    /// Bytes that can still be programmed or erased, and what becomes of the next.
    cut: Option<(u64, Torn)>,
    powered: bool,
    counts: Counts,
}

impl<const READ: usize, const WRITE: usize, const ERASE: usize> Flash<READ, WRITE, ERASE> {
    /// Creates erased memory without faults.
    ///
    /// # Panics
    /// If `capacity` is not whole pages.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        assert!(capacity.is_multiple_of(ERASE));
        Flash {
            bytes: vec![0xff; capacity],
            programmed: Bits::default(),
            unreadable: Bits::default(),
            unstable: Unstable::default(),
            read_faults: ReadFaults::default(),
            stuck: BTreeMap::new(),
            erases: vec![0; capacity / ERASE],
            requires_alignment: false,
            cut: None,
            powered: true,
            counts: Counts::default(),
        }
    }

    /// Cuts the power once `bytes` more are programmed or erased, in the middle of the next.
    pub fn cut_after(&mut self, bytes: u64, torn: Torn) {
        self.cut = Some((bytes, torn));
    }

    /// Switches the power on again, and plans no cut. Faults of cells and reads stay.
    pub fn power_on(&mut self) {
        self.powered = true;
        self.cut = None;
    }

    /// Returns whether the power is on.
    #[must_use]
    pub fn is_powered(&self) -> bool {
        self.powered
    }

    /// From now on, `per_mille` of 1000 read calls fail with [`FlashError::Unreadable`], drawn at
    /// random. The same read may succeed the next time. 0 switches it off.
    ///
    /// # Panics
    /// If `per_mille` is above 1000.
    pub fn fail_reads(&mut self, per_mille: u32, seed: u64) {
        self.read_faults.fail(per_mille, seed);
    }

    /// From now on, `per_mille` of 1000 read calls return one bit inverted, drawn at random. The
    /// memory keeps its value. 0 switches it off.
    ///
    /// # Panics
    /// If `per_mille` is above 1000.
    pub fn flip_reads(&mut self, per_mille: u32, seed: u64) {
        self.read_faults.flip(per_mille, seed);
    }

    /// Lets every read fail with [`FlashError::Unreadable`], or no longer: external flash that is
    /// not awake. Programming and erasing still work, so whoever takes unreadable for blank does
    /// harm.
    pub fn fail_all_reads(&mut self, fail: bool) {
        self.read_faults.fail_all(fail);
    }

    /// Makes the bits of `mask` in the byte at `offset` unable to be set: the next erasure of their
    /// page, and every later one, leaves them at 0. Until then they hold what they held.
    ///
    /// # Panics
    /// If `offset` is outside the memory.
    pub fn stuck_at_zero(&mut self, offset: usize, mask: u8) {
        assert!(offset < self.bytes.len());
        *self.stuck.entry(offset).or_default() |= mask;
    }

    /// Refuses buffers that are not aligned to 4 bytes, for reads and programs, with
    /// [`NorFlashErrorKind::NotAligned`]: drivers of QSPI flash assert that they are. Empty buffers
    /// pass.
    pub fn require_alignment(&mut self) {
        self.requires_alignment = true;
    }

    /// Returns how often the page with this number was erased. An erasure that was torn counts,
    /// unless [`Torn::Untouched`].
    ///
    /// # Panics
    /// If there is no such page.
    #[must_use]
    pub fn erases(&self, page: usize) -> u32 {
        self.erases[page]
    }

    /// Returns what has been done so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Returns the contents. An unstable bit has the value that the tear has left; reads differ
    /// from it.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the contents, to be damaged. Unstable bits and words stay unstable.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    fn check(&self, check: Result<(), NorFlashErrorKind>) -> Result<(), FlashError> {
        check.map_err(FlashError::Kind)?;
        if self.powered { Ok(()) } else { Err(FlashError::NoPower) }
    }

    fn check_buffer(&self, buffer: &[u8]) -> Result<(), FlashError> {
        let aligned = buffer.as_ptr().addr().is_multiple_of(4);
        if self.requires_alignment && !buffer.is_empty() && !aligned {
            return Err(FlashError::Kind(NorFlashErrorKind::NotAligned));
        }
        Ok(())
    }

    /// Takes `bytes` from what may be done before the cut. If the cut comes first, says how it
    /// tears.
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

    /// Returns the numbers of the words that hold these bytes.
    fn words(bytes: &Range<usize>) -> Range<usize> {
        bytes.start / WRITE..bytes.end.div_ceil(WRITE)
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

    /// What the buffer holds after [`FlashError::Unreadable`] is not the memory's contents:
    /// it looks blank.
    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        self.check(check_read(self, offset, bytes.len()))?;
        self.check_buffer(bytes)?;
        let range = offset as usize..offset as usize + bytes.len();
        let words = Self::words(&range);
        if self.read_faults.fails()
            || self.unreadable.any(words.clone())
            || self.unstable.fails(words)
        {
            bytes.fill(0xff);
            self.counts.failed_reads += 1;
            return Err(FlashError::Unreadable);
        }
        bytes.copy_from_slice(&self.bytes[range.clone()]);
        self.unstable.flicker(range, bytes);
        self.counts.flipped_reads += u64::from(self.read_faults.flips(bytes));
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
        for page in from as usize / ERASE..to as usize / ERASE {
            if let Some(torn) = self.spend(ERASE) {
                self.tear_erasure(page, torn);
                return Err(FlashError::NoPower);
            }
            self.erase_page(page);
            self.counts.erased += ERASE as u64;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        self.check(check_write(self, offset, bytes.len()))?;
        self.check_buffer(bytes)?;
        let unit = match self.cut {
            Some((_, torn)) if torn.spans_program_page() => {
                torn::PROGRAM_PAGE.next_multiple_of(WRITE)
            }
            _ => WRITE,
        };
        let (mut at, mut rest) = (offset as usize, bytes);
        while !rest.is_empty() {
            let (new, later) = rest.split_at(rest.len().min(unit - at % unit));
            if let Some(torn) = self.spend(new.len()) {
                self.tear_program(at, new, torn);
                return Err(FlashError::NoPower);
            }
            self.program(at, new);
            self.counts.programmed += new.len() as u64;
            (at, rest) = (at + new.len(), later);
        }
        Ok(())
    }
}
