//! Boards that learn: simulated in this process, firmware in QEMU, or real ones on a serial port.
//!
//! All three speak the same frames, so there is one client. They differ in how they boot, how bytes
//! come and go and how their power is cut.

mod address;
mod error;
pub mod flash;
pub(crate) mod heap;
mod image;
mod model;
mod needs;
mod port;
#[cfg(unix)]
mod qemu;
#[cfg(not(unix))]
#[path = "board/no_qemu.rs"]
mod qemu;
mod results;
mod samples;
mod serial;
mod simulated;
mod target;

use std::thread::sleep;
use std::time::{Duration, Instant};

use trimpot_link::client::Client;
use trimpot_link::{Description, NumberFormat, Numbers, Request, Response};
use trimpot_model::layers::Layers;

pub use address::BoardAddress;
pub use error::BoardError;
pub use image::latents;
pub use needs::BoardNeeds;
use port::Port;
pub use qemu::PowerSwitch;
pub use results::{Commit, FactorySamples, Learned, Prediction, range};
pub use target::BoardTarget;

/// How long a board may take to start.
const BOOT: Duration = Duration::from_secs(10);
/// How long an emulated board may take to start, and afterwards for anything: its processor is as
/// fast as a machine lets it that may be busy.
const EMULATED: Duration = Duration::from_secs(60);
/// Bytes of the longest frame of any board.
const FRAME: usize = 16 * 1024;
/// What a request with parameters, or an answer with them, has beside them, and more.
const FIELDS: usize = 64;

/// A board that runs a tuner, of any network, and answers.
pub struct Board {
    address: BoardAddress,
    client: Box<Client<Port, FRAME>>,
    /// Held while the board is to run.
    emulator: Option<qemu::Emulator>,
    /// How numbers are sent.
    format: NumberFormat,
}

impl Board {
    /// Starts the board from what its flash memory stores, and waits until it answers.
    ///
    /// # Errors
    /// If the board cannot be started or reached, does not answer in time, or speaks another
    /// version.
    pub fn boot(address: BoardAddress) -> Result<Self, BoardError> {
        let (port, emulator) = match &address {
            BoardAddress::Simulated { flash } => {
                (Port::Simulated(Box::new(simulated::boot(Some(flash))?)), None)
            }
            BoardAddress::Forgetful => (Port::Simulated(Box::new(simulated::boot(None)?)), None),
            BoardAddress::Qemu { firmware, flash } => {
                let (port, emulator) = qemu::boot(firmware, flash, EMULATED)?;
                (port, Some(emulator))
            }
            BoardAddress::Serial { device } => (serial::open(device)?, None),
        };
        let client = Box::new(Client::new(port));
        let mut board = Board { address, client, emulator, format: NumberFormat::F32 };
        match board.emulator {
            Some(_) => {
                board.wait_until_up(EMULATED)?;
                board.client.port_mut().allow(EMULATED);
            }
            None => board.wait_until_up(BOOT)?,
        }
        Ok(board)
    }

