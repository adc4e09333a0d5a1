//! The link to a host, and what a boot needs before it is used.

use core::ops::Range;

use defmt::{debug, error};
use embedded_io::{ErrorType, Read, Write};
use embedded_storage::nor_flash::NorFlash;
use trimpot_tuner::boots;

use crate::stack;

/// Bytes of a stack that is looked at after every answer.
const SMALL: usize = 64 * 1024;

/// Counts this boot, and returns its number. `None`, with a message in the log, if the flash memory
/// fails, or the area holds something else.
pub(crate) fn session<F: NorFlash>(flash: &mut F, boots: Range<u32>) -> Option<u32> {
    boots::count(flash, boots).map_err(|error| error!("cannot count this boot: {}", error)).ok()
}

/// A port that logs how deep the stack has been, after each answer.
pub(crate) struct Link<P> {
    port: P,
    answers: u32,
    deepest: usize,
}

impl<P> Link<P> {
    pub(crate) const fn new(port: P) -> Self {
        Link { port, answers: 0, deepest: 0 }
    }
}

impl<P: ErrorType> ErrorType for Link<P> {
    type Error = P::Error;
}

impl<P: Read> Read for Link<P> {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, P::Error> {
        self.port.read(bytes)
    }
}

impl<P: Write> Write for Link<P> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, P::Error> {
        self.port.write(bytes)
    }

    /// An answer is flushed when all of it is written.
    fn flush(&mut self) -> Result<(), P::Error> {
        self.port.flush()?;
        self.answers = self.answers.wrapping_add(1);
        // Walking through a large stack takes its time: often at first, then seldom.
        if stack::free() <= SMALL || self.answers.is_power_of_two() {
            let peak = stack::peak();
            if peak > self.deepest {
                self.deepest = peak;
                debug!("stack: {=usize} bytes at most, after {=u32} answers", peak, self.answers);
            }
        }
        Ok(())
    }
}
