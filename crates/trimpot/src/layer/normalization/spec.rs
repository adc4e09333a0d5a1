//! What a normalisation is, as data.

use super::EPSILON;
use crate::layer::kind::{ANY, GradientShare, Grammar, LayerKind, Work, Written};
use crate::spec::{Arguments, Dims, SpecError, Tensors, Value};

/// Of [`BatchNorm`](super::BatchNorm): channels and ε. Mean and variance are constants of the
/// network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNormSpec {
    /// Channels.
    pub channels: u32,
    /// ε, which is added to a variance.
    pub epsilon: f32,
}

impl BatchNormSpec {
    pub(crate) const fn output(self, input: Dims) -> Result<Dims, SpecError> {
        if input.channels() == self.channels {
            Ok(input)
        } else {
            Err(SpecError::Input { layer: "BatchNorm", input, expected: "its channels" })
        }
    }

    pub(crate) const fn tensors(self) -> Tensors {
        Tensors::affine(&[self.channels], self.channels)
            .with("running_mean", &[self.channels], false)
            .with("running_var", &[self.channels], false)
    }

    pub(crate) const fn arguments(self) -> Arguments {
        Arguments::new().with("channels", Value::Count(self.channels)).with_default(
            "epsilon",
            Value::Real(self.epsilon),
            Value::Real(EPSILON),
        )
    }
}

impl LayerKind for BatchNormSpec {
    const WRITTEN: Written = Written::As(Grammar {
        ways: &["batch_norm"],
        shapes: "Stays; each channel is normalised by itself: each number of a vector. In training on \
                 the PC by its mean and variance in the batch, whose running averages (0.1 of each \
                 batch) are kept for all that the network does afterwards.",
        pytorch: "BatchNorm2d",
        example: "1x8x8, conv 8 3x3, batch_norm",
    });

    fn from_words(words: &[u32]) -> Option<Self> {
        let [channels, epsilon] = *words else { return None };
        Some(BatchNormSpec { channels, epsilon: positive(epsilon)? })
    }

    fn range(self) -> Option<[f32; 2]> {
        Some(ANY)
    }

    fn gradient_share(self) -> GradientShare {
        GradientShare::Own
    }

    fn work(self) -> Work {
        Work::Channels
    }
}

/// Of [`LayerNorm`](super::LayerNorm): numbers of a row, and ε.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerNormSpec {
    /// Numbers of a row.
    pub size: u32,
    /// ε, which is added to a variance.
    pub epsilon: f32,
}

impl LayerNormSpec {
    pub(crate) const fn output(self, input: Dims) -> Result<Dims, SpecError> {
        if input.last() == self.size {
            Ok(input)
        } else {
            Err(SpecError::Input { layer: "LayerNorm", input, expected: "rows of its size" })
        }
    }

    pub(crate) const fn tensors(self) -> Tensors {
        Tensors::affine(&[self.size], self.size)
    }

    pub(crate) const fn arguments(self) -> Arguments {
        Arguments::new().with("normalized_shape", Value::Count(self.size)).with_default(
            "epsilon",
            Value::Real(self.epsilon),
            Value::Real(EPSILON),
        )
    }
}

impl LayerKind for LayerNormSpec {
    const WRITTEN: Written = Written::As(Grammar {
        ways: &["layer_norm"],
        shapes: "Stays; each row of the last size is normalised by itself.",
        pytorch: "LayerNorm",
        example: "64, dense 32, layer_norm",
    });

    fn from_words(words: &[u32]) -> Option<Self> {
        let [size, epsilon] = *words else { return None };
        Some(LayerNormSpec { size, epsilon: positive(epsilon)? })
    }

    fn range(self) -> Option<[f32; 2]> {
        Some(ANY)
    }

    fn gradient_share(self) -> GradientShare {
        GradientShare::Mixed
    }

    fn work(self) -> Work {
        Work::Rows(self.size)
    }
}

/// Returns a positive, finite number of these bits.
fn positive(bits: u32) -> Option<f32> {
    Some(f32::from_bits(bits)).filter(|&number| number > 0.0 && number.is_finite())
}
