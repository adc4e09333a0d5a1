//! Boards that learn: simulated in this process, firmware in QEMU, or real ones on a serial port.
//!
//! All three speak the same frames, so there is one client. They differ in how they boot, how bytes
//! come and go and how their power is cut.

mod error;
pub mod flash;
mod port;
#[cfg(unix)]
mod qemu;
#[cfg(not(unix))]
#[path = "board/no_qemu.rs"]
mod qemu;
mod serial;
mod simulated;

use std::fmt;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use trimpot::metric::ConfusionMatrix;
use trimpot::network::fingerprint;
use trimpot::shape::Vector;
use trimpot_link::client::{Client, ClientError};
use trimpot_link::port::PortError;
use trimpot_link::{Description, F32Slice, PROTOCOL, Request, Response};
use trimpot_tuner::digits::{CLASSES, FRAME, INPUTS, Layers, Network};

pub use error::BoardError;
use port::{Port, PortFailure};
pub use qemu::PowerSwitch;

use crate::dataset::Dataset;

/// How long a board may take to start.
const BOOT: Duration = Duration::from_secs(10);
/// How long an emulated board may take to start, and afterwards for anything: its processor is as
/// fast as a machine lets it that may be busy.
const EMULATED: Duration = Duration::from_secs(60);
/// Parameters in a request: with everything around them less than a frame.
const RUN: usize = (FRAME - 64) / size_of::<f32>();

/// Which board, and where its weights are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BoardAddress {
    /// `trimpot-tuner` in this process.
    Simulated {
        /// The file that plays the part of the flash memory; made when it is missing.
        flash: PathBuf,
    },
    /// The firmware of the MPS2 board in QEMU.
    Qemu {
        /// The program, as `cargo xtask firmware` builds it.
        firmware: PathBuf,
        /// The file that plays the part of the flash memory; made when it is missing.
        flash: PathBuf,
    },
    /// A board on a serial port.
    Serial {
        /// The device, such as `/dev/ttyACM0`.
        device: PathBuf,
    },
}

impl fmt::Display for BoardAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BoardAddress::Simulated { .. } => write!(f, "simulated board"),
            BoardAddress::Qemu { .. } => write!(f, "firmware in QEMU (mps2-an386, Cortex-M4F)"),
            BoardAddress::Serial { device } => write!(f, "board at {}", device.display()),
        }
    }
}

/// What the factory gives a board beside the network.
#[derive(Clone, Debug)]
pub struct FactorySamples {
    /// The smallest and the largest value of each feature in the training data.
    pub range: [[f32; INPUTS]; 2],
    /// Samples to be replayed.
    pub pinned: Dataset,
    /// Samples that nobody has learned from, to judge commits by.
    pub held_out: Dataset,
}

/// What became of a sample that was to be learned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learned {
    /// The sample's loss before the step.
    pub loss: f32,
    /// How many steps were taken, on this sample and on replayed ones.
    pub steps: u32,
    /// The steps led to something not finite, and the board returned to stored parameters.
    pub rolled_back: bool,
}

/// What became of a commit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Commit {
    /// The parameters are stored.
    Stored {
        /// Their fingerprint.
        fingerprint: u32,
    },
    /// They do too badly on the samples that commits are judged by. Those stored are back in
    /// memory.
    Rejected {
        /// The mean loss that is tolerated.
        tolerated: f32,
        /// That of the rejected parameters.
        loss: f32,
        /// Samples that were the judge.
        samples: u32,
    },
}

/// A board that runs the digits' tuner, and answers.
pub struct Board {
    address: BoardAddress,
    client: Client<Port, FRAME>,
    /// Held while the board is to run.
    emulator: Option<qemu::Emulator>,
}

impl Board {
    /// Starts the board from what its flash memory stores, and waits until it answers.
    pub fn boot(address: BoardAddress) -> Result<Self, BoardError> {
        let (port, emulator) = match &address {
            BoardAddress::Simulated { flash } => {
                (Port::Simulated(Box::new(simulated::boot(flash)?)), None)
            }
            BoardAddress::Qemu { firmware, flash } => {
                let (port, emulator) = qemu::boot(firmware, flash, EMULATED)?;
                (port, Some(emulator))
            }
            BoardAddress::Serial { device } => (serial::open(device)?, None),
        };
        let mut board = Board { address, client: Client::new(port), emulator };
        match board.emulator {
            Some(_) => {
                board.wait_until_up(EMULATED)?;
                board.client.port_mut().allow(EMULATED);
            }
            None => board.wait_until_up(BOOT)?,
        }
        Ok(board)
    }

    /// Returns which board this is.
    pub fn address(&self) -> &BoardAddress {
        &self.address
    }

    /// Cuts the power: what is not in the flash memory is lost. The emulator is killed (SIGKILL), a
    /// real board's power is for somebody else to cut. Returns the address, to boot again.
    pub fn cut_power(self) -> BoardAddress {
        drop(self.emulator);
        self.address
    }

