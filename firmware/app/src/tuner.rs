//! The application: a network that a host teaches over the link.

use core::ops::Range;

use defmt::{debug, error, warn};
use embedded_io::{Read, Write};
use embedded_storage::nor_flash::NorFlash;
use trimpot_tuner::{boots, digits};

use crate::stack;

/// Bytes of a stack that is looked at after every read of the link.
const SMALL: usize = 64 * 1024;

/// The parts of the flash memory that are the tuner's, in bytes from its start.
#[derive(Clone, Debug)]
pub struct Areas {
    /// Where parameters and samples are stored.
    pub store: Range<u32>,
    /// Where boots are counted.
    pub boots: Range<u32>,
}

/// Boots from what is stored in the flash memory, and answers at the port. Returns if the flash
/// memory fails, or its area holds something else.
pub fn run<F: NorFlash, P: Read + Write>(
    memory: &mut digits::Memory,
    server: &mut digits::Server,
    mut flash: F,
    areas: Areas,
    port: P,
) {
    let session = match boots::count(&mut flash, areas.boots) {
        Ok(session) => session,
        Err(error) => return error!("cannot count this boot: {}", error),
    };
    server.set_session(session);
    // In place: another copy of it would be on the stack.
    match &mut digits::tuner(memory, flash, areas.store) {
        Ok(tuner) => serve(tuner, server, port),
        Err(error) => error!("cannot boot: {}", error),
    }
}

/// Answers at the port, for ever.
fn serve<F: NorFlash, P: Read + Write>(
    tuner: &mut digits::Tuner<F, &mut digits::Memory>,
    server: &mut digits::Server,
    mut port: P,
) -> ! {
    let (mut polls, mut deepest) = (0_u32, 0);
    loop {
        if server.poll(tuner, &mut port).is_err() {
            warn!("the link has failed");
        }
        polls = polls.wrapping_add(1);
        // Walking through a large stack takes its time: often at first, then seldom.
        if stack::free() <= SMALL || polls.is_power_of_two() {
            let peak = stack::peak();
            if peak > deepest {
                deepest = peak;
                debug!("stack: {=usize} bytes at most, after {=u32} reads", peak, polls);
            }
        }
    }
}
