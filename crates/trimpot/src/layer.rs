//! Layers, and how they chain into a network.
//!
//! A layer is a value without weights: its parameters are a run of `f32` that the caller owns, so a
//! network's parameters are one contiguous run, and optimizers, penalties, files and flash are
//! plain loops over it.
//!
//! Where the values between the layers lie is [planned](crate::plan) before anything is computed,
//! at compile time for layers that are types. A [`Chain`] runs its layers forward and backward in
//! that memory. What becomes of the gradient of the parameters is up to a [`GradientSink`]:
//! [`Accumulate`] adds it up over a batch, [`SgdInPlace`] applies it in place, and needs no memory
//! for it at all.

// What runs a layer is inlined, so that a plan in a constant costs nothing. Not in builds with
// debug assertions, as cargo's profile for development has them: nothing is optimised there, and
// each layer has a stack frame of its own, which is gone when the next one runs.

mod activation;
mod convolution;
mod dense;
mod dropout;
mod elementwise;
mod embedding;
mod frozen;
pub mod initialization;
pub(crate) mod kernel;
pub mod kind;
mod mask;
mod nested;
mod normalization;
mod pooling;
mod reshape;
mod residual;
pub(crate) mod runs;
pub(crate) mod sink;
mod windows;

pub use activation::{
    Activation, Elementwise, Elu, Gelu, GeluTanh, HardSigmoid, HardSwish, HardTanh, LeakyRelu,
    Relu, Sigmoid, Silu, Softplus, Softsign, Tanh,
};
pub use convolution::{
    Conv1d, Conv1dWith, Conv2d, Conv2dWith, ConvSpec, DepthwiseConv1d, DepthwiseConv2d,
};
pub use dense::{Dense, DenseSpec};
pub use dropout::Dropout;
pub use elementwise::CustomSpec;
pub use embedding::{Embedding, EmbeddingSpec};
pub use frozen::Frozen;
pub use nested::{FrozenSpec, ResidualSpec, ShortcutSpec};
pub use normalization::{BatchNorm, BatchNormSpec, LayerNorm, LayerNormSpec, Statistics};
pub use pooling::{
    AveragePool1d, AveragePool1dWith, AveragePool2d, AveragePool2dWith, AveragePoolSpec,
    GlobalAveragePool, MaxPool1d, MaxPool1dWith, MaxPool2d, MaxPool2dWith, MaxPoolSpec, PoolSpec,
};
pub use reshape::{Flatten, FlattenSpec, Reshape, ReshapeSpec};
pub use residual::{Residual, ResidualWith};
pub use sink::{
    Accumulate, AccumulateSubset, ClippedSgdInPlace, GradientSink, Partial, SgdInPlace,
    add_input_gradient, add_input_gradient_slices,
};
pub use windows::{MovingWindow, WindowSpec};

use self::initialization::Initialization;
use crate::ParameterError;
use crate::lanes::Lanes;
use crate::pass::Pass;
use crate::plan::PlannedStep;
use crate::random::Random;
use crate::shape::Shape;
use crate::spec::{LayerList, LayerSpec};

/// The values of shape `S`, one `V` for each element.
pub type Values<S, V> = <S as Shape>::Values<V>;

mod sealed {
    /// Of the layers of this crate.
    pub trait Sealed {}
}

/// One step of a network: a differentiable function of an input and of parameters.
///
/// Sealed: what a pass does at each step of a plan is this crate's alone. A function of your own
/// becomes a layer as [`Elementwise`] of its [`Activation`].
///
/// A layer that is a type is used through [`Network`](crate::network::Network) or
/// [`Planned`](crate::network::Planned), which have the memory that it needs.
#[diagnostic::on_unimplemented(
    message = "the layer `{Self}` does not take an input of shape `{In}`",
    label = "gets an input of shape `{In}`",
    note = "in a chain, the input of a layer is the output of the layer before"
)]
pub trait Layer<In: Shape>: sealed::Sealed {
    /// The shape of the output.
    type Output: Shape;
    /// How many parameters the layer has.
    const PARAMETERS: usize;
    /// What the layer is, and then what the layers inside of it are: with any settings.
    const LAYERS: LayerList;

    /// Hands over what the layer is, and then what the layers inside of it are.
    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec));

    /// Hands over the numbers of the layer that training does not change, if it has any.
    fn for_each_constant(&self, _visit: &mut dyn FnMut(&[f32])) {}

    /// Takes other statistics, as many as there are, from the front of a run: those of a
    /// [`BatchNorm`], in the order of [`for_each_constant`](Self::for_each_constant). Those of
    /// frozen layers stay.
    ///
    /// # Errors
    /// If a number is none that statistics have. Layers before that one have changed.
    fn set_statistics(&mut self, _statistics: &mut &[f32]) -> Result<(), ParameterError> {
        Ok(())
    }

    /// Writes random initial parameters. `parameters` holds [`PARAMETERS`](Self::PARAMETERS).
    fn initialize<H: Initialization>(&self, how: &H, parameters: &mut [f32], random: &mut Random);

    /// Runs forward. `steps` are the layer's own of the plan, `parameters` its own parameters.
    fn run_forward<V: Lanes>(
        &self,
        steps: &[PlannedStep],
        parameters: &[f32],
        pass: &mut Pass<'_, V>,
    );

    /// Runs backward: adds d loss / d parameters to the `sink`, the layer's own.
    fn run_backward<V: Lanes, S: GradientSink<V>>(
        &self,
        steps: &[PlannedStep],
        sink: S,
        pass: &mut Pass<'_, V>,
    );
}

