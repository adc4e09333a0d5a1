//! Models as files hold them: a network that is data, its numbers, and what it is for.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use safetensors::tensor::SafeTensors;
use serde_json::Value;
use trimpot::ParameterError;
use trimpot::spec::{Dims, PlacedTensor, Role};

use super::{CLASSES, FEATURES, LEARNING_RATE, LOSS, PREDICTS, REPLAYS};
use super::{ModelError, layers_of, numbers, save_layers};
use crate::layers::Layers;
use crate::source;

/// What a model is for, as its file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About {
    /// The names of the classes in the order of the outputs; none, if they are numbers.
    pub classes: Vec<String>,
    /// The loss that it was trained with, and its settings: `huber delta=0.5`.
    pub loss: Option<String>,
    /// What its outputs say.
    pub predicts: Option<Predicts>,
    /// The names of the features, in the order of the inputs; none, if they have none.
    pub features: Vec<String>,
    /// The learning rate with which a board learns, unless it is the board's own.
    pub learning_rate: Option<f32>,
    /// How many samples a board replays for each that it learns, unless it is the board's own
    /// number.
    pub replays: Option<u32>,
}

impl About {
    /// Returns it as texts by their keys: the metadata of a model file.
    #[must_use]
    pub fn texts(&self) -> BTreeMap<String, String> {
        let About { classes, loss, predicts, features, learning_rate, replays } = self;
        let names = |names: &[String]| (!names.is_empty()).then(|| Value::from(names).to_string());
        let texts = [
            (CLASSES, names(classes)),
            (LOSS, loss.clone()),
            (PREDICTS, predicts.map(|predicts| predicts.name().to_owned())),
            (FEATURES, names(features)),
            (LEARNING_RATE, learning_rate.map(|rate| rate.to_string())),
            (REPLAYS, replays.map(|replays| replays.to_string())),
        ];
        texts.into_iter().filter_map(|(key, text)| Some((key.to_owned(), text?))).collect()
    }

    /// Reads such texts; those with other keys say nothing.
    ///
    /// # Errors
    /// If one says what cannot be.
    pub fn of_texts(texts: &BTreeMap<String, String>) -> Result<Self, String> {
        let names = |key: &str| match texts.get(key) {
            None => Ok(Vec::new()),
            Some(names) => serde_json::from_str(names)
                .map_err(|error| format!("`{key}` is no list of names: {error}")),
        };
        let about = About {
            classes: names(CLASSES)?,
            loss: texts.get(LOSS).cloned(),
            predicts: texts.get(PREDICTS).map(|predicts| predicts.parse()).transpose()?,
            features: names(FEATURES)?,
            learning_rate: number(texts, LEARNING_RATE)?,
            replays: number(texts, REPLAYS)?,
        };
        about.check()?;
        Ok(about)
    }

    /// Checks the learning rate.
    ///
    /// # Errors
    /// If it is not positive and finite.
    pub fn check(&self) -> Result<(), String> {
        match self.learning_rate.filter(|rate| !(*rate > 0.0 && rate.is_finite())) {
            Some(rate) => Err(format!("`{LEARNING_RATE}` is {rate}, but must be in (0, inf)")),
            None => Ok(()),
        }
    }
}

fn number<T: FromStr>(texts: &BTreeMap<String, String>, key: &str) -> Result<Option<T>, String> {
    let read = |text: &String| text.parse().map_err(|_| format!("`{key}` is `{text}`, no number"));
    texts.get(key).map(read).transpose()
}

/// What the outputs of a network say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Predicts {
    /// A class.
    Classes,
    /// Numbers, one for each output.
    Numbers,
}

impl Predicts {
    /// Returns the name in a file: `classes` or `numbers`.
    pub const fn name(self) -> &'static str {
        match self {
            Predicts::Classes => "classes",
            Predicts::Numbers => "numbers",
        }
    }
}

impl FromStr for Predicts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Predicts::Classes, Predicts::Numbers];
        let found = all.into_iter().find(|predicts| predicts.name() == text);
        found.ok_or_else(|| format!("it predicts `{text}`, which is neither classes nor numbers"))
    }
}

/// A model of a file: layers, their numbers, and what it is for.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredModel {
    /// The layers with their constants.
    pub layers: Layers,
    /// The parameters.
    pub parameters: Vec<f32>,
    /// What it is for.
    pub about: About,
}

impl StoredModel {
    /// Reads a file, whatever network is in it. The shape of a sample is what the file says; of one
    /// that does not, `input`, or what the first layer takes.
    ///
    /// # Errors
    /// If the file is damaged, its layers make no network, or a number is none.
    pub fn read(file: impl AsRef<Path>, input: Option<Dims>) -> Result<Self, ModelError> {
        let file = file.as_ref();
        let format = |source| ModelError::Format { file: file.to_owned(), source };
        let bytes = source::read(file)
            .map_err(|source| ModelError::Read { file: file.to_owned(), source })?;
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(format)?;
        let metadata = header.metadata().clone().unwrap_or_default().into_iter().collect();
        let mut layers = layers_of(&metadata, input, file)?;
        let about = super::about_of(&metadata, file)?;
        let model = SafeTensors::deserialize(&bytes).map_err(format)?;
        let spec = layers.spec();
        let mut parameters = vec![0.0; spec.parameters()];
        let mut constants = vec![0.0; spec.constants()];
        for tensor in layers.tensors() {
            let all = match tensor.role {
                Role::Parameter => &mut parameters,
                Role::Statistic | Role::Frozen => &mut constants,
            };
            let places = &mut all[tensor.at..tensor.at + tensor.tensor.count()];
            for (place, number) in places.iter_mut().zip(numbers(&model, &tensor, file)?) {
                *place = number;
            }
            check_statistics(&tensor, places)
                .map_err(|source| ModelError::Statistics { file: file.to_owned(), source })?;
        }
        layers.constants = constants;
        Ok(StoredModel { layers, parameters, about })
    }

    /// Writes it to a file.
    ///
    /// # Errors
    /// If the file cannot be written, or a number is not finite.
    pub fn save(&self, file: &Path) -> Result<(), ModelError> {
        save_layers(&self.layers, &self.about, &self.parameters, file)
    }
}

/// Returns an error if numbers that are variances are none.
fn check_statistics(tensor: &PlacedTensor, numbers: &[f32]) -> Result<(), ParameterError> {
    let wrong = numbers.iter().find(|&&number| number < 0.0);
    match wrong.filter(|_| tensor.tensor.name == "running_var") {
        Some(&value) => Err(ParameterError { name: "variance", value, range: "[0, inf)" }),
        None => Ok(()),
    }
}
