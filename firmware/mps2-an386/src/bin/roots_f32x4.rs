//! What the core has in several widths, in `f32x4`: see `roots`.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use mps2_an386::Board;
use trimpot_firmware::roots;

#[entry]
fn main() -> ! {
    let _board = Board::take();
    roots::four_wide();
    loop {
        cortex_m::asm::wfi();
    }
}
