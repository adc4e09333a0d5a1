//! One layer as a model file names it: `Conv2d(1, 64, 10x4, stride=2)`.

use trimpot::layer::{
    AveragePoolSpec, BatchNormSpec, ConvSpec, DenseSpec, Dropout, EmbeddingSpec, FlattenSpec,
    GlobalAveragePool, LayerNormSpec, MaxPoolSpec, ReshapeSpec,
};
use trimpot::spec::{Dims, LayerSpec};

use super::{Activation, Words, Wrong};

/// ε of normalisations, where none is named.
const EPSILON: f32 = 1e-5;

impl<'t> Words<'t> {
    /// Takes a layer apart that is named by its type.
    pub(in crate::architecture) fn of_type(item: &'t str) -> Result<Self, Wrong<'t>> {
        let (name, arguments) = match item.split_once('(') {
            None => (item, ""),
            Some((name, arguments)) => match arguments.strip_suffix(')') {
                Some(arguments) => (name, arguments),
                None => return Err(Wrong::new(item, "there is a `(` without a `)`")),
            },
        };
        let mut words = Words { item, name, sizes: [].into(), settings: Vec::new() };
        for argument in arguments.split(',').map(str::trim).filter(|text| !text.is_empty()) {
            match argument.split_once('=') {
                Some(setting) => words.settings.push(setting),
                None => words.sizes.push_back(argument),
            }
        }
        Ok(words)
    }

    /// Returns the layer that is named by its type.
    pub(in crate::architecture) fn layer_of_type(mut self) -> Result<LayerSpec, Wrong<'t>> {
        let layer = match self.name {
            "Dense" => {
                let (inputs, outputs) = (self.count("inputs")?, self.count("outputs")?);
                LayerSpec::Dense(DenseSpec { inputs, outputs })
            }
            "Conv1d" => LayerSpec::Conv1d(self.convolution_of_type()?),
            "Conv2d" => LayerSpec::Conv2d(self.convolution_of_type()?),
            "MaxPool1d" => LayerSpec::MaxPool1d(MaxPoolSpec::new(self.window([0], [0])?)),
            "MaxPool2d" => LayerSpec::MaxPool2d(MaxPoolSpec::new(self.window([0; 2], [0; 2])?)),
            "AveragePool1d" => {
                LayerSpec::AveragePool1d(AveragePoolSpec::new(self.window([0], [0])?))
            }
            "AveragePool2d" => {
                LayerSpec::AveragePool2d(AveragePoolSpec::new(self.window([0; 2], [0; 2])?))
            }
            "GlobalAveragePool" => LayerSpec::GlobalAveragePool(GlobalAveragePool),
            "BatchNorm" => {
                let channels = self.count("channels")?;
                let epsilon = self.take("epsilon")?.unwrap_or(EPSILON);
                LayerSpec::BatchNorm(BatchNormSpec { channels, epsilon })
            }
            "LayerNorm" => {
                let size = self.count("size")?;
                let epsilon = self.take("epsilon")?.unwrap_or(EPSILON);
                LayerSpec::LayerNorm(LayerNormSpec { size, epsilon })
            }
            "Embedding" => {
                let (rows, size) = (self.count("rows")?, self.count("size")?);
                LayerSpec::Embedding(EmbeddingSpec { rows, size })
            }
            "Flatten" => LayerSpec::Flatten(FlattenSpec),
            "Reshape" => {
                let mut sizes = Vec::new();
                while !self.sizes.is_empty() {
                    sizes.push(self.count("shape")?);
                }
                let dims = match sizes[..] {
                    [size] => Dims::vector(size),
                    [channels, length] => Dims::rows(channels, length),
                    [channels, height, width] => Dims::image(channels, height, width),
                    _ => return Err(Wrong::new(self.item, "a shape has one to three sizes")),
                };
                LayerSpec::Reshape(ReshapeSpec { dims })
            }
            "Dropout" => match self.take("p")?.map(Dropout::new).transpose() {
                Ok(dropout) => LayerSpec::Dropout(dropout.unwrap_or_default()),
                Err(error) => return Err(Wrong::new(self.item, error.to_string())),
            },
            name => {
                let mut activations = Activation::ALL.iter();
                let activation = activations.find(|activation| activation.spec().name() == name);
                let activation =
                    activation.ok_or_else(|| Wrong::new(name, format!("`{name}` is no layer")))?;
                self.activation(activation.name())?
            }
        };
        self.all_taken()?;
        Ok(layer)
    }

    fn convolution_of_type<const D: usize>(&mut self) -> Result<ConvSpec<D>, Wrong<'t>> {
        Ok(ConvSpec {
            in_channels: self.count("channels of the input")?,
            out_channels: self.count("channels")?,
            window: self.window([0; D], [1; D])?,
            groups: self.take("groups")?.unwrap_or(1),
        })
    }

    /// Takes the next size, however large.
    fn count(&mut self, what: &str) -> Result<u32, Wrong<'t>> {
        let text = self.next(what)?;
        text.parse().map_err(|_| Wrong::new(text, format!("`{text}` is no whole number")))
    }
}
