//! `trimpot rehearse`: what a board will learn of each user, sensor or month, found out on the PC.

mod columns;
mod costs;
mod error;
mod field;
mod figures;
mod options;
mod page;
mod report;
mod source;

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use trimpot_host::rehearsal::Rehearsed;
use trimpot_host::study::Stop;
use trimpot_model::file::StoredModel;
use trimpot_model::output;

pub use self::error::RehearseError;
use self::field::{Field, Split, Value, whose};
pub use self::options::{Options, Order};
use self::report::Report;
use self::source::Source;
pub use self::source::help;
use crate::progress::Bar;
use crate::terminal::{counted, say};
use crate::{interrupt, threads};

/// What became of the samples of a value.
pub(crate) struct Row {
    /// What the column says.
    name: String,
    learned: usize,
    tested: usize,
    /// Samples that are neither.
    left_out: usize,
    rehearsed: Rehearsed,
    /// The model that the board came with.
    model: StoredModel,
}

/// Rehearses each value, with a progress bar, and says what came out.
///
/// # Errors
/// If options do not go together, the data cannot be read or split, a board cannot learn the model,
/// or the page cannot be written. If somebody stops it, what is done is said, and is an error.
pub fn run(options: &Options) -> Result<(), RehearseError> {
    check_report(options)?;
    let source = Source::of(options)?;
    let field = Field::read(options, source.spec(options))?;
    if let Source::File { model, .. } = &source {
        model.warn_of(field.dataset());
    }
    let splits = field.values.iter().map(|value| field.split(options, value));
    let splits: Vec<Split> = splits.collect::<Result<_, _>>()?;
    say(&field.text(options));

    interrupt::catch();
    let stop: Stop = Arc::new(interrupt::is_asked_for);
    let rows = rehearse(options, &source, &field, splits, &stop)?;
    let (done, all) = (rows.len(), field.values.len());
    if !rows.is_empty() {
        let report = Report::new(options, &source, rows, all)?;
        report.to_string().lines().for_each(say);
        if let Some(file) = &options.report {
            let failed = |source| RehearseError::Write { file: file.clone(), source };
            output::write(file, page::page(&report).as_bytes()).map_err(failed)?;
            say(&format!("report: {}", file.display()));
        }
    }
    match done < all {
        true => Err(RehearseError::Interrupted { done, all }),
        false => Ok(()),
    }
}

/// Checks that the page can be written.
fn check_report(options: &Options) -> Result<(), RehearseError> {
    let Some(file) = &options.report else { return Ok(()) };
    let inputs = [("MODEL", &options.model), ("--factory", &options.factory)];
    let inputs = inputs.into_iter().filter_map(|(option, file)| Some((option, file.as_deref()?)));
    let data = options.data.as_path();
    let mut files: Vec<(&str, &Path)> = vec![("--data", data), ("--report", file.as_path())];
    files.extend(inputs);
    output::check_distinct(&files).map_err(RehearseError::Options)?;
    if !options.overwrite && file.symlink_metadata().is_ok() {
        let what = format!("--report {} exists: --overwrite replaces it", file.display());
        return Err(RehearseError::Options(what));
    }
    let failed = |source| RehearseError::Write { file: file.clone(), source };
    output::check(file).map_err(failed)
}

/// Rehearses all values on several threads: each value on one of them. Returns those that are done,
/// in order: all, unless somebody stops it.
fn rehearse(
    options: &Options,
    source: &Source,
    field: &Field,
    splits: Vec<Split>,
    stop: &Stop,
) -> Result<Vec<Row>, RehearseError> {
    let all = splits.len();
    let jobs: Vec<Mutex<Option<Split>>> =
        splits.into_iter().map(|split| Mutex::new(Some(split))).collect();
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let done = Mutex::new((Vec::new(), Bar::new("the rehearsals")));
    let by = options.by.as_deref().unwrap_or_default();
    let outputs = source.spec(options).outputs;
    let work = || -> Result<(), RehearseError> {
        let threads = |error| RehearseError::Use(crate::model::UseError::Threads(error));
        let pool = threads::pool(1, outputs).map_err(threads)?;
        while !failed.load(Ordering::Relaxed) && !stop() {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(number) else { break };
            let split = job.lock().unwrap_or_else(PoisonError::into_inner).take();
            let Some(split) = split else { break };
            let value = &field.values[number];
            let row = pool.install(|| one(options, source, field, (value, split), stop))?;
            let Some(row) = row else { break };
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done.0.push((number, row));
            let share = done.0.len() as f64 / all as f64;
            done.1.show(by, &value.name, share);
        }
        Ok(())
    };
    let worker = || work().inspect_err(|_| failed.store(true, Ordering::Relaxed));
    let threads = options.threads.map_or_else(threads::cores, |threads| threads as usize);
    let ended: Vec<Result<(), RehearseError>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.min(all)).map(|_| scope.spawn(worker)).collect();
        let ended = workers.into_iter().map(|worker| match worker.join() {
            Ok(ended) => ended,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        ended.collect()
    });
    let (mut rows, bar) = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    bar.finish();
    ended.into_iter().collect::<Result<(), _>>()?;
    rows.sort_by_key(|(number, _)| *number);
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// Rehearses a value. None, if somebody stops it.
fn one(
    options: &Options,
    source: &Source,
    field: &Field,
    (value, split): (&Value, Split),
    stop: &Stop,
) -> Result<Option<Row>, RehearseError> {
    let (learned, tested, left_out) = (split.learned.len(), split.tested.len(), split.left_out);
    let Some(rehearsal) = source.rehearsal(options, field, value, split)? else {
        return Ok(None);
    };
    let failed = |source| RehearseError::Rehearsal { whose: whose(options, &value.name), source };
    let rehearsed = rehearsal.run(stop).map_err(failed)?;
    let name = match &options.by {
        Some(_) => value.name.clone(),
        None => counted(learned + tested, "sample"),
    };
    let model = rehearsal.model;
    Ok(rehearsed.map(|rehearsed| Row { name, learned, tested, left_out, rehearsed, model }))
}
