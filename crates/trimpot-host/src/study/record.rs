//! Runs that are done, and the file to which each is added as it ends.

use std::collections::{BTreeMap, btree_map};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use trimpot_model::output;

use super::error::StudyError;
use super::subject::Draw;
use super::training::Outcome;

/// A run that is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The name of the experiment.
    pub experiment: String,
    /// The name of the level.
    pub level: String,
    /// Which run of the level.
    pub draw: Draw,
    /// Tells what was trained, on what, from others: see [`Study`](super::Study).
    pub of: String,
    /// The values of what is tuned.
    pub tuned: Vec<f32>,
    /// What was measured. Not flattened: `serde_json` cannot read a flattened number where another
    /// crate of the build has it keep all digits of numbers (`arbitrary_precision`).
    pub outcome: Outcome,
}

/// Runs that are done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Runs(BTreeMap<(String, String, Draw), Record>);

impl Runs {
    /// Adds a run, in place of one of the same name.
    pub fn add(&mut self, record: Record) {
        let Record { experiment, level, draw, .. } = &record;
        self.0.insert((experiment.clone(), level.clone(), *draw), record);
    }

    /// Returns a run.
    pub fn get(&self, experiment: &str, level: &str, draw: Draw) -> Option<&Record> {
        self.0.get(&(experiment.to_owned(), level.to_owned(), draw))
    }

    /// Returns all runs, sorted by experiment, level and number.
    pub fn iter(&self) -> impl Iterator<Item = &Record> {
        self.0.values()
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads a file of runs: one a line, as JSON. A last line that was not written whole, because
    /// the power failed, is left out.
    ///
    /// # Errors
    /// If it cannot be read, or a line of it is no run.
    pub fn read(file: &Path) -> Result<Self, StudyError> {
        let bytes = fs::read(file).map_err(|source| file_error(file, source))?;
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let mut runs = Runs::default();
        for (number, line) in (1..).zip(bytes[..whole].split_inclusive(|&byte| byte == b'\n')) {
            let record = serde_json::from_slice(line).map_err(|error| {
                let what = format!("line {number} is no run: {error}");
                StudyError::Runs { file: file.to_owned(), what }
            })?;
            runs.add(record);
        }
        Ok(runs)
    }
}

impl Extend<Record> for Runs {
    fn extend<I: IntoIterator<Item = Record>>(&mut self, records: I) {
        records.into_iter().for_each(|record| self.add(record));
    }
}

impl IntoIterator for Runs {
    type Item = Record;
    type IntoIter = btree_map::IntoValues<(String, String, Draw), Record>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_values()
    }
}

/// A file to which runs are added.
#[derive(Debug)]
pub struct RunFile {
    file: File,
    name: PathBuf,
}

impl RunFile {
    /// Opens a file, and writes the runs that are done, in place of what it has.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn create(name: &Path, runs: &Runs) -> Result<Self, StudyError> {
        // Whole or not at all: what was done stays done.
        let lines: String = runs.iter().map(|record| line(record) + "\n").collect();
        output::write(name, lines.as_bytes()).map_err(|source| file_error(name, source))?;
        let file = OpenOptions::new().append(true).open(name);
        let file = file.map_err(|source| file_error(name, source))?;
        Ok(RunFile { file, name: name.to_owned() })
    }

    /// Adds a run.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add(&mut self, record: &Record) -> Result<(), StudyError> {
        let written = writeln!(self.file, "{}", line(record));
        written.map_err(|source| file_error(&self.name, source))
    }
}

fn line(record: &Record) -> String {
    serde_json::to_string(record).expect("a record is made of texts and finite numbers")
}

fn file_error(file: &Path, source: io::Error) -> StudyError {
    StudyError::File { file: file.to_owned(), source }
}
