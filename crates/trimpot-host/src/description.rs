//! Networks described at run time: fully connected layers with an activation between them.

use std::str::FromStr;

use clap::ValueEnum;
use trimpot::ParameterError;
use trimpot::layer::initialization::{self, Initialization as _};
use trimpot::layer::{DenseSpec, Dropout};
use trimpot::random::Random;
use trimpot::spec::{Dims, LayerSpec};

use crate::layers::Layers;

/// What a fully connected network is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// How many numbers there are between its layers.
    pub sizes: Sizes,
    /// The activation between its layers.
    pub activation: Activation,
    /// The activation after the last layer.
    pub output_activation: Option<Activation>,
    /// The p of dropout after each activation between layers.
    pub dropout: Option<f32>,
}

/// Numbers before, between and after the layers: `64-32-10` has 64 inputs and 10 outputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sizes(Vec<usize>);

impl FromStr for Sizes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let sizes = text.split('-').map(|size| match size.trim().parse() {
            Ok(size @ 1..=65_536) => Ok(size),
            _ => Err(format!("`{size}` is no layer size: sizes are from 1 to 65536")),
        });
        let sizes = sizes.collect::<Result<Vec<usize>, _>>()?;
        match sizes.len() {
            ..2 => Err("at least inputs and outputs are needed, such as 64-10".to_owned()),
            _ => Ok(Sizes(sizes)),
        }
    }
}

impl std::fmt::Display for Sizes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.iter().map(usize::to_string).collect::<Vec<_>>().join("-"))
    }
}

impl Sizes {
    /// Returns how many features a sample has.
    pub fn inputs(&self) -> usize {
        self.0.first().copied().unwrap_or(0)
    }

    /// Returns how many numbers come out.
    pub fn outputs(&self) -> usize {
        self.0.last().copied().unwrap_or(0)
    }

    /// Inputs and outputs of each layer.
    pub fn layers(&self) -> impl DoubleEndedIterator<Item = DenseSize> + ExactSizeIterator {
        self.0.windows(2).map(|sizes| DenseSize { inputs: sizes[0], outputs: sizes[1] })
    }

    /// Returns how many parameters all layers have.
    pub fn parameters(&self) -> usize {
        self.layers().map(parameters).sum()
    }
}

/// Inputs and outputs of a dense layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DenseSize {
    /// How many numbers go in.
    pub inputs: usize,
    /// How many numbers come out.
    pub outputs: usize,
}

/// Returns how many parameters a layer has.
pub(crate) fn parameters(layer: DenseSize) -> usize {
    layer.inputs * layer.outputs + layer.outputs
}

