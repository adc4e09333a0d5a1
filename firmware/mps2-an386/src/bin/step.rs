//! The step benchmark: what training costs, and what spectra do, in instructions, and what they
//! compute.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use cortex_m_semihosting::debug;
use mps2_an386::{Board, INSTRUCTIONS_PER_TICK};
use trimpot_firmware::benchmark::Benchmark;
use trimpot_firmware::counter::Counter;

#[entry]
fn main() -> ! {
    static mut BENCHMARK: Benchmark = Benchmark::new();

    if let Some(board) = Board::take() {
        BENCHMARK.run(&mut Counter::new(board.systick, INSTRUCTIONS_PER_TICK));
    }
    debug::exit(debug::EXIT_SUCCESS);
    loop {
        cortex_m::asm::wfi();
    }
}
