//! What a change of shape is, as data.

use crate::layer::kernel::same_numbers;
use crate::layer::kind::{GradientShare, Grammar, LayerKind, Work, Written};
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

same_numbers!(FlattenSpec);

impl LayerKind for FlattenSpec {
    const WRITTEN: Written = Written::As(Grammar {
        ways: &["flatten"],
        shapes: "Becomes a vector of as many numbers.",
        pytorch: "Flatten",
        example: "1x28x28, conv 8 3x3, flatten",
    });

    fn from_words(words: &[u32]) -> Option<Self> {
        words.is_empty().then_some(FlattenSpec)
    }

    fn range(self) -> Option<[f32; 2]> {
        None
    }

    fn gradient_share(self) -> GradientShare {
        GradientShare::Own
    }

    fn work(self) -> Work {
        Work::Nothing
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

same_numbers!(ReshapeSpec);

impl LayerKind for ReshapeSpec {
    const WRITTEN: Written = Written::As(Grammar {
        ways: &["reshape SHAPE"],
        shapes: "Becomes SHAPE, of as many numbers.",
        pytorch: "Unflatten",
        example: "4, dense 64, reshape 1x8x8",
    });

    fn from_words(words: &[u32]) -> Option<Self> {
        Some(ReshapeSpec { dims: Dims::of_sizes(words)? })
    }

    fn range(self) -> Option<[f32; 2]> {
        None
    }

    fn gradient_share(self) -> GradientShare {
        GradientShare::Own
    }

    fn work(self) -> Work {
        Work::Nothing
    }
}
