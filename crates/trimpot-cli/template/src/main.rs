//! @title@: it answers a host at the link, and does what is yours.
#![no_std]
#![no_main]

use core::convert::Infallible;

use cortex_m::asm;
use cortex_m_rt::entry;
use embedded_io::{ReadReady, Write};
use static_cell::ConstStaticCell;
use trimpot_tuner::{@result@, StartError, boots};

// From the root: a package may be called like what is in scope here.
use ::@crate@::board::Board;
use ::@crate@::board::flash::Flash;
use ::@crate@::board::uart::Uart;
use ::@crate@::error::Error;
@names@use ::@crate@::tuner::{self, BOOTS, INPUTS, Memory, Server, Tuner};

// All zero: they take no flash memory, and nothing is built on the stack.
static MEMORY: ConstStaticCell<Memory> = ConstStaticCell::new(Memory::new());
static SERVER: ConstStaticCell<Server> = ConstStaticCell::new(Server::new());

#[entry]
fn main() -> ! {
    if let Some(Board { link, mut console, flash, .. }) = Board::take()
        && let Some(memory) = MEMORY.try_take()
        && let Some(server) = SERVER.try_take()
    {
        let Err(error) = run(link, &mut console, flash, memory, server);
        // Whoever is not there does not read it.
        let _ = writeln!(console, "cannot start: {error}");
    }
    loop {
        asm::wfi();
    }
}

/// Starts with what is stored, and works for ever.
fn run(
    mut link: Uart,
    console: &mut Uart,
    mut flash: Flash,
    memory: &mut Memory,
    server: &mut Server,
) -> Result<Infallible, Error> {
    flash.erase_if_new();
    // Requests that were recorded before this boot are refused.
    server.set_session(boots::count(&mut flash, BOOTS).map_err(StartError::from)?);
    let mut tuner = tuner::start(flash, memory)?;
    let about = tuner.describe();
    let _ = writeln!(
        console,
        "@name@: parameters {:08x}, generation {}",
        about.fingerprint, about.generation
    );
    loop {
        // The host, where it has said something: `trimpot board`.
        if link.read_ready() == Ok(true) && server.poll(&mut tuner, &mut link).is_err() {
            let _ = writeln!(console, "the link has failed");
        }
        if let Some(features) = measure() {
            tell(&mut tuner, &features, console);
        }
    }
}

/// Measures a sample, if it is time for one. This is yours to write: there is no sensor yet.
///
/// What a sample is, somebody else may say: at the press of a button, @learn@ learns from it, and
/// `tuner.commit()` stores what was learned.
fn measure() -> Option<[f32; INPUTS]> {
    None
}

/// Says what the network makes of a sample.
fn tell(tuner: &mut Tuner<'_>, features: &[f32; INPUTS], console: &mut Uart) {
    let _ = match tuner.predict(features) {
@tell@
        Err(error) => writeln!(console, "{error}"),
    };
}
