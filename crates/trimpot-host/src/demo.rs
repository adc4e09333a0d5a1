//! The demo: train on the PC, fine-tune on a board, keep it through a power cut, and report.
//!
//! The factory trains a network on MNIST. In the field the digits come from another sensor (the UCI
//! digits), and the network stumbles. The board learns from some of them, one by one, over its
//! link, while it replays samples from the factory. Then it keeps what it learned, and its power is
//! cut.

mod data;
mod factory;
mod field;
mod result;
mod steps;
mod terminal;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

pub use data::{Data, Split};
pub use factory::{Factory, train_factory};
pub use field::{AdaptationRun, Point, teach};
pub use result::{DemoResult, Promise, SeedResult};
pub(crate) use terminal::count;

use crate::board::{BoardAddress, BoardError};
use crate::dataset::DatasetError;
use crate::model::ModelError;
use crate::output;
use crate::report::ReportError;
use crate::train::TrainError;

/// How many seeds the mean accuracies are taken over.
pub const SEEDS: u32 = 5;
/// From how many samples on the accuracy after learning is promised.
const ENOUGH: usize = 100;

/// Which board the demo runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// `trimpot-tuner` in this process.
    Simulated,
    /// The firmware in QEMU.
    Qemu,
    /// A board on this serial port.
    Serial(PathBuf),
}

impl std::str::FromStr for Choice {
    type Err = std::convert::Infallible;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(match name {
            "simulated" => Choice::Simulated,
            "qemu" => Choice::Qemu,
            device => Choice::Serial(device.into()),
        })
    }
}

/// What the demo is to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The board.
    pub board: Choice,
    /// The randomness of training, and of which digits are learned.
    pub seed: u32,
    /// How many digits the board learns from.
    pub samples: usize,
    /// The folder of the data sets.
    pub data: PathBuf,
    /// The firmware for QEMU.
    pub firmware: PathBuf,
    /// The folder for the report, the model file and the flash memory.
    pub report: PathBuf,
}

/// Why the demo could not go on.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A data set cannot be read.
    #[error("{0} (the data sets are in the project's folder data/; --data says where that is)")]
    Data(#[from] DatasetError),
    /// So many samples leave none to test with.
    #[error("--samples {samples}: of {all} digits at most {most} can be learned from")]
    Samples {
        /// What was asked for.
        samples: usize,
        /// All digits.
        all: usize,
        /// How many can be learned from.
        most: usize,
    },
    /// Training failed.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The model file cannot be written.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The board fails.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// The board is in the middle of something.
    #[error("the board has learned {learned} samples already: restart it first")]
    InUse {
        /// Samples in its replay buffer.
        learned: u32,
    },
    /// The board would not store what it learned.
    #[error(
        "the board rejected what it learned: mean loss {loss} on {samples} samples, {tolerated} is tolerated"
    )]
    Rejected {
        /// The mean loss that is tolerated.
        tolerated: f32,
        /// That of the learned weights.
        loss: f32,
        /// Samples that were the judge.
        samples: u32,
    },
    /// The report cannot be made.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A file or folder cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Runs the demo, tells the terminal about it, and writes the report.
pub fn run(options: &Options) -> Result<DemoResult, DemoError> {
    let start = Instant::now();
    let data = Data::read(&options.data)?;
    let (all, most) = (data.field.len(), data.field.len() / 2);
    if options.samples > most {
        return Err(DemoError::Samples { samples: options.samples, all, most });
    }
    fs::create_dir_all(&options.report).map_err(DemoError::writing(&options.report))?;
    for file in [options.model_file(), options.report_file()] {
        output::check(&file).map_err(DemoError::writing(&file))?;
    }
    options.address().erase()?;

    let factory = steps::train(options, &data)?;
    let mut board = steps::boot(options, &data, &factory)?;
    let run = steps::learn(options, &data, &factory, &mut board)?;
    let same_after_power_cut = steps::cut_power(options, &data, &run, board)?;
    let seeds = steps::repeat(options, &data, &factory)?;
    let result = DemoResult {
        board: options.address().to_string(),
        seed: options.seed,
        samples: options.samples,
        factory,
        run,
        same_after_power_cut,
        seeds,
        seconds: start.elapsed().as_secs_f64(),
    };
    steps::report(options, &result)?;
    Ok(result)
}

impl Options {
    /// Returns where the factory's network goes.
    fn model_file(&self) -> PathBuf {
        self.report.join("factory.safetensors")
    }

    /// Returns where the report goes.
    fn report_file(&self) -> PathBuf {
        self.report.join("report.html")
    }

    /// Returns where the chosen board is.
    fn address(&self) -> BoardAddress {
        let flash = self.report.join("flash.bin");
        match &self.board {
            Choice::Simulated => BoardAddress::Simulated { flash },
            Choice::Qemu => BoardAddress::Qemu { firmware: self.firmware.clone(), flash },
            Choice::Serial(device) => BoardAddress::Serial { device: device.clone() },
        }
    }
}

impl DemoError {
    /// Returns what becomes of the system's error when this file or folder cannot be written.
    fn writing(path: &Path) -> impl FnOnce(io::Error) -> DemoError + use<> {
        let path = path.to_owned();
        move |source| DemoError::Write { path, source }
    }
}
