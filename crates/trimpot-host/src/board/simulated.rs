//! The simulated board: the firmware's own application in this process, behind a link in memory.

use std::collections::VecDeque;
use std::path::Path;

use trimpot_tuner::digits::{self, Memory, Server, Tuner};
use trimpot_tuner::{StartError, boots};

use super::error::BoardError;
use super::flash::FileFlash;

const _: () = {
    let area = FileFlash::STORE;
    let fits = digits::SIZES.flash::<FileFlash>() <= area.end - area.start;
    assert!(fits, "the tuner's area is large enough");
};

/// A running tuner, and what it has answered.
pub struct Simulated {
    tuner: Tuner<FileFlash, Memory>,
    server: Server,
    answers: VecDeque<u8>,
}

/// Boots from the flash memory in this file.
pub(super) fn boot(flash: &Path) -> Result<Simulated, BoardError> {
    let mut flash = FileFlash::open(flash)?;
    let count = boots::count(&mut flash, FileFlash::BOOTS);
    let session = count.map_err(|error| BoardError::Boot(StartError::Store(error)))?;
    let tuner = digits::tuner(Memory::new(), flash, FileFlash::STORE).map_err(BoardError::Boot)?;
    let mut server = Server::new();
    server.set_session(session);
    Ok(Simulated { tuner, server, answers: VecDeque::new() })
}

impl Simulated {
    /// Bytes from the host. The board works on them at once.
    pub(super) fn push_bytes(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if let Some(answer) = self.server.serve_byte(&mut self.tuner, byte) {
                self.answers.extend(answer);
            }
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
