//! What memory networks take that are types, beside what their plan says.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use cortex_m_semihosting::debug;
use mps2_an386::Board;
use trimpot_firmware::memory;

#[entry]
fn main() -> ! {
    if let Some(board) = Board::take() {
        memory::run(board.memory);
    }
    debug::exit(debug::EXIT_SUCCESS);
    loop {
        cortex_m::asm::wfi();
    }
}