    /// Returns what cuts the emulator's power from another thread, while the board works; `None`
    /// for boards that are not emulated.
    pub fn power_switch(&self) -> Option<PowerSwitch> {
        self.emulator.as_ref().map(qemu::Emulator::power_switch)
    }

    /// Who the board is.
    pub fn describe(&mut self) -> Result<Description, BoardError> {
        self.client.port_mut().prepare_for(&Request::Describe);
        self.client.describe().map_err(|error| self.address.failure(error))
    }

    /// Overwrites the parameters in memory.
    pub fn write_parameters(&mut self, parameters: &[f32]) -> Result<(), BoardError> {
        let mut bytes = [0; RUN * size_of::<f32>()];
        for (run, values) in parameters.chunks(RUN).enumerate() {
            let at = (run * RUN) as u32;
            let Some(values) = F32Slice::from_f32s(values, &mut bytes) else { continue };
            self.done(Request::WriteParameters { at, values }, "WriteParameters")?;
        }
        Ok(())
    }

    /// Returns the network with the parameters in memory.
    pub fn read_network(&mut self) -> Result<Network, BoardError> {
        let mut network = Network::new(Default::default(), [0.0; Network::PARAMETERS]);
        let mut read = 0;
        while read < Network::PARAMETERS {
            let at = read as u32;
            let asked = Request::ReadParameters { at, count: u32::MAX };
            let Response::Parameters { at: from, values } = self.request(asked)? else {
                return Err(BoardError::Unexpected { asked: "ReadParameters" });
            };
            let places = network.parameters_mut().get_mut(read..read + values.len());
            let copied = places.is_some_and(|places| values.copy_to(places));
            if !copied || from != at || values.is_empty() {
                return Err(BoardError::Unexpected { asked: "ReadParameters" });
            }
            read += values.len();
        }
        Ok(network)
    }

    /// Stores a network with its samples as the factory's. Returns the fingerprint of its
    /// parameters.
    pub fn install(
        &mut self,
        parameters: &[f32],
        samples: &FactorySamples,
    ) -> Result<u32, BoardError> {
        // Before anything changes on the board.
        let pinned = samples.pinned.samples::<INPUTS, u32>()?;
        let held_out = samples.held_out.samples::<INPUTS, u32>()?;
        self.done(Request::ClearSamples, "ClearSamples")?;
        self.write_parameters(parameters)?;
        for limit in &samples.range {
            self.widen(limit)?;
        }
        for (features, label) in pinned.iter() {
            self.remember(features, label)?;
        }
        for (features, label) in held_out.iter() {
            self.hold_out(features, label)?;
        }
        self.install_memory()
    }

    /// Stores what is in the board's memory as the factory's: parameters, range of features, pinned
    /// and held-out samples. Returns the fingerprint of the parameters.
    pub fn install_memory(&mut self) -> Result<u32, BoardError> {
        match self.request(Request::Install)? {
            Response::Committed { fingerprint, .. } => Ok(fingerprint),
            _ => Err(BoardError::Unexpected { asked: "Install" }),
        }
    }

    /// Widens the range of features that the network was trained on, so that it includes these.
    pub fn widen(&mut self, features: &[f32; INPUTS]) -> Result<(), BoardError> {
        let mut bytes = [0; INPUTS * size_of::<f32>()];
        self.done(Request::Widen { features: numbers(features, &mut bytes) }, "Widen")
    }

    /// Pins a sample: one of what the board must not forget.
    pub fn remember(&mut self, features: &[f32; INPUTS], label: u32) -> Result<(), BoardError> {
        let mut bytes = [0; INPUTS * size_of::<f32>()];
        let features = numbers(features, &mut bytes);
        match self.request(Request::Remember { features, label })? {
            Response::Remembered { .. } => Ok(()),
            _ => Err(BoardError::Unexpected { asked: "Remember" }),
        }
    }

    /// Holds a sample out: the board never learns from it, and judges commits by it.
    pub fn hold_out(&mut self, features: &[f32; INPUTS], label: u32) -> Result<(), BoardError> {
        let mut bytes = [0; INPUTS * size_of::<f32>()];
        let features = numbers(features, &mut bytes);
        match self.request(Request::HoldOut { features, label })? {
            Response::Remembered { .. } => Ok(()),
            _ => Err(BoardError::Unexpected { asked: "HoldOut" }),
        }
    }

    /// Lets the board learn from a sample.
    pub fn learn(&mut self, features: &[f32; INPUTS], label: u32) -> Result<Learned, BoardError> {
        let mut bytes = [0; INPUTS * size_of::<f32>()];
        let features = numbers(features, &mut bytes);
        match self.request(Request::Learn { features, label })? {
            Response::Learned { loss, steps, rolled_back } => {
                Ok(Learned { loss, steps, rolled_back })
            }
            _ => Err(BoardError::Unexpected { asked: "Learn" }),
        }
    }