/// The passes of a [`Layer`] that is one step: those of its kernel.
macro_rules! passes {
    ($layer:pat => $kernel:expr) => {
        $crate::layer::passes!($layer => $kernel, &[]);
    };
    ($layer:pat => $kernel:expr, $constants:expr) => {
        #[cfg_attr(not(debug_assertions), inline(always))]
        fn run_forward<V: $crate::lanes::Lanes>(
            &self,
            steps: &[$crate::plan::PlannedStep],
            parameters: &[f32],
            pass: &mut $crate::pass::Pass<'_, V>,
        ) {
            let ([step], $layer) = (steps, self) else { return };
            let constants: &[f32] = $constants;
            pass.forward(step, $kernel, $crate::pass::Tensors { parameters, constants });
        }

        #[cfg_attr(not(debug_assertions), inline(always))]
        fn run_backward<V: $crate::lanes::Lanes, Sink: $crate::layer::GradientSink<V>>(
            &self,
            steps: &[$crate::plan::PlannedStep],
            sink: Sink,
            pass: &mut $crate::pass::Pass<'_, V>,
        ) {
            let ([step], $layer) = (steps, self) else { return };
            pass.backward(step, $kernel, sink, $constants);
        }
    };
}
use passes;

/// One layer after another. Written with [`Chain!`](crate::Chain!) and [`chain!`](crate::chain!).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Chain<A, B>(pub A, pub B);

impl<A, B> sealed::Sealed for Chain<A, B> {}

impl<In, A, B> Layer<In> for Chain<A, B>
where
    In: Shape,
    A: Layer<In>,
    B: Layer<A::Output>,
{
    type Output = B::Output;
    const PARAMETERS: usize = A::PARAMETERS + B::PARAMETERS;
    const LAYERS: LayerList = A::LAYERS.and(&B::LAYERS);

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        self.0.for_each_spec(visit);
        self.1.for_each_spec(visit);
    }

    fn for_each_constant(&self, visit: &mut dyn FnMut(&[f32])) {
        self.0.for_each_constant(visit);
        self.1.for_each_constant(visit);
    }

    fn set_statistics(&mut self, statistics: &mut &[f32]) -> Result<(), ParameterError> {
        self.0.set_statistics(statistics)?;
        self.1.set_statistics(statistics)
    }

    fn initialize<H: Initialization>(&self, how: &H, parameters: &mut [f32], random: &mut Random) {
        let (first, second) = split_mut(parameters, A::PARAMETERS);
        self.0.initialize(how, first, random);
        self.1.initialize(how, second, random);
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn run_forward<V: Lanes>(
        &self,
        steps: &[PlannedStep],
        parameters: &[f32],
        pass: &mut Pass<'_, V>,
    ) {
        let (first, second) = split(steps, const { A::LAYERS.steps() });
        let (own, others) = split(parameters, A::PARAMETERS);
        self.0.run_forward(first, own, pass);
        self.1.run_forward(second, others, pass);
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn run_backward<V: Lanes, S: GradientSink<V>>(
        &self,
        steps: &[PlannedStep],
        sink: S,
        pass: &mut Pass<'_, V>,
    ) {
        let (first, second) = split(steps, const { A::LAYERS.steps() });
        let (own, others) = sink.split(pass.parameters(first, A::PARAMETERS));
        self.1.run_backward(second, others, pass);
        self.0.run_backward(first, own, pass);
    }
}

/// The type of layers one after another.
///
/// ```
/// use trimpot::Chain;
/// use trimpot::layer::{Dense, Layer, Relu};
/// use trimpot::shape::Vector;
///
/// type Classifier = Chain![Dense<64, 32>, Relu, Dense<32, 10>];
/// assert_eq!(<Classifier as Layer<Vector<64>>>::PARAMETERS, 64 * 32 + 32 + 32 * 10 + 10);
/// ```
///
/// A shape that does not fit does not compile:
/// ```compile_fail,E0277
/// use trimpot::Chain;
/// use trimpot::layer::{Dense, Layer, Relu};
/// use trimpot::shape::Vector;
///
/// type Wrong = Chain![Dense<64, 32>, Relu, Dense<16, 10>];
/// let _ = <Wrong as Layer<Vector<64>>>::PARAMETERS;
/// ```
#[macro_export]
macro_rules! Chain {
    ($only:ty $(,)?) => { $only };
    ($first:ty, $($rest:ty),+ $(,)?) => { $crate::layer::Chain<$first, $crate::Chain![$($rest),+]> };
}

/// Layers one after another, as a value: for those that have settings.
///
/// ```
/// use trimpot::layer::{Dense, Dropout, Relu};
/// use trimpot::{Chain, chain};
///
/// let layers: Chain![Dense<64, 32>, Relu, Dropout, Dense<32, 10>] =
///     chain![Dense, Relu, Dropout::new(0.2)?, Dense];
/// # let _ = layers;
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[macro_export]
macro_rules! chain {
    ($only:expr $(,)?) => { $only };
    ($first:expr, $($rest:expr),+ $(,)?) => { $crate::layer::Chain($first, $crate::chain![$($rest),+]) };
}

/// `run.split_at(at)` without a panic: a run that is too short gives an empty second half.
#[inline(always)]
pub(crate) fn split<T>(run: &[T], at: usize) -> (&[T], &[T]) {
    run.split_at_checked(at).unwrap_or((run, &[]))
}

/// [`split`] for a run that is to be changed.
#[inline(always)]
pub(crate) fn split_mut<T>(run: &mut [T], at: usize) -> (&mut [T], &mut [T]) {
    let at = at.min(run.len());
    // `at` is in range, so the other arm is never taken; it is there so that none can panic.
    run.split_at_mut_checked(at).unwrap_or((&mut [], &mut []))
}
