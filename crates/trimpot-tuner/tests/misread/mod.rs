//! Memory that reads wrongly: always until told otherwise, or from a certain read on.

use std::ops::Range;

use embedded_storage::nor_flash::{ErrorType, NorFlash, ReadNorFlash};
use trimpot_testkit::flash::{Flash, FlashError};

pub type Memory = Flash<1, 4, 256>;

/// What goes wrong with some of the reads that touch a range.
#[derive(Clone, Debug)]
struct Fault {
    range: Range<usize>,
    /// Which of those reads go wrong, counted from 0.
    reads: Range<u32>,
    /// The byte whose bit is inverted; the read fails, if none.
    inverted: Option<usize>,
    seen: u32,
}

/// Memory of which some ranges fail to be read, and some bytes have one bit inverted.
#[derive(Clone, Debug)]
pub struct Misread {
    pub flash: Memory,
    /// Ranges of which every read fails.
    pub failing: Vec<Range<usize>>,
    /// Bytes that are inverted in every read.
    pub inverted: Vec<usize>,
    faults: Vec<Fault>,
    has_failed: bool,
}

impl Misread {
    pub fn new(flash: Memory) -> Self {
        Misread {
            flash,
            failing: Vec::new(),
            inverted: Vec::new(),
            faults: Vec::new(),
            has_failed: false,
        }
    }

    /// The same with ranges of which every read fails, and bytes that are inverted in every read.
    pub fn with(self, failing: Vec<Range<usize>>, inverted: Vec<usize>) -> Self {
        Misread { failing, inverted, ..self }
    }

    /// Reads rightly from now on.
    pub fn recover(&mut self) {
        self.failing.clear();
        self.inverted.clear();
        self.faults.clear();
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
}

impl ErrorType for Misread {
    type Error = FlashError;
}

impl ReadNorFlash for Misread {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        let range = offset as usize..offset as usize + bytes.len();
        let touches = |part: &Range<usize>| part.start < range.end && range.start < part.end;
        if self.failing.iter().any(touches) {
            return Err(FlashError::Unreadable);
        }
        self.flash.read(offset, bytes)?;
        for at in self.inverted.iter().filter(|at| range.contains(at)) {
            bytes[at - range.start] ^= 0x10;
        }
        for fault in self.faults.iter_mut().filter(|fault| touches(&fault.range)) {
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
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.flash.capacity()
    }
}

impl NorFlash for Misread {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 256;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashError> {
        self.flash.erase(from, to)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        self.flash.write(offset, bytes)
    }
}
