//! A network that is a type, and that a host teaches over the link.

use core::ops::Range;

use defmt::{error, warn};
use embedded_io::{Read, Write};
use embedded_storage::nor_flash::NorFlash;
use trimpot_tuner::{Model, Server, StartError, Storage, Task, Tuner};

use crate::link::{self, Link};

/// Counts the boot in the flash memory, starts a tuner, and answers at the port. Returns if the
/// flash memory fails, or its areas hold something else.
pub fn run<M: Model, T: Task, F: NorFlash, S: Storage, P: Read + Write, const SIZE: usize>(
    server: &mut Server<SIZE>,
    port: P,
    mut flash: F,
    boots: Range<u32>,
    start: impl FnOnce(F) -> Result<Tuner<M, T, F, S>, StartError>,
) {
    let Some(session) = link::session(&mut flash, boots) else { return };
    server.set_session(session);
    // In place: another copy of it would be on the stack.
    match &mut start(flash) {
        Ok(tuner) => serve(server, tuner, &mut Link::new(port)),
        Err(error) => error!("cannot boot: {}", error),
    }
}

/// Answers at the port, for ever.
fn serve<M: Model, T: Task, F: NorFlash, S: Storage, P: Read + Write, const SIZE: usize>(
    server: &mut Server<SIZE>,
    tuner: &mut Tuner<M, T, F, S>,
    port: &mut P,
) -> ! {
    loop {
        if server.poll(tuner, port).is_err() {
            warn!("the link has failed");
        }
    }
}
