//! What networks take that are types: memory, beside what their plan says, and instructions.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use cortex_m_semihosting::debug;
use mps2_an386::{Board, INSTRUCTIONS_PER_TICK};
use trimpot_firmware::counter::Counter;
use trimpot_firmware::memory;

#[entry]
fn main() -> ! {
    if let Some(board) = Board::take() {
        memory::run(&mut Counter::new(board.systick, INSTRUCTIONS_PER_TICK), board.memory);
    }
    debug::exit(debug::EXIT_SUCCESS);
    loop {
        cortex_m::asm::wfi();
    }
}