    /// Asks the board for the class of every sample.
    pub fn evaluate(&mut self, data: &Dataset) -> Result<ConfusionMatrix<CLASSES>, BoardError> {
        let mut matrix = ConfusionMatrix::new();
        let mut bytes = [0; INPUTS * size_of::<f32>()];
        for (features, label) in data.samples::<INPUTS, u32>()?.iter() {
            let features = numbers(features, &mut bytes);
            match self.request(Request::Evaluate { features, label })? {
                // Where an output is not finite, there is no class, and no class is right.
                Response::Prediction { class, .. } => {
                    let class = class.map_or(CLASSES, |class| class as usize);
                    matrix.record(label as usize, class);
                }
                _ => return Err(BoardError::Unexpected { asked: "Evaluate" }),
            }
        }
        Ok(matrix)
    }

    /// Stores the parameters in memory, so that they survive a power cut, unless they do too badly
    /// on the samples that judge.
    pub fn commit(&mut self) -> Result<Commit, BoardError> {
        match self.request(Request::Commit)? {
            Response::Committed { fingerprint, .. } => Ok(Commit::Stored { fingerprint }),
            Response::Rejected { tolerated, loss, samples } => {
                Ok(Commit::Rejected { tolerated, loss, samples })
            }
            _ => Err(BoardError::Unexpected { asked: "Commit" }),
        }
    }

    /// Returns to the parameters that were stored last.
    pub fn roll_back(&mut self) -> Result<(), BoardError> {
        self.done(Request::Rollback, "Rollback")
    }

    /// Returns to the factory's parameters, and forgets what was learned since.
    pub fn reset(&mut self) -> Result<(), BoardError> {
        self.done(Request::Reset, "Reset")
    }

    /// Asks until the board answers, but no longer than `boot`, and checks that it is one of ours.
    fn wait_until_up(&mut self, boot: Duration) -> Result<(), BoardError> {
        let start = Instant::now();
        let description = loop {
            match self.describe() {
                Ok(description) => break description,
                Err(error @ (BoardError::Silent { .. } | BoardError::Answer { .. }))
                    if start.elapsed() >= boot =>
                {
                    return Err(error);
                }
                Err(BoardError::Silent { .. } | BoardError::Answer { .. }) => {
                    sleep(Duration::from_millis(20));
                }
                Err(error) => return Err(error),
            }
        };
        if description.protocol != PROTOCOL {
            return Err(BoardError::Protocol { expected: PROTOCOL, found: description.protocol });
        }
        let expected = fingerprint::<Vector<INPUTS>, Layers>(&Layers::default());
        let found = description.architecture;
        if found != expected {
            return Err(BoardError::Architecture { expected, found });
        }
        Ok(())
    }

    fn done(&mut self, request: Request<'_>, asked: &'static str) -> Result<(), BoardError> {
        match self.request(request)? {
            Response::Done => Ok(()),
            _ => Err(BoardError::Unexpected { asked }),
        }
    }

    fn request(&mut self, request: Request<'_>) -> Result<Response<'_>, BoardError> {
        let address = &self.address;
        self.client.port_mut().prepare_for(&request);
        self.client.request(request).map_err(|error| address.failure(error))
    }
}

impl BoardAddress {
    /// Erases the flash memory, if it is a file.
    pub fn erase(&self) -> Result<(), BoardError> {
        match self {
            BoardAddress::Simulated { flash } => {
                flash::erase(flash, flash::FileFlash::CAPACITY as u64)
            }
            BoardAddress::Qemu { flash, .. } => flash::erase(flash, qemu::FLASH_BYTES),
            BoardAddress::Serial { .. } => Ok(()),
        }
    }

    fn failure(&self, error: ClientError<PortFailure>) -> BoardError {
        let board = self.to_string();
        match error {
            ClientError::Port(PortError::Failed(failure)) => {
                BoardError::Silent { board, reason: failure.to_string() }
            }
            ClientError::Port(PortError::Closed) => BoardError::Gone,
            ClientError::TooLong(error) => BoardError::TooLong(error),
            ClientError::Answer(error) => BoardError::Answer { board, error },
            ClientError::Refused(error) => BoardError::Refused(error),
            ClientError::Unread(error) => BoardError::Unread { board, error },
        }
    }
}

fn numbers<'b, const BYTES: usize>(
    features: &[f32; INPUTS],
    bytes: &'b mut [u8; BYTES],
) -> F32Slice<'b> {
    const { assert!(BYTES == INPUTS * size_of::<f32>(), "a number has four bytes") };
    for (bytes, feature) in bytes.as_chunks_mut().0.iter_mut().zip(features) {
        *bytes = feature.to_le_bytes();
    }
    F32Slice::from_bytes(bytes).expect("a number has four bytes")
}
