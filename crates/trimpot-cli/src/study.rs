//! `trimpot study`: what choices do, measured.

mod chosen;
mod files;
mod folder;
mod landscapes;
mod options;
mod page;
mod report;
mod subjects;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trimpot_host::dataset::DataError;
use trimpot_host::study::catalogue::{self, Effort, Subjects};
use trimpot_host::study::{Choice, Experiment, RunFile, Runs, Shard, Stop, Study, StudyError};
use trimpot_model::output;

pub use self::chosen::with_choice;
use self::files::{REPORT, RESULTS, RUNS, TABLE};
use self::landscapes::landscapes;
use self::options::ALL;
pub use self::options::Options;
use crate::front_end::FrontEndError;
use crate::progress::Bar;
use crate::terminal::{counted, say};
use crate::{advice, interrupt, threads};

/// Why a study does not end.
#[derive(Debug, thiserror::Error)]
pub enum StudyRunError {
    /// Options do not go together.
    #[error("{0}")]
    Options(String),
    /// The data cannot be had.
    #[error("{}", advice::of_data(.0))]
    Data(#[from] DataError),
    /// Runs cannot be made, read or kept.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// Another command has the folder.
    #[error("{}: another command is making a study there", folder.display())]
    Busy {
        /// The folder.
        folder: PathBuf,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl From<FrontEndError> for StudyRunError {
    fn from(error: FrontEndError) -> Self {
        match error {
            FrontEndError::Options(what) => StudyRunError::Options(what),
            FrontEndError::Data(error) => StudyRunError::Data(error),
        }
    }
}

impl StudyRunError {
    /// Returns whether somebody stopped it (Ctrl-C, SIGTERM).
    #[must_use]
    pub fn is_interruption(&self) -> bool {
        matches!(self, StudyRunError::Study(StudyError::Stopped))
    }
}

/// Returns what makes an error of what the system says about a file.
fn write_error(file: &Path) -> impl FnOnce(io::Error) -> StudyRunError {
    |source| StudyRunError::Write { file: file.to_owned(), source }
}

/// Makes the runs of a study, with a progress bar, says what they say, and writes files of it.
///
/// # Errors
/// If options do not go together, data cannot be read, a file cannot be written, or somebody stops
/// it; then what is done is kept.
pub fn run(options: &Options) -> Result<(), StudyRunError> {
    let data = subjects::read(options)?;
    let study = study(options, &data.subjects)?;
    study.check()?;
    let mut runner = StudyRunner::open(options, &study)?;
    let shard = options.shard.unwrap_or(Shard::WHOLE);
    let runs = runner.make(&study, shard)?;
    if options.shard.is_some() {
        let runs = counted(runs.len(), "run");
        say(&format!("{runs} in {}; --merge joins the parts", options.out.display()));
        return Ok(());
    }
    let results = study.results(&runs);
    let choice = Choice::of(&results, options.ram());
    let last = Study {
        experiments: choice.iter().flatten().filter_map(Choice::experiment).collect(),
        ..study.clone()
    };
    let last_runs = runner.make(&last, Shard::WHOLE)?;
    let mut all_runs = runs.clone();
    all_runs.extend(last_runs.clone());
    let mut results = results;
    results.extend(last.results(&last_runs));
    results.iter().for_each(|result| report::text(result).lines().for_each(say));
    if let Err(nothing) = &choice {
        say(&format!("no choice: {nothing}"));
    }
    let names = [TABLE, RESULTS, REPORT];
    let [table, json, report] = names.map(|name| options.out.join(name));
    files::write_runs(&all_runs, &table).map_err(write_error(&table))?;
    files::write_results(&results, &data.words, &json).map_err(write_error(&json))?;
    let landscapes = landscapes(&results, runner.threads, &runner.stop)?;
    let page = page::page(&study, &results, &landscapes, all_runs.len());
    output::write(&report, page.as_bytes()).map_err(write_error(&report))?;
    say("");
    say(&format!("{} in {}", counted(all_runs.len(), "run"), table.display()));
    say(&format!("report: {}", report.display()));
    if !last.experiments.is_empty() {
        let out = options.out.display();
        say(&format!(
            "train the choice: trimpot train --from-study {out} --output model.safetensors"
        ));
    }
    Ok(())
}

/// Returns the study that the options describe.
fn study(options: &Options, subjects: &Subjects) -> Result<Study, StudyRunError> {
    let effort = if options.quick { Effort::QUICK } else { Effort::FULL };
    let is_wanted = |experiment: &Experiment| {
        options.names.is_empty()
            || options.names.iter().any(|name| [experiment.name, ALL].contains(&name.as_str()))
    };
    let mut experiments = catalogue::experiments(subjects, effort);
    experiments.retain(is_wanted);
    let is_missing = |name: &&String| experiments.iter().all(|experiment| experiment.name != *name);
    if let Some(name) = options.names.iter().filter(|name| *name != ALL).find(is_missing) {
        let what = format!("{name}: not with --data {}, it needs others", options.data.display());
        return Err(StudyRunError::Options(what));
    }
    Ok(Study { experiments, points: options.points(), seeds: options.seeds() })
}

/// What makes the runs of a study, or finds them made.
struct StudyRunner {
    /// Runs that need not be made again.
    done: Runs,
    file: RunFile,
    threads: usize,
    stop: Stop,
    /// Keeps other commands from the folder.
    _lock: File,
}

impl StudyRunner {
    /// Reads the runs that are done, and begins the file of runs.
    fn open(options: &Options, study: &Study) -> Result<Self, StudyRunError> {
        let parts = folder::parts(options, study)?;
        let lock = folder::lock(&options.out)?;
        let done = folder::done(options, study, parts)?;
        folder::remove_results(&options.out)?;
        let file = RunFile::create(&options.out.join(RUNS), &done)?;
        let threads = options.threads.map_or_else(threads::cores, |threads| threads as usize);
        interrupt::catch();
        let stop: Stop = Arc::new(interrupt::is_asked_for);
        Ok(StudyRunner { done, file, threads, stop, _lock: lock })
    }

    /// Returns the runs of a part of a study, with those that are not done yet.
    fn make(&mut self, study: &Study, shard: Shard) -> Result<Runs, StudyRunError> {
        let missing = study.missing(shard, &self.done);
        if !missing.is_empty() {
            say(&format!(
                "{} of {}, {}",
                counted(missing.iter().map(|(_, _, runs)| *runs).sum::<usize>(), "run"),
                counted(study.experiments.len(), "experiment"),
                counted(self.threads, "thread"),
            ));
        }
        let mut bar = Bar::new("the work");
        let file = &mut self.file;
        let runs =
            study.run(shard, self.threads, self.done.clone(), &self.stop, |record, progress| {
                let share = progress.done / progress.all.max(1.0);
                bar.show(&record.experiment, &record.level, share);
                file.add(record)
            });
        bar.finish();
        Ok(runs?)
    }
}
