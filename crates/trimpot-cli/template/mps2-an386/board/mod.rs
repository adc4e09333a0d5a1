//! Arm's MPS2 board with the AN386 image, a Cortex-M4F at 25 MHz: its drivers.
//!
//! The addresses are those of Arm's Application Note AN386, chapter 4.

pub mod flash;
mod timer;
pub mod uart;

use cortex_m::peripheral::SYST;

use self::flash::Flash;
use self::timer::Timer;
use self::uart::Uart;

/// Where the PSRAM is, which plays the part of the flash memory.
const FLASH: usize = 0x2100_0000;

/// The board's devices.
pub struct Board {
    /// UART 0: the link to a host.
    pub link: Uart,
    /// UART 1: text for people, or logs.
    pub console: Uart,
    /// Where is stored what was learned.
    pub flash: Flash,
    /// A clock of the processor.
    pub systick: SYST,
}

impl Board {
    /// Returns all devices, ready to be used. `None` the second time.
    pub fn take() -> Option<Self> {
        let core = cortex_m::Peripherals::take()?;
        // SAFETY: this is reached once, so each device gets one owner; the addresses are AN386's.
        let (link, console, timer) =
            unsafe { (Uart::new(0x4000_4000), Uart::new(0x4000_5000), Timer::new(0x4000_0000)) };
        // SAFETY: likewise; the PSRAM is 16 MiB from 0x2100_0000, and nothing else uses it.
        let flash = unsafe { Flash::new(FLASH, timer) };
        Some(Board { link, console, flash, systick: core.SYST })
    }
}
