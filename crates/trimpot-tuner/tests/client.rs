//! The host's client and the board understand each other, and find together again after a loss.

use std::collections::VecDeque;

use crate::common::*;
use embedded_io::{ErrorType, Read, Write};
use trimpot_link::client::{Client, ClientError};
use trimpot_link::port::PortError;
use trimpot_link::{Checksum, Error, PROTOCOL, Request, Response, Target, fingerprint};

/// A board on a wire that can lose or damage answers. A byte that never comes is an end: 0 bytes
/// read.
struct Wire {
    server: Board,
    answers: VecDeque<u8>,
    /// Answers that are lost from now on.
    lost: u32,
    /// Answers with a wrong byte from now on.
    damaged: u32,
    /// Answers that come late, with the next one.
    late: u32,
    waiting: Vec<u8>,
}

impl Wire {
    fn new() -> Self {
        Wire {
            server: server(),
            answers: VecDeque::new(),
            lost: 0,
            damaged: 0,
            late: 0,
            waiting: Vec::new(),
        }
    }
}

impl ErrorType for Wire {
    type Error = std::io::Error;
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, std::io::Error> {
        match (self.answers.pop_front(), buffer.first_mut()) {
            (Some(byte), Some(place)) => {
                *place = byte;
                Ok(1)
            }
            _ => Ok(0),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, buffer: &[u8]) -> Result<usize, std::io::Error> {
        let &byte = buffer.first().expect("something to write");
        if let Some(reply) = self.server.serve_byte(byte) {
            let mut reply = reply.to_vec();
            if self.lost > 0 {
                self.lost -= 1;
                return Ok(1);
            }
            if self.damaged > 0 {
                self.damaged -= 1;
                reply[3] ^= 0x10;
            }
            if self.late > 0 {
                self.late -= 1;
                self.waiting = reply;
                return Ok(1);
            }
            self.answers.extend(self.waiting.drain(..));
            self.answers.extend(reply);
        }
        Ok(1)
    }

    fn flush(&mut self) -> Result<(), std::io::Error> {
        Ok(())
    }
}

/// A board of another version: it answers whatever it gets with these bytes.
struct Stranger(VecDeque<u8>);

impl ErrorType for Stranger {
    type Error = std::io::Error;
}

impl Read for Stranger {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, std::io::Error> {
        std::io::Read::read(&mut self.0, buffer)
    }
}

impl Write for Stranger {
    fn write(&mut self, buffer: &[u8]) -> Result<usize, std::io::Error> {
        Ok(buffer.len())
    }

