//! What a change of shape is, as data.

use crate::spec::{Arguments, Dims, SpecError, Tensors, Value};

/// Of [`Flatten`](super::Flatten), which has neither sizes nor settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlattenSpec;

impl FlattenSpec {
    pub(crate) const fn output(self, input: Dims) -> Result<Dims, SpecError> {
        if input.count() >= u32::MAX as usize {
            return Err(SpecError::Input { layer: "Flatten", input, expected: "fewer numbers" });
        }
        Ok(Dims::vector(input.count() as u32))
    }

    pub(crate) const fn tensors(self) -> Tensors {
        Tensors::new()
    }

    pub(crate) const fn arguments(self) -> Arguments {
        Arguments::new()
    }
}

/// Of [`Reshape`](super::Reshape): the new shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReshapeSpec {
    /// The new shape, of as many numbers as the old one.
    pub dims: Dims,
}

impl ReshapeSpec {
    pub(crate) const fn output(self, input: Dims) -> Result<Dims, SpecError> {
        if input.count() == self.dims.count() {
            Ok(self.dims)
        } else {
            let expected = "as many numbers as its own shape has";
            Err(SpecError::Input { layer: "Reshape", input, expected })
        }
    }

    pub(crate) const fn tensors(self) -> Tensors {
        Tensors::new()
    }

    pub(crate) const fn arguments(self) -> Arguments {
        let mut arguments = Arguments::new();
        let mut rest = self.dims.sizes();
        while let [size, others @ ..] = rest {
            arguments = arguments.with("size", Value::Count(*size));
            rest = others;
        }
        arguments
    }
}
