//! Every loss, and spectra, on the inputs that the PC takes as well; fingerprints of what comes out go to UART 0.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use cortex_m_semihosting::debug;
use mps2_an386::Board;
use trimpot_firmware::losses;

#[entry]
fn main() -> ! {
    if let Some(mut board) = Board::take() {
        let Ok(()) = losses::run(&mut board.link);
    }
    debug::exit(debug::EXIT_SUCCESS);
    loop {
        cortex_m::asm::wfi();
    }
}
