//! Models as files hold them: a network that is data, its numbers, and what it is for.

use std::path::Path;

use safetensors::tensor::SafeTensors;
use trimpot::ParameterError;
use trimpot::spec::{Dims, PlacedTensor, Role};

use super::{About, ModelError, about_error, layers_of, numbers, save_layers, unreadable};
use crate::layers::Layers;
use crate::source;

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
        let (_, header) = SafeTensors::read_metadata(&bytes)
            .map_err(|source| unreadable(file, &bytes, source))?;
        let metadata = header.metadata().clone().unwrap_or_default().into_iter().collect();
        let mut layers = layers_of(&metadata, input, file)?;
        let about = super::about_of(&metadata, file)?;
        about.extractor(layers.input).map_err(|reason| about_error(file, reason))?;
        let model = SafeTensors::deserialize(&bytes).map_err(format)?;
        // All is there before memory is taken for it: layers may say any size.
        layers.tensors().iter().try_for_each(|tensor| numbers(&model, tensor, file).map(drop))?;
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
