//! What learning a sample takes of a network whose front is frozen: with features that are replayed,
//! and with latents.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use cortex_m_semihosting::debug;
use mps2_an386::{Board, INSTRUCTIONS_PER_TICK};
use static_cell::ConstStaticCell;
use trimpot_firmware::counter::Counter;
use trimpot_firmware::learn::{self, Memory};

static MEMORY: ConstStaticCell<Memory> = ConstStaticCell::new(Memory::new());

#[entry]
fn main() -> ! {
    if let Some(board) = Board::take()
        && let Some(memory) = MEMORY.try_take()
    {
        learn::run(&mut Counter::new(board.systick, INSTRUCTIONS_PER_TICK), memory);
    }
    debug::exit(debug::EXIT_SUCCESS);
    loop {
        cortex_m::asm::wfi();
    }
}
