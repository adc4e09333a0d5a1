//! What learning a sample takes of a network whose front is frozen: with features that are
//! replayed, and with latents.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use cortex_m_semihosting::debug;
use mps2_an386::{Board, INSTRUCTIONS_PER_TICK};
use static_cell::ConstStaticCell;
use trimpot_firmware::counter::Counter;
use trimpot_firmware::learn::{self, BYTES};

static SAMPLES: ConstStaticCell<[u8; BYTES]> = ConstStaticCell::new([0; BYTES]);

#[entry]
fn main() -> ! {
    if let Some(board) = Board::take()
        && let Some(samples) = SAMPLES.try_take()
    {
        let mut counter = Counter::new(board.systick, INSTRUCTIONS_PER_TICK);
        learn::run(&mut counter, board.memory, samples, board.flash, mps2_an386::STORE);
    }
    debug::exit(debug::EXIT_SUCCESS);
    loop {
        cortex_m::asm::wfi();
    }
}
