//! Dropout: zeroes random elements during training, so that the network relies on none alone.

use super::elementwise::same_shape;
use super::initialization::Initialization;
use super::kernel::{Backward, Forward, LayerKernel, MemoryNeeds, OutputMemory, Stored};
use super::kind::{GradientShare, Grammar, LayerKind, Work, Written};
use super::{GradientSink, Layer, passes};
use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::layer::sealed::Sealed;
use crate::random::{Noise, Random};
use crate::shape::Shape;
use crate::spec::{Dims, LayerList, LayerSpec};

/// Inverted dropout (Srivastava et al. 2014; PyTorch's `nn.Dropout`).
///
/// In training each element is zeroed with probability `p`, and the others are multiplied by
/// `1 / (1 − p)`; in deployment the layer does nothing. The mask depends on the sample's seed
/// only, see [`Noise`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    p: f32,
}

impl Dropout {
    /// The probability by default, as in PyTorch.
    pub(crate) const DEFAULT: f32 = 0.5;

    /// Zeroes elements with probability `p`, in [0, 1).
    ///
    /// # Errors
    /// If `p` is out of range.
    pub const fn new(p: f32) -> Result<Self, ParameterError> {
        match ParameterError::unless(0.0 <= p && p < 1.0, "p", p, "[0, 1)") {
            Ok(()) => Ok(Dropout { p }),
            Err(error) => Err(error),
        }
    }

    /// Returns the probability with which an element is zeroed.
    pub const fn p(&self) -> f32 {
        self.p
    }

    /// Returns what element `index` is multiplied with in training: 0 or 1 / (1 − p).
    #[inline(always)]
    pub fn factor<V: Lanes>(&self, noise: Noise<V>, index: usize) -> V {
        let stays = noise.uniform(index).ge(V::splat(self.p));
        stays.select(V::splat(1.0 / (1.0 - self.p)), V::ZERO)
    }
}

impl Default for Dropout {
    /// p = 0.5, as in PyTorch.
    fn default() -> Self {
        Dropout { p: Self::DEFAULT }
    }
}

impl Sealed for Dropout {}

impl<In: Shape> Layer<In> for Dropout {
    type Output = In;
    const PARAMETERS: usize = 0;
    const LAYERS: LayerList = LayerList::new(LayerSpec::Dropout(Dropout { p: Dropout::DEFAULT }));

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::Dropout(*self));
    }

    fn initialize<H: Initialization>(&self, _: &H, _: &mut [f32], _: &mut Random) {}

    passes!(layer => *layer);
}

same_shape!(Dropout { "p": p = Dropout::DEFAULT });

impl Dropout {
    pub(crate) const fn memory(self, _input: Dims) -> MemoryNeeds {
        MemoryNeeds::new(OutputMemory::InPlace, Stored::Nothing)
    }
}

impl LayerKernel for Dropout {
    #[inline(always)]
    fn forward<V: Lanes>(self, pass: Forward<'_, V>) {
        let Some(noise) = pass.noise else { return };
        for (index, value) in pass.output.iter_mut().enumerate() {
            *value *= self.factor(noise, index);
        }
    }

    #[inline(always)]
    fn backward<V: Lanes, S: GradientSink<V>>(self, pass: Backward<'_, V, S>) {
        for (index, dy) in pass.gradient.iter_mut().enumerate() {
            *dy *= self.factor(pass.noise, index);
        }
    }
}

impl LayerKind for Dropout {
    const WRITTEN: Written = Written::As(Grammar {
        ways: &["dropout P"],
        shapes: "Stays.",
        pytorch: "Dropout",
        example: "64, dense 32, dropout 0.1",
    });

    fn from_words(words: &[u32]) -> Option<Self> {
        let [p] = *words else { return None };
        Dropout::new(f32::from_bits(p)).ok()
    }

    fn range(self) -> Option<[f32; 2]> {
        None
    }

    fn gradient_share(self) -> GradientShare {
        GradientShare::AllBut(self.p)
    }

    fn work(self) -> Work {
        Work::Noise
    }
}