macro_rules! names {
    ($(#[$text:meta])* $kind:ident { $($name:ident = $text_name:literal),* $(,)? }) => {
        $(#[$text])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
        #[expect(missing_docs, reason = "`--help` would show a text beside each name")]
        pub enum $kind {$(
            #[value(name = $text_name)]
            $name
        ),*}

        impl $kind {
            /// All there are.
            pub const ALL: &[Self] = &[$(Self::$name),*];

        }
    };
}

names! {
    /// An activation of the core, as it is without settings.
    Activation {
        Relu = "relu",
        LeakyRelu = "leaky_relu",
        Elu = "elu",
        Gelu = "gelu",
        GeluTanh = "gelu_tanh",
        Silu = "silu",
        Sigmoid = "sigmoid",
        Tanh = "tanh",
        Softplus = "softplus",
        Softsign = "softsign",
        HardSigmoid = "hard_sigmoid",
        HardSwish = "hard_swish",
        HardTanh = "hard_tanh",
    }
}

names! {
    /// How weights begin.
    Initialization {
        GlorotUniform = "glorot_uniform",
        GlorotNormal = "glorot_normal",
        HeUniform = "he_uniform",
        HeNormal = "he_normal",
        LeCunUniform = "lecun_uniform",
        LeCunNormal = "lecun_normal",
    }
}

impl Activation {
    /// The least and the largest output that there can be without an activation.
    pub const ANY: [f32; 2] = [f32::NEG_INFINITY, f32::INFINITY];

    /// Returns the least and the largest output, rounded as the activation rounds.
    pub fn range(self) -> [f32; 2] {
        match self {
            Self::Relu | Self::Softplus => [0.0, f32::INFINITY],
            Self::LeakyRelu => Self::ANY,
            Self::Elu => [-1.0, f32::INFINITY],
            Self::Gelu | Self::GeluTanh => [-0.171, f32::INFINITY],
            Self::Silu => [-0.279, f32::INFINITY],
            Self::HardSwish => [-0.375, f32::INFINITY],
            Self::Sigmoid | Self::HardSigmoid => [0.0, 1.0],
            Self::Tanh | Self::Softsign | Self::HardTanh => [-1.0, 1.0],
        }
    }

    /// The layer, without settings.
    pub fn spec(self) -> LayerSpec {
        macro_rules! specs {
            ($($name:ident),*) => {
                match self {$( Self::$name => LayerSpec::$name(Default::default()) ),*}
            };
        }
        specs!(
            Relu,
            LeakyRelu,
            Elu,
            Gelu,
            GeluTanh,
            Silu,
            Sigmoid,
            Tanh,
            Softplus,
            Softsign,
            HardSigmoid,
            HardSwish,
            HardTanh
        )
    }

    /// The name on the command line.
    pub fn name(self) -> String {
        self.to_possible_value().map_or(String::new(), |value| value.get_name().to_owned())
    }
}

impl Initialization {
    fn draw(self, size: DenseSize, random: &mut Random) -> f32 {
        let DenseSize { inputs: fan_in, outputs: fan_out } = size;
        match self {
            Self::GlorotUniform => initialization::GlorotUniform.draw(fan_in, fan_out, random),
            Self::GlorotNormal => initialization::GlorotNormal.draw(fan_in, fan_out, random),
            Self::HeUniform => initialization::HeUniform.draw(fan_in, fan_out, random),
            Self::HeNormal => initialization::HeNormal.draw(fan_in, fan_out, random),
            Self::LeCunUniform => initialization::LeCunUniform.draw(fan_in, fan_out, random),
            Self::LeCunNormal => initialization::LeCunNormal.draw(fan_in, fan_out, random),
        }
    }
}

impl Description {
    /// Random initial parameters: those that the same network as a type has with this seed.
    pub fn initialize(&self, how: Initialization, seed: u32) -> Vec<f32> {
        let mut random = Random::new(seed);
        let mut all = Vec::with_capacity(self.sizes.parameters());
        for size in self.sizes.layers() {
            all.extend((0..size.inputs * size.outputs).map(|_| how.draw(size, &mut random)));
            all.resize(all.len() + size.outputs, 0.0);
        }
        all
    }

    /// The layers, which are those of the same network as a type.
    pub fn layers(&self) -> Result<Layers, ParameterError> {
        let dropout = self.dropout.map(Dropout::new).transpose()?;
        let mut specs = Vec::new();
        let last = self.sizes.layers().len() - 1;
        for (number, DenseSize { inputs, outputs }) in self.sizes.layers().enumerate() {
            specs.push(LayerSpec::Dense(DenseSpec {
                inputs: inputs as u32,
                outputs: outputs as u32,
            }));
            if number == last {
                specs.extend(self.output_activation.map(Activation::spec));
            } else {
                specs.push(self.activation.spec());
                specs.extend(dropout.map(LayerSpec::Dropout));
            }
        }
        let input = Dims::vector(self.sizes.inputs() as u32);
        Ok(Layers { input, specs, constants: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_say_what_is_wrong_with_them() {
        let sizes: Sizes = "64-32-10".parse().unwrap();
        assert_eq!((sizes.inputs(), sizes.outputs(), sizes.parameters()), (64, 10, 2410));
        assert_eq!(sizes.to_string(), "64-32-10");
        for (text, part) in
            [("64", "at least inputs"), ("64-x", "`x`"), ("3-0-1", "`0`"), ("3--1", "``")]
        {
            let error = text.parse::<Sizes>().unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn layers_come_in_their_order() {
        let mut description = Description {
            sizes: "4-3-2".parse().unwrap(),
            activation: Activation::HardSwish,
            output_activation: None,
            dropout: None,
        };
        let shown = |description: &Description| description.layers().unwrap().spec().to_string();
        assert_eq!(shown(&description), "Dense(4, 3), HardSwish, Dense(3, 2)");
        description.dropout = Some(0.1);
        description.output_activation = Some(Activation::Sigmoid);
        let all = "Dense(4, 3), HardSwish, Dropout(p=0.1), Dense(3, 2), Sigmoid";
        assert_eq!(shown(&description), all);
        description.dropout = Some(1.0);
        assert!(description.layers().is_err());
    }
}
