//! Every layer on the board: what it learns must be what it learns on a PC, bit for bit.

use embedded_io::Write;

use crate::losses::{end, line};

/// Sends a line for each network with a layer in it: the name and the fingerprint of its training, with a
/// tab between; in the end a line that says `end`.
///
/// # Errors
/// Those of the port.
pub fn run<P: Write>(port: &mut P) -> Result<(), P::Error> {
    let mut outcome = Ok(());
    let done = trimpot_parity::layer_fingerprints(|name, fingerprint| {
        if outcome.is_ok() {
            outcome = line(port, name, &[fingerprint]);
        }
    });
    outcome?;
    end(port, done.is_ok())
}
