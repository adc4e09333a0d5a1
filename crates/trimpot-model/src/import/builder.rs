//! A network that grows layer by layer, each with its tensors.

mod binary;
mod ends;
mod layers;
#[cfg(test)]
mod tests;

use trimpot::layer::{ResidualSpec, ShortcutSpec};
use trimpot::spec::{Dims, LayerSpec, NetworkSpec, Role, SpecError};

pub use self::layers::BatchNormTensors;
use super::numbers::Converted;
use super::preprocessing::Affine;
use super::{Binary, Ending, ImportError, Imported, LAYER_LIMIT, NUMBER_LIMIT, Precision, Tensor};
use crate::architecture::written;
use crate::layers::Layers;

/// A network that grows: what all readers hand their layers to, in the order in which a sample goes
/// through them.
///
/// Each layer has a place, the name of its module or node in the file, which errors name. Tensors
/// are in PyTorch's layout: weights of dense layers `[out, in]`, of convolutions `[out, in /
/// groups, height, width]`; samples have their channels first.
///
/// ```
/// use trimpot::spec::Dims;
/// use trimpot_model::import::{Builder, Tensor};
///
/// let mut builder = Builder::new(Dims::vector(2))?;
/// let weight = Tensor::new("fc.weight", vec![1, 2], vec![0.5, -0.5])?;
/// builder.dense("fc", weight, None)?;
/// let imported = builder.finish()?;
/// assert_eq!(imported.layers.spec().to_string(), "Dense(2, 1)");
/// assert_eq!(imported.parameters, [0.5, -0.5, 0.0]);
/// # Ok::<(), trimpot_model::import::ImportError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Builder {
    input: Dims,
    /// The output of the last layer.
    dims: Dims,
    specs: Vec<LayerSpec>,
    places: Vec<String>,
    /// The numbers of each tensor, in the order of the layers.
    numbers: Vec<Vec<f32>>,
    count: usize,
    /// Residual layers and shortcuts that are open: their specs, and the shapes of their inputs; of
    /// a residual layer behind its shortcut that of what is added.
    open: Vec<(usize, Dims)>,
    preprocessing: Option<(String, Affine)>,
    /// What outputs are times and plus, behind which there is nothing, and its place.
    units: Option<(String, Affine)>,
    /// What the original ends with, and its place, behind which there is nothing.
    ending: Option<(String, Ending)>,
    binary: Binary,
    channels_last: bool,
    precision: Precision,
    classes: Vec<String>,
    notes: Vec<String>,
}

impl Builder {
    /// Creates a network without layers, of samples of this shape.
    ///
    /// # Errors
    /// If a sample has no numbers, or more than [`NUMBER_LIMIT`].
    pub fn new(input: Dims) -> Result<Self, ImportError> {
        check("the input", input)?;
        Ok(Builder {
            input,
            dims: input,
            specs: Vec::new(),
            places: Vec::new(),
            numbers: Vec::new(),
            count: 0,
            open: Vec::new(),
            preprocessing: None,
            units: None,
            ending: None,
            binary: Binary::default(),
            channels_last: false,
            precision: Precision::F32,
            classes: Vec::new(),
            notes: Vec::new(),
        })
    }

