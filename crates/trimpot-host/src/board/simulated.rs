//! The simulated board: a device whose network is data, in a thread of this process, behind a link
//! in memory.
//!
//! Its network comes over the link, and is in a file that plays the part of the flash memory, with
//! all that it learns.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use embedded_io::ErrorType;
use trimpot::layer::Relu;
use trimpot::plan::PlannedStep;
use trimpot::spec::LayerSpec;
use trimpot_link::port::PortError;
use trimpot_tuner::{Device, FlashAreas, Server, StartError, Workspace, boots};

use super::FRAME;
use super::error::BoardError;
use super::flash::{FileFlash, MemoryFlash, SimulatedFlash};

/// A running device, and what it has answered. Its power is cut when it is dropped.
pub struct Simulated {
    /// Bytes to the board; none any more, when its power is cut.
    requests: Option<Sender<Vec<u8>>>,
    /// What it answers to each run of bytes: nothing, unless they end a frame.
    replies: Receiver<Vec<u8>>,
    answers: VecDeque<u8>,
    thread: Option<JoinHandle<()>>,
}

/// Bytes of the flash memory.
pub const FLASH_BYTES: u32 = 16 << 20;
/// Where its parts are: models of up to 2 MiB, and what is learned. Boots are counted behind.
const AREAS: FlashAreas =
    FlashAreas { models: 0..4 << 20, store: 4 << 20..FLASH_BYTES - FileFlash::BOOTS };
const _: () = assert!(AREAS.are_valid::<FileFlash>());

/// Layers of a network.
const LAYERS: usize = 256;
/// Numbers in memory: 64 MiB of them, of which a system gives only what is used.
const VALUES: usize = 16 << 20;
/// Bytes in memory beside them.
const BYTES: usize = 16 << 20;

/// Boots a board from the flash memory in this file; without one, with one that is erased and is
/// gone with the board.
pub(super) fn boot(flash: Option<&Path>) -> Result<Simulated, BoardError> {
    let (requests, from_host) = channel();
    let (to_host, replies) = channel();
    let (booted, boot) = channel();
    let file: Option<PathBuf> = flash.map(Path::to_owned);
    let thread = thread::spawn(move || {
        let mut link = Link { from_host, to_host, bytes: VecDeque::new(), answers: None };
        let ended = match file {
            Some(file) => {
                FileFlash::open(&file, FLASH_BYTES).and_then(|flash| run(flash, &booted, &mut link))
            }
            None => run(MemoryFlash::new(FLASH_BYTES), &booted, &mut link),
        };
        if let Err(error) = ended {
            // Nobody waits for it only where nobody wants the board.
            let _ = booted.send(Err(error));
        }
    });
    let board = Simulated {
        requests: Some(requests),
        replies,
        answers: VecDeque::new(),
        thread: Some(thread),
    };
    boot.recv().unwrap_or(Err(BoardError::Gone))?;
    Ok(board)
}

/// Runs the board until its power is cut. An error says that it has not booted.
fn run<M: Read + Write + Seek>(
    mut flash: SimulatedFlash<M>,
    booted: &Sender<Result<(), BoardError>>,
    link: &mut Link,
) -> Result<(), BoardError> {
    let counted = flash.boots();
    let session = boots::count(&mut flash, counted);
    let session = session.map_err(|error| BoardError::Boot(StartError::Store(error)))?;

    let mut layers = [(); 2].map(|()| vec![LayerSpec::Relu(Relu); LAYERS]);
    let mut steps = [(); 2].map(|()| vec![PlannedStep::EMPTY; 2 * LAYERS]);
    let (mut values, mut bytes) = (vec![0.0; VALUES], vec![0; BYTES]);
    let workspace = Workspace {
        layers: layers.each_mut().map(Vec::as_mut_slice),
        steps: steps.each_mut().map(Vec::as_mut_slice),
        values: &mut values,
        bytes: &mut bytes,
    };
    let mut server = Box::new(Server::<FRAME>::new());
    server.set_session(session);
    let device = Device::new(flash, AREAS, workspace, &mut server);
    let mut device = device.expect("the areas are checked at compile time");
    if booted.send(Ok(())).is_ok() {
        let Err(PortError::Closed | PortError::Failed(_)) = device.run(link);
    }
    Ok(())
}

/// The board's end of the link.
struct Link {
    from_host: Receiver<Vec<u8>>,
    to_host: Sender<Vec<u8>>,
    /// What came, and was not read yet.
    bytes: VecDeque<u8>,
    /// What is answered to what came last; none, before anything came.
    answers: Option<Vec<u8>>,
}

impl ErrorType for Link {
    type Error = Infallible;
}

impl embedded_io::Read for Link {
    /// Hands the answers over, once all that came is read, and waits for more; 0 bytes say that
    /// nobody is there any more.
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Infallible> {
        while self.bytes.is_empty() {
            if self.answers.take().is_some_and(|answers| self.to_host.send(answers).is_err()) {
                return Ok(0);
            }
            match self.from_host.recv() {
                Ok(more) => self.bytes.extend(more),
                Err(_) => return Ok(0),
            }
            self.answers = Some(Vec::new());
        }
        Ok(io::Read::read(&mut self.bytes, bytes).unwrap_or_default())
    }
}

impl embedded_io::Write for Link {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.answers.get_or_insert_default().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Simulated {
    /// Bytes from the host. Returns when the board has worked on them.
    pub(super) fn push_bytes(&mut self, bytes: &[u8]) {
        let sent = self.requests.as_ref().is_some_and(|to| to.send(bytes.to_vec()).is_ok());
        if sent && let Ok(answers) = self.replies.recv() {
            self.answers.extend(answers);
        }
    }

    /// Bytes to the host. Returns how many there were.
    pub(super) fn take(&mut self, bytes: &mut [u8]) -> usize {
        let count = bytes.len().min(self.answers.len());
        for (byte, answer) in bytes.iter_mut().zip(self.answers.drain(..count)) {
            *byte = answer;
        }
        count
    }
}

impl Drop for Simulated {
    /// Waits until the board has let go of its flash memory.
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            // If it has panicked, it is gone all the same.
            let _ = thread.join();
        }
    }
}
