//! Serial ports, without panics.

use core::fmt;

use embedded_io::{Read, Write};

/// What can go wrong with a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum PortError<E> {
    /// The port's own error.
    Failed(E),
    /// The other end is gone.
    Closed,
}

impl<E: fmt::Debug> fmt::Display for PortError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PortError::Failed(error) => write!(f, "the port failed: {error:?}"),
            PortError::Closed => write!(f, "the port is closed"),
        }
    }
}

impl<E: fmt::Debug> core::error::Error for PortError<E> {}

/// Waits for bytes. Returns at least one.
///
/// # Errors
/// If the port fails, or is closed.
pub fn read<'b, P: Read>(
    port: &mut P,
    buffer: &'b mut [u8],
) -> Result<&'b [u8], PortError<P::Error>> {
    let count = port.read(buffer).map_err(PortError::Failed)?;
    match buffer.get(..count) {
        None | Some([]) => Err(PortError::Closed),
        Some(bytes) => Ok(bytes),
    }
}

/// Writes all bytes and flushes. (`embedded_io`'s `write_all` panics when the port takes none.)
///
/// # Errors
/// If the port fails, or takes no more bytes.
pub fn write_all<P: Write>(port: &mut P, mut bytes: &[u8]) -> Result<(), PortError<P::Error>> {
    while !bytes.is_empty() {
        let count = port.write(bytes).map_err(PortError::Failed)?;
        match bytes.split_at_checked(count) {
            Some((&[_, ..], rest)) => bytes = rest,
            _ => return Err(PortError::Closed),
        }
    }
    port.flush().map_err(PortError::Failed)
}
