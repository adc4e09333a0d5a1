//! A board on a serial port.

use std::path::Path;

use serial2::SerialPort;

use super::error::BoardError;
use super::port::{POLL_INTERVAL, Port};

/// Bits a second, 8N1.
const BAUD: u32 = 115_200;

/// Opens the port.
pub(super) fn open(device: &Path) -> Result<Port, BoardError> {
    let failed = |source| BoardError::Serial { device: device.to_owned(), source };
    let mut port = SerialPort::open(device, BAUD).map_err(failed)?;
    port.set_read_timeout(POLL_INTERVAL).map_err(failed)?;
    port.set_write_timeout(POLL_INTERVAL).map_err(failed)?;
    Ok(Port::wire(port.try_clone().map_err(failed)?, port))
}
