//! The options of `trimpot rehearse`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use trimpot_model::plan::{Board, find};

use crate::data::DataOptions;
use crate::learning::{LearningOptions, PaceOptions};
use crate::numbers::count;

/// Which model meets which samples, and how the board learns them.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// The model: a file that `trimpot train` or `trimpot import` has written
    #[arg(value_name = "MODEL", required_unless_present = "retrain", conflicts_with = "retrain")]
    pub model: Option<PathBuf>,

    /// Samples that the board meets, in the order of time: `.npz`; or `.csv`, `.tsv` or `.txt` with a
    /// line for each. Where anomalies are detected, labels say which are normal: the others test
    #[arg(long, value_name = "FIELD", help_heading = "Data")]
    pub data: PathBuf,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its text would be that of the word")]
    pub reading: DataOptions,
    /// Column of a table, or array of an .npz file, that says whose a sample is: a user, a sensor, a
    /// month. Each value is rehearsed by itself [default: all samples are one's]
    #[arg(long, value_name = "COLUMN", help_heading = "Data")]
    pub by: Option<String>,
    /// Column, or array, that says of which recording a sample is: no recording is both learned and
    /// tested on, unless --gap cuts each
    #[arg(long, value_name = "COLUMN", help_heading = "Data")]
    pub recording: Option<String>,
    /// Cut each recording (each class, without --recording): its first part is learned, so many
    /// samples are left out, such as windows that overlap either part, and the rest tests [default
    /// without --recording: 0]
    #[arg(long, value_name = "SAMPLES", value_parser = count, help_heading = "Data")]
    pub gap: Option<usize>,
    /// Share of the samples of each class that is learned, the first part of their time; the rest
    /// tests
    #[arg(long, value_name = "SHARE", default_value_t = 0.5, value_parser = part, help_heading = "Data")]
    pub first: f32,
    /// The factory's data, in the form of --data: those that MODEL was trained with. The board
    /// replays some and is judged by others, as after `trimpot board install`, and what is forgotten
    /// is measured on the rest
    #[arg(long, value_name = "FILE", conflicts_with = "retrain", help_heading = "Data")]
    pub factory: Option<PathBuf>,

    #[command(flatten)]
    #[expect(missing_docs, reason = "its text would be that of the word")]
    pub learning: LearningOptions,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its text would be that of the word")]
    pub pace: PaceOptions,
    /// In which order a board learns
    #[arg(long, value_enum, default_value_t = Order::Turns, help_heading = "Learning")]
    pub order: Order,

    /// Only this board, by its name or its chip [default: all that are known]
    #[arg(long, value_name = "NAME", value_parser = find, help_heading = "Run")]
    pub board: Option<Board>,
    /// Page to write, with curves and tables: `.html`; one that exists is refused without
    /// --overwrite
    #[arg(long, value_name = "FILE", value_parser = page, help_heading = "Run")]
    pub report: Option<PathBuf>,
    /// Replace the page
    #[arg(long, requires = "report", help_heading = "Run")]
    pub overwrite: bool,
    /// Threads, from 1 to 1024 [default: one for each core]; they change nothing but speed
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1024), help_heading = "Run")]
    pub threads: Option<u32>,
    /// In place of MODEL: for each value of --by, train a model on the samples of all others, which
    /// are the factory's data then, and rehearse it with that value. All that follow are options
    /// of `trimpot train`, so this one comes last; those that say how --data is read go in front.
    /// --hold-out of them, 0.2 if not given, is for judging commits and measuring what is
    /// forgotten: whole recordings, with --recording
    #[arg(long, value_name = "OPTIONS", num_args = 1.., allow_hyphen_values = true, requires = "by", help_heading = "Run")]
    pub retrain: Vec<String>,
}

/// In which order a board learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Order {
    /// One sample of each class and recording in turn, those of a recording in the order of time
    Turns,
    /// The order of the file
    File,
}

fn page(text: &str) -> Result<PathBuf, String> {
    match text.ends_with(".html") {
        true => Ok(PathBuf::from(text)),
        false => Err("it must end in .html".to_owned()),
    }
}

/// Reads a number in (0, 1).
fn part(text: &str) -> Result<f32, String> {
    let number = text.parse().ok().filter(|&number| number > 0.0 && number < 1.0);
    number.ok_or_else(|| "it must be a number between 0 and 1".to_owned())
}
