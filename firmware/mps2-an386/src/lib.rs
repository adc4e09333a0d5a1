//! Arm's MPS2 board with the AN386 image, a Cortex-M4F at 25 MHz, as the project's programs have it:
//! with areas of its flash memory, logs by `defmt`, and all of its RAM for measuring.
//!
//! The drivers are those of the template of `trimpot new`.
#![no_std]

#[path = "../../../crates/trimpot-cli/template/mps2-an386/board/mod.rs"]
mod board;
mod log;
mod panic;

use core::ops::Range;
use core::slice;

use cortex_m::peripheral::SYST;
use embedded_storage::nor_flash::NorFlash;

pub use self::board::{flash, uart};
use self::flash::Flash;
use self::uart::Uart;

/// Instructions in a tick of SysTick, in QEMU with `-icount shift=0`: 1 ns each, at 25 MHz.
pub const INSTRUCTIONS_PER_TICK: u32 = 40;

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
        let board::Board { link, console, flash, systick } = board::Board::take()?;
        log::start(console);
        let (start, end) = (&raw mut _memory_start, &raw mut _memory_end);
        let numbers = end.addr().saturating_sub(start.addr()) / size_of::<f32>();
        // SAFETY: this is reached once; the linker puts nothing between the two, which is memory of
        // the board, aligned, and holds numbers whatever its bits are.
        let memory = unsafe { slice::from_raw_parts_mut(start, numbers) };
        Some(Board { link, flash, systick, memory })
    }
}
