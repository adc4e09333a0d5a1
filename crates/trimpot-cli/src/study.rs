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
use trimpot_host::study::catalogue::{self, Effort, Subjects};
use trimpot_host::study::{
    Choice, Draw, Experiment, ExperimentResult, Landscape, RunFile, Runs, Shard, Stop, Study,
    StudyError,
};
use trimpot_model::output;

use self::files::RESULTS;
pub use self::files::choice;
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
    let data = subjects::read(options)?;
    let study = study(options, &data.subjects)?;
    study.check()?;
    let mut bench = Bench::open(options)?;
    let shard = options.shard.unwrap_or(Shard::WHOLE);
    let runs = bench.make(&study, shard)?;
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
    let last_runs = bench.make(&last, Shard::WHOLE)?;
    let mut all_runs = runs.clone();
    all_runs.extend(last_runs.clone());
    let mut results = results;
    results.extend(last.results(&last_runs));
    results.iter().for_each(|result| report::text(result).lines().for_each(say));
    if let Err(nothing) = &choice {
        say(&format!("no choice: {nothing}"));
    }
    let names = ["runs.csv", RESULTS, "report.html"];
    let [table, json, report] = names.map(|name| options.out.join(name));
    files::write_runs(&all_runs, &table).map_err(write(&table))?;
    files::write_results(&results, &data.words, &json).map_err(write(&json))?;
    let page = page::page(&study, &results, &landscapes(&results)?, all_runs.len());
    output::write(&report, page.as_bytes()).map_err(write(&report))?;
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

/// Returns the landscapes of the levels of some experiments.
fn landscapes(results: &[ExperimentResult<'_>]) -> Result<Landscapes, StudyRunError> {
    let stop: Stop = Arc::new(interrupt::is_asked_for);
    let mut landscapes = Vec::new();
    let has_some =
        |result: &&ExperimentResult<'_>| WITH_LANDSCAPES.contains(&result.experiment.name);
    for result in results.iter().filter(has_some) {
        let experiment = result.experiment;
        for level in &result.levels {
            let Some(recipe) = level.procedure.recipe() else { continue };
            let found = Landscape::of(recipe, &experiment.subject, Draw::Seed(0), &stop);
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
fn study(options: &Options, subjects: &Subjects) -> Result<Study, StudyRunError> {
    let effort = if options.quick { Effort::QUICK } else { Effort::FULL };
    let is_wanted = |experiment: &Experiment| {
        options.names.is_empty() || options.names.iter().any(|name| name == experiment.name)
    };
    let mut experiments = catalogue::experiments(subjects, effort);
    experiments.retain(is_wanted);
    let is_missing = |name: &&String| experiments.iter().all(|experiment| experiment.name != *name);
    if let Some(name) = options.names.iter().find(is_missing) {
        let what = format!("{name}: not with --data {}, it needs others", options.data.display());
        return Err(StudyRunError::Options(what));
    }
    Ok(Study { experiments, points: options.points(), seeds: options.seeds() })
}

/// What makes the runs of a study, or finds them made.
struct Bench {
    /// Runs that need not be made again.
    done: Runs,
    file: RunFile,
    threads: usize,
    stop: Stop,
    /// Whether runs of other folders are joined, and none is made.
    is_merged: bool,
}

impl Bench {
    /// Reads the runs that are done, and begins the file of runs.
    fn open(options: &Options) -> Result<Self, StudyRunError> {
        let name = options.runs_file();
        let mut done = Runs::default();
        for folder in &options.merge {
            done.extend(Runs::read(&folder.join(RUNS))?);
        }
        if options.resume && name.exists() {
            done.extend(Runs::read(&name)?);
        } else if name.exists() && !options.overwrite {
            let what = format!(
                "{} exists: --resume goes on with its runs, --overwrite begins anew and replaces them",
                name.display()
            );
            return Err(StudyRunError::Options(what));
        }
        let file = RunFile::create(&name, &done)?;
        let threads = options.threads.map_or_else(threads::cores, |threads| threads as usize);
        interrupt::catch();
        let stop: Stop = Arc::new(interrupt::is_asked_for);
        Ok(Bench { done, file, threads, stop, is_merged: !options.merge.is_empty() })
    }

    /// Returns the runs of a part of a study, with those that are not done yet.
    fn make(&mut self, study: &Study, shard: Shard) -> Result<Runs, StudyRunError> {
        let missing: usize =
            study.missing(shard, &self.done).iter().map(|(_, _, runs)| runs).sum();
        if missing > 0 && self.is_merged && study.experiments.len() > 1 {
            let runs = counted(missing, "run");
            return Err(StudyRunError::Options(format!(
                "--merge: {runs} of this study are in none of the folders: options must be those of the parts, and \
                 all parts be done"
            )));
        }
        if missing > 0 {
            say(&format!(
                "{} of {}, {}",
                counted(missing, "run"),
                counted(study.experiments.len(), "experiment"),
                counted(self.threads, "thread"),
            ));
        }
        let mut bar = Bar::new();
        let file = &mut self.file;
        let runs =
            study.run(shard, self.threads, self.done.clone(), &self.stop, |record, progress| {
                bar.show(record, progress);
                file.add(record)
            });
        bar.finish();
        Ok(runs?)
    }
}
