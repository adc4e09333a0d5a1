//! How bytes come from a board and go to it.

use std::fmt;
use std::io::{self, BufReader, Read, Write};
use std::time::{Duration, Instant};

use embedded_io::ErrorKind;

use super::simulated::Simulated;

/// How long a board may take to answer. A commit takes longest: pages of flash are erased for it.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Where a board's bytes come from and go to.
pub enum Port {
    /// A board in this process.
    Simulated(Box<Simulated>),
    /// A socket or a serial port.
    Wire(Wire),
}

/// A connection to a board. A request has a deadline, until which all of it must have been taken, and so has its
/// answer: however many bytes come, if they are no answer.
pub struct Wire {
    /// From the board. The client reads byte by byte, so they wait in a buffer.
    from: BufReader<Box<dyn Read + Send>>,
    /// To the board.
    to: Box<dyn Write + Send>,
    /// How long each of them may take.
    patience: Duration,
    /// What is on its way, and until when; nothing after a failure.
    under_way: Option<(Way, Instant)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Request,
    Answer,
}

impl Port {
    /// A port of two ends, neither of which waits longer than [`PATIENCE`] for the next bytes.
    pub fn wire(from: impl Read + Send + 'static, to: impl Write + Send + 'static) -> Self {
        Port::Wire(Wire::new(from, to, PATIENCE))
    }
}

impl Wire {
    fn new(
        from: impl Read + Send + 'static,
        to: impl Write + Send + 'static,
        patience: Duration,
    ) -> Self {
        let (from, to) = (BufReader::new(Box::new(from) as Box<_>), Box::new(to));
        Wire { from, to, patience, under_way: None }
    }

    /// An error if the time of this request or answer, which begins with its first bytes, is over.
    fn check(&mut self, way: Way) -> Result<(), PortFailure> {
        let now = Instant::now();
        let deadline = match self.under_way {
            Some((before, deadline)) if before == way => deadline,
            _ => now + self.patience,
        };
        let is_over = now >= deadline;
        self.under_way = Some((way, deadline)).filter(|_| !is_over);
        if is_over { Err(PortFailure::Quiet) } else { Ok(()) }
    }

    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, PortFailure> {
        self.check(Way::Answer)?;
        let read = self.from.read(bytes);
        self.ended(read)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize, PortFailure> {
        self.check(Way::Request)?;
        let written = self.to.write(bytes);
        self.ended(written)
    }

    /// After a failure nothing is under way.
    fn ended(&mut self, done: io::Result<usize>) -> Result<usize, PortFailure> {
        if done.is_err() {
            self.under_way = None;
        }
        Ok(done?)
    }
}

/// Bytes did not come or go.
#[derive(Debug)]
pub enum PortFailure {
    /// No answer came, or the request was not taken.
    Quiet,
    /// The system's own error.
    System(io::Error),
}

impl fmt::Display for PortFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PortFailure::Quiet => {
                write!(f, "nothing that is an answer came within {} s", PATIENCE.as_secs())
            }
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
            Port::Wire(wire) => wire.read(bytes),
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
            Port::Wire(wire) => wire.write(bytes),
        }
    }

    fn flush(&mut self) -> Result<(), PortFailure> {
        // The system has all bytes, and sends them. To wait until they are gone could last for ever.
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trimpot_link::client::{Client, ClientError};
    use trimpot_link::port::PortError;

    /// Takes a byte at a time, and is slow to do so.
    struct Slow;

    impl Write for Slow {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            std::thread::sleep(Duration::from_millis(1));
            Ok(1)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Bytes that begin again when they end.
    struct Again(Vec<u8>, usize);

    impl Read for Again {
        fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
            for byte in &mut *bytes {
                *byte = self.0[self.1 % self.0.len()];
                self.1 += 1;
            }
            Ok(bytes.len())
        }
    }

    fn ask(wire: Wire) -> Result<(), ClientError<PortFailure>> {
        Client::<_, 256>::new(Port::Wire(wire)).describe().map(drop)
    }

    #[test]
    fn a_port_that_keeps_talking_is_not_listened_to_for_ever() {
        let patience = Duration::from_millis(20);
        // A frame that is valid, and answers something else: `Done`, and its checksum.
        let done = frame::encode_done();
        for babble in [b"boot log line\r\n".to_vec(), vec![0], vec![7, 0, 1, 2, 0], done] {
            let error = ask(Wire::new(Again(babble, 0), io::sink(), patience)).unwrap_err();
            let quiet = ClientError::Port(PortError::Failed(PortFailure::Quiet));
            assert_eq!(format!("{error:?}"), format!("{quiet:?}"));
        }
    }

    #[test]
    fn a_port_that_takes_its_time_is_not_waited_for_for_ever() {
        let wire = Wire::new(io::empty(), Slow, Duration::from_millis(2));
        assert!(matches!(ask(wire), Err(ClientError::Port(PortError::Failed(PortFailure::Quiet)))));
    }

    mod frame {
        use trimpot_link::{Packet, Response, frame};

        pub fn encode_done() -> Vec<u8> {
            let mut bytes = [0; 64];
            let packet = Packet { sequence: 0, message: Response::Done };
            frame::encode(&packet, &mut bytes).unwrap().to_vec()
        }
    }
}
