//! Every layer in a small network, trained as on the PC; fingerprints of what it learned go to UART
//! 0.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use cortex_m_semihosting::debug;
use mps2_an386::Board;
use trimpot_firmware::layers;

#[entry]
fn main() -> ! {
    if let Some(mut board) = Board::take() {
        let Ok(()) = layers::run(&mut board.link);
    }
    debug::exit(debug::EXIT_SUCCESS);
    loop {
        cortex_m::asm::wfi();
    }
}
