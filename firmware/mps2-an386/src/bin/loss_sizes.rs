//! Every loss as a function of its own, for `cargo xtask sizes`. It is linked, not run.
#![no_std]
#![no_main]

use core::hint::black_box;

use cortex_m_rt::entry;
use mps2_an386::Board;
use trimpot_firmware::loss_sizes::LOSSES;

#[entry]
fn main() -> ! {
    let _board = Board::take();
    black_box(&LOSSES);
    loop {
        cortex_m::asm::wfi();
    }
}
