//! A network as plain data: what its layers are, from which all else about them follows.
//!
//! A [`LayerSpec`] says what a layer is, with its sizes and settings; a network is a list of them,
//! in the order of the layers. A layer that has others inside of it, such as a
//! [`Residual`](LayerSpec::Residual), says how many of the specs that follow are inside. So the
//! list is flat, and needs no memory but its own. Layers in the shortcut of a residual connection
//! are inside of a [`Shortcut`](LayerSpec::Shortcut), the first layer inside of the other.
//!
//! ```
//! use trimpot::layer::{Dense, Relu};
//! use trimpot::network;
//! use trimpot::spec::{Dims, LayerSpec, NetworkSpec};
//!
//! let network = <network!(Dense<64, 32>, Relu, Dense<32, 10>; from 64)>::seeded(1);
//! let mut layers = Vec::new();
//! network.for_each_spec(&mut |spec| layers.push(spec));
//!
//! let spec = NetworkSpec { input: Dims::vector(64), layers: &layers };
//! assert_eq!(spec.to_string(), "Dense(64, 32), Relu, Dense(32, 10)");
//! assert_eq!(spec.output()?, Dims::vector(10));
//! assert_eq!(spec.parameters(), 64 * 32 + 32 + 32 * 10 + 10);
//! # Ok::<(), trimpot::spec::SpecError>(())
//! ```
//!
//! **Parameters** of a network are what training changes. **Constants** are the other numbers of
//! its layers, which it does not change: the statistics of a
//! [`BatchNorm`](crate::layer::BatchNorm), and all numbers of [`Frozen`](crate::layer::Frozen)
//! layers, first the weights of all, then their constants.

mod arguments;
pub(crate) mod cursor;
mod dims;
mod error;
mod fingerprint;
mod list;
mod network;
mod tensors;
#[cfg(test)]
mod tests;
mod words;

pub use arguments::{Argument, Arguments, Value};
pub use dims::Dims;
pub use error::SpecError;
pub use fingerprint::Fingerprint;
pub use list::LayerList;
pub use network::{NetworkSpec, PlacedTensor, Role};
pub use tensors::{TensorSpec, Tensors};

use core::fmt;

use crate::ParameterError;
use crate::for_each_layer;
use crate::lanes::Lanes;
use crate::layer::GradientSink;
use crate::layer::initialization::Initialization;
use crate::layer::kernel::{Backward, Forward, LayerKernel, MemoryNeeds, Stored};
use crate::layer::kind::{GradientShare, LayerKind, Work};
use crate::random::Random;

macro_rules! layer_specs {
    ($($(#[$doc:meta])* $name:ident: $spec:ty;)*) => {
        /// What a layer is: its kind, its sizes and its settings.
        ///
        /// Plain data, made at compile time or at run time. Each kind is described where the layer
        /// is.
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum LayerSpec {$(
            $(#[$doc])*
            $name($spec)
        ),*}

        impl LayerSpec {
            /// Returns the name of the kind: that of the layer's type, and in most cases PyTorch's.
            pub const fn name(self) -> &'static str {
                match self {$( LayerSpec::$name(_) => stringify!($name) ),*}
            }

            /// Returns the shape of the output for an input. For a layer with others inside it is
            /// the input's: [`NetworkSpec::output`] applies the layers inside.
            ///
            /// # Errors
            /// If the layer does not take inputs of this shape.
            pub const fn output(self, input: Dims) -> Result<Dims, SpecError> {
                match self {$( LayerSpec::$name(spec) => spec.output(input) ),*}
            }

            /// Returns the layer's own tensors, without those of layers inside.
            pub const fn tensors(self) -> Tensors {
                match self {$( LayerSpec::$name(spec) => spec.tensors() ),*}
            }

            /// Returns what memory the layer needs for an input.
            pub(crate) const fn memory(self, input: Dims) -> MemoryNeeds {
                match self {$( LayerSpec::$name(spec) => spec.memory(input) ),*}
            }

            /// Returns what memory the layer needs for an input, if its weights are not trained:
            /// the gradient of an input follows from the weights, and that of a bias from the
            /// output's. A convolution has a buffer for the gradient of its input.
            pub(crate) const fn memory_for_biases(self, input: Dims) -> MemoryNeeds {
                let needs = self.memory(input);
                let [forward, _] = needs.buffers;
                let backward = match self {
                    LayerSpec::Conv1d(spec) => spec.buffer_for_input_gradient(input),
                    LayerSpec::Conv2d(spec) => spec.buffer_for_input_gradient(input),
                    _ => 0,
                };
                MemoryNeeds::new(needs.output, Stored::Nothing).with_buffers(forward, backward)
            }

            /// Returns the arguments of the layer's constructor: sizes first, then settings with
            /// their defaults.
            pub const fn arguments(self) -> Arguments {
                match self {$( LayerSpec::$name(spec) => spec.arguments() ),*}
            }

            /// Returns an activation with these settings, in the order of its arguments: see
            /// [`LayerKind::with_settings`].
            ///
            /// # Errors
            /// If a setting is out of its range.
            pub fn with_settings(self, settings: &[f32]) -> Result<Self, ParameterError> {
                Ok(match self {$(
                    LayerSpec::$name(spec) => LayerSpec::$name(spec.with_settings(settings)?)
                ),*})
            }

            /// Returns which numbers can come out in deployment: see [`LayerKind::range`].
            pub fn range(self) -> Option<[f32; 2]> {
                match self {$( LayerSpec::$name(spec) => spec.range() ),*}
            }

            /// Returns which numbers of the input get a gradient: see
            /// [`LayerKind::gradient_share`].
            pub fn gradient_share(self) -> GradientShare {
                match self {$( LayerSpec::$name(spec) => spec.gradient_share() ),*}
            }

            /// Returns what its instructions follow from: see [`LayerKind::work`].
            pub fn work(self) -> Work {
                match self {$( LayerSpec::$name(spec) => spec.work() ),*}
            }
        }

        impl LayerKernel for LayerSpec {
            fn initialize<H: Initialization>(
                self,
                how: &H,
                parameters: &mut [f32],
                random: &mut Random,
            ) {
                match self {$(
                    LayerSpec::$name(spec) => spec.initialize(how, parameters, random)
                ),*}
            }

            // Into the interpreter's loop, which is vectorized.
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn forward<V: Lanes>(self, pass: Forward<'_, V>) {
                match self {$( LayerSpec::$name(spec) => spec.forward_among_others(pass) ),*}
            }

            // Out of the interpreter's loop, whose memory lasts from the first layer to the last.
            #[inline(never)]
            fn backward<V: Lanes, S: GradientSink<V>>(self, pass: Backward<'_, V, S>) {
                V::vectorize(
                    pass,
                    #[inline(always)]
                    |pass| match self {$( LayerSpec::$name(spec) => spec.backward(pass) ),*},
                )
            }
        }
    };
}

for_each_layer!(layer_specs);

/// The kind, the sizes, and those settings that are not the default: `Conv2d(1, 4, 3, stride=2)`.
/// Layers inside are shown by [`NetworkSpec`] only.
impl fmt::Display for LayerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        let arguments = self.arguments();
        let mut shown = arguments.shown();
        if let Some(first) = shown.next() {
            write!(f, "({first}")?;
            for argument in shown {
                write!(f, ", {argument}")?;
            }
            f.write_str(")")?;
        }
        Ok(())
    }
}
