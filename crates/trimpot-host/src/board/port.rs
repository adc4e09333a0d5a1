//! How bytes come from a board and go to it.

use std::fmt;
use std::io::{self, BufReader, Read, Write};
use std::time::Duration;

use embedded_io::ErrorKind;

use super::simulated::Simulated;

/// How long a board may take to answer. A commit takes longest: pages of flash are erased for it.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Where a board's bytes come from and go to.
pub enum Port {
    /// A board in this process.
    Simulated(Box<Simulated>),
    /// A socket or a serial port, whose reads end after [`PATIENCE`].
    Wire {
        /// From the board. The client reads byte by byte, so they wait in a buffer.
        from: BufReader<Box<dyn Read + Send>>,
        /// To the board.
        to: Box<dyn Write + Send>,
    },
}

impl Port {
    /// A port of two ends.
    pub fn wire(from: impl Read + Send + 'static, to: impl Write + Send + 'static) -> Self {
        Port::Wire { from: BufReader::new(Box::new(from)), to: Box::new(to) }
    }
}

/// Bytes did not come or go.
#[derive(Debug)]
pub enum PortFailure {
    /// Nothing came.
    Quiet,
    /// The system's own error.
    System(io::Error),
}

impl fmt::Display for PortFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PortFailure::Quiet => write!(f, "nothing came within {} s", PATIENCE.as_secs()),
            PortFailure::System(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for PortFailure {}

impl embedded_io::Error for PortFailure {
    fn kind(&self) -> ErrorKind {
        match self {
            PortFailure::Quiet => ErrorKind::TimedOut,
            PortFailure::System(_) => ErrorKind::Other,
        }
    }
}

impl From<io::Error> for PortFailure {
    fn from(error: io::Error) -> Self {
        // A socket whose time is up says that it would block.
        match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => PortFailure::Quiet,
            _ => PortFailure::System(error),
        }
    }
}

impl embedded_io::ErrorType for Port {
    type Error = PortFailure;
}

impl embedded_io::Read for Port {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, PortFailure> {
        match self {
            // It has answered before it is asked for the answer, or it never will.
            Port::Simulated(board) => match board.take(bytes) {
                0 => Err(PortFailure::Quiet),
                count => Ok(count),
            },
            Port::Wire { from, .. } => Ok(from.read(bytes)?),
        }
    }
}

impl embedded_io::Write for Port {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, PortFailure> {
        match self {
            Port::Simulated(board) => {
                board.give(bytes);
                Ok(bytes.len())
            }
            Port::Wire { to, .. } => Ok(to.write(bytes)?),
        }
    }

    fn flush(&mut self) -> Result<(), PortFailure> {
        match self {
            Port::Simulated(_) => Ok(()),
            Port::Wire { to, .. } => Ok(to.flush()?),
        }
    }
}
