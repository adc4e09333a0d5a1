//! Arm's MPS2 board with the AN386 image, a Cortex-M4F at 25 MHz: its drivers.
//!
//! The addresses are those of Arm's Application Note AN386, chapter 4.
#![no_std]

pub mod flash;
mod log;
mod panic;
pub mod timer;
pub mod uart;

use core::ops::Range;
use core::slice;

use cortex_m::peripheral::SYST;
use embedded_storage::nor_flash::NorFlash;

use crate::flash::Flash;
use crate::timer::Timer;
use crate::uart::Uart;

/// Instructions in a tick of SysTick, in QEMU with `-icount shift=0`: 1 ns each, at 25 MHz.
pub const INSTRUCTIONS_PER_TICK: u32 = 40;

/// Where the PSRAM is, which plays the part of the flash memory.
const FLASH: usize = 0x2100_0000;

/// Models of devices whose network is data, in bytes from the start of the flash memory.
pub const MODELS: Range<u32> = 0..512 * 1024;
/// What is learned.
pub const STORE: Range<u32> = MODELS.end..BOOTS.start;
/// Where boots are counted: the last two pages.
pub const BOOTS: Range<u32> = Flash::CAPACITY as u32 - 2 * PAGE..Flash::CAPACITY as u32;

const PAGE: u32 = Flash::ERASE_SIZE as u32;
const _: () = assert!(MODELS.end.is_multiple_of(PAGE) && BOOTS.start.is_multiple_of(PAGE));
const _: () = assert!(STORE.start < STORE.end, "nothing is left for what is learned");

unsafe extern "C" {
    /// The bounds of the memory that no variable is in; `memory.x` defines them.
    static mut _memory_start: f32;
    static mut _memory_end: f32;
}

/// The board's devices.
pub struct Board {
    /// UART 0: the link to the host.
    pub link: Uart,
    /// Where weights are stored.
    pub flash: Flash,
    /// A clock of the processor.
    pub systick: SYST,
    /// What the board has of memory beyond the RAM of a small one: for networks of any size, to be
    /// measured. Holds anything.
    pub memory: &'static mut [f32],
}

impl Board {
    /// Returns all devices, ready to be used, and logs going out at UART 1. `None` the second time.
    pub fn take() -> Option<Self> {
        let core = cortex_m::Peripherals::take()?;
        // SAFETY: this is reached once, so each device gets one owner; the addresses are AN386's.
        let (link, log, timer) =
            unsafe { (Uart::new(0x4000_4000), Uart::new(0x4000_5000), Timer::new(0x4000_0000)) };
        log::start(log);
        // SAFETY: likewise; the PSRAM is 16 MiB from 0x2100_0000, and nothing else uses it.
        let flash = unsafe { Flash::new(FLASH, timer) };
        let (start, end) = (&raw mut _memory_start, &raw mut _memory_end);
        let numbers = end.addr().saturating_sub(start.addr()) / size_of::<f32>();
        // SAFETY: likewise; the linker puts nothing between the two, which is memory of the board,
        // aligned, and holds numbers whatever its bits are.
        let memory = unsafe { slice::from_raw_parts_mut(start, numbers) };
        Some(Board { link, flash, systick: core.SYST, memory })
    }
}
