//! What layers compute, over slices: for networks whose sizes are known at run time only.
//!
//! Where the compiler makes faster code of arrays, a layer that is a type has its own. The bits are
//! the same, which a test holds for every layer.

use super::GradientSink;
use super::initialization::Initialization;
use crate::lanes::Lanes;
use crate::random::{Noise, Random};
use crate::spec::Dims;

/// The forward pass of a layer. The lengths are those that follow from its spec.
pub(crate) struct Forward<'a, V: Lanes> {
    /// The shapes of input and output.
    pub dims: [Dims; 2],
    /// The layer's own.
    pub parameters: &'a [f32],
    /// The layer's own.
    pub constants: &'a [f32],
    /// In training: that of the layer.
    pub noise: Option<Noise<V>>,
    /// The input; empty for a layer that works in place.
    pub input: &'a [V],
    /// Where the output goes. A layer that works in place finds its input there.
    pub output: &'a mut [V],
    /// Where the mask goes, as long as [`MemoryNeeds`] says; empty if none is stored.
    pub mask: &'a mut [V],
    /// As long as [`MemoryNeeds`] says. Holds anything.
    pub buffer: &'a mut [V],
}

/// The backward pass of a layer. The lengths are those that follow from its spec.
pub(crate) struct Backward<'a, V: Lanes, S> {
    /// The shapes of input and output.
    pub dims: [Dims; 2],
    /// The layer's own parameters, and what becomes of their gradient.
    pub sink: S,
    /// Whether all parameters of the layer are trained. Else biases alone are, and of frozen layers
    /// none: nothing is stored, and the buffer is that of [`LayerSpec::memory_for_biases`].
    ///
    /// [`LayerSpec::memory_for_biases`]: crate::spec::LayerSpec::memory_for_biases
    pub trains_weights: bool,
    /// The layer's own.
    pub constants: &'a [f32],
    /// That of the layer.
    pub noise: Noise<V>,
    /// What [`MemoryNeeds`] says: the input, the output, or nothing; empty if the mask was stored
    /// instead.
    pub stored: &'a [V],
    /// The mask, if it was stored.
    pub mask: &'a [V],
    /// d loss / d output. A layer that works in place makes d loss / d input of it.
    pub gradient: &'a mut [V],
    /// Where d loss / d input goes, of a layer that does not work in place, where somebody wants
    /// it. Holds zeros.
    pub input_gradient: Option<&'a mut [V]>,
    /// As long as [`MemoryNeeds`] says. Holds anything.
    pub buffer: &'a mut [V],
}

/// A layer, forward and backward, in any width.
pub(crate) trait LayerKernel: Sized {
    /// Writes random initial parameters.
    fn initialize<H: Initialization>(
        self,
        _how: &H,
        _parameters: &mut [f32],
        _random: &mut Random,
    ) {
    }
    /// Writes the output.
    fn forward<V: Lanes>(self, pass: Forward<'_, V>);
    /// Writes the output, when called from the interpreter's loop over any layers. A layer with a
    /// large stack frame overrides it with a call that is not inlined, so that the loop's own frame
    /// does not contain it.
    #[inline(always)]
    fn forward_among_others<V: Lanes>(self, pass: Forward<'_, V>) {
        self.forward(pass);
    }
    /// Hands the gradient of the parameters to the sink, and writes that of the input.
    fn backward<V: Lanes, S: GradientSink<V>>(self, pass: Backward<'_, V, S>);
}

/// Where a layer's output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutputMemory {
    /// It is the input, in another shape.
    SameAsInput,
    /// In the place of the input, where that is not needed any more.
    InPlace,
    /// In memory of its own.
    Separate,
}

/// What of a layer's values the backward pass needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// Nothing.
    Nothing,
    /// The input.
    Input,
    /// The output.
    Output,
}

/// What memory a layer needs, in values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MemoryNeeds {
    /// Where the output goes.
    pub output: OutputMemory,
    /// What stays for the backward pass.
    pub stored: Stored,
    /// How many values the mask has that may stay instead; 0 if the layer has none.
    pub mask: usize,
    /// What is stored in passing, in the forward and in the backward pass.
    pub buffers: [usize; 2],
}

impl Stored {
    /// Returns whether it is the input.
    pub const fn is_input(self) -> bool {
        matches!(self, Stored::Input)
    }

    /// Returns whether it is the output.
    pub const fn is_output(self) -> bool {
        matches!(self, Stored::Output)
    }
}

impl MemoryNeeds {
    /// Creates the needs of a layer with this output and these stored values.
    pub const fn new(output: OutputMemory, stored: Stored) -> Self {
        MemoryNeeds { output, stored, mask: 0, buffers: [0; 2] }
    }

    /// Sets how many values the mask has.
    pub const fn with_mask(self, mask: usize) -> Self {
        MemoryNeeds { mask, ..self }
    }

    /// Sets how many values are stored in passing.
    pub const fn with_buffers(self, forward: usize, backward: usize) -> Self {
        MemoryNeeds { buffers: [forward, backward], ..self }
    }
}

/// [`LayerKernel`] for a layer that only gives the same numbers another shape.
macro_rules! same_numbers {
    ($layer:ty) => {
        impl $crate::layer::kernel::LayerKernel for $layer {
            #[inline(always)]
            fn forward<V: $crate::lanes::Lanes>(
                self,
                _pass: $crate::layer::kernel::Forward<'_, V>,
            ) {
            }
            #[inline(always)]
            fn backward<V: $crate::lanes::Lanes, S: $crate::layer::GradientSink<V>>(
                self,
                _pass: $crate::layer::kernel::Backward<'_, V, S>,
            ) {
            }
        }

        impl $layer {
            pub(crate) const fn memory(
                self,
                _input: $crate::spec::Dims,
            ) -> $crate::layer::kernel::MemoryNeeds {
                use $crate::layer::kernel::{MemoryNeeds, OutputMemory, Stored};
                MemoryNeeds::new(OutputMemory::SameAsInput, Stored::Nothing)
            }
        }
    };
}
pub(super) use same_numbers;
