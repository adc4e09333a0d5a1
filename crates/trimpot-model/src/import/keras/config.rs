//! What a file says of a layer.

use serde_json::{Map, Value};

use crate::import::{ImportError, Precision};

/// A layer of the file.
#[derive(Clone, Debug)]
pub(super) struct Layer<'c> {
    /// Its class.
    pub class: &'c str,
    /// Where it is: its name, behind those of the models that it is in.
    pub path: Vec<Part<'c>>,
    config: &'c Map<String, Value>,
}

/// A layer, or a model with layers, among others of a model.
#[derive(Clone, Debug)]
pub(super) struct Part<'c> {
    /// Its name.
    pub name: &'c str,
    /// What an archive has it under: its class, with a number where it is not the first.
    pub group: String,
}

/// A class of which there may be several, as JSON has it.
pub(super) struct Class<'c> {
    pub name: &'c str,
    pub config: &'c Map<String, Value>,
}

/// Returns the class and its configuration of an object, if it is one.
pub(super) fn class(value: &Value) -> Option<Class<'_>> {
    let name = value.get("class_name")?.as_str()?;
    Some(Class { name, config: value.get("config")?.as_object()? })
}

impl<'c> Layer<'c> {
    pub(super) fn new(class: &Class<'c>, path: Vec<Part<'c>>) -> Self {
        Layer { class: class.name, path, config: class.config }
    }

    /// Returns the names of where it is.
    pub(super) fn place(&self) -> String {
        self.path.iter().map(|part| part.name).collect::<Vec<_>>().join("/")
    }

    /// Creates an error of this layer.
    pub(super) fn wrong(&self, what: impl std::fmt::Display) -> ImportError {
        ImportError::at(self.place(), format!("{}: {what}", self.class))
    }

    /// Creates the error of a setting that there is no layer for.
    pub(super) fn unknown(&self, setting: &str) -> ImportError {
        let value = self.get(setting).map_or("nothing".to_owned(), short);
        self.wrong(format!("there is no layer for a `{setting}` of {value}"))
    }

    /// Returns a setting; none if it is null.
    pub(super) fn get(&self, setting: &str) -> Option<&'c Value> {
        self.config.get(setting).filter(|value| !value.is_null())
    }

    /// Returns a setting that is a text.
    pub(super) fn text(&self, setting: &str) -> Option<&'c str> {
        self.get(setting).and_then(Value::as_str)
    }

    /// Returns the type in which it computes: Keras names it alone, or in a policy.
    pub(super) fn precision(&self) -> Precision {
        let said = self.get("dtype");
        let name = said
            .and_then(|said| said.as_str().or_else(|| said.get("config")?.get("name")?.as_str()));
        match name {
            Some("float16" | "mixed_float16") => Precision::F16,
            Some("bfloat16" | "mixed_bfloat16") => Precision::Bf16,
            _ => Precision::F32,
        }
    }

    /// Returns a setting that is yes or no.
    pub(super) fn is(&self, setting: &str, default: bool) -> Result<bool, ImportError> {
        match self.get(setting) {
            None => Ok(default),
            Some(value) => value.as_bool().ok_or_else(|| self.unknown(setting)),
        }
    }

    /// Returns a setting that is a number.
    pub(super) fn number(&self, setting: &str, default: f64) -> Result<f64, ImportError> {
        match self.get(setting) {
            None => Ok(default),
            Some(value) => number(value).ok_or_else(|| self.unknown(setting)),
        }
    }

    /// Returns a setting that is a number or many of them, in any lists.
    pub(super) fn numbers(&self, setting: &str) -> Result<Option<Vec<f64>>, ImportError> {
        let Some(value) = self.get(setting) else { return Ok(None) };
        let mut numbers = Vec::new();
        match flat(value, &mut numbers) {
            true => Ok(Some(numbers)),
            false => Err(self.unknown(setting)),
        }
    }

    /// Returns a setting that is a count.
    pub(super) fn count(&self, setting: &str, default: u32) -> Result<u32, ImportError> {
        match self.get(setting) {
            None => Ok(default),
            Some(value) => count(value).ok_or_else(|| self.unknown(setting)),
        }
    }

    /// Returns a setting with a count for each of so many directions, or one for all.
    pub(super) fn counts(
        &self,
        setting: &str,
        directions: usize,
    ) -> Result<Option<Vec<u32>>, ImportError> {
        let Some(value) = self.get(setting) else { return Ok(None) };
        let counts: Option<Vec<u32>> = match value {
            Value::Array(values) => values.iter().map(count).collect(),
            value => count(value).map(|count| vec![count; directions]),
        };
        match counts {
            Some(counts) if counts.len() == directions => Ok(Some(counts)),
            _ => Err(self.unknown(setting)),
        }
    }

    /// Checks that a setting, if it is said, is the count that the numbers of the layer have.
    pub(super) fn check_count(&self, setting: &str, found: usize) -> Result<(), ImportError> {
        match self.get(setting) {
            Some(value) if value.as_u64() != Some(found as u64) => {
                let what =
                    format!("its `{setting}` is {}, but its numbers have {found}", short(value));
                Err(self.wrong(what))
            }
            _ => Ok(()),
        }
    }

    /// Checks that channels are the last dimension, as a setting says.
    pub(super) fn check_channels_last(&self) -> Result<(), ImportError> {
        match self.text("data_format") {
            None | Some("channels_last") => Ok(()),
            Some(_) => {
                let what = "a `data_format` of channels_first is not read; Keras computes the same with channels_last";
                Err(self.wrong(what))
            }
        }
    }

    /// Returns whether an axis, of a setting that is one number or a list of one, is the last of so
    /// many, the batch's included.
    pub(super) fn is_last_axis(&self, setting: &str, dimensions: usize) -> bool {
        let axis = match self.get(setting) {
            Some(Value::Array(axes)) if axes.len() == 1 => axes[0].as_i64(),
            Some(value) => value.as_i64(),
            None => return false,
        };
        axis == Some(-1) || axis == Some(dimensions as i64 - 1)
    }
}

/// Returns a count of a file.
pub(super) fn count(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|count| u32::try_from(count).ok())
}

/// Returns a number, also one of NumPy that Keras 2 writes with its type.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Object(_) => {
            value.get("config")?.get("value").unwrap_or(value.get("config")?).as_f64()
        }
        value => value.as_f64(),
    }
}

/// Adds all numbers that are in lists. Returns whether there is nothing else.
fn flat(value: &Value, numbers: &mut Vec<f64>) -> bool {
    match value {
        Value::Array(values) => values.iter().all(|value| flat(value, numbers)),
        value => number(value).map(|number| numbers.push(number)).is_some(),
    }
}

/// Returns the beginning of a value as text.
pub(super) fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
