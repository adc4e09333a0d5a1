//! Every public function of the core, in the width of a board, so that the check for panics sees
//! all of them. It is linked, not run.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use mps2_an386::Board;
use trimpot_firmware::roots;

#[entry]
fn main() -> ! {
    let _board = Board::take();
    roots::all();
    loop {
        cortex_m::asm::wfi();
    }
}
