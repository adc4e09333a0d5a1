//! The networks that are trained.

use serde::{Deserialize, Serialize};

/// A network that ends in logits for softmax cross-entropy.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Network {
    /// One hidden layer, with ReLU.
    Dense { inputs: usize, hidden: usize, outputs: usize },
    /// DS-CNN, the keyword spotter of MLPerf Tiny (Banbury et al. 2021), its batch normalisations
    /// folded into the convolutions.
    DsCnn,
}

/// A layer of a network.
#[derive(Clone, Copy, Debug)]
pub enum Layer {
    Dense {
        inputs: usize,
        outputs: usize,
    },
    Convolution(Convolution),
    Relu,
    /// The mean of each channel.
    GlobalAveragePool {
        channels: usize,
    },
}

/// A convolution over images. Its weight is in PyTorch's order: output, input of the group, row,
/// column.
#[derive(Clone, Copy, Debug)]
pub struct Convolution {
    /// Channels that come in, and that go out.
    pub channels: [usize; 2],
    pub groups: usize,
    pub kernel: [usize; 2],
    pub stride: usize,
    /// Zeros above and to the left.
    pub padding: [usize; 2],
    /// Rows and columns that come in.
    pub input: [usize; 2],
    /// Rows and columns that go out.
    pub output: [usize; 2],
}

/// How many numbers the parameters of a layer are, and from where the weights are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Parameters {
    pub weights: usize,
    pub biases: usize,
    /// Weights are uniform between minus this and this; biases are 0.
    pub bound: f32,
}

/// The first convolution of DS-CNN, on 49 instants of 10 frequencies, with TensorFlow's `SAME`
/// padding.
const INSTANTS: Convolution = Convolution {
    channels: [1, 64],
    groups: 1,
    kernel: [10, 4],
    stride: 2,
    padding: [4, 1],
    input: [49, 10],
    output: [25, 5],
};
/// The convolution of each channel by itself.
const DEPTHWISE: Convolution = Convolution {
    channels: [64, 64],
    groups: 64,
    kernel: [3, 3],
    stride: 1,
    padding: [1, 1],
    input: INSTANTS.output,
    output: INSTANTS.output,
};
/// The convolution of each place by itself.
const POINTWISE: Convolution =
    Convolution { groups: 1, kernel: [1, 1], padding: [0, 0], ..DEPTHWISE };
/// Classes of DS-CNN.
const KEYWORDS: usize = 12;

impl Network {
    pub fn inputs(&self) -> usize {
        match *self {
            Network::Dense { inputs, .. } => inputs,
            Network::DsCnn => INSTANTS.input.iter().product(),
        }
    }

    pub fn outputs(&self) -> usize {
        match *self {
            Network::Dense { outputs, .. } => outputs,
            Network::DsCnn => KEYWORDS,
        }
    }

    pub fn layers(&self) -> Vec<Layer> {
        match *self {
            Network::Dense { inputs, hidden, outputs } => vec![
                Layer::Dense { inputs, outputs: hidden },
                Layer::Relu,
                Layer::Dense { inputs: hidden, outputs },
            ],
            Network::DsCnn => {
                let mut layers = vec![Layer::Convolution(INSTANTS), Layer::Relu];
                for _ in 0..4 {
                    layers.extend([Layer::Convolution(DEPTHWISE), Layer::Relu]);
                    layers.extend([Layer::Convolution(POINTWISE), Layer::Relu]);
                }
                let [_, channels] = POINTWISE.channels;
                layers.push(Layer::GlobalAveragePool { channels });
                layers.push(Layer::Dense { inputs: channels, outputs: KEYWORDS });
                layers
            }
        }
    }
}

impl Layer {
    pub fn parameters(&self) -> Parameters {
        match *self {
            // Glorot's.
            Layer::Dense { inputs, outputs } => Parameters {
                weights: inputs * outputs,
                biases: outputs,
                bound: (6.0 / (inputs + outputs) as f32).sqrt(),
            },
            // He's: with smaller ones little would be left behind nine layers.
            Layer::Convolution(Convolution {
                channels: [inputs, outputs], groups, kernel, ..
            }) => {
                let window = inputs / groups * kernel[0] * kernel[1];
                let bound = (6.0 / window as f32).sqrt();
                Parameters { weights: outputs * window, biases: outputs, bound }
            }
            Layer::Relu | Layer::GlobalAveragePool { .. } => {
                Parameters { weights: 0, biases: 0, bound: 0.0 }
            }
        }
    }
}
