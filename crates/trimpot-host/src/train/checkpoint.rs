//! Checkpoints: files from which a run goes on with the same bits, whenever it was interrupted.
//!
//! A checkpoint is a `safetensors` file. Its tensors are all numbers that a run remembers; its
//! metadata counts epochs and steps, says which settings, data and network it belongs to, and has a
//! CRC-32 of all the rest.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors, TensorView, serialize};
use trimpot_link::Checksum;
use trimpot_model::{output, source};

use super::Progress;

/// Where a run stands, and which run it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// The trainer's part.
    pub progress: Progress,
    /// The early stopping's part.
    pub best: Best,
    /// Settings that the bits depend on, by name.
    pub settings: BTreeMap<String, String>,
    /// What happened so far, as the caller writes it.
    pub history: String,
}

/// What early stopping remembers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Best {
    /// The least validation loss so far.
    pub loss: Option<f32>,
    /// How many epochs came after it.
    pub waited: u32,
    /// The parameters that it belongs to.
    pub parameters: Vec<f32>,
}

/// Why there is no going on.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file cannot be read or written.
    #[error("checkpoint {}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is damaged.
    #[error("checkpoint {}: {source}", file.display())]
    Format {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        source: SafeTensorError,
    },
    /// Something in the file has changed since it was written.
    #[error("checkpoint {} is damaged: its checksum is wrong", file.display())]
    Checksum {
        /// The file.
        file: PathBuf,
    },
    /// The file is something else.
    #[error("{} is no checkpoint: it has no valid `{part}`", file.display())]
    Part {
        /// The file.
        file: PathBuf,
        /// What is missing.
        part: String,
    },
    /// The file belongs to another run.
    #[error("checkpoint {} belongs to another run: {}", file.display(), differences.join("; "))]
    Other {
        /// The file.
        file: PathBuf,
        /// What differs.
        differences: Vec<String>,
    },
}

const FORMAT: &str = "trimpot checkpoint 2";
const CHECKSUM: &str = "checksum";
const SETTING: &str = "setting ";

impl Checkpoint {
    /// Writes the file as a whole or not at all.
    ///
    /// # Errors
    /// If the file cannot be written: then it is what it was.
    pub fn save(&self, file: &Path) -> Result<(), CheckpointError> {
        let Progress { epochs, steps, parameters, state, average } = &self.progress;
        let mut tensors = vec![("parameters".to_owned(), parameters)];
        tensors.extend(
            state.iter().enumerate().map(|(number, state)| (format!("state.{number}"), state)),
        );
        tensors.push(("average".to_owned(), average));
        tensors.push(("best".to_owned(), &self.best.parameters));
        let bytes: Vec<(String, Vec<u8>)> = tensors
            .into_iter()
            .map(|(name, numbers)| (name, numbers.iter().flat_map(|n| n.to_le_bytes()).collect()))
            .collect();

        let format = |source| CheckpointError::Format { file: file.to_owned(), source };
        let views = bytes.iter().map(|(name, bytes)| {
            TensorView::new(Dtype::F32, vec![bytes.len() / size_of::<f32>()], bytes)
                .map(|view| (name, view))
        });
        let views = views.collect::<Result<Vec<_>, _>>().map_err(format)?;
        let settings =
            self.settings.iter().map(|(name, value)| (format!("{SETTING}{name}"), value.clone()));
        let mut metadata: HashMap<String, String> = settings.collect();
        let mut note = |key: &str, value: String| metadata.insert(key.to_owned(), value);
        note("format", FORMAT.to_owned());
        note("epochs", epochs.to_string());
        note("steps", steps.to_string());
        note("waited", self.best.waited.to_string());
        note("best loss", self.best.loss.map_or(String::new(), |loss| loss.to_bits().to_string()));
        note("history", self.history.clone());
        let tensors = bytes.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        let sum = checksum(&metadata, tensors.collect());
        metadata.insert(CHECKSUM.to_owned(), sum);
        let bytes = serialize(views, Some(metadata)).map_err(format)?;
        output::write(file, &bytes)
            .map_err(|source| CheckpointError::File { file: file.to_owned(), source })
    }

