//! `trimpot study`: what choices do, measured.

mod files;
mod options;
mod page;
mod progress;
mod report;
mod subjects;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trimpot_host::dataset::DataError;
use trimpot_host::study::catalogue::{self, Effort};
use trimpot_host::study::{
    Draw, Experiment, ExperimentResult, Landscape, RunFile, Runs, Shard, Stop, Study, StudyError,
};
use trimpot_model::output;

pub use self::options::Options;
use self::options::RUNS;
use self::page::{Landscapes, WITH_LANDSCAPES};
use self::progress::Bar;
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
    /// A file cannot be written.
    #[error("cannot write {}: {source}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl StudyRunError {
    /// Returns whether somebody stopped it (Ctrl-C, SIGTERM).
    #[must_use]
    pub fn is_interruption(&self) -> bool {
        matches!(self, StudyRunError::Study(StudyError::Stopped))
    }
}

/// Makes the runs of a study, with a progress bar, says what they say, and writes files of it.
///
/// # Errors
/// If options do not go together, data cannot be read, a file cannot be written, or somebody stops
/// it; then what is done is kept.
pub fn run(options: &Options) -> Result<(), StudyRunError> {
    let write = |file: &Path| {
        let file = file.to_owned();
        |source| StudyRunError::Write { file, source }
    };
    fs::create_dir_all(&options.out).map_err(write(&options.out))?;
    let study = study(options)?;
    study.check()?;
    let runs =
        if options.merge.is_empty() { make(options, &study)? } else { merged(options, &study)? };
    if let Some(shard) = options.shard {
        let runs = counted(study.runs(shard), "run");
        say(&format!("{runs} in {}; --merge joins the parts", options.out.display()));
        return Ok(());
    }
    let results = study.results(&runs);
    results.iter().for_each(|result| report::text(result).lines().for_each(say));
    let names = ["runs.csv", "results.json", "report.html"];
    let [table, json, report] = names.map(|name| options.out.join(name));
    files::write_runs(&runs, &table).map_err(write(&table))?;
    files::write_results(&results, &json).map_err(write(&json))?;
    let page = page::page(&study, &results, &landscapes(&results)?, runs.len());
    output::write(&report, page.as_bytes()).map_err(write(&report))?;
    say("");
    say(&format!("{} in {}", counted(runs.len(), "run"), table.display()));
    say(&format!("report: {}", report.display()));
    Ok(())
}

/// Returns the landscapes of the levels of some experiments.
fn landscapes(results: &[ExperimentResult<'_>]) -> Result<Landscapes, StudyRunError> {
    let stop: Stop = Arc::new(interrupt::is_asked_for);
    let mut landscapes = Vec::new();
    let has_some =
        |result: &&ExperimentResult<'_>| WITH_LANDSCAPES.contains(&result.experiment.name);
    for result in results.iter().filter(has_some) {
        let experiment = result.experiment;
        for level in &result.levels {
            let found = Landscape::of(&level.recipe, &experiment.subject, Draw::Seed(0), &stop);
            let found = found.map_err(|source| StudyError::Recipe {
                experiment: experiment.name.to_owned(),
                level: level.level.name.clone(),
                source,
            })?;
            landscapes
                .extend(found.map(|found| (experiment.name, level.level.name.clone(), found)));
        }
    }
    Ok(landscapes)
}

/// Returns the study that the options describe.
fn study(options: &Options) -> Result<Study, StudyRunError> {
    let subjects = subjects::read(options)?;
    let effort = if options.quick { Effort::QUICK } else { Effort::FULL };
    let is_wanted = |experiment: &Experiment| {
        options.names.is_empty() || options.names.iter().any(|name| name == experiment.name)
    };
    let mut experiments = catalogue::experiments(&subjects, effort);
    experiments.retain(is_wanted);
    Ok(Study { experiments, points: options.points(), seeds: options.seeds() })
}

/// Makes the runs that are not done yet.
fn make(options: &Options, study: &Study) -> Result<Runs, StudyRunError> {
    let file = options.runs_file();
    let done = match file.exists() {
        false => Runs::default(),
        true if options.resume => Runs::read(&file)?,
        true if options.overwrite => Runs::default(),
        true => {
            let what = format!(
                "{} exists: --resume goes on with its runs, --overwrite begins anew and replaces them",
                file.display()
            );
            return Err(StudyRunError::Options(what));
        }
    };
    let shard = options.shard.unwrap_or(Shard::WHOLE);
    let threads = options.threads.map_or_else(threads::cores, |threads| threads as usize);
    say(&format!(
        "{} of {}, {}",
        counted(study.runs(shard), "run"),
        counted(study.experiments.len(), "experiment"),
        counted(threads, "thread"),
    ));
    let mut kept = RunFile::create(&file, &done)?;
    let mut bar = Bar::new();
    interrupt::catch();
    let stop: Stop = Arc::new(interrupt::is_asked_for);
    let runs = study.run(shard, threads, done, &stop, |record, progress| {
        bar.show(record, progress);
        kept.add(record)
    });
    bar.finish();
    Ok(runs?)
}

/// Joins the runs of parts.
fn merged(options: &Options, study: &Study) -> Result<Runs, StudyRunError> {
    let mut runs = Runs::default();
    for folder in &options.merge {
        runs.extend(Runs::read(&folder.join(RUNS))?);
    }
    let stop: Stop = Arc::new(|| true);
    // All of them are there, or there is a run to be made, which is stopped.
    let whole = study.run(Shard::WHOLE, 1, runs, &stop, |_, _| Ok(()));
    let whole = whole.map_err(|error| match error {
        StudyError::Stopped => StudyRunError::Options(
            "--merge: the folders do not have all runs of this study: options must be those of the parts, and all \
             parts be done"
                .to_owned(),
        ),
        error => error.into(),
    })?;
    RunFile::create(&options.runs_file(), &whole)?;
    Ok(whole)
}
