//! Deadlines of requests and answers.

use std::sync::{Arc, Mutex};
use std::thread::sleep;

use tempfile::tempdir;
use trimpot::shape::Vector;
use trimpot_link::NumberFormat;
use trimpot_link::client::{Client, ClientError};
use trimpot_link::port::PortError;
use trimpot_model::file::{About, StoredModel};
use trimpot_model::layers::Layers;
use trimpot_tuner::digits::{self, INPUTS};

use super::*;
use crate::board::{Board, BoardAddress, BoardError, Commit, simulated};

/// Takes a byte at a time, and is slow to do so.
struct SlowSink;

impl Write for SlowSink {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        sleep(Duration::from_millis(1));
        Ok(1)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes nothing: its calls wait in vain.
struct Blocked;

impl Write for Blocked {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        sleep(Duration::from_millis(1));
        Err(io::ErrorKind::TimedOut.into())
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

/// The end of a wire to a board that needs a while for each answer.
#[derive(Clone)]
struct SlowBoard {
    board: Arc<Mutex<Box<Simulated>>>,
    /// How long each answer takes, and how much of that has passed.
    delay: Duration,
    waited: Duration,
}

/// How long a call waits for bytes of the slow board.
const POLL: Duration = Duration::from_millis(5);

impl Write for SlowBoard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.board.lock().unwrap().push_bytes(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for SlowBoard {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.waited < self.delay {
            sleep(POLL);
            self.waited += POLL;
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.waited = Duration::ZERO;
        match self.board.lock().unwrap().take(bytes) {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            count => Ok(count),
        }
    }
}

/// No test reaches it, however busy the machine is.
const FOR_EVER: Duration = Duration::from_secs(600);
const NO_TIMEOUTS: Timeouts = Timeouts { write: FOR_EVER, read: FOR_EVER, flash: FOR_EVER };

fn ask(wire: Wire) -> String {
    match Client::<_, 256>::new(Port::Wire(wire)).describe() {
        Err(ClientError::Port(PortError::Failed(failure @ PortFailure::Timeout { .. }))) => {
            failure.to_string()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_port_that_keeps_talking_is_not_listened_to_for_ever() {
    // A frame that is valid, and answers something else: `Done`, and its checksum.
    let done = frame::encode_done();
    for babble in [b"boot log line\r\n".to_vec(), vec![0], vec![7, 0, 1, 2, 0], done] {
        let timeouts = Timeouts { read: Duration::from_millis(20), ..NO_TIMEOUTS };
        let failure = ask(Wire::new(Again(babble, 0), io::sink(), timeouts));
        assert_eq!(failure, "nothing that is an answer came within 0.02 s");
    }
}

#[test]
fn a_port_that_takes_its_time_is_not_waited_for_for_ever() {
    let timeouts = Timeouts { write: Duration::from_millis(2), ..NO_TIMEOUTS };
    let failures = [
        ask(Wire::new(io::empty(), SlowSink, timeouts)),
        ask(Wire::new(io::empty(), Blocked, timeouts)),
    ];
    assert_eq!(failures, ["the request was not taken within 0.002 s"; 2]);
}

#[test]
fn the_flash_memory_has_more_time_than_an_answer_without_it() {
    let folder = tempdir().unwrap();
    let flash = folder.path().join("flash.bin");
    let layers = Layers::of::<Vector<INPUTS>, _>(&digits::Layers::default());
    let parameters = digits::Network::seeded(1).parameters().to_vec();
    let model = StoredModel { layers, parameters, about: About::default() };
    let mut board = Board::boot(BoardAddress::Simulated { flash: flash.clone() }).unwrap();
    board.install_model(&model).unwrap();
    board.widen(&[0.0; INPUTS]).unwrap();
    board.hold_out(&[0.0; INPUTS], 0).unwrap();
    board.install_memory().unwrap();
    drop(board);
    let board = Box::new(simulated::boot(Some(&flash)).unwrap());
    // Longer than an answer may take, and less than flash memory may.
    let end = SlowBoard {
        board: Arc::new(Mutex::new(board)),
        delay: Duration::from_millis(40),
        waited: Duration::ZERO,
    };
    let timeouts = Timeouts { read: Duration::from_millis(20), ..NO_TIMEOUTS };
    let wire = Wire::new(end.clone(), end, timeouts);
    let address = BoardAddress::Serial { device: "slow".into() };
    let mut board = Board {
        address,
        client: Box::new(Client::new(Port::Wire(wire))),
        emulator: None,
        format: NumberFormat::F32,
    };

    board.install_memory().unwrap();
    assert_eq!(board.commit().unwrap(), Commit::Unchanged);
    board.reset().unwrap();
    let silent = |result: Result<(), BoardError>| match result {
        Err(BoardError::Silent { reason, .. }) => reason,
        other => panic!("{other:?}"),
    };
    let too_late = "nothing that is an answer came within 0.02 s";
    assert_eq!(silent(board.learn(&[0.0; INPUTS], 0).map(drop)), too_late);
    assert_eq!(silent(board.describe().map(drop)), too_late);
    assert_eq!(silent(board.roll_back()), too_late);
}

#[test]
fn a_failure_names_the_time_that_was_waited() {
    let failure = |request| {
        let timeout = Timeouts::DEFAULT.of_answer(&request);
        PortFailure::Timeout { transfer: Transfer::Answer, timeout }.to_string()
    };
    assert_eq!(failure(Request::Metrics), "nothing that is an answer came within 5 s");
    for request in [Request::Install, Request::Commit, Request::Reset] {
        assert_eq!(failure(request), "nothing that is an answer came within 60 s");
    }
}

#[test]
fn a_board_of_another_version_is_told_at_once_with_both_versions() {
    // `T`, `p`, the version and the CRC-32, in COBS: what every version can read.
    let hellos = [
        (0, &[3, b'T', b'p', 1, 5, 185, 47, 218, 49, 0][..]),
        (u16::MAX, &[9, b'T', b'p', 255, 255, 70, 61, 252, 143, 0]),
    ];
    for (version, bytes) in hellos {
        let wire = Wire::new(Again(bytes.to_vec(), 0), io::sink(), NO_TIMEOUTS);
        let address = BoardAddress::Serial { device: "other".into() };
        let client = Box::new(Client::new(Port::Wire(wire)));
        let format = NumberFormat::F32;
        let mut board = Board { address, client, emulator: None, format };
        match board.wait_until_up(FOR_EVER) {
            Err(BoardError::Protocol { expected: trimpot_link::PROTOCOL, found }) => {
                assert_eq!(found, version);
            }
            other => panic!("{other:?}"),
        }
    }
}

mod frame {
    use trimpot_link::{Packet, Response, frame};

    pub fn encode_done() -> Vec<u8> {
        let mut bytes = [0; 64];
        let packet = Packet { sequence: 0, message: Response::Done };
        frame::encode(&packet, &mut bytes).unwrap().to_vec()
    }
}
