//! What memory a network needs, and what goes where in it: planned before anything is computed.
//!
//! All values that a pass has at a time lie in one **arena**, a run of values that the caller owns.
//! A [`Plan`] says how long it is and where in it each layer has its input and its output. It is
//! made of the layers' specs alone, at compile time or at run time, and needs no memory but a list
//! of [`PlannedStep`]s.
//!
//! **Inference.** The outputs of layers lie at the two ends of the arena in turns, so that it is as
//! long as the longest input and output of one layer together. Activations and normalisations work
//! in place. The input of a residual connection stays where it is until its layers are done, which
//! share what is left of the arena, and its output takes that place. If it has a shortcut, that is
//! computed first, and its output stays instead.
//!
//! **A training step.** Forward, the arena is a stack of the values that the backward pass needs: a
//! layer's input or output, whatever its derivative is taken from, or nothing. An activation works
//! in place where nobody needs its input. Backward, the stack shrinks, and the gradients lie at the
//! other end: that of a layer's output, and below it that of its input. Layers in front of the
//! first one that is trained (frozen ones, and those around them that have no parameters) keep
//! nothing: they are planned as for inference, unless a residual connection goes round them. With
//! [checkpoints](Plan::with_checkpoints) only some values are kept, and the others computed again.
//!
//! **Masks.** Instead of its input a max pool may store which number of each window is the largest;
//! of the output of a ReLU, leaky or not, the signs are enough. Such integers share values: 30 bits
//! of each. Of values of which nobody stores more nothing else stays: forward they lie at the other
//! end of the arena until the next layer has read them. Where masks do not make the arena shorter,
//! there are none.
//!
//! **Some parameters alone.** A step may be planned [for biases and normalisations, or for the last
//! layers](Plan::for_training): then nothing is stored for the gradients of the others. A frozen
//! normalisation that gives the outputs [their units](crate::output_scale) stores nothing: the
//! gradient goes through it, and nobody wants that of its scales and shifts.
//!
//! ```
//! use trimpot::layer::{Conv2d, Dense, Flatten, MaxPool2d, Relu};
//! use trimpot::plan::{Plan, PlannedStep};
//! use trimpot::shape::Image;
//! use trimpot::spec::{Dims, LayerSpec, NetworkSpec};
//!
//! type Digits = trimpot::network!(
//!     Conv2d<1, Image<8, 6, 6>, 3>, Relu, MaxPool2d<Image<8, 3, 3>, 2>,
//!     Flatten<72>, Dense<72, 10>;
//!     from Image<1, 8, 8>
//! );
//! let mut layers = Vec::new();
//! Digits::seeded(1).for_each_spec(&mut |spec| layers.push(spec));
//! let spec = NetworkSpec { input: Dims::image(1, 8, 8), layers: &layers };
//!
//! let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
//! let plan = Plan::new(spec, &mut steps)?;
//! // The convolution's output and the pool's, and a window of the pool.
//! assert_eq!(plan.inference_values(), 288 + 72 + 4);
//! // As much while the pool goes backward; 288 signs, and 72 integers of two bits.
//! assert_eq!(plan.step_values(), 288 + 72 + 4 + 10 + 5);
//! # Ok::<(), trimpot::spec::SpecError>(())
//! ```

mod batch_norm;
mod fill;
mod inference;
mod nesting;
mod segments;
mod step;
mod subset;
#[cfg(test)]
mod tests;
mod training;

use self::nesting::Nesting;
use self::training::Kept;
pub use batch_norm::PlannedBatchNorm;
pub use step::PlannedStep;
pub(crate) use step::{Buffers, Derivative, Gradients, Location, Operation};
pub use subset::{Subset, Trained};

use crate::spec::cursor::DEPTH;
use crate::spec::{Dims, LayerSpec, NetworkSpec, SpecError};

/// What goes where in memory, for the passes of a network.
///
/// Numbers of values are of one sample, or of one sample in each lane: a value is an `f32` or a
/// vector of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan<'a> {
    steps: &'a [PlannedStep],
    input: Dims,
    output: Dims,
    /// How many steps the front has.
    front: usize,
    /// Numbers of the network that are trained, and that are not.
    numbers: [usize; 2],
    inference: usize,
    training: usize,
}

/// Which gradients a training step computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Those of the parameters.
    Parameters,
    /// That of the network's input as well.
    Input,
}

