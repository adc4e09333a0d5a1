//! The layers, one after the other.

use serde_json::Value;
use trimpot::spec::Dims;

use super::activation::{self, Activation};
use super::config::{Layer, count};
use super::graph::{Step, Steps};
use super::weights::Weights;
use super::{convolution, front, norms, pool};
use crate::import::numbers::listed;
use crate::import::places::{Turned, channels_first, channels_last, say_channels_last, written};
use crate::import::{Builder, Ending, ImportError, Imported, Request};

/// A network that grows by the layers of a file.
pub(super) struct Network {
    pub builder: Builder,
    pub weights: Weights,
    /// The sizes of a sample that is a vector here, in the order of Keras, until layers flatten it or
    /// give it another shape.
    pub sample: Option<Vec<u32>>,
    /// How a vector's numbers have changed places.
    pub turned: Option<Turned>,
    /// Zeros in front of the next layer, and the layer that they are from.
    pub zeros: Option<(String, Vec<[u32; 2]>)>,
    /// Those of what open residual connections add.
    begun: Vec<Option<Turned>>,
    /// The sample at the beginning of open shortcuts.
    shortcuts: Vec<Option<Vec<u32>>>,
    is_second: bool,
    without_bias: Vec<String>,
    of_training: Vec<String>,
}

impl Network {
    pub(super) fn new(
        steps: &Steps<'_>,
        is_second: bool,
        weights: Weights,
        request: &Request,
    ) -> Result<Self, ImportError> {
        let sizes = sample(steps.shape(), request.input)?;
        let (dims, sample) = match is_flat(steps.steps(), &sizes) {
            true => (vector(&sizes), Some(sizes.clone())),
            false => (channels_first(&sizes), None),
        };
        let dims = dims.ok_or_else(|| {
            let what = format!(
                "samples of {}: there are those of one to three dimensions",
                written(&sizes)
            );
            ImportError::at("the input", what)
        })?;
        let mut builder = Builder::new(dims)?;
        builder.set_binary(request.binary);
        if sample.is_none() && Turned::of(&sizes).is_some() {
            say_channels_last(&mut builder, "samples", dims, "Keras");
        }
        let (turned, zeros, begun) = (None, None, Vec::new());
        let (without_bias, of_training) = (Vec::new(), Vec::new());
        Ok(Network {
            builder,
            weights,
            sample,
            turned,
            zeros,
            begun,
            shortcuts: Vec::new(),
            is_second,
            without_bias,
            of_training,
        })
    }

    /// Adds what comes next.
    pub(super) fn step(&mut self, step: &Step<'_>) -> Result<(), ImportError> {
        match step {
            Step::Layer(layer) => self.layer(layer),
            Step::Begin(place) => {
                self.check_zeros()?;
                self.begun.push(self.turned);
                self.builder.begin_residual(place)
            }
            Step::End(place) => {
                self.check_zeros()?;
                if self.begun.pop() != Some(self.turned) {
                    let what = "it adds what was flattened to what was not: Keras has their numbers in another order";
                    return Err(ImportError::at(place, what));
                }
                self.builder.end_residual(place)
            }
            Step::Shortcut(place) => {
                self.shortcuts.push(self.sample.clone());
                self.builder.begin_shortcut(place)
            }
            Step::Turn(place) => {
                self.check_zeros()?;
                if let (Some(begun), Some(sample)) = (self.begun.last_mut(), self.shortcuts.pop()) {
                    std::mem::swap(begun, &mut self.turned);
                    self.sample = sample;
                }
                self.builder.end_shortcut(place)
            }
        }
    }

    fn layer(&mut self, layer: &Layer<'_>) -> Result<(), ImportError> {
        self.builder.add_precision(layer.precision());
        match layer.class {
            "InputLayer" | "Identity" => return Ok(()),
            "Dropout" => return self.dropout(layer),
            class if OF_TRAINING.contains(&class) => {
                self.of_training.push(layer.place());
                return Ok(());
            }
            _ => {}
        }
        if convolution::add(self, layer)? || pool::add(self, layer)? {
            return Ok(());
        }
        self.check_zeros()?;
        if let Some(activation) = activation::of(layer, self.dimensions(), self.is_second)? {
            return self.activation(layer, activation);
        }
        match layer.class {
            "Dense" => self.dense(layer),
            "BatchNormalization" => norms::batch_norm(self, layer),
            "LayerNormalization" => norms::layer_norm(self, layer),
            "Flatten" => {
                layer.check_channels_last()?;
                self.flatten(&layer.place())
            }
            "Reshape" => self.reshape(layer),
            "Normalization" => front::normalization(self, layer),
            "Rescaling" => front::rescaling(self, layer),
            _ => Err(layer.wrong("there is no layer for it")),
        }
    }

