//! Every loss on the board: what comes out must be what comes out on a PC, bit for bit.

use embedded_io::Write;

/// Sends a line for each loss and size: the name, the length of rows, and the fingerprint of all
/// values and gradients, with tabs between; in the end a line that says `end`.
///
/// # Errors
/// Those of the port.
pub fn run<P: Write>(port: &mut P) -> Result<(), P::Error> {
    let mut outcome = Ok(());
    let done = trimpot_parity::fingerprints(|name, n, fingerprint| {
        if outcome.is_ok() {
            outcome = line(port, name, &[n as u32, fingerprint]);
        }
    });
    outcome?;
    end(port, done.is_ok())
}

/// The last line.
pub(crate) fn end<P: Write>(port: &mut P, done: bool) -> Result<(), P::Error> {
    port.write_all(if done { b"end\n" } else { b"invalid parameters\n" })?;
    port.flush()
}

/// A name and numbers, with tabs between.
pub(crate) fn line<P: Write>(port: &mut P, name: &str, numbers: &[u32]) -> Result<(), P::Error> {
    port.write_all(name.as_bytes())?;
    for &number in numbers {
        port.write_all(b"\t")?;
        port.write_all(&hexadecimal(number))?;
    }
    port.write_all(b"\n")
}

/// Eight digits. `core` would write them as well, but its formatting can panic.
fn hexadecimal(number: u32) -> [u8; 8] {
    core::array::from_fn(|digit| {
        let value = (number >> (28 - 4 * digit)) as u8 & 15;
        if value < 10 { b'0' + value } else { b'a' + (value - 10) }
    })
}
