//! What a pool is, as data.

use core::marker::PhantomData;

use super::{Average, Kind, Max};
use crate::layer::kind::{ANY, GradientShare, Grammar, LayerKind, Work, Written};
use crate::layer::windows::WindowSpec;
use crate::spec::{Arguments, Dims, SpecError, Tensors, Value};

/// Of a pool of the kind `T` over sequences (`D` is 1) or images (2): the window that moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolSpec<T, const D: usize> {
    /// The window. Those of the layers that are types have neither padding nor dilation.
    ///
    /// What is outside of the input counts as in PyTorch: as less than every number for the
    /// largest, and as 0 for the mean, which is over the whole window.
    pub window: WindowSpec<D>,
    kind: PhantomData<T>,
}

/// Of [`MaxPool1d`](super::MaxPool1d) and [`MaxPool2d`](super::MaxPool2d).
pub type MaxPoolSpec<const D: usize> = PoolSpec<Max, D>;

/// Of [`AveragePool1d`](super::AveragePool1d) and [`AveragePool2d`](super::AveragePool2d).
pub type AveragePoolSpec<const D: usize> = PoolSpec<Average, D>;

impl<T, const D: usize> PoolSpec<T, D> {
    /// Creates the pool of a window.
    pub const fn new(window: WindowSpec<D>) -> Self {
        PoolSpec { window, kind: PhantomData }
    }
}

impl<T: Copy, const D: usize> PoolSpec<T, D> {
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

impl<T: Kind + PartialEq, const D: usize> LayerKind for PoolSpec<T, D> {
    const WRITTEN: Written = Written::As(Grammar {
        ways: if T::IS_MAX {
            &["max_pool WINDOW", "pool WINDOW"]
        } else {
            &["average_pool WINDOW"]
        },
        shapes: if D == 1 {
            "CxL becomes CxM, as in conv, with the stride of WINDOW unless said otherwise."
        } else {
            "CxHxW becomes CxH'xW', as in conv, with the stride of WINDOW unless said otherwise."
        },
        pytorch: match (T::IS_MAX, D) {
            (true, 1) => "MaxPool1d",
            (true, _) => "MaxPool2d",
            (false, 1) => "AvgPool1d",
            (false, _) => "AvgPool2d",
        },
        example: match (T::IS_MAX, D) {
            (true, 1) => "1x32, conv 8 5, pool 2",
            (true, _) => "1x28x28, conv 8 3x3, pool 2",
            (false, 1) => "1x32, conv 8 5, average_pool 2",
            (false, _) => "1x28x28, conv 8 3x3, average_pool 2",
        },
    });

    fn from_words(words: &[u32]) -> Option<Self> {
        Some(PoolSpec::new(WindowSpec::from_words(words)?))
    }

    fn range(self) -> Option<[f32; 2]> {
        Some(ANY)
    }

    fn gradient_share(self) -> GradientShare {
        GradientShare::Mixed
    }

    fn work(self) -> Work {
        Work::Pool { window: self.window.on_planes(), is_searched_again: T::IS_MAX }
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

impl LayerKind for super::GlobalAveragePool {
    const WRITTEN: Written = Written::As(Grammar {
        ways: &["global_average_pool"],
        shapes: "CxL and CxHxW become C.",
        pytorch: "AdaptiveAvgPool2d",
        example: "1x28x28, conv 8 3x3, global_average_pool",
    });

    fn from_words(words: &[u32]) -> Option<Self> {
        words.is_empty().then_some(super::GlobalAveragePool)
    }

    fn range(self) -> Option<[f32; 2]> {
        Some(ANY)
    }

    fn gradient_share(self) -> GradientShare {
        GradientShare::Mixed
    }

    fn work(self) -> Work {
        Work::Channels
    }
}
