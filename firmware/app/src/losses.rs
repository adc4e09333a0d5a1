//! Every loss on the board: what comes out must be what comes out on a PC, bit for bit.

use embedded_io::Write;
use trimpot_parity::report;

/// Sends a line for each loss and size, as [`report::losses`] says.
///
/// # Errors
/// Those of the port.
pub fn run<P: Write>(port: &mut P) -> Result<(), P::Error> {
    report::losses::<f32, _>(&mut |bytes| port.write_all(bytes))?;
    port.flush()
}
