//! Data sets of any size: `.npz` and `.csv` files.

use std::fmt::Display;
use std::fs::File;
use std::path::{Path, PathBuf};

use ndarray::ArrayD;
use ndarray_npy::{NpzReader, ReadNpyError, ReadNpzError};

use super::samples::{Samples, Table, Targets};

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
    pub fn read(&self, file: &Path) -> Result<Samples, DataError> {
        let extension = file.extension().and_then(|extension| extension.to_str());
        let samples = match extension {
            Some("npz") => self.npz(file),
            Some("csv") => self.csv(file),
            _ => Err("data are read from .npz and .csv files".to_owned()),
        };
        let samples = samples.and_then(|samples| match samples.len() {
            0 => Err("it has no samples".to_owned()),
            _ => Ok(samples),
        });
        samples.map_err(|what| DataError { file: file.to_owned(), what })
    }

    fn npz(&self, file: &Path) -> Result<Samples, String> {
        let mut npz = NpzReader::new(File::open(file).map_err(text)?).map_err(text)?;
        let (shape, mut numbers) = array(&mut npz, &self.features)?;
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

        let (shape, labels) = array(&mut npz, &self.labels)?;
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
        let rows = labels.len() / each;
        if rows != features.rows() {
            let (features, labels) = (features.rows(), (&self.labels, rows));
            return Err(format!("{features} rows of features, but {} in `{}`", labels.1, labels.0));
        }
        let place = |row: usize| format!("array `{}`, row {}", self.labels, row + 1);
        Ok(Samples { features, targets: self.targets(labels, each, place)? })
    }

    fn csv(&self, file: &Path) -> Result<Samples, String> {
        let mut reader = csv::ReaderBuilder::new();
        reader.has_headers(false).flexible(true).trim(csv::Trim::All);
        let mut reader = reader.from_path(file).map_err(text)?;
        let each = if self.numbers { self.outputs } else { 1 };
        let (mut features, mut labels, mut lines) = (Vec::new(), Vec::new(), Vec::new());
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
                let value = field.parse::<f32>().ok().filter(|value| value.is_finite());
                let value = value.ok_or_else(|| {
                    format!("line {line}, column {}: `{field}` is no finite number", column + 1)
                })?;
                if column < self.inputs {
                    features.push(value * self.scale);
                } else {
                    labels.push(value);
                }
            }
            lines.push(line);
        }
        let features = Table { columns: self.inputs, numbers: features };
        Ok(Samples {
            features,
            targets: self.targets(labels, each, |row| format!("line {}", lines[row]))?,
        })
    }

    /// Checks labels: classes, or numbers.
    fn targets(
        &self,
        labels: Vec<f32>,
        each: usize,
        place: impl Fn(usize) -> String,
    ) -> Result<Targets, String> {
        if self.numbers {
            if let Some(bad) = labels.iter().position(|number| !number.is_finite()) {
                return Err(format!("{}: {} is no finite number", place(bad / each), labels[bad]));
            }
            return Ok(Targets::Numbers(Table { columns: each, numbers: labels }));
        }
        // A single output tells two classes apart.
        let classes = self.outputs.max(2);
        let class = |(row, &label): (usize, &f32)| {
            let is_class = label >= 0.0 && label < classes as f32 && label.fract() == 0.0;
            is_class.then_some(label as u32).ok_or_else(|| {
                let outputs = self.outputs;
                let last = classes - 1;
                format!(
                    "{}: class {label}, but with {outputs} outputs classes are 0 to {last}; \
                     numbers are predicted with --targets",
                    place(row)
                )
            })
        };
        labels.iter().enumerate().map(class).collect::<Result<_, _>>().map(Targets::Classes)
    }
}

fn text(error: impl Display) -> String {
    error.to_string()
}

/// The shape of an array of numbers of any type, and the numbers.
fn array(npz: &mut NpzReader<File>, name: &str) -> Result<(Vec<usize>, Vec<f32>), String> {
    macro_rules! first_of {
        ($($number:ty),*) => {$(
            match npz.by_name::<ndarray::OwnedRepr<$number>, ndarray::IxDyn>(name) {
                Ok(array) => {
                    let array: ArrayD<$number> = array;
                    let numbers = array.iter().map(|&number| number as f32).collect();
                    return Ok((array.shape().to_vec(), numbers));
                }
                // Another type.
                Err(ReadNpzError::Npy(ReadNpyError::WrongDescriptor(_))) => {}
                Err(ReadNpzError::Npy(error)) => return Err(format!("array `{name}`: {error}")),
                Err(_) => {
                    let names = npz.names().map_err(text)?.join(", ");
                    return Err(format!("there is no array `{name}`, but {names}"));
                }
            }
        )*};
    }
    first_of!(f32, u8, f64, i64, i32, u32, u64, i8, i16, u16);
    Err(format!("array `{name}` does not consist of integers or floating-point numbers"))
}
