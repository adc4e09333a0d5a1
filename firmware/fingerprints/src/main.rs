//! Every loss and every layer on a processor that is no board: the fingerprints of what comes out
//! go to whoever runs the program, and must be those of a PC.
#![no_std]
#![no_main]

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "wasm32")]
mod wasm32;

#[cfg(target_arch = "aarch64")]
use aarch64 as machine;
#[cfg(target_arch = "wasm32")]
use wasm32 as machine;

use core::convert::Infallible;
use core::panic::PanicInfo;

use trimpot::lanes::{Lanes, Native};
use trimpot_parity::report;

/// The program, which the machine starts: how many lanes a register has, then everything.
fn run() {
    let send = &mut |bytes: &[u8]| -> Result<(), Infallible> {
        bytes.iter().for_each(|&byte| machine::send(byte));
        Ok(())
    };
    let Ok(()) = report::line(send, "lanes", &[Native::LANES as u32]);
    let Ok(()) = report::everything(send);
}

/// Whoever compares then misses the last line.
#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    machine::stop()
}