    /// Returns whether there is no layer yet, preprocessing left aside.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.specs.is_empty()
    }

    /// Returns the shape that comes out of the last layer.
    #[must_use]
    pub fn dims(&self) -> Dims {
        self.dims
    }

    /// Adds what the user should know.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Says that samples of the original have their channels last.
    pub fn set_channels_last(&mut self) {
        self.channels_last = true;
    }

    /// Says that numbers of the original are of this type, or rounded to it.
    pub fn add_precision(&mut self, precision: Precision) {
        self.precision = self.precision.coarser(precision);
    }

    /// Notes which tensors were converted.
    pub(super) fn add_converted(&mut self, converted: &Converted) {
        self.notes.extend(converted.notes());
        self.add_precision(converted.precision());
    }

    /// Sets the names of the classes, in the order of the outputs.
    pub fn set_classes(&mut self, classes: Vec<String>) {
        self.classes = classes;
    }

    /// Adds a layer with its tensors, as many as it has and in their order (see
    /// [`LayerSpec::tensors`]): an activation has none.
    ///
    /// # Errors
    /// If the layer does not take what comes out of the one before, a tensor has another shape than
    /// the layer's, or the original has ended before.
    pub fn layer(
        &mut self,
        place: &str,
        spec: LayerSpec,
        tensors: Vec<Tensor>,
    ) -> Result<(), ImportError> {
        self.check_open_end(place)?;
        let output = spec.output(self.dims).map_err(|error| ImportError::at(place, error))?;
        check(place, output)?;
        let own = spec.tensors();
        if own.iter().count() != tensors.len() {
            let (own, given) = (own.iter().count(), tensors.len());
            let what = format!("{spec} has {own} tensors, but there are {given}");
            return Err(ImportError::at(place, what));
        }
        for (own, tensor) in own.iter().zip(tensors) {
            check_shape(spec, own.sizes(), &tensor)?;
            if own.name == "running_var"
                && let Some(wrong) = tensor.numbers().iter().find(|&&number| number < 0.0)
            {
                let what = format!("a variance is {wrong}, but must be in [0, inf)");
                return Err(ImportError::at(tensor.name(), what));
            }
            self.count = self.count.saturating_add(tensor.numbers().len());
            if self.count > NUMBER_LIMIT {
                return Err(ImportError::limit("numbers", self.count, NUMBER_LIMIT));
            }
            self.numbers.push(tensor.into_numbers());
        }
        self.push(place, spec)?;
        self.dims = output;
        Ok(())
    }

    /// Begins layers to whose output their input is added.
    ///
    /// # Errors
    /// If they are too deep inside of others, or the original has ended before.
    pub fn begin_residual(&mut self, place: &str) -> Result<(), ImportError> {
        self.begin(place, LayerSpec::Residual(ResidualSpec { layers: 0 }))
    }

    /// Begins a layer with others inside.
    fn begin(&mut self, place: &str, spec: LayerSpec) -> Result<(), ImportError> {
        self.check_open_end(place)?;
        if self.open.len() >= NetworkSpec::MAX_DEPTH {
            let error = SpecError::TooDeep { limit: NetworkSpec::MAX_DEPTH };
            return Err(ImportError::at(place, error));
        }
        self.open.push((self.specs.len(), self.dims));
        self.push(place, spec)
    }

    /// Ends the layers that were begun last.
    ///
    /// # Errors
    /// If none were, there is none of them, or their output has another shape than their input.
    pub fn end_residual(&mut self, place: &str) -> Result<(), ImportError> {
        let Some((at, input)) = self.open.pop() else {
            return Err(ImportError::at(place, "it ends a residual connection that has not begun"));
        };
        if self.dims != input {
            let error = SpecError::Residual { input, output: self.dims };
            return Err(ImportError::at(place, error));
        }
        let layers = (self.specs.len() - at - 1) as u32;
        if layers == 0 {
            return Err(ImportError::at(place, "there is no layer in the residual connection"));
        }
        self.specs[at] = LayerSpec::Residual(ResidualSpec { layers });
        Ok(())
    }

    /// Begins the layers of a shortcut, behind the begin of a residual connection: what comes out of
    /// them is added in place of the input.
    ///
    /// # Errors
    /// If they are too deep inside of others, or there is a softmax before.
    pub fn begin_shortcut(&mut self, place: &str) -> Result<(), ImportError> {
        self.begin(place, LayerSpec::Shortcut(ShortcutSpec { layers: 0 }))
    }

    /// Ends them: the next layer gets their input. A shortcut without layers is none.
    ///
    /// # Errors
    /// If they were not begun.
    pub fn end_shortcut(&mut self, place: &str) -> Result<(), ImportError> {
        let around = self.open.pop();
        let (Some((at, input)), Some((_, added))) = (around, self.open.last_mut()) else {
            return Err(ImportError::at(place, "it ends a shortcut that has not begun"));
        };
        *added = std::mem::replace(&mut self.dims, input);
        let layers = (self.specs.len() - at - 1) as u32;
        if layers == 0 {
            self.specs.truncate(at);
            self.places.truncate(at);
        } else {
            self.specs[at] = LayerSpec::Shortcut(ShortcutSpec { layers });
        }
        Ok(())
    }

    /// Returns the network.
    ///
    /// # Errors
    /// If layers make none, or there are no parameters.
    pub fn finish(mut self) -> Result<Imported, ImportError> {
        if let Some(&(at, _)) = self.open.last() {
            let what = "the residual connection does not end";
            return Err(ImportError::at(&self.places[at], what));
        }
        self.split_binary()?;
        let (parameters, layers) = placed(self.input, self.specs, &self.numbers)?;
        if parameters.is_empty() {
            return Err(ImportError::at("the network", "no layer of it has parameters"));
        }
        let mut places = self.places;
        let layers = match self.units {
            None => layers,
            Some((place, affine)) => {
                let layers = affine.undone_behind(&layers);
                places.resize(layers.specs.len(), place);
                layers
            }
        };
        let layers = match self.preprocessing {
            None => layers,
            Some((place, affine)) => {
                let before = layers.specs.len();
                let layers = affine.before(&layers);
                if !layers.constants.iter().all(|number| number.is_finite()) {
                    let what = "features are scaled by what no f32 holds the inverse of";
                    return Err(ImportError::at(place, what));
                }
                places.splice(0..0, std::iter::repeat_n(place, layers.specs.len() - before));
                layers
            }
        };
        layers.spec().output()?;
        let outputs = layers.outputs();
        // One output tells two classes apart.
        if !self.classes.is_empty() && self.classes.len() != outputs.max(2) {
            let what = format!("there are {} of them, and {outputs} outputs", self.classes.len());
            return Err(ImportError::at("names of classes", what));
        }
        Ok(Imported {
            layers,
            parameters,
            places,
            notes: self.notes,
            classes: self.classes,
            ending: self.ending.map(|(_, ending)| ending),
            channels_last: self.channels_last,
            precision: self.precision,
        })
    }

    fn push(&mut self, place: &str, spec: LayerSpec) -> Result<(), ImportError> {
        if self.specs.len() == LAYER_LIMIT {
            return Err(ImportError::limit("layers", LAYER_LIMIT + 1, LAYER_LIMIT));
        }
        self.specs.push(spec);
        self.places.push(place.to_owned());
        Ok(())
    }
}