    /// Reads a file, or `None` if there is none.
    ///
    /// # Errors
    /// If the file cannot be read, or is no checkpoint.
    pub fn load(file: &Path) -> Result<Option<Self>, CheckpointError> {
        let bytes = match source::read(file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(CheckpointError::File { file: file.to_owned(), source }),
        };
        let format = |source| CheckpointError::Format { file: file.to_owned(), source };
        let missing =
            |part: &str| CheckpointError::Part { file: file.to_owned(), part: part.to_owned() };
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(format)?;
        let metadata = header.metadata().clone().unwrap_or_default();
        let text = |key: &str| metadata.get(key).ok_or_else(|| missing(key));
        let number = |key: &str| text(key)?.parse::<u32>().map_err(|_| missing(key));
        if text("format")? != FORMAT {
            return Err(missing("format"));
        }
        let found = SafeTensors::deserialize(&bytes).map_err(format)?;
        let tensors = found.iter().map(|(name, tensor)| (name, tensor.data()));
        if *text(CHECKSUM)? != checksum(&metadata, tensors.collect()) {
            return Err(CheckpointError::Checksum { file: file.to_owned() });
        }
        let numbers = |name: &str| match found.tensor(name) {
            Ok(tensor) if tensor.dtype() == Dtype::F32 => {
                let numbers = tensor.data().as_chunks().0.iter();
                Ok(numbers.map(|bytes| f32::from_le_bytes(*bytes)).collect::<Vec<f32>>())
            }
            _ => Err(missing(name)),
        };
        let state = (0..).map_while(|number| numbers(&format!("state.{number}")).ok());
        let best_loss = match text("best loss")?.as_str() {
            "" => None,
            bits => Some(f32::from_bits(bits.parse().map_err(|_| missing("best loss"))?)),
        };
        let settings = metadata.iter().filter_map(|(key, value)| {
            Some((key.strip_prefix(SETTING)?.to_owned(), value.clone()))
        });
        let checkpoint = Checkpoint {
            progress: Progress {
                epochs: number("epochs")?,
                steps: text("steps")?.parse().map_err(|_| missing("steps"))?,
                parameters: numbers("parameters")?,
                state: state.collect(),
                average: numbers("average")?,
            },
            best: Best { loss: best_loss, waited: number("waited")?, parameters: numbers("best")? },
            settings: settings.collect(),
            history: text("history")?.clone(),
        };
        checkpoint.impossible().map_or(Ok(Some(checkpoint)), |part| Err(missing(part)))
    }

    /// Returns which part of it no run could have.
    fn impossible(&self) -> Option<&'static str> {
        let Checkpoint { progress, best, .. } = self;
        let is_finite = |numbers: &[f32]| numbers.iter().all(|number| number.is_finite());
        let has_nan = |numbers: &Vec<f32>| numbers.iter().any(|number| number.is_nan());
        let parts = [
            ("waited", best.waited > progress.epochs),
            ("best loss", best.loss.is_some_and(f32::is_nan)),
            ("best", !is_finite(&best.parameters)),
            ("parameters", !is_finite(&progress.parameters)),
            ("average", !is_finite(&progress.average)),
            ("state", progress.state.iter().any(has_nan)),
        ];
        parts.into_iter().find(|(_, is_impossible)| *is_impossible).map(|(part, _)| part)
    }

    /// Returns an error that says what differs, unless the settings are these.
    ///
    /// # Errors
    /// If the run was of something else: with what differs.
    pub fn check(
        &self,
        file: &Path,
        settings: &BTreeMap<String, String>,
    ) -> Result<(), CheckpointError> {
        let names: std::collections::BTreeSet<_> =
            self.settings.keys().chain(settings.keys()).collect();
        let of = |settings: &BTreeMap<String, String>, name: &String| {
            settings.get(name).cloned().unwrap_or_else(|| "none".to_owned())
        };
        let differences: Vec<String> = names
            .into_iter()
            .map(|name| (name, of(&self.settings, name), of(settings, name)))
            .filter(|(_, then, now)| then != now)
            .map(|(name, then, now)| format!("{name} was {then}, now it is {now}"))
            .collect();
        if differences.is_empty() {
            return Ok(());
        }
        Err(CheckpointError::Other { file: file.to_owned(), differences })
    }
}

/// Returns the CRC-32 of all that a checkpoint says, in the order of names: each with its length,
/// so that nothing passes from one to the next.
fn checksum(metadata: &HashMap<String, String>, mut tensors: Vec<(&str, &[u8])>) -> String {
    let mut checksum = Checksum::new();
    let mut add = |bytes: &[u8]| {
        checksum.update(&(bytes.len() as u64).to_le_bytes());
        checksum.update(bytes);
    };
    let metadata: BTreeMap<_, _> = metadata.iter().filter(|(key, _)| *key != CHECKSUM).collect();
    for (key, value) in metadata {
        add(key.as_bytes());
        add(value.as_bytes());
    }
    tensors.sort_unstable();
    for (name, bytes) in tensors {
        add(name.as_bytes());
        add(bytes);
    }
    format!("{:08x}", checksum.value())
}

#[cfg(test)]
mod tests;
