//! Arm's MPS2 board with the AN386 image, a Cortex-M4F at 25 MHz: its drivers.
//!
//! The addresses are those of Arm's Application Note AN386, chapter 4.
#![no_std]

pub mod flash;
mod log;
mod panic;
pub mod timer;
pub mod uart;

use cortex_m::peripheral::SYST;

use crate::flash::Flash;
use crate::timer::Timer;
use crate::uart::Uart;

/// Instructions in a tick of SysTick, in QEMU with `-icount shift=0`: 1 ns each, at 25 MHz.
pub const INSTRUCTIONS_PER_TICK: u32 = 40;

/// The board's devices.
pub struct Board {
    /// UART 0: the link to the host.
    pub link: Uart,
    /// Where weights are kept.
    pub flash: Flash,
    /// A clock of the processor.
    pub systick: SYST,
}

impl Board {
    /// All devices, ready to be used, and logs going out at UART 1. `None` the second time.
    pub fn take() -> Option<Self> {
        let core = cortex_m::Peripherals::take()?;
        // SAFETY: this is reached once, so each device gets one owner; the addresses are AN386's.
        let (link, log, timer) =
            unsafe { (Uart::new(0x4000_4000), Uart::new(0x4000_5000), Timer::new(0x4000_0000)) };
        log::start(log);
        // SAFETY: likewise; the PSRAM is 16 MiB from 0x2100_0000, and nothing else uses it.
        let flash = unsafe { Flash::new(0x2100_0000, timer) };
        Some(Board { link, flash, systick: core.SYST })
    }
}
