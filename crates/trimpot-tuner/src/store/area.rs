//! A range of a flash memory, read so that what comes out can be relied on.
//!
//! Reads fail now and then, lines flip bits, and a cell that was being programmed when the power
//! failed can read differently each time. So everything is read until two readings in a row agree,
//! and what decides what is stored, the records, is read [many times](Area::examine).

use core::ops::Range;

use embedded_storage::nor_flash::{NorFlash, NorFlashError};

use super::StoreError;

/// Bytes that are read and written at once.
pub const CHUNK: usize = 128;
/// How often a chunk is read before it counts as unreadable.
const READINGS: u32 = 64;
/// So many equal readings of a record decide: one weak bit shows the same value so often once in
/// 2³⁹ times.
const UNANIMOUS: u32 = 40;
/// If they are not all equal, this number is made, and three quarters of the good ones decide.
const MOST: u32 = 256;
/// So many of them must be good.
const GOOD: u32 = 64;

/// Bytes at the address of a word, as drivers of external flash require.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(4))]
pub struct Aligned<const N: usize>(pub [u8; N]);

/// What a place holds, as many readings have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading<T> {
    /// This, nearly always when reading works.
    Stable(T),
    /// Something else each time.
    Unstable,
    /// Reading fails.
    Unreadable,
}

/// The range of the flash memory `F` that begins at byte `start` and has `length` bytes.
#[derive(Debug)]
pub struct Area<F> {
    flash: F,
    start: u32,
    length: u32,
}

impl<F: NorFlash> Area<F> {
    /// Returns the area of these bytes of `flash`, which the caller has checked.
    pub const fn new(flash: F, range: &Range<u32>) -> Self {
        let length = range.end.saturating_sub(range.start);
        Area { flash, start: range.start, length }
    }

    /// Bytes.
    pub const fn length(&self) -> u32 {
        self.length
    }

    /// Returns the flash memory.
    pub const fn flash_mut(&mut self) -> &mut F {
        &mut self.flash
    }

    /// Gives the flash memory back.
    pub fn into_flash(self) -> F {
        self.flash
    }

    /// Reads `N` bytes at `at`, until two readings in a row agree.
    // The second reading is on the stack only here.
    #[inline(never)]
    pub fn read<const N: usize>(
        &mut self,
        at: u32,
        bytes: &mut Aligned<N>,
    ) -> Result<(), StoreError> {
        let mut again = Aligned([0; N]);
        let mut has_read = false;
        let mut error = StoreError::Unstable;
        for _ in 0..READINGS {
            match self.flash.read(self.start.saturating_add(at), &mut again.0) {
                Ok(()) if has_read && *bytes == again => return Ok(()),
                Ok(()) => {
                    has_read = true;
                    bytes.0.copy_from_slice(&again.0);
                }
                Err(failure) => error = StoreError::Flash(failure.kind()),
            }
        }
        Err(error)
    }

    /// Reads `N` bytes at `at` many times, and tells what `decode` makes of them nearly always.
    pub fn examine<const N: usize, T: Copy + PartialEq>(
        &mut self,
        at: u32,
        decode: impl Fn(&[u8; N]) -> T,
    ) -> Reading<T> {
        // The first good reading and its value, how often that came, and what else came.
        let mut first: Option<([u8; N], T)> = None;
        let (mut same, mut other, mut failed) = (0_u32, 0_u32, 0_u32);
        for reading in 1..=MOST {
            let mut bytes = Aligned([0; N]);
            match self.flash.read(self.start.saturating_add(at), &mut bytes.0) {
                Err(_) => failed = failed.saturating_add(1),
                Ok(()) => {
                    let (known, value) = *first.get_or_insert_with(|| (bytes.0, decode(&bytes.0)));
                    if known == bytes.0 || value == decode(&bytes.0) {
                        same = same.saturating_add(1);
                    } else {
                        other = other.saturating_add(1);
                        // The first reading may have been the odd one out.
                        if other > same && same <= MOST / 64 {
                            first = Some((bytes.0, decode(&bytes.0)));
                            (same, other) = (1, same);
                        }
                    }
                }
            }
            let unanimous = same == reading || failed == reading;
            if unanimous && reading >= UNANIMOUS {
                break;
            }
        }
        let good = same.saturating_add(other);
        let enough = good >= GOOD || failed == 0;
        match first {
            Some((_, value)) if enough && same >= good.saturating_sub(good / 4) => {
                Reading::Stable(value)
            }
            Some(_) if enough => Reading::Unstable,
            _ => Reading::Unreadable,
        }
    }

    /// Writes whole words of the flash memory.
    pub fn write(&mut self, at: u32, bytes: &[u8]) -> Result<(), StoreError> {
        let written = self.flash.write(self.start.saturating_add(at), bytes);
        written.map_err(|error| StoreError::Flash(error.kind()))
    }

    /// Erases whole pages.
    pub fn erase(&mut self, at: u32, length: u32) -> Result<(), StoreError> {
        let from = self.start.saturating_add(at);
        let erased = self.flash.erase(from, from.saturating_add(length));
        erased.map_err(|error| StoreError::Flash(error.kind()))
    }
}
