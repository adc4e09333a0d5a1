//! What a pool is, as data.

use crate::layer::windows::WindowSpec;
use crate::spec::{Arguments, Dims, SpecError, Tensors, Value};

/// Of a pool over sequences (`D` is 1) or images (2): the window that moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolSpec<const D: usize> {
    /// The window. Those of the layers that are types have neither padding nor dilation.
    pub window: WindowSpec<D>,
}

impl<const D: usize> PoolSpec<D> {
    pub(crate) const fn output(self, input: Dims) -> Result<Dims, SpecError> {
        if let Some(sizes) = input.behind_channels::<D>()
            && let Some(places) = self.window.places(sizes)
        {
            Ok(Dims::from_channels(input.channels(), places))
        } else {
            let layer = if D == 1 { "a pool over sequences" } else { "a pool over images" };
            let expected = "channels that are at least as large as its window";
            Err(SpecError::Input { layer, input, expected })
        }
    }

    pub(crate) const fn tensors(self) -> Tensors {
        Tensors::new()
    }

    pub(crate) const fn arguments(self) -> Arguments {
        let WindowSpec { size, stride, dilation, .. } = self.window;
        let plain = WindowSpec::<D>::new(size);
        let size = Value::directions(size);
        Arguments::new()
            .with("kernel_size", size)
            .with_default("stride", Value::directions(stride), size)
            .with_default("padding", self.window.sides(), plain.sides())
            .with_default("dilation", Value::directions(dilation), Value::directions([1; D]))
    }
}

/// Of [`GlobalAveragePool`](super::GlobalAveragePool), which has neither sizes nor settings.
impl super::GlobalAveragePool {
    pub(crate) const fn output(self, input: Dims) -> Result<Dims, SpecError> {
        if input.count() == 0 {
            let (layer, expected) = ("GlobalAveragePool", "channels of one number at least");
            return Err(SpecError::Input { layer, input, expected });
        }
        Ok(Dims::vector(input.channels()))
    }

    pub(crate) const fn tensors(self) -> Tensors {
        Tensors::new()
    }

    pub(crate) const fn arguments(self) -> Arguments {
        Arguments::new()
    }
}
