//! The CMSDK APB UART: Arm's Cortex-M System Design Kit, DDI 0479, section 4.3.

use core::convert::Infallible;

use embedded_io::{ErrorType, Read, ReadReady, Write, WriteReady};
use vcell::VolatileCell;

#[repr(C)]
struct Registers {
    data: VolatileCell<u32>,
    state: VolatileCell<u32>,
    control: VolatileCell<u32>,
    interrupt: VolatileCell<u32>,
    divider: VolatileCell<u32>,
}

const TRANSMITTER_FULL: u32 = 1 << 0;
const RECEIVER_FULL: u32 = 1 << 1;
const TRANSMIT_AND_RECEIVE: u32 = 0b11;
/// 25 MHz / 217 = 115,200 baud.
const DIVIDER: u32 = 217;

/// A serial port, polled.
///
/// It reports no errors: a byte that is lost because nobody fetched it in time breaks the checksum
/// of the frame that it belongs to.
pub struct Uart {
    registers: &'static Registers,
}

impl Uart {
    /// Starts the UART whose registers are at `address`.
    ///
    /// # Safety
    /// There is such a UART, and nothing else uses it.
    pub(crate) unsafe fn new(address: usize) -> Self {
        // SAFETY: the caller vouches for the address, and the registers allow any access.
        let registers = unsafe { &*(address as *const Registers) };
        registers.divider.set(DIVIDER);
        registers.control.set(TRANSMIT_AND_RECEIVE);
        Uart { registers }
    }

    /// Sends the bytes, waiting until the last one is on its way.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            while self.registers.state.get() & TRANSMITTER_FULL != 0 {}
            self.registers.data.set(byte.into());
        }
    }

    fn received(&self) -> bool {
        self.registers.state.get() & RECEIVER_FULL != 0
    }
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl Read for Uart {
    /// Waits for one byte, then takes what is there.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let mut count = 0;
        for byte in buffer {
            while !self.received() {
                if count > 0 {
                    return Ok(count);
                }
            }
            *byte = self.registers.data.get() as u8;
            count += 1;
        }
        Ok(count)
    }
}

impl ReadReady for Uart {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(self.received())
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.send(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        while self.registers.state.get() & TRANSMITTER_FULL != 0 {}
        Ok(())
    }
}

impl WriteReady for Uart {
    fn write_ready(&mut self) -> Result<bool, Infallible> {
        Ok(self.registers.state.get() & TRANSMITTER_FULL == 0)
    }
}