/// Returns an error unless a shape has numbers, and no more than are read.
fn check(place: &str, dims: Dims) -> Result<(), ImportError> {
    match dims.count() {
        0 => Err(ImportError::at(place, format!("{dims} has a size of 0"))),
        1..=NUMBER_LIMIT => Ok(()),
        _ => {
            let what = format!("{dims} are more numbers than the {NUMBER_LIMIT} that there may be");
            Err(ImportError::at(place, what))
        }
    }
}

/// Returns an error unless a tensor has these sizes.
fn check_shape(spec: LayerSpec, sizes: &[u32], tensor: &Tensor) -> Result<(), ImportError> {
    let expected: Vec<usize> = sizes.iter().map(|&size| size as usize).collect();
    if tensor.shape() == expected {
        return Ok(());
    }
    let (tensor, found) = (tensor.name().to_owned(), tensor.shape().to_vec());
    Err(ImportError::Shape { tensor, layer: written(spec), expected, found })
}

/// Returns the parameters and the layers of tensors in the order of the layers.
fn placed(
    input: Dims,
    specs: Vec<LayerSpec>,
    numbers: &[Vec<f32>],
) -> Result<(Vec<f32>, Layers), ImportError> {
    let mut layers = Layers { input, specs, constants: Vec::new() };
    layers.spec().output()?;
    let mut parameters = vec![0.0; layers.spec().parameters()];
    let mut constants = vec![0.0; layers.spec().constants()];
    for (tensor, numbers) in layers.tensors().iter().zip(numbers) {
        let all = match tensor.role {
            Role::Parameter => &mut parameters,
            Role::Statistic | Role::Frozen => &mut constants,
        };
        all[tensor.at..tensor.at + numbers.len()].copy_from_slice(numbers);
    }
    layers.constants = constants;
    Ok((parameters, layers))
}