    /// Returns the network.
    pub(super) fn finish(mut self) -> Result<Imported, ImportError> {
        self.check_zeros()?;
        if self.turned.is_some() {
            let what = "outputs that are flattened are in another order in Keras: they are read in front of a dense layer";
            return Err(ImportError::at("the output", what));
        }
        let output = self.builder.dims();
        if Turned::of(&channels_last(output)).is_some() {
            say_channels_last(&mut self.builder, "outputs", output, "Keras");
        }
        let names =
            |names: &[String]| listed(&names.iter().map(String::as_str).collect::<Vec<_>>());
        self.builder.add_converted(&self.weights.converted);
        if !self.without_bias.is_empty() {
            let note = format!(
                "without a bias, which is 0 now, and is trained: {}",
                names(&self.without_bias)
            );
            self.builder.note(note);
        }
        if !self.of_training.is_empty() {
            self.builder.note(format!(
                "does something in training only, and is left out: {}",
                names(&self.of_training)
            ));
        }
        self.builder.finish()
    }

    /// Returns how many dimensions Keras has, the batch's included.
    pub(super) fn dimensions(&self) -> usize {
        let sizes = self.sample.as_ref().map_or(self.builder.dims().sizes().len(), Vec::len);
        sizes + 1
    }

    /// Adds the activation of a layer that has one.
    pub(super) fn activation_of(&mut self, layer: &Layer<'_>) -> Result<(), ImportError> {
        let activation = activation::setting(layer, self.dimensions(), self.is_second)?;
        self.activation(layer, activation)
    }

    fn activation(&mut self, layer: &Layer<'_>, activation: Activation) -> Result<(), ImportError> {
        match activation {
            Activation::Linear => Ok(()),
            Activation::Softmax => self.builder.ending(&layer.place(), Ending::Softmax),
            Activation::Layer(spec) => self.builder.layer(&layer.place(), spec, Vec::new()),
        }
    }

