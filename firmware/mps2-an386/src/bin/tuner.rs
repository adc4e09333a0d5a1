//! The firmware: a network that a host teaches over UART 0, with its logs at UART 1.
#![no_std]
#![no_main]

use cortex_m::peripheral::SCB;
use cortex_m_rt::entry;
use mps2_an386::Board;
use mps2_an386::flash::Flash;
use static_cell::StaticCell;
use trimpot_firmware::tuner;
use trimpot_tuner::digits;

/// Not on the stack: it is larger than all else together.
static SERVER: StaticCell<digits::Server<Flash>> = StaticCell::new();

#[entry]
fn main() -> ! {
    if let Some(board) = Board::take()
        && let Some(server) = SERVER.try_init_with(|| digits::server(board.flash))
    {
        tuner::run(server, board.link);
    }
    SCB::sys_reset()
}