    fn flush(&mut self) -> Result<(), std::io::Error> {
        Ok(())
    }
}

#[test]
fn a_board_of_another_version_is_told_from_a_damaged_answer() {
    for found in [0, PROTOCOL - 1, PROTOCOL + 1, u16::MAX] {
        for packet in [&[][..], &[1, 2, 3]] {
            let [low, high] = found.to_le_bytes();
            let mut data = [&[b'T', b'p', low, high], packet].concat();
            data.extend(Checksum::of(&data).to_le_bytes());
            let mut frame = Vec::new();
            for run in data.split(|&byte| byte == 0) {
                frame.push(run.len() as u8 + 1);
                frame.extend(run);
            }
            frame.push(0);
            let mut client = Client::<_, FRAME>::new(Stranger(frame.into()));
            let error = client.describe().expect_err("another version");
            assert!(
                matches!(error, ClientError::Version { expected: PROTOCOL, found: version } if version == found),
                "{error:?}"
            );
        }
    }
}

fn client() -> Client<Wire, FRAME> {
    Client::new(Wire::new())
}

fn learned(client: &mut Client<Wire, FRAME>) -> u32 {
    match client.request(Request::Metrics) {
        Ok(Response::Metrics { learned, .. }) => learned,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_client_asks_and_the_board_answers() {
    let mut client = client();
    let description = client.describe().expect("an answer");
    assert_eq!((description.inputs, description.outputs), (4, 3));
    let features = bytes(&[1.0, 0.0, 0.0, 0.5]);
    let features = numbers(&features);
    for _ in 0..3 {
        let answer = client.request(Request::Learn { features, target: Target::Class(1) });
        assert!(matches!(answer, Ok(Response::Learned { .. })));
    }
    assert_eq!(learned(&mut client), 3);
    match client.request(Request::Predict { features }).expect("an answer") {
        Response::Prediction { outputs, .. } => assert_eq!(outputs.len(), 3),
        other => panic!("{other:?}"),
    }
    let description = client.describe().expect("an answer");
    let weights = *client.port_mut().server.parameters();
    assert_eq!(description.fingerprint, fingerprint(&weights));
}

#[test]
fn a_refusal_is_an_error_and_the_next_request_goes_through() {
    let mut client = client();
    let features = bytes(&[1.0; 5]);
    let features = numbers(&features);
    let answer = client.request(Request::Learn { features, target: Target::Class(1) });
    let refused = Error::Features { expected: 4, found: 5 };
    assert!(matches!(answer, Err(ClientError::Refused(error)) if error == refused));
    assert_eq!(learned(&mut client), 0);
}

#[test]
fn after_a_lost_answer_both_agree_again_on_the_number() {
    let features = bytes(&[1.0, 0.0, 0.0, 0.5]);
    let features = numbers(&features);
    let mut client = client();
    client.describe().expect("an answer");
    client.port_mut().lost = 1;
    let answer = client.request(Request::Learn { features, target: Target::Class(1) });
    assert!(matches!(answer, Err(ClientError::Port(PortError::Closed))));
    // It was learned all the same, and once.
    assert_eq!(learned(&mut client), 1);
}

#[test]
fn a_late_answer_is_not_taken_for_another() {
    let mut client = client();
    client.describe().expect("an answer");
    client.port_mut().late = 1;
    assert!(client.request(Request::ClearMetrics).is_err());
    assert_eq!(learned(&mut client), 0);
}

#[test]
fn a_damaged_answer_is_an_error() {
    let mut client = client();
    client.describe().expect("an answer");
    client.port_mut().damaged = 1;
    let answer = client.request(Request::Metrics);
    assert!(matches!(answer, Err(ClientError::Answer(Error::Damaged))));
    assert_eq!(learned(&mut client), 0);
}

/// The board's answer to noise is no answer to a request.
#[test]
fn noise_on_an_idle_line_is_not_taken_for_an_answer() {
    let features = bytes(&[1.0, 0.0, 0.0, 0.5]);
    let features = numbers(&features);
    let mut client = client();
    client.describe().expect("an answer");
    for count in 1..4 {
        for byte in [0xf8, 0x00] {
            client.port_mut().write(&[byte]).expect("the buffer is large enough");
        }
        let answer = client.request(Request::Learn { features, target: Target::Class(1) });
        assert!(matches!(answer, Ok(Response::Learned { .. })), "{answer:?}");
        assert_eq!(learned(&mut client), count);
    }
}

/// Noise that runs into a request: it was not done, and can be sent again.
#[test]
fn a_request_that_comes_damaged_is_an_error_and_was_not_done() {
    let features = bytes(&[1.0, 0.0, 0.0, 0.5]);
    let features = numbers(&features);
    let mut client = client();
    client.describe().expect("an answer");
    client.port_mut().write(&[0xf8]).expect("the buffer is large enough");
    let answer = client.request(Request::Learn { features, target: Target::Class(1) });
    assert!(matches!(answer, Err(ClientError::Unread(Error::Damaged))), "{answer:?}");
    assert_eq!(learned(&mut client), 0);
    let answer = client.request(Request::Learn { features, target: Target::Class(1) });
    assert!(matches!(answer, Ok(Response::Learned { .. })), "{answer:?}");
    assert_eq!(learned(&mut client), 1);
}

/// Noise before a request, and its answer lost: it was done, and nobody says that it was not.
#[test]
fn a_request_whose_answer_is_lost_after_noise_is_not_called_undone() {
    let features = bytes(&[1.0, 0.0, 0.0, 0.5]);
    let features = numbers(&features);
    let mut client = client();
    client.describe().expect("an answer");
    for byte in [0xf8, 0x00] {
        client.port_mut().write(&[byte]).expect("the buffer is large enough");
    }
    client.port_mut().lost = 1;
    let answer = client.request(Request::Learn { features, target: Target::Class(1) });
    assert!(matches!(answer, Err(ClientError::Answer(Error::Damaged))), "{answer:?}");
    assert_eq!(learned(&mut client), 1);
}

#[test]
fn half_a_frame_from_before_does_no_harm() {
    let mut client = client();
    for byte in [5, 6, 7] {
        assert!(client.port_mut().server.serve_byte(byte).is_none());
    }
    assert!(client.describe().is_ok());
    assert_eq!(learned(&mut client), 0);
}

#[test]
fn a_request_that_does_not_fit_is_not_sent() {
    let mut client = client();
    let values = bytes(&[0.0; PARAMETERS + 40]);
    let answer = client.request(Request::WriteParameters { at: 0, values: numbers(&values) });
    assert!(matches!(answer, Err(ClientError::TooLong(_))));
    assert_eq!(learned(&mut client), 0);
}

#[test]
fn a_board_serves_a_port() {
    let mut board = server();
    let mut port = Loop { incoming: framed(0, Request::Metrics).into(), outgoing: Vec::new() };
    while !port.incoming.is_empty() {
        board.poll(&mut port).expect("a port");
    }
    assert_eq!(port.outgoing.last(), Some(&0));
    assert!(port.outgoing.len() > 10);
    assert_eq!(board.poll(&mut port), Err(PortError::Closed));
}

/// A port with its bytes in memory, that takes two at a time.
struct Loop {
    incoming: VecDeque<u8>,
    outgoing: Vec<u8>,
}

impl ErrorType for Loop {
    type Error = embedded_io::ErrorKind;
}

impl Read for Loop {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, embedded_io::ErrorKind> {
        let count = self.incoming.len().min(buffer.len()).min(2);
        for (place, byte) in buffer.iter_mut().zip(self.incoming.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }
}

impl Write for Loop {
    fn write(&mut self, buffer: &[u8]) -> Result<usize, embedded_io::ErrorKind> {
        let count = buffer.len().min(2);
        self.outgoing.extend(&buffer[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> Result<(), embedded_io::ErrorKind> {
        Ok(())
    }
}
