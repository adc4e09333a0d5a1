//! The options of `trimpot study`.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;
use trimpot_host::study::{Shard, catalogue};
use trimpot_model::plan::{Board, find};

use crate::data::DataOptions;
use crate::front_end::FrontEndOptions;
use crate::numbers::bytes;

/// The word for all experiments that there are for the data.
pub(super) const ALL: &str = "all";

/// What to study, on what, and how thoroughly.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Experiments [default: all]
    #[arg(value_name = "EXPERIMENT", value_parser = PossibleValuesParser::new(catalogue::NAMES.into_iter().chain([ALL])))]
    pub names: Vec<String>,

    /// Data: mnist, digits or fashion, which are in the project's folder data/; or a file with
    /// samples of classes, as `trimpot train` takes it: its features are standardized
    #[arg(long, value_name = "NAME|FILE", default_value = "mnist", help_heading = "Data")]
    pub data: PathBuf,
    /// Samples of a file of one's own to test on [default: a fifth of --data]
    #[arg(long, value_name = "FILE", help_heading = "Data")]
    pub test: Option<PathBuf>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its text would be that of the word")]
    pub reading: DataOptions,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its text would be that of the word")]
    pub recordings: FrontEndOptions,
    /// Folder of the project's data sets [default: data]
    #[arg(long, value_name = "FOLDER", help_heading = "Data")]
    pub folder: Option<PathBuf>,

    /// Seeds of each level, at least 2 [default: 30; 8 with --quick]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(2..=10_000), help_heading = "Thoroughness")]
    pub seeds: Option<u32>,
    /// Quasi-random points at which rates and other settings are tried, at least 1 [default: 24;
    /// 8 with --quick]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=10_000), help_heading = "Thoroughness")]
    pub points: Option<u32>,
    /// A quick look: a fifth of the epochs, few seeds and points
    #[arg(long, help_heading = "Thoroughness")]
    pub quick: bool,

    /// Board by whose RAM the network is chosen in the end, by its name or its chip
    #[arg(long, value_name = "NAME", value_parser = find, conflicts_with = "ram", help_heading = "Choice")]
    pub board: Option<Board>,
    /// RAM by which the network is chosen in the end: bytes, or 16K, 1M
    #[arg(long, value_name = "BYTES", value_parser = bytes, help_heading = "Choice")]
    pub ram: Option<usize>,

    /// Folder for the runs and what follows from them
    #[arg(long, value_name = "FOLDER", default_value = "target/study", help_heading = "Run")]
    pub out: PathBuf,
    /// Go on with the runs that --out has
    #[arg(long, help_heading = "Run")]
    pub resume: bool,
    /// Begin anew, and replace the files that --out has
    #[arg(long, conflicts_with = "resume", help_heading = "Run")]
    pub overwrite: bool,
    /// Threads, from 1 to 1024 [default: one for each core]; they change nothing but speed
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1024), help_heading = "Run")]
    pub threads: Option<u32>,
    /// Make a part of the runs alone, such as 2/8: every eighth level, from the second one on.
    /// Nothing is chosen: --board and --ram are for --merge
    #[arg(long, value_name = "NUMBER/ALL", conflicts_with_all = ["merge", "board", "ram"], help_heading = "Run")]
    pub shard: Option<Shard>,
    /// Join the runs of these folders, the parts of this study with the same options: makes no runs
    /// but those of the choice
    #[arg(long, value_name = "FOLDER", num_args = 1.., conflicts_with = "resume", help_heading = "Run")]
    pub merge: Vec<PathBuf>,
}

impl Options {
    /// Returns the words that say how a file of one's own is read.
    pub fn words_of_reading(&self) -> Vec<String> {
        let front_end = self.recordings.front_end.iter();
        let front_end = front_end.map(|front_end| format!("--front-end={front_end}"));
        self.reading.words().into_iter().chain(front_end).collect()
    }

    /// Returns with how many seeds a level is trained.
    pub fn seeds(&self) -> u32 {
        self.seeds.unwrap_or(if self.quick { 8 } else { 30 })
    }

    /// Returns at how many points a level is tuned.
    pub fn points(&self) -> u32 {
        self.points.unwrap_or(if self.quick { 8 } else { 24 })
    }

    /// Returns in how many bytes of RAM the network that is chosen has to learn.
    pub fn ram(&self) -> Option<usize> {
        self.ram.or(self.board.map(|board| board.ram))
    }

    /// Returns where the project's data sets are.
    pub fn folder(&self) -> &Path {
        self.folder.as_deref().unwrap_or(Path::new("data"))
    }
}
