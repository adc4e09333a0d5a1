//! Every loss, and spectra, on the board: what comes out must be what comes out on a PC, bit for bit.

use embedded_io::Write;
use trimpot_parity::report;

/// Sends a line for each loss and size, and one for each spectrum, as [`report::losses`] and
/// [`report::spectra`] say.
///
/// # Errors
/// Those of the port.
pub fn run<P: Write>(port: &mut P) -> Result<(), P::Error> {
    let mut send = |bytes: &[u8]| port.write_all(bytes);
    report::losses::<f32, _>(&mut send)?;
    report::spectra::<f32, _>(&mut send)?;
    port.flush()
}
