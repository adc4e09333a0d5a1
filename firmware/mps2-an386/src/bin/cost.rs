//! What networks cost that are data: instructions, memory and stack of each, as `trimpot plan` is
//! to know them.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use cortex_m_semihosting::debug;
use mps2_an386::{Board, INSTRUCTIONS_PER_TICK};
use trimpot_firmware::cost;
use trimpot_firmware::counter::Counter;

#[entry]
fn main() -> ! {
    if let Some(board) = Board::take() {
        cost::run(&mut Counter::new(board.systick, INSTRUCTIONS_PER_TICK), board.memory);
    }
    debug::exit(debug::EXIT_SUCCESS);
    loop {
        cortex_m::asm::wfi();
    }
}
