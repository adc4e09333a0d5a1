//! What a fully connected layer is, as data.

use crate::layer::kind::{ANY, GradientShare, Grammar, LayerKind, Work, Written};
use crate::spec::{Arguments, Dims, SpecError, Tensors, Value};

/// Of [`Dense`](super::Dense): so many inputs and outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DenseSpec {
    /// Inputs.
    pub inputs: u32,
    /// Outputs.
    pub outputs: u32,
}

impl DenseSpec {
    pub(crate) const fn output(self, input: Dims) -> Result<Dims, SpecError> {
        if input.is(Dims::vector(self.inputs)) {
            Ok(Dims::vector(self.outputs))
        } else {
            Err(SpecError::Input { layer: "Dense", input, expected: "a vector of its inputs" })
        }
    }

    pub(crate) const fn tensors(self) -> Tensors {
        Tensors::affine(&[self.outputs, self.inputs], self.outputs)
    }

    pub(crate) const fn arguments(self) -> Arguments {
        Arguments::new()
            .with("in_features", Value::Count(self.inputs))
            .with("out_features", Value::Count(self.outputs))
    }
}

impl LayerKind for DenseSpec {
    const WRITTEN: Written = Written::As(Grammar {
        ways: &["dense OUTPUTS"],
        shapes: "N becomes OUTPUTS; an input of another shape is flattened before.",
        pytorch: "Linear",
        example: "64, dense 32",
    });

    fn from_words(words: &[u32]) -> Option<Self> {
        let [inputs, outputs] = *words else { return None };
        Some(DenseSpec { inputs, outputs })
    }

    fn range(self) -> Option<[f32; 2]> {
        Some(ANY)
    }

    fn gradient_share(self) -> GradientShare {
        GradientShare::Mixed
    }

    fn work(self) -> Work {
        Work::WeightedSums
    }
}
