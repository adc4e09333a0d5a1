//! Flash memory: the board has none that a program can write, so its PSRAM plays the part.
//!
//! In QEMU the PSRAM can be a file (`memory-backend-file`), which survives the emulator as flash
//! survives a power cut. The driver gives it the manners of NOR flash: programming can only clear
//! bits, a word at a time; erasing sets all bits of a page; and both take their time, so that a
//! power cut can fall into the middle of them.

use vcell::VolatileCell;

use embedded_storage::nor_flash::{
    ErrorType, MultiwriteNorFlash, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase,
    check_read, check_write,
};

use super::timer::Timer;

const WORD: usize = 4;
const PAGE: usize = 4096;
const WORDS: usize = Flash::CAPACITY / WORD;
const ERASED: u32 = u32::MAX;

/// Time to program a word: flash in microcontrollers takes 10 to 40 µs.
const PROGRAM_MICROSECONDS: u32 = 10;
/// Time to erase a page: 4 to 100 ms. It passes word by word.
const ERASE_MICROSECONDS: u32 = 5 * (PAGE / WORD) as u32;

/// NOR flash: words of 4 bytes, pages of 4 KiB.
pub struct Flash {
    words: &'static [VolatileCell<u32>; WORDS],
    timer: Timer,
}

// SAFETY: nothing else uses the memory and the timer's registers, whoever has the driver.
unsafe impl Send for Flash {}

impl Flash {
    /// Bytes.
    pub const CAPACITY: usize = 2 * 1024 * 1024;

    /// Returns the flash in [`CAPACITY`](Self::CAPACITY) bytes of memory from `address` on, which
    /// takes its time by the `timer`.
    ///
    /// # Safety
    /// There is so much memory, aligned for words, and nothing else uses it.
    pub(crate) unsafe fn new(address: usize, timer: Timer) -> Self {
        // SAFETY: the caller vouches for the memory, and any bits are words.
        let words = unsafe { &*(address as *const [VolatileCell<u32>; WORDS]) };
        Flash { words, timer }
    }

    /// Erases the memory if all of it is 0: the emulator has just made it then. Flash memory is
    /// erased when it is new.
    pub fn erase_if_new(&mut self) {
        if self.words.iter().all(|word| word.get() == 0) {
            self.words.iter().for_each(|word| word.set(ERASED));
        }
    }

    /// Returns the words from byte `offset` on.
    fn from(&self, offset: u32) -> impl Iterator<Item = &VolatileCell<u32>> {
        self.words.iter().skip(offset as usize / WORD)
    }
}

impl ErrorType for Flash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = WORD;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        check_read(self, offset, bytes.len())?;
        for (bytes, word) in bytes.as_chunks_mut::<WORD>().0.iter_mut().zip(self.from(offset)) {
            *bytes = word.get().to_le_bytes();
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        Self::CAPACITY
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = PAGE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        check_erase(self, from, to)?;
        for word in self.from(from).take((to - from) as usize / WORD) {
            self.timer.wait_microseconds(ERASE_MICROSECONDS / (PAGE / WORD) as u32);
            word.set(ERASED);
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        check_write(self, offset, bytes.len())?;
        for (&bytes, word) in bytes.as_chunks::<WORD>().0.iter().zip(self.from(offset)) {
            self.timer.wait_microseconds(PROGRAM_MICROSECONDS);
            word.set(word.get() & u32::from_le_bytes(bytes));
        }
        Ok(())
    }
}

/// A word may be programmed again, to clear more of its bits.
impl MultiwriteNorFlash for Flash {}
