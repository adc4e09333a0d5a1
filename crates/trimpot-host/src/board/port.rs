//! How bytes come from a board and go to it.

use std::fmt;
use std::io::{self, BufReader, Read, Write};
use std::time::{Duration, Instant};

use embedded_io::ErrorKind;
use trimpot_link::Request;

use super::simulated::Simulated;

#[cfg(test)]
mod tests;

/// How long a board may take to answer a request that does not change its flash memory.
const READ_TIMEOUT: Duration = Duration::from_secs(5);
/// How long it may take to answer one that does. An installation erases and writes two slots, each
/// of one sector or more; an STM32H7 takes up to 4 s to erase a sector of 128 KiB, and as long
/// again to write and to check it.
const FLASH_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a board may take to receive a request.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a call of the system may wait for bytes, or for room for them: a deadline is noticed
/// that much late.
pub const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Where a board's bytes come from and go to.
pub enum Port {
    /// A board in this process.
    Simulated(Box<Simulated>),
    /// A socket or a serial port.
    Wire(Wire),
}

/// A connection to a board. A request has a deadline, until which all of it must have been taken,
/// and so has its answer: however many bytes come, if they are no answer.
pub struct Wire {
    /// From the board. The client reads byte by byte, so they wait in a buffer.
    from: BufReader<Box<dyn Read + Send>>,
    /// To the board.
    to: Box<dyn Write + Send>,
    timeouts: Timeouts,
    /// How long the next answer may take.
    read_timeout: Duration,
    /// What is being transferred, and until when; nothing after a failure.
    current: Option<(Transfer, Instant)>,
}

/// How long requests and their answers may take.
#[derive(Clone, Copy)]
struct Timeouts {
    write: Duration,
    read: Duration,
    /// Of an answer, where flash memory is erased and written before it.
    flash: Duration,
}

impl Timeouts {
    const DEFAULT: Timeouts =
        Timeouts { write: WRITE_TIMEOUT, read: READ_TIMEOUT, flash: FLASH_TIMEOUT };

    /// How long the answer to this may take.
    const fn of_answer(self, request: &Request<'_>) -> Duration {
        match request {
            Request::Install
            | Request::Commit
            | Request::Reset
            | Request::WriteModel { .. }
            | Request::InstallModel { .. } => self.flash,
            Request::Describe
            | Request::Predict { .. }
            | Request::Learn { .. }
            | Request::Widen { .. }
            | Request::Remember { .. }
            | Request::HoldOut { .. }
            | Request::Evaluate { .. }
            | Request::ClearSamples
            | Request::Metrics
            | Request::ClearMetrics
            | Request::ReadNetwork { .. }
            | Request::ReadConstants { .. }
            | Request::ReadParameters { .. }
            | Request::WriteParameters { .. }
            | Request::Rollback
            | Request::Calibrate
            | Request::ReadState
            | Request::WriteState { .. } => self.read,
        }
    }
}

/// What a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
    /// To the board.
    Request,
    /// From the board.
    Answer,
}

impl Port {
    /// A port of two ends, neither of which waits much longer than [`POLL_INTERVAL`] for bytes or
    /// for room for them.
    pub fn wire(from: impl Read + Send + 'static, to: impl Write + Send + 'static) -> Self {
        Port::Wire(Wire::new(from, to, Timeouts::DEFAULT))
    }

    /// Lets requests and answers take this long.
    pub fn allow(&mut self, timeout: Duration) {
        if let Port::Wire(wire) = self {
            wire.timeouts = Timeouts { write: timeout, read: timeout, flash: timeout };
        }
    }

    /// Sets how long answers may take from now on: as long as that to this request.
    pub fn prepare_for(&mut self, request: &Request<'_>) {
        match self {
            Port::Simulated(_) => {}
            Port::Wire(wire) => wire.read_timeout = wire.timeouts.of_answer(request),
        }
    }
}

impl Wire {
    fn new(
        from: impl Read + Send + 'static,
        to: impl Write + Send + 'static,
        timeouts: Timeouts,
    ) -> Self {
        let (from, to) = (BufReader::new(Box::new(from) as Box<_>), Box::new(to));
        Wire { from, to, timeouts, read_timeout: timeouts.read, current: None }
    }

    /// An error if the time of this request or answer, which begins with its first bytes, is over.
    fn check(&mut self, transfer: Transfer) -> Result<(), PortFailure> {
        let now = Instant::now();
        let timeout = match transfer {
            Transfer::Request => self.timeouts.write,
            Transfer::Answer => self.read_timeout,
        };
        let deadline = match self.current {
            Some((before, deadline)) if before == transfer => deadline,
            _ => now + timeout,
        };
        if now >= deadline {
            self.current = None;
            return Err(PortFailure::Timeout { transfer, timeout });
        }
        self.current = Some((transfer, deadline));
        Ok(())
    }

    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, PortFailure> {
        loop {
            self.check(Transfer::Answer)?;
            if let Some(read) = some_or_later(self.from.read(bytes)) {
                return self.ended(read);
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize, PortFailure> {
        loop {
            self.check(Transfer::Request)?;
            if let Some(written) = some_or_later(self.to.write(bytes)) {
                return self.ended(written);
            }
        }
    }

    /// After a failure nothing is transferred any more.
    fn ended(&mut self, done: io::Result<usize>) -> Result<usize, PortFailure> {
        done.map_err(|error| {
            self.current = None;
            PortFailure::System(error)
        })
    }
}

/// What a call returned; `None` if it waited in vain, or was interrupted.
fn some_or_later(done: io::Result<usize>) -> Option<io::Result<usize>> {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    match done {
        // A socket whose time is up says that it would block.
        Err(error) if matches!(error.kind(), TimedOut | WouldBlock | Interrupted) => None,
        done => Some(done),
    }
}

/// Bytes did not come or go.
#[derive(Debug)]
pub enum PortFailure {
    /// The board took no request, or gave no answer, before the deadline.
    Timeout {
        /// Which of them.
        transfer: Transfer,
        /// How long was waited.
        timeout: Duration,
    },
    /// The simulated board, which answers at once, did not.
    NoAnswer,
    /// The system's own error.
    System(io::Error),
}

impl fmt::Display for PortFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PortFailure::Timeout { transfer, timeout } => {
                let what = match transfer {
                    Transfer::Request => "the request was not taken",
                    Transfer::Answer => "nothing that is an answer came",
                };
                write!(f, "{what} within {} s", timeout.as_secs_f64())
            }
            PortFailure::NoAnswer => f.write_str("nothing that is an answer came"),
            PortFailure::System(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for PortFailure {}

impl embedded_io::Error for PortFailure {
    fn kind(&self) -> ErrorKind {
        match self {
            PortFailure::Timeout { .. } | PortFailure::NoAnswer => ErrorKind::TimedOut,
            PortFailure::System(_) => ErrorKind::Other,
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
                0 => Err(PortFailure::NoAnswer),
                count => Ok(count),
            },
            Port::Wire(wire) => wire.read(bytes),
        }
    }
}

impl embedded_io::Write for Port {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, PortFailure> {
        match self {
            Port::Simulated(board) => {
                board.push_bytes(bytes);
                Ok(bytes.len())
            }
            Port::Wire(wire) => wire.write(bytes),
        }
    }

    fn flush(&mut self) -> Result<(), PortFailure> {
        // The system has all bytes, and sends them. To wait until they are gone could last for
        // ever.
        Ok(())
    }
}