    /// Returns the name of a layer's bias, if it has one.
    pub(super) fn bias(&mut self, layer: &Layer<'_>) -> Result<Option<&'static str>, ImportError> {
        let is = layer.is("use_bias", true)?;
        if !is {
            self.without_bias.push(layer.place());
        }
        Ok(is.then_some("bias"))
    }

    /// Notes that a layer has no bias.
    pub(super) fn is_without_bias(&mut self, layer: &Layer<'_>) {
        self.without_bias.push(layer.place());
    }

    /// Checks that there are no zeros in front of what cannot take them.
    fn check_zeros(&self) -> Result<(), ImportError> {
        match &self.zeros {
            Some((place, _)) => {
                let what = "zeros are read in front of a convolution or an average pool only";
                Err(ImportError::at(place, what))
            }
            None => Ok(()),
        }
    }

    fn dropout(&mut self, layer: &Layer<'_>) -> Result<(), ImportError> {
        let p = layer.number("rate", 0.0)? as f32;
        if layer.get("noise_shape").is_some() {
            return Err(layer.unknown("noise_shape"));
        }
        match p == 0.0 {
            true => Ok(()),
            false => self.builder.dropout(&layer.place(), p),
        }
    }

    /// Adds a dense layer. Of an image or a sequence it takes the channels of each position, as a
    /// convolution of size 1 does.
    fn dense(&mut self, layer: &Layer<'_>) -> Result<(), ImportError> {
        let place = layer.place();
        let names = [Some("kernel"), self.bias(layer)?];
        let [kernel, bias] = self.weights.tensors(layer, names)?;
        let Some(mut kernel) = kernel else { return Ok(()) };
        layer.check_count("units", kernel.shape().last().copied().unwrap_or(0))?;
        let directions = self.builder.dims().sizes().len() - 1;
        if let Some(turned) = self.turned.take() {
            kernel = turned.apply(kernel)?;
        }
        let kernel = kernel.transposed(&[1, 0])?;
        if directions == 0 {
            self.builder.dense(&place, kernel, bias)?;
        } else {
            let shape = kernel.shape().iter().copied().chain(vec![1; directions]).collect();
            self.builder.conv(&place, kernel.reshaped(shape)?, bias, 1, &Default::default())?;
        }
        self.activation_of(layer)
    }

    /// Makes a vector of what comes in.
    pub(super) fn flatten(&mut self, place: &str) -> Result<(), ImportError> {
        if self.sample.take().is_none() && self.builder.dims().sizes().len() > 1 {
            self.turned = Turned::of(&channels_last(self.builder.dims()));
        }
        self.builder.flatten(place)
    }

    fn reshape(&mut self, layer: &Layer<'_>) -> Result<(), ImportError> {
        let dims = self.builder.dims();
        let target = target(layer, dims.count()).ok_or_else(|| layer.unknown("target_shape"))?;
        if target.len() == 1 {
            return self.flatten(&layer.place());
        }
        let turned = match dims.sizes() {
            [_] => self.turned,
            _ => Turned::of(&channels_last(dims)),
        };
        if turned != Turned::of(&target) {
            let what = format!(
                "numbers would have to change their places for {}: channels are first here, and last in Keras",
                written(&target)
            );
            return Err(layer.wrong(what));
        }
        (self.sample, self.turned) = (None, None);
        let target = channels_first(&target).ok_or_else(|| layer.unknown("target_shape"))?;
        match target == dims {
            true => Ok(()),
            false => self.builder.reshape(&layer.place(), target),
        }
    }
}

/// Layers that do nothing but in training.
const OF_TRAINING: [&str; 12] = [
    "ActivityRegularization",
    "AlphaDropout",
    "GaussianDropout",
    "GaussianNoise",
    "RandomBrightness",
    "RandomContrast",
    "RandomFlip",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "SpatialDropout1D",
    "SpatialDropout2D",
];

/// Returns the sizes of a sample, of the shape of a batch or as somebody has said them.
fn sample(shape: Option<&Value>, input: Option<Dims>) -> Result<Vec<u32>, ImportError> {
    let sizes = shape.and_then(Value::as_array).and_then(|sizes| sizes.get(1..));
    let sizes: Option<Vec<u32>> = sizes.and_then(|sizes| sizes.iter().map(count).collect());
    match (sizes, input) {
        (None, None) => Err(ImportError::Input),
        (None, Some(input)) => Ok(channels_last(input)),
        (Some(sizes), input) if input.is_none_or(|input| channels_first(&sizes) == Some(input)) => {
            Ok(sizes)
        }
        (Some(sizes), _) => {
            let what = format!("a sample has the shape {}, channels last", written(&sizes));
            Err(ImportError::at("the input", what))
        }
    }
}

/// Returns whether samples are vectors in Keras's order: the first layer to which their shape is
/// something makes vectors of them, or gives them a shape in which nothing changes its place.
fn is_flat(steps: &[Step<'_>], sizes: &[u32]) -> bool {
    let is_before = |layer: &Layer<'_>| {
        let no_shape = [
            "Activation",
            "Dropout",
            "ELU",
            "Identity",
            "LeakyReLU",
            "Normalization",
            "ReLU",
            "Rescaling",
        ];
        no_shape.contains(&layer.class) || OF_TRAINING.contains(&layer.class)
    };
    let first = steps.iter().find(|step| !matches!(step, Step::Layer(layer) if is_before(layer)));
    let Some(Step::Layer(first)) = first else { return false };
    match (first.class, vector(sizes)) {
        (_, None) => false,
        ("Flatten", Some(_)) => sizes.len() > 1,
        ("Reshape", Some(dims)) => {
            sizes.len() > 1
                && target(first, dims.count()).is_some_and(|sizes| Turned::of(&sizes).is_none())
        }
        _ => false,
    }
}

/// Returns the vector of as many numbers as there are in this shape, if there may be as many.
fn vector(sizes: &[u32]) -> Option<Dims> {
    sizes.iter().try_fold(1_u32, |all, &size| all.checked_mul(size)).map(Dims::vector)
}

/// Returns the sizes that a layer gives so many numbers. One of them may be -1, and follows.
fn target(layer: &Layer<'_>, all: usize) -> Option<Vec<u32>> {
    let sizes = layer.get("target_shape")?.as_array()?;
    let mut known = 1_usize;
    for size in sizes.iter().filter(|size| size.as_i64() != Some(-1)) {
        known = known.checked_mul(count(size)? as usize)?;
    }
    let rest = u32::try_from(all.checked_div(known)?).ok()?;
    let sizes: Option<Vec<u32>> = sizes
        .iter()
        .map(|size| if size.as_i64() == Some(-1) { Some(rest) } else { count(size) })
        .collect();
    let sizes = sizes.filter(|sizes| !sizes.is_empty())?;
    let product = sizes.iter().try_fold(1_usize, |all, &size| all.checked_mul(size as usize));
    (product == Some(all)).then_some(sizes)
}
