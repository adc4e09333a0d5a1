//! The host's side of the link, for a simulated board and a real one alike.

use core::fmt;

use embedded_io::{Read, Write};

use crate::frame::{self, Receiver, TooSmall};
use crate::port::{self, PortError};
use crate::{Description, Error, Packet, Request, Response};

/// Asks a board behind the port `P`, one request at a time, in frames of up to `SIZE` bytes.
///
/// The port decides how long to wait for an answer: its `read` fails when the time is up, or
/// returns 0 bytes when the board is gone.
#[derive(Debug)]
pub struct Client<P, const SIZE: usize> {
    port: P,
    buffer: [u8; SIZE],
    receiver: Receiver<SIZE>,
    /// The number of the next request; unknown at first, and after a failure.
    next: Option<u64>,
    /// Descriptions asked for so far.
    described: u32,
}

/// Why a request has no answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ClientError<E> {
    /// The port failed. Whether the board did what was asked is not known.
    Port(PortError<E>),
    /// The request is longer than a frame.
    TooLong(TooSmall),
    /// The board speaks another version of the protocol, and has not done what was asked.
    Version {
        /// Our version.
        expected: u16,
        /// The board's.
        found: u16,
    },
    /// The answer came damaged. Whether the board did what was asked is not known.
    Answer(Error),
    /// The board refused the request.
    Refused(Error),
    /// The request came damaged, and the board did not do it. It can be sent again.
    Unread(Error),
}

impl<E: fmt::Debug> fmt::Display for ClientError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClientError::Port(error) => write!(f, "no answer from the board: {error}"),
            ClientError::TooLong(error) => write!(f, "the request was not sent: {error}"),
            ClientError::Version { expected, found } => {
                write!(
                    f,
                    "the board speaks version {found} of the protocol, this program {expected}"
                )
            }
            ClientError::Answer(error) => write!(f, "the board's answer is unreadable: {error}"),
            ClientError::Refused(error) => write!(f, "the board refused the request: {error}"),
            ClientError::Unread(error) => {
                write!(f, "the board could not read the request: {error}")
            }
        }
    }
}

impl<E: fmt::Debug> core::error::Error for ClientError<E> {}

impl<E> From<PortError<E>> for ClientError<E> {
    fn from(error: PortError<E>) -> Self {
        ClientError::Port(error)
    }
}

impl<P: Read + Write, const SIZE: usize> Client<P, SIZE> {
    /// Creates a client of the board behind this port.
    pub const fn new(port: P) -> Self {
        Client { port, buffer: [0; SIZE], receiver: Receiver::new(), next: None, described: 0 }
    }

    /// Returns the port.
    pub const fn port_mut(&mut self) -> &mut P {
        &mut self.port
    }

    /// Gives the port back.
    pub fn into_port(self) -> P {
        self.port
    }

    /// Asks the board who it is, and which request it expects next.
    ///
    /// # Errors
    /// If the port fails, or what comes is no description.
    pub fn describe(&mut self) -> Result<Description, ClientError<P::Error>> {
        self.next = None;
        // Ends what the board may have received of an earlier frame.
        port::write_all(&mut self.port, &[0])?;
        let asked = self.ask_for_description()?;
        loop {
            match self.receive()? {
                Ok(Packet { sequence, message: Response::Description(description) })
                    if sequence == asked =>
                {
                    self.next = Some(description.next);
                    return Ok(description);
                }
                Err(Error::Version { expected, found }) => {
                    return Err(ClientError::Version { expected, found });
                }
                // Anything else answers an earlier request.
                _ => {}
            }
        }
    }

    /// Asks, and waits for the answer. [`Response::Refused`] becomes an error.
    ///
    /// After a failure the next request is preceded by a [`describe`](Self::describe), so that both
    /// sides agree again on the number. When the board says that it could not read a frame, that
    /// may have been noise or this request: the board is then asked for its description. If that
    /// comes before the answer, and the board still expects this request, it was not done.
    ///
    /// # Errors
    /// If the port fails, the board refuses the request, or what comes cannot be read.
    pub fn request(&mut self, request: Request<'_>) -> Result<Response<'_>, ClientError<P::Error>> {
        let sequence = match self.next {
            Some(next) => next,
            None => self.describe()?.next,
        };
        let following = match request {
            Request::Describe => sequence,
            _ => sequence.wrapping_add(1),
        };
        self.send(Packet { sequence, message: request })?;
        self.next = None;
        // What the board could not read, and the number of the description that was then asked for.
        let mut unread = None;
        loop {
            match self.receive()? {
                Ok(answer) => match (answer.message, unread) {
                    (Response::Unreadable(error), None) => {
                        unread = Some((error, self.ask_for_description()?));
                    }
                    // Answers to earlier requests may still be on their way.
                    (Response::Unreadable(_), Some(_)) => {}
                    _ if answer.sequence == sequence => break,
                    (Response::Description(description), Some((error, asked)))
                        if answer.sequence == asked =>
                    {
                        // Otherwise it was done, and its answer was lost.
                        if description.next != sequence {
                            return Err(ClientError::Answer(error));
                        }
                        self.next = Some(sequence);
                        return Err(ClientError::Unread(error));
                    }
                    _ => {}
                },
                Err(Error::Version { expected, found }) => {
                    return Err(ClientError::Version { expected, found });
                }
                Err(error) => return Err(ClientError::Answer(error)),
            }
        }
        // Decoded once more, because only now it is the answer to be returned.
        match frame::decode(self.receiver.frame().unwrap_or_default()) {
            Ok(Packet { message: Response::Refused(error), .. }) => {
                let agreed = !matches!(error, Error::Sequence { .. });
                self.next = agreed.then_some(sequence);
                Err(ClientError::Refused(error))
            }
            Ok(Packet { message, .. }) => {
                self.next = Some(following);
                Ok(message)
            }
            Err(error) => Err(ClientError::Answer(error)),
        }
    }

    /// Asks for a description, with a number that no other request has, and returns that number.
    fn ask_for_description(&mut self) -> Result<u64, ClientError<P::Error>> {
        self.described = self.described.wrapping_add(1);
        let sequence = u64::MAX.wrapping_sub(self.described.into());
        self.send(Packet { sequence, message: Request::Describe })?;
        Ok(sequence)
    }

    fn send(&mut self, packet: Packet<Request<'_>>) -> Result<(), ClientError<P::Error>> {
        let frame = frame::encode(&packet, &mut self.buffer).map_err(ClientError::TooLong)?;
        Ok(port::write_all(&mut self.port, frame)?)
    }

    /// Waits for a whole frame.
    fn receive(&mut self) -> Result<Result<Packet<Response<'_>>, Error>, ClientError<P::Error>> {
        loop {
            let mut byte = [0];
            port::read(&mut self.port, &mut byte)?;
            let [byte] = byte;
            match self.receiver.push(byte) {
                None => {}
                Some(Ok(_)) => break,
                Some(Err(error)) => return Ok(Err(error)),
            }
        }
        Ok(frame::decode(self.receiver.frame().unwrap_or_default()))
    }
}
