//! No firmware in QEMU: its UART is a Unix socket, which this system lacks.

use std::convert::Infallible;
use std::path::Path;
use std::time::Duration;

use super::error::BoardError;
use super::port::Port;

/// The bytes of the flash memory there.
pub(super) const FLASH_BYTES: u64 = 16 << 20;

/// There is none.
pub(super) struct Emulator(Infallible);

/// Cuts the power of an emulated board, of which there is none.
#[derive(Clone)]
pub struct PowerSwitch(Infallible);

impl PowerSwitch {
    /// There is none.
    pub fn cut(&self) {
        match self.0 {}
    }
}

impl Emulator {
    pub(super) fn power_switch(&self) -> PowerSwitch {
        match self.0 {}
    }
}

/// Returns an error that says so.
pub(super) fn boot(_: &Path, _: &Path, _: Duration) -> Result<(Port, Emulator), BoardError> {
    Err(BoardError::NoSockets)
}
