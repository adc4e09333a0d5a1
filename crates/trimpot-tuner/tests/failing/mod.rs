//! Memory whose reads go wrong from a certain one on.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::ops::Range;

use embedded_storage::nor_flash::{ErrorType, NorFlash, ReadNorFlash};
use trimpot_testkit::flash::{Flash, FlashError};

type Memory = Flash<1, 4, 256>;

/// What goes wrong with reads that touch a range.
#[derive(Clone, Debug)]
struct Fault {
    range: Range<usize>,
    /// Which of those reads go wrong, counted from 0.
    reads: Range<u32>,
    /// The byte whose bit is inverted; the read fails, if none.
    inverted: Option<usize>,
    seen: u32,
}

#[derive(Clone, Debug)]
pub struct Failing {
    flash: Memory,
    faults: Vec<Fault>,
    has_failed: bool,
}

impl Failing {
    pub fn new(flash: Memory) -> Self {
        Failing { flash, faults: Vec::new(), has_failed: false }
    }

    /// All reads fail after so many.
    pub fn fail_after(&mut self, reads: u32) {
        self.fail(0..usize::MAX, reads);
    }

    /// Reads that touch a range fail after so many of them.
    pub fn fail(&mut self, range: Range<usize>, reads: u32) {
        self.faults.push(Fault { range, reads: reads..u32::MAX, inverted: None, seen: 0 });
    }

    /// Some of the reads of a byte, counted from 0, have one of its bits inverted.
    pub fn invert(&mut self, at: usize, reads: Range<u32>) {
        self.faults.push(Fault { range: at..at + 1, reads, inverted: Some(at), seen: 0 });
    }

    /// Every second read of a byte has one of its bits inverted, for so many reads.
    pub fn flicker(&mut self, at: usize, reads: u32) {
        for read in (0..reads).step_by(2) {
            self.invert(at, read..read + 1);
        }
    }

    /// Whether a read has gone wrong.
    pub fn has_failed(&self) -> bool {
        self.has_failed
    }

    pub fn sound(self) -> Memory {
        self.flash
    }
}

impl ErrorType for Failing {
    type Error = FlashError;
}

impl ReadNorFlash for Failing {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        let range = offset as usize..offset as usize + bytes.len();
        self.flash.read(offset, bytes)?;
        for fault in &mut self.faults {
            if fault.range.start < range.end && range.start < fault.range.end {
                let read = fault.seen;
                fault.seen += 1;
                if fault.reads.contains(&read) {
                    self.has_failed = true;
                    match fault.inverted {
                        Some(at) => bytes[at - range.start] ^= 0x10,
                        None => return Err(FlashError::Unreadable),
                    }
                }
            }
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.flash.capacity()
    }
}

impl NorFlash for Failing {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 256;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashError> {
        self.flash.erase(from, to)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        self.flash.write(offset, bytes)
    }
}