    /// Sends features and parameters in this format from now on, where fewer bytes than those of
    /// exact numbers are wanted. Whole models stay exact, the range of the features and the samples
    /// that are pinned or held out, which must be inside of it, and what the board answers.
    pub const fn set_format(&mut self, format: NumberFormat) {
        self.format = format;
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
    ///
    /// # Errors
    /// If the board does not answer, or what it answers cannot be read.
    pub fn describe(&mut self) -> Result<Description, BoardError> {
        self.client.port_mut().prepare_for(&Request::Describe);
        self.client.describe().map_err(|error| self.address.failure(error))
    }

    /// Checks that the board runs these layers.
    ///
    /// # Errors
    /// [`BoardError::Architecture`], which names both networks.
    pub fn check_layers(&mut self, layers: &Layers) -> Result<(), BoardError> {
        let Description { architecture: found, inputs, outputs, parameters, .. } =
            self.describe()?;
        let expected = layers.spec().fingerprint(&layers.constants);
        if found == expected {
            return Ok(());
        }
        let (board, network) = (self.address.to_string(), layers.spec().to_string());
        Err(BoardError::Architecture {
            board,
            network,
            expected,
            found,
            inputs,
            outputs,
            parameters,
        })
    }

    /// Overwrites the parameters in memory.
    ///
    /// # Errors
    /// If the board refuses them, such as those that are not finite, or does not answer.
    pub fn write_parameters(&mut self, parameters: &[f32]) -> Result<(), BoardError> {
        let frame = (self.describe()?.frame as usize).min(FRAME);
        // COBS takes a byte for every 254.
        let run = (frame - frame / 254).saturating_sub(FIELDS) / size_of::<f32>();
        let run = run.max(1);
        for (index, values) in parameters.chunks(run).enumerate() {
            let (at, mut bytes) = ((index * run) as u32, vec![0; size_of_val(values)]);
            let values = numbers(self.format, values, &mut bytes);
            self.done(Request::WriteParameters { at, values }, "WriteParameters")?;
        }
        Ok(())
    }

    /// Returns the parameters in memory.
    ///
    /// # Errors
    /// If the board does not answer, or sends others than it was asked for.
    pub fn read_parameters(&mut self) -> Result<Vec<f32>, BoardError> {
        let count = self.describe()?.parameters as usize;
        let mut parameters = Vec::with_capacity(count);
        while parameters.len() < count {
            let at = parameters.len() as u32;
            let asked = Request::ReadParameters { at, count: u32::MAX };
            let Response::Parameters { at: from, values } = self.request(asked)? else {
                return Err(BoardError::Unexpected { asked: "ReadParameters" });
            };
            let left = count - parameters.len();
            if from != at || values.is_empty() || values.len() > left {
                return Err(BoardError::Unexpected { asked: "ReadParameters" });
            }
            parameters.extend(values.iter());
        }
        Ok(parameters)
    }

    /// Stores the parameters in memory, so that they survive a power cut, unless they do too badly
    /// on the held-out samples, or on the replayed ones if there are none.
    ///
    /// # Errors
    /// If the board has nothing to judge by, cannot store the parameters, or does not answer.
    pub fn commit(&mut self) -> Result<Commit, BoardError> {
        match self.request(Request::Commit)? {
            Response::Committed { fingerprint, .. } => Ok(Commit::Stored { fingerprint }),
            Response::Unchanged { .. } => Ok(Commit::Unchanged),
            Response::Rejected { tolerated, loss, samples } => {
                Ok(Commit::Rejected { tolerated, loss, samples })
            }
            _ => Err(BoardError::Unexpected { asked: "Commit" }),
        }
    }

    /// Returns to the parameters that were stored last.
    ///
    /// # Errors
    /// If nothing is stored, or cannot be read, or the board does not answer.
    pub fn roll_back(&mut self) -> Result<(), BoardError> {
        self.done(Request::Rollback, "Rollback")
    }

    /// Returns to the factory's parameters, and forgets what was learned since.
    ///
    /// # Errors
    /// If nothing was installed, or cannot be read, or the board does not answer.
    pub fn reset(&mut self) -> Result<(), BoardError> {
        self.done(Request::Reset, "Reset")
    }

    /// Asks until the board answers, but no longer than `boot`, and checks that it is one of ours.
    fn wait_until_up(&mut self, boot: Duration) -> Result<(), BoardError> {
        let start = Instant::now();
        loop {
            match self.describe() {
                Ok(_) => return Ok(()),
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
        }
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

/// Writes numbers to bytes: four for each are enough in every format.
fn numbers<'b>(format: NumberFormat, numbers: &[f32], bytes: &'b mut [u8]) -> Numbers<'b> {
    Numbers::encode(format, numbers, bytes).expect("there are four bytes for each number")
}