impl Reach {
    /// Returns whether that of the input is one of them.
    const fn includes_input(self) -> bool {
        matches!(self, Reach::Input)
    }
}

impl<'a> Plan<'a> {
    /// Plans the passes of a network. `steps` is where the plan is written: it has
    /// [`NetworkSpec::steps`] elements.
    ///
    /// # Errors
    /// If the layers make no network, one of them cannot be computed from its spec
    /// ([`LayerSpec::Custom`]), or `steps` has another length.
    pub const fn new(
        network: NetworkSpec<'_>,
        steps: &'a mut [PlannedStep],
    ) -> Result<Self, SpecError> {
        Plan::with_checkpoints(network, steps, 0)
    }

    /// [`new`](Self::new) with less memory for a training step, if that can be had for more work:
    /// of each segment of `every` layers that are not inside of others only the output is kept, and
    /// the segment is computed again on the way back. The last segment is not; with 0 there is no
    /// other. Where that is not less memory, nothing is computed again. No bit of a result changes.
    /// (PyTorch's `torch.utils.checkpoint`; Chen et al. 2016.)
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub const fn with_checkpoints(
        network: NetworkSpec<'_>,
        steps: &'a mut [PlannedStep],
        every: usize,
    ) -> Result<Self, SpecError> {
        Plan::for_training(network, steps, Trained::All, every)
    }

