//! `trimpot board`: a model of one's own on a board, taught with data of one's own.

mod classes;
mod describe;
mod error;
mod factory;
mod folder;
mod install;
mod learn;
mod samples;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use trimpot::threshold::Calibrated;
use trimpot_host::board::{Board, BoardAddress, BoardError, Commit};
use trimpot_link::Error;

pub use self::error::BoardCommandError;
pub(crate) use self::factory::{check as check_factory, parts as factory_parts};
use self::folder::Folder;
use crate::address::BoardOptions;
use crate::data::SampleOptions;
use crate::terminal::{counted, digits};

/// Which board, and what it is to do.
#[derive(Args, Clone, Debug)]
pub struct Options {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its text would be that of the word")]
    pub board: BoardOptions,
    /// Folder with the flash memory of a simulated or emulated board; and with the model of one
    /// whose network is firmware, which has the names of its classes
    #[arg(long, global = true, value_name = "FOLDER", default_value = "trimpot-board")]
    #[arg(help_heading = "Board")]
    pub folder: PathBuf,
    #[command(subcommand)]
    #[expect(missing_docs, reason = "its text would be that of the words")]
    pub word: Word,
}

/// What a board is to do.
#[derive(Subcommand, Clone, Debug)]
pub enum Word {
    /// Says which network is on the board, from where, with how many samples, in how much memory
    Describe,
    /// Stores a model with samples as the factory's
    ///
    /// A board whose network is data, as that of a simulated one or of one in QEMU is, gets the
    /// whole model, and keeps it in its flash memory; others must have firmware with the layers of
    /// the model. The range of each feature is that of DATA. Samples of each class, or of all where
    /// there are no classes, are drawn from DATA by chance: some are pinned, to be replayed, others
    /// held out, to judge commits by; no more than the board has memory for. If DATA is what the
    /// model was trained with, and training has held samples out (--hold-out), the same are held
    /// out here; else the model may have learned from them, and commits are judged too strictly.
    /// Where the board learns what is normal, all of them are normal; the threshold is the model's,
    /// or else set by those that are held out.
    #[command(after_help = "Examples:\n  trimpot board install model.safetensors samples.csv\n  \
                      trimpot board install model.safetensors samples.csv --optimizer adam --train head:1 --latents i8\n  \
                      trimpot board install model.safetensors samples.csv --new-classes 2")]
    Install(Box<install::InstallOptions>),
    /// Learns from samples one by one, in their order, and replays others after each
    ///
    /// What is not committed is lost with the power; a simulated board has power as long as this
    /// command runs. The loss is that before the sample is learned.
    #[command(after_help = "Example:\n  trimpot board learn new.csv --commit")]
    Learn {
        #[command(flatten)]
        #[expect(missing_docs, reason = "its text would be that of the word")]
        samples: Box<SampleOptions>,
        /// Store what was learned, unless it does worse on the held-out samples
        #[arg(long, help_heading = "Run")]
        commit: bool,
    },
    /// What the board says of samples, as CSV: what `trimpot predict` says of a model
    Predict(Box<SampleOptions>),
    /// How well the board does on a data set: what `trimpot evaluate` says of a model
    Evaluate(Box<SampleOptions>),
    /// Sets the threshold of anomalies by the held-out samples, which are normal
    ///
    /// By the rule of the model: a percentile of their scores, or deviations above the mean. Where
    /// no samples are held out, by those that are replayed.
    Calibrate {
        /// Store it, so that it survives a power cut
        #[arg(long, help_heading = "Run")]
        commit: bool,
    },
    /// Stores the parameters in memory, unless they do worse on the held-out samples
    Commit,
    /// Returns to the parameters that were stored last
    Rollback,
    /// Returns to the parameters that were installed, and forgets commits
    Reset,
    /// Writes a model file of what the board says: its layers with all their numbers, names, loss
    Read {
        /// File to write
        #[arg(long, value_name = "FILE")]
        output: PathBuf,
    },
}

/// Does what is asked, and returns what is to be printed.
///
/// # Errors
/// If the board does not answer, refuses, or has another network; if the data cannot be read, or do
/// not go together with the model.
pub fn run(options: &Options) -> Result<String, BoardCommandError> {
    let folder = Folder { path: &options.folder, board: &options.board };
    match &options.word {
        Word::Describe => describe::describe(&folder),
        Word::Install(options) => install::install(&folder, options),
        Word::Learn { samples, commit } => learn::learn(&folder, samples, *commit),
        Word::Predict(samples) => samples::predict(&folder, samples),
        Word::Evaluate(samples) => samples::evaluate(&folder, samples),
        Word::Calibrate { commit } => calibrate(&mut folder.boot_checked()?, *commit),
        Word::Commit => commit(&mut folder.boot_checked()?),
        Word::Rollback => {
            let mut board = folder.boot_checked()?;
            board.roll_back()?;
            state(&mut board, "rolled back to")
        }
        Word::Reset => {
            let mut board = folder.boot_checked()?;
            board.reset()?;
            state(&mut board, "reset to")
        }
        Word::Read { output } => samples::read(&folder, output),
    }
}

/// Sets the threshold, and commits it if that is wanted.
fn calibrate(board: &mut Board, is_committed: bool) -> Result<String, BoardCommandError> {
    let Calibrated { threshold, samples, mean, deviation } = board.calibrate()?;
    let [threshold, mean, deviation] = [threshold, mean, deviation].map(digits);
    let text = format!(
        "threshold {threshold} from the scores of {}: mean {mean}, deviation \
         {deviation}\n",
        counted(samples, "sample")
    );
    Ok(text + &commit_if(board, is_committed)?)
}

/// Commits, if that is wanted; else says what becomes of what the board has in memory.
fn commit_if(board: &mut Board, is_wanted: bool) -> Result<String, BoardCommandError> {
    match board.address() {
        _ if is_wanted => commit(board),
        BoardAddress::Simulated { .. } | BoardAddress::Forgetful | BoardAddress::Qemu { .. } => {
            Ok("not committed: it is forgotten with the end of this command\n".to_owned())
        }
        BoardAddress::Serial { .. } => Ok("not committed yet\n".to_owned()),
    }
}

/// Commits; that the board rejects it is an error, and so is that it has nothing to judge by, as
/// where the power failed while a model was installed, or the samples are damaged.
fn commit(board: &mut Board) -> Result<String, BoardCommandError> {
    let committed = board.commit().map_err(|error| match error {
        BoardError::Refused(Error::NothingToJudgeBy) => {
            BoardCommandError::Unjudged { board: board.address().to_string() }
        }
        error => error.into(),
    });
    match committed? {
        Commit::Stored { .. } => state(board, "committed:"),
        Commit::Unchanged => state(board, "nothing to commit, stored already:"),
        Commit::Rejected { tolerated, loss, samples } => {
            Err(BoardCommandError::Rejected { tolerated, loss, samples })
        }
    }
}

/// Says which parameters are in memory.
fn state(board: &mut Board, done: &str) -> Result<String, BoardCommandError> {
    let description = board.describe()?;
    let (fingerprint, generation) = (description.fingerprint, description.generation);
    Ok(format!("{done} parameters {fingerprint:08x}, generation {generation}\n"))
}
