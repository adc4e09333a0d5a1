//! Data sets of any size: `.npz` and `.csv` files.

use std::fmt::Display;
use std::fs::File;
use std::path::{Path, PathBuf};

use ndarray_npy::NpzReader;

use super::array;
use super::labels::Labels;
use super::samples::{Samples, Table};

/// What a file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// The samples.
    pub samples: Samples,
    /// The names of classes in the order of their numbers, which is that of the alphabet; empty if they
    /// have no names.
    pub classes: Vec<String>,
}

/// What the samples of a file should look like.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Features of a sample.
    pub inputs: usize,
    /// How many classes there are; or, with `numbers`, how many numbers are to be predicted.
    pub outputs: usize,
    /// Whether numbers are to be predicted.
    pub numbers: bool,
    /// What features are multiplied with.
    pub scale: f32,
    /// The array of features in an `.npz` file.
    pub features: String,
    /// The array of labels in an `.npz` file.
    pub labels: String,
}

/// Why there are no samples: the file, and what is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("{}: {what}", file.display())]
pub struct DataError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong.
    pub what: String,
}

impl Wish {
    /// Reads a file of samples.
    pub fn read(&self, file: &Path) -> Result<Data, DataError> {
        let extension = file.extension().and_then(|extension| extension.to_str());
        let data = match extension {
            Some("npz") => self.npz(file),
            Some("csv") => self.csv(file),
            _ => Err("data are read from .npz and .csv files".to_owned()),
        };
        data.map_err(|what| DataError { file: file.to_owned(), what })
    }

    fn npz(&self, file: &Path) -> Result<Data, String> {
        let mut npz = NpzReader::new(File::open(file).map_err(text)?).map_err(text)?;
        let (shape, mut numbers) = array::numbers(&mut npz, &self.features)?;
        let columns = shape.iter().skip(1).product();
        if shape.len() < 2 || columns != self.inputs {
            return Err(format!(
                "array `{}` has shape {shape:?}, but the network takes rows of {} numbers",
                self.features, self.inputs
            ));
        }
        for (index, number) in numbers.iter_mut().enumerate() {
            *number *= self.scale;
            if !number.is_finite() {
                let (row, column) = (index / columns + 1, index % columns + 1);
                return Err(format!(
                    "array `{}`, row {row}, column {column}: {number}",
                    self.features
                ));
            }
        }
        let features = Table { columns, numbers };

        let (shape, labels) = array::labels(&mut npz, &self.labels)?;
        let each = if self.numbers { self.outputs } else { 1 };
        let fits = match shape.as_slice() {
            [_] => each == 1,
            [_, columns] => *columns == each,
            _ => false,
        };
        if !fits {
            return Err(format!(
                "array `{}` has shape {shape:?}, but {} wanted for each row{}",
                self.labels,
                if self.numbers {
                    format!("{each} numbers are")
                } else {
                    "one class is".to_owned()
                },
                if self.numbers { "" } else { "; numbers are predicted with --targets" },
            ));
        }
        let rows = shape[0];
        if rows != features.rows() {
            let (features, labels) = (features.rows(), (&self.labels, rows));
            return Err(format!("{features} rows of features, but {} in `{}`", labels.1, labels.0));
        }
        let place = |row: usize| format!("array `{}`, row {}", self.labels, row + 1);
        self.data(features, labels, place)
    }

    fn csv(&self, file: &Path) -> Result<Data, String> {
        let mut reader = csv::ReaderBuilder::new();
        reader.has_headers(false).flexible(true).trim(csv::Trim::All);
        let mut reader = reader.from_path(file).map_err(text)?;
        let each = if self.numbers { self.outputs } else { 1 };
        let (mut features, mut lines) = (Vec::new(), Vec::new());
        let (mut targets, mut classes) = (Vec::new(), Vec::new());
        for (number, record) in reader.records().enumerate() {
            let record = record.map_err(text)?;
            let line = record.position().map_or(0, csv::Position::line);
            if number == 0 && record.iter().all(|field| field.parse::<f32>().is_err()) {
                continue; // Names of columns.
            }
            if record.len() != self.inputs + each {
                let what = if self.numbers { "targets" } else { "class" };
                return Err(format!(
                    "line {line} has {} columns, but {} are wanted: {} features and {each} {what}",
                    record.len(),
                    self.inputs + each,
                    self.inputs
                ));
            }
            for (column, field) in record.iter().enumerate() {
                if column >= self.inputs && !self.numbers {
                    classes.push(field.to_owned());
                    continue;
                }
                let value = field.parse::<f32>().ok().filter(|value| value.is_finite());
                let value = value.ok_or_else(|| {
                    format!("line {line}, column {}: `{field}` is no finite number", column + 1)
                })?;
                if column < self.inputs {
                    features.push(value * self.scale);
                } else {
                    targets.push(value);
                }
            }
            lines.push(line);
        }
        let features = Table { columns: self.inputs, numbers: features };
        let place = |row: usize| format!("line {}", lines[row]);
        let labels = if self.numbers {
            Labels::Numbers(targets)
        } else {
            Labels::of_fields(classes, place)?
        };
        self.data(features, labels, place)
    }

    /// Checks labels, in this place of the file each.
    fn data(
        &self,
        features: Table,
        labels: Labels,
        place: impl Fn(usize) -> String,
    ) -> Result<Data, String> {
        if features.rows() == 0 {
            return Err("it has no samples".to_owned());
        }
        let (targets, classes) = if self.numbers {
            (labels.numbers(self.outputs, place)?, Vec::new())
        } else {
            labels.classes(self.outputs, place)?
        };
        Ok(Data { samples: Samples { features, targets }, classes })
    }
}

fn text(error: impl Display) -> String {
    error.to_string()
}