    /// [`with_checkpoints`](Self::with_checkpoints) for a training step that trains some of the
    /// parameters alone: nothing is kept that the others' gradients would be made of, and the sink
    /// does not get these. Where biases and normalisations are trained, linear layers do not keep
    /// their input, and of a ReLU the signs are enough (Cai et al. 2020, TinyTL). In front of the
    /// last layers that are trained nothing is kept.
    ///
    /// ```
    /// use trimpot::layer::{DenseSpec, Relu};
    /// use trimpot::plan::{Plan, PlannedStep, Trained};
    /// use trimpot::spec::{Dims, LayerSpec, NetworkSpec};
    ///
    /// let dense = |inputs, outputs| LayerSpec::Dense(DenseSpec { inputs, outputs });
    /// let relu = LayerSpec::Relu(Relu);
    /// let layers = [dense(64, 90), relu, dense(90, 60), relu, dense(60, 10)];
    /// let spec = NetworkSpec { input: Dims::vector(64), layers: &layers };
    /// let mut steps = [PlannedStep::EMPTY; 5];
    /// let all = Plan::new(spec, &mut steps)?.step_values();
    /// let biases = Plan::for_training(spec, &mut steps, Trained::BiasesAndNormalization, 0)?;
    /// // An output that is stored, and two gradients.
    /// assert_eq!(all, 90 + 60 + 90);
    /// // All outputs, or two gradients, and 150 signs.
    /// assert!(biases.step_values() <= 90 + 60 + 10 + 5);
    /// # Ok::<(), trimpot::spec::SpecError>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub const fn for_training(
        network: NetworkSpec<'_>,
        steps: &'a mut [PlannedStep],
        trained: Trained,
        every: usize,
    ) -> Result<Self, SpecError> {
        let mut rest = network.layers;
        while let [layer, others @ ..] = rest {
            if let LayerSpec::Custom(custom) = layer {
                return Err(SpecError::Custom { name: custom.name });
            }
            rest = others;
        }
        Plan::with_reach(network, steps, Reach::Parameters, trained, every)
    }

    /// [`for_training`](Self::for_training) with other gradients, and for layers that are types.
    pub(crate) const fn with_reach(
        network: NetworkSpec<'_>,
        steps: &'a mut [PlannedStep],
        reach: Reach,
        trained: Trained,
        every: usize,
    ) -> Result<Self, SpecError> {
        let output = match network.output() {
            Ok(output) => output,
            Err(error) => return Err(error),
        };
        if network.layers.is_empty() {
            return Err(SpecError::Empty { layer: "a network without layers" });
        }
        if steps.len() != network.steps() {
            return Err(SpecError::Steps { needed: network.steps() });
        }
        if let Err(error) = fill::fill(network, steps) {
            return Err(error);
        }
        subset::mark_trained(steps, trained, network.parameters());
        step::mark_output_scale(network, steps);
        let inference = inference::place(steps);
        let bounds = training::bounds(steps, reach);
        training::mark(steps, bounds, reach);
        let front = training::mark_front(steps, bounds);
        let mut best = Kept { every: 0, masks: false, inputs: false };
        let mut training = training::place(steps, bounds, best);
        let mut others: &[Kept] = &[
            Kept { every: 0, masks: true, inputs: false },
            Kept { every, masks: false, inputs: false },
            Kept { every, masks: true, inputs: false },
            Kept { every: 0, masks: true, inputs: true },
            Kept { every, masks: true, inputs: true },
        ];
        while let [kept, rest @ ..] = others {
            let values = training::place(steps, bounds, *kept);
            if values < training {
                (best, training) = (*kept, values);
            }
            others = rest;
        }
        training::place(steps, bounds, best);
        let numbers = [network.parameters(), network.constants()];
        let input = network.input;
        Ok(Plan { steps, input, output, front, numbers, inference, training })
    }

    /// Returns the shape of the input.
    pub const fn input(&self) -> Dims {
        self.input
    }

    /// Returns the shape of the output.
    pub const fn output(&self) -> Dims {
        self.output
    }

    /// Returns how many values a **latent** has: the output of the network's front, which training
    /// does not change, so that it can be kept in place of the input. As many as the input where
    /// there is no front.
    ///
    /// The front are the frozen layers that the network begins with, and those around them that
    /// have no parameters and are no dropout. So a latent depends on the input and the architecture
    /// alone. (Pellegrini et al. 2020, latent replay.)
    ///
    /// ```
    /// use trimpot::layer::{DenseSpec, FrozenSpec, Relu};
    /// use trimpot::plan::{Plan, PlannedStep};
    /// use trimpot::spec::{Dims, LayerSpec, NetworkSpec};
    ///
    /// let layers = [
    ///     LayerSpec::Frozen(FrozenSpec { layers: 1 }),
    ///     LayerSpec::Dense(DenseSpec { inputs: 64, outputs: 6 }),
    ///     LayerSpec::Relu(Relu),
    ///     LayerSpec::Dense(DenseSpec { inputs: 6, outputs: 3 }),
    /// ];
    /// let spec = NetworkSpec { input: Dims::vector(64), layers: &layers };
    /// let mut steps = [PlannedStep::EMPTY; 3];
    /// assert_eq!(Plan::new(spec, &mut steps)?.latents(), 6);
    /// # Ok::<(), trimpot::spec::SpecError>(())
    /// ```
    pub const fn latents(&self) -> usize {
        match self.steps.split_at_checked(self.front) {
            Some(([.., last], _)) => last.output.count(),
            _ => self.input.count(),
        }
    }

    /// Returns how many numbers of the network are trained.
    pub const fn parameters(&self) -> usize {
        let [parameters, _] = self.numbers;
        parameters
    }

    /// Returns which of the parameters are trained.
    pub const fn subset(&self, trained: Trained) -> Subset<'a> {
        Subset::new(trained, self.steps, self.parameters())
    }

    /// Returns how many numbers the layers have that are not trained.
    pub const fn constants(&self) -> usize {
        let [_, constants] = self.numbers;
        constants
    }

    /// Returns how long an arena for inference is, in values.
    pub const fn inference_values(&self) -> usize {
        self.inference
    }

    /// Returns how long an arena for a training step is, in values. The gradient of the parameters
    /// is not in it: [`SgdInPlace`](crate::layer::SgdInPlace) needs no memory for it.
    pub const fn step_values(&self) -> usize {
        self.training
    }

    /// Returns whether a training step computes something twice: of each layer, both ends of each
    /// residual connection, and the end of its shortcut, in order.
    pub fn computed_again(&self) -> impl Iterator<Item = bool> {
        let last = self.steps.last().map_or(0, |step| step.checkpoint.segment);
        self.steps.iter().map(move |step| (1..last).contains(&step.checkpoint.segment))
    }

    /// Returns whether a training step stores a mask instead of an input or output: of each layer,
    /// both ends of each residual connection, and the end of its shortcut, in order.
    pub fn masks(&self) -> impl Iterator<Item = bool> {
        self.steps.iter().map(|step| step.mask.is_some())
    }

    /// Returns how many steps the front has: 0, if there is none.
    pub(crate) const fn front(&self) -> usize {
        self.front
    }

    /// Returns the steps, in order.
    pub(crate) const fn steps(&self) -> &'a [PlannedStep] {
        self.steps
    }
}
