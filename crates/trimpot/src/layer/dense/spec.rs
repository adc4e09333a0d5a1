//! What a fully connected layer is, as data.

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
