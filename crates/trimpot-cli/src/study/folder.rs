//! The folder of a study: files of others stay there, and one command at a time writes.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::Path;

use trimpot_host::study::{CHOICE, Experiment, Level, Runs, Shard, Study};
use trimpot_model::output;

use super::files::{REPORT, RESULTS, RUNS, TABLE};
use super::options::Options;
use super::{StudyRunError, write_error};
use crate::terminal::{counted, say};

/// Levels that an error names.
const MOST_NAMED: usize = 6;

/// Makes the folder of a study, if it is not there, and locks it for as long as the file is open.
pub(super) fn lock(folder: &Path) -> Result<File, StudyRunError> {
    fs::create_dir_all(folder).map_err(write_error(folder))?;
    let name = folder.join(format!("{RUNS}.lock"));
    let lock = output::lock(&name).map_err(write_error(&name))?;
    lock.ok_or_else(|| StudyRunError::Busy { folder: folder.to_owned() })
}

/// Removes what followed from earlier runs: it would lie beside other runs until these are done,
/// and for good if somebody stops them.
pub(super) fn remove_results(folder: &Path) -> Result<(), StudyRunError> {
    for file in [TABLE, RESULTS, REPORT].map(|name| folder.join(name)) {
        match fs::remove_file(&file) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(write_error(&file)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Returns the runs of the parts that are to be joined; none without --merge.
///
/// # Errors
/// If they cannot be read, or have not all runs of the study.
pub(super) fn parts(options: &Options, study: &Study) -> Result<Runs, StudyRunError> {
    let mut parts = Runs::default();
    for folder in &options.merge {
        parts.extend(Runs::read(&folder.join(RUNS))?);
    }
    if !options.merge.is_empty() {
        check_missing(study, &parts)?;
    }
    Ok(parts)
}

/// Returns the runs that need not be made again: those of the parts, and those of --out. Nothing is
/// written.
///
/// # Errors
/// If there are files that would be replaced, or runs that would be left out.
pub(super) fn done(options: &Options, study: &Study, parts: Runs) -> Result<Runs, StudyRunError> {
    check_files(options)?;
    let mut done = parts;
    let own = options.out.join(RUNS);
    if options.resume && own.exists() {
        done.extend(Runs::read(&own)?);
        check_experiments(study, &done, options)?;
    }
    let is_of = |name: &str| study.experiments.iter().any(|experiment| experiment.name == name);
    let others = done.iter().filter(|run| is_of(&run.experiment) && !study.has(run)).count();
    if others > 0 {
        let are = if others == 1 { "is" } else { "are" };
        say(&format!(
            "{} of other options, or of another version of trimpot, {are} left out",
            counted(others, "run")
        ));
    }
    if !options.merge.is_empty() {
        let mut of_study = Runs::default();
        of_study.extend(done.into_iter().filter(|run| study.has(run) || run.experiment == CHOICE));
        done = of_study;
    }
    Ok(done)
}

/// Checks that no file is replaced without being asked to.
fn check_files(options: &Options) -> Result<(), StudyRunError> {
    let runs = options.out.join(RUNS);
    let what = if options.overwrite {
        return Ok(());
    } else if runs.exists() && !options.resume {
        format!(
            "{} exists: --resume goes on with its runs, --overwrite begins anew and replaces them",
            runs.display()
        )
    } else if !runs.exists()
        && let Some(file) = [TABLE, RESULTS, REPORT]
            .map(|name| options.out.join(name))
            .iter()
            .find(|file| file.exists())
    {
        format!(
            "{} exists, and is of no study, for there is no {RUNS} beside it: --overwrite replaces it",
            file.display()
        )
    } else {
        return Ok(());
    };
    Err(StudyRunError::Options(what))
}

/// Checks that a study that goes on has all experiments that it had: else files of fewer would
/// take the place of those that are there.
fn check_experiments(study: &Study, done: &Runs, options: &Options) -> Result<(), StudyRunError> {
    let is_left_out = |name: &&str| {
        *name != CHOICE && study.experiments.iter().all(|experiment| experiment.name != *name)
    };
    let mut left_out: Vec<&str> =
        done.iter().map(|run| &*run.experiment).filter(is_left_out).collect();
    left_out.dedup();
    if left_out.is_empty() {
        return Ok(());
    }
    let (names, out) = (left_out.join(", "), options.out.display());
    Err(StudyRunError::Options(format!(
        "--resume: {out} has runs of {names} as well, which results would leave out: name these experiments, too, or \
         take another --out"
    )))
}

/// Checks that the parts have all runs.
fn check_missing(study: &Study, done: &Runs) -> Result<(), StudyRunError> {
    let missing = study.missing(Shard::WHOLE, done);
    if missing.is_empty() {
        return Ok(());
    }
    let name = |(experiment, level, runs): &(&Experiment, &Level, usize)| {
        format!("{runs} of {}: {}", experiment.name, level.name)
    };
    let mut named: Vec<String> = missing.iter().take(MOST_NAMED).map(name).collect();
    if let Some(more) = missing.len().checked_sub(MOST_NAMED).filter(|&more| more > 0) {
        named.push(format!("those of {}", counted(more, "other level")));
    }
    let runs = counted(missing.iter().map(|(_, _, runs)| *runs).sum::<usize>(), "run");
    let named = named.join("; ");
    Err(StudyRunError::Options(format!(
        "--merge: {runs} of this study are in none of the folders ({named}): options must be those of the parts, and all \
         parts be done"
    )))
}
