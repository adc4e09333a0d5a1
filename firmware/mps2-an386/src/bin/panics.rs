//! Panics, and says so in the log: it shows that the handler works, and that the check for panics
//! finds one.
#![no_std]
#![no_main]

use core::hint::black_box;

use cortex_m_rt::entry;
use mps2_an386::Board;

#[entry]
fn main() -> ! {
    let _board = Board::take();
    let nothing: Option<u32> = black_box(None);
    let _ = nothing.unwrap();
    loop {
        cortex_m::asm::wfi();
    }
}
