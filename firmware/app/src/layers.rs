//! Every layer on the board: what it learns must be what it learns on a PC, bit for bit; and the
//! assembly that it is made of.

use embedded_io::Write;
use trimpot_parity::report;

use crate::assembly;

/// Sends the lines of the [assembly](crate::assembly), and one for each network with a layer in it,
/// as [`report::layers`] says.
///
/// # Errors
/// Those of the port.
pub fn run<P: Write>(port: &mut P) -> Result<(), P::Error> {
    assembly::run(port)?;
    report::layers::<f32, _>(&mut |bytes| port.write_all(bytes))?;
    port.flush()
}
