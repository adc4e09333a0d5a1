//! The firmware: a network that a host teaches over UART 0, with its logs at UART 1.
#![no_std]
#![no_main]

use cortex_m::peripheral::SCB;
use cortex_m_rt::entry;
use mps2_an386::Board;
use static_cell::ConstStaticCell;
use trimpot_firmware::tuner;
use trimpot_tuner::digits;

/// Not on the stack: it is larger than all else together. All zero, so that it takes no flash
/// memory either.
static MEMORY: ConstStaticCell<digits::Memory> = ConstStaticCell::new(digits::Memory::new());
/// Likewise.
static SERVER: ConstStaticCell<digits::Server> = ConstStaticCell::new(digits::Server::new());

#[entry]
fn main() -> ! {
    if let Some(board) = Board::take()
        && let Some(memory) = MEMORY.try_take()
        && let Some(server) = SERVER.try_take()
    {
        tuner::run(memory, server, board.flash, mps2_an386::areas(), board.link);
    }
    SCB::sys_reset()
}
