//! The application: a network that a host teaches over the link.

use defmt::{debug, error, warn};
use embedded_io::{Read, Write};
use embedded_storage::nor_flash::NorFlash;
use trimpot_tuner::digits;

use crate::stack;

/// Boots from what the flash memory keeps, and answers at the port. Returns if the flash memory is
/// too small.
pub fn run<F: NorFlash, P: Read + Write>(server: &mut digits::Server<F>, mut port: P) {
    if let Err(error) = server.tuner_mut().start() {
        return error!("cannot boot: {}", error);
    }
    let mut polls: u32 = 0;
    loop {
        if server.poll(&mut port).is_err() {
            warn!("the link has failed");
        }
        polls = polls.wrapping_add(1);
        // Often at first, then seldom: walking through the stack takes its time.
        if polls.is_power_of_two() {
            debug!("stack: {=usize} bytes at most, after {=u32} reads", stack::peak(), polls);
        }
    }
}
