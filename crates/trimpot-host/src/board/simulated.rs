//! The simulated board: a tuner of any network, in a thread of this process, behind a link in memory.
//!
//! The core's interpreter runs the network. What would be firmware on a real board, the layers and
//! their constants, comes from the caller; parameters are in a file that plays the part of the flash
//! memory.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use trimpot::loss::CrossEntropy;
use trimpot::plan::{Plan, PlannedStep};
use trimpot_model::layers::Layers;
use trimpot_tuner::{
    Classification, Interpreted, Server, Settings, Sizes, StartError, Storage, Tuner, boots,
};

use super::FRAME;
use super::error::BoardError;
use super::flash::FileFlash;

/// A running tuner, and what it has answered. Its power is cut when it is dropped.
pub struct Simulated {
    /// Bytes to the board; none any more, when its power is cut.
    requests: Option<Sender<Vec<u8>>>,
    /// What it answers to each run of bytes: nothing, unless they end a frame.
    replies: Receiver<Vec<u8>>,
    answers: VecDeque<u8>,
    thread: Option<JoinHandle<()>>,
}

/// Memory on the heap: numbers, and bytes.
struct Heap {
    values: Vec<f32>,
    bytes: Vec<u8>,
}

impl Heap {
    fn new(sizes: &Sizes) -> Self {
        Heap { values: vec![0.0; sizes.values()], bytes: vec![0; sizes.bytes()] }
    }
}

impl Storage for Heap {
    fn parts(&self) -> (&[f32], &[u8]) {
        (&self.values, &self.bytes)
    }

    fn parts_mut(&mut self) -> (&mut [f32], &mut [u8]) {
        (&mut self.values, &mut self.bytes)
    }
}

/// How it learns: as the digits' application does.
const SETTINGS: Settings = Settings::new();

/// Returns how many bytes the flash memory of a simulated board with these layers has.
///
/// # Errors
/// If they make no network, or samples do not fit into a frame.
pub fn flash_bytes(layers: &Layers) -> Result<u32, BoardError> {
    let spec = layers.spec();
    let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
    let plan = Plan::new(spec, &mut steps).map_err(|error| unable(layers, &error.to_string()))?;
    let sizes = Sizes::of_plan(&plan, &SETTINGS);
    if sizes.frame() > FRAME {
        let (needed, frame) = (sizes.frame(), FRAME);
        let reason = format!("a sample takes a frame of {needed} bytes, and {frame} are the most");
        return Err(unable(layers, &reason));
    }
    Ok(sizes.flash::<FileFlash>().saturating_add(FileFlash::BOOTS))
}

fn unable(layers: &Layers, reason: &str) -> BoardError {
    BoardError::Network { network: layers.spec().to_string(), reason: reason.to_owned() }
}

/// Boots a board with these layers from the flash memory in this file.
pub(super) fn boot(layers: &Layers, flash: &Path) -> Result<Simulated, BoardError> {
    let capacity = flash_bytes(layers)?;
    let (requests, from_host) = channel();
    let (to_host, replies) = channel();
    let (booted, boot) = channel();
    let (layers, flash): (Layers, PathBuf) = (layers.clone(), flash.to_owned());
    let thread = thread::spawn(move || {
        if let Err(error) = run(&layers, &flash, capacity, &booted, &from_host, &to_host) {
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
fn run(
    layers: &Layers,
    flash: &Path,
    capacity: u32,
    booted: &Sender<Result<(), BoardError>>,
    requests: &Receiver<Vec<u8>>,
    replies: &Sender<Vec<u8>>,
) -> Result<(), BoardError> {
    let mut flash = FileFlash::open(flash, capacity)?;
    let (store, counted) = (flash.store(), flash.boots());
    let session = boots::count(&mut flash, counted);
    let session = session.map_err(|error| BoardError::Boot(StartError::Store(error)))?;

    let spec = layers.spec();
    let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
    let model = Interpreted::new(spec, &mut steps, &layers.constants)
        .map_err(|error| unable(layers, &error.to_string()))?;
    let memory = Heap::new(&Sizes::of_plan(model.plan(), &SETTINGS));
    let task = Classification::new(CrossEntropy::new());
    let tuner = Tuner::new(model, task, SETTINGS, memory, flash, store);
    let mut tuner = tuner.map_err(BoardError::Boot)?;
    let mut server = Box::new(Server::<FRAME>::new());
    server.set_session(session);

    let mut alive = booted.send(Ok(())).is_ok();
    while alive && let Ok(bytes) = requests.recv() {
        let mut answers = Vec::new();
        for byte in bytes {
            answers.extend_from_slice(server.serve_byte(&mut tuner, byte).unwrap_or_default());
        }
        alive = replies.send(answers).is_ok();
    }
    Ok(())
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
