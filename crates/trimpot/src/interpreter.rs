//! Networks that are known at run time only: predicts and trains from specs, parameters and an
//! arena.
//!
//! What a [`Network`](crate::network::Network) is as a type, an [`Interpreter`] is as data: layers
//! that come from a file, over a link, or from a command. It works on a PC as on a board, in any
//! width, without an allocation, and gives the same bits. The memory is that of its
//! [`Plan`].
//!
//! ```
//! use trimpot::interpreter::Interpreter;
//! use trimpot::layer::{DenseSpec, Relu, SgdInPlace};
//! use trimpot::loss::{CrossEntropy, SliceLoss};
//! use trimpot::plan::{Plan, PlannedStep};
//! use trimpot::random::Noise;
//! use trimpot::spec::{Dims, LayerSpec, NetworkSpec};
//!
//! let layers = [
//!     LayerSpec::Dense(DenseSpec { inputs: 2, outputs: 3 }),
//!     LayerSpec::Relu(Relu),
//!     LayerSpec::Dense(DenseSpec { inputs: 3, outputs: 2 }),
//! ];
//! let spec = NetworkSpec { input: Dims::vector(2), layers: &layers };
//! let mut steps = [PlannedStep::EMPTY; 3];
//! let interpreter = Interpreter::new(Plan::new(spec, &mut steps)?, &[])?;
//!
//! let mut parameters: [f32; 17] = core::array::from_fn(|i| 0.1 * i as f32 - 0.7);
//! let mut arena = [0.0; 16];
//! let loss = interpreter.backpropagate(
//!     SgdInPlace::new(&mut parameters, 0.1),
//!     Noise::<f32>::new(1),
//!     &[1.0, 0.5],
//!     &mut arena,
//!     |logits, gradient| CrossEntropy::new().slice_gradient(logits, 1, gradient),
//! )?;
//! assert!(loss > 0.0);
//! let logits = interpreter.predict(&parameters, &[1.0, 0.5], &mut arena)?;
//! assert_eq!(logits.len(), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod memory;
#[cfg(test)]
mod tests;

use core::fmt;

use self::memory::Memory;
use crate::lanes::Lanes;
use crate::layer::GradientSink;
use crate::layer::kernel::{Backward, Forward, Kernel, OutputMemory, Stored};
use crate::plan::{Operation, Place, Plan, PlannedStep};
use crate::random::Noise;
use crate::spec::walk::DEPTH;
use crate::spec::{Dims, LayerSpec};

/// A run of numbers that is not as long as it has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LengthError {
    /// What the numbers are.
    pub what: &'static str,
    /// How many there have to be; of an arena, at least.
    pub needed: usize,
    /// How many there are.
    pub found: usize,
}

impl LengthError {
    fn unless(valid: bool, what: &'static str, [needed, found]: [usize; 2]) -> Result<(), Self> {
        if valid { Ok(()) } else { Err(LengthError { what, needed, found }) }
    }
}

impl fmt::Display for LengthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LengthError { what, needed, found } = self;
        write!(f, "{found} numbers for {what}, where {needed} are needed")
    }
}

impl core::error::Error for LengthError {}

/// A network as data, which computes: see the [module](self).
#[derive(Clone, Copy, Debug)]
pub struct Interpreter<'a> {
    plan: Plan<'a>,
    constants: &'a [f32],
}

impl<'a> Interpreter<'a> {
    /// Creates the interpreter of a network with these constants: see [`spec`](crate::spec).
    ///
    /// # Errors
    /// If there are more or fewer constants than the layers have.
    pub fn new(plan: Plan<'a>, constants: &'a [f32]) -> Result<Self, LengthError> {
        let lengths = [plan.constants(), constants.len()];
        LengthError::unless(lengths[0] == lengths[1], "the constants", lengths)?;
        Ok(Interpreter { plan, constants })
    }

    /// Returns the plan of its memory.
    pub const fn plan(&self) -> &Plan<'a> {
        &self.plan
    }

    /// Computes the output for an input, as in deployment. The arena has
    /// [`Plan::inference_values`] or more, and holds anything.
    ///
    /// # Errors
    /// If one of the runs has the wrong length.
    pub fn predict<'m, V: Lanes>(
        &self,
        parameters: &[f32],
        input: &'m [V],
        arena: &'m mut [V],
    ) -> Result<&'m [V], LengthError> {
        let arena = self.check(parameters, input, arena, self.plan.inference_values())?;
        let mut memory = Memory { input, arena };
        let mut last = Place::Input;
        for step in self.plan.steps() {
            self.forward(step, Pass::Inference, parameters, &mut memory);
            last = step.inference.output;
        }
        Ok(memory.into_values(last, self.plan.output().count()))
    }

    /// Runs forward, lets `rest` take the output, and runs backward.
    ///
    /// `rest` gets the output and writes d loss / d output, which it finds zeroed. Then each layer
    /// adds d loss / d parameters to the `sink`, the last one first. Layers in front of frozen ones
    /// add nothing. The arena has [`Plan::step_values`] or more, and holds anything. Returns what
    /// `rest` returned.
    ///
    /// # Errors
    /// If one of the runs has the wrong length: then nothing has changed.
    pub fn backpropagate<V: Lanes, S: GradientSink<V>, R>(
        &self,
        mut sink: S,
        noise: Noise<V>,
        input: &[V],
        arena: &mut [V],
        rest: impl FnOnce(&[V], &mut [V]) -> R,
    ) -> Result<R, LengthError> {
        let arena = self.check(sink.parameters(), input, arena, self.plan.step_values())?;
        let mut memory = Memory { input, arena };
        let mut last = Place::Input;
        for step in self.plan.steps() {
            let pass = Pass::Training(self.noise_of(step, noise));
            self.forward(step, pass, sink.parameters(), &mut memory);
            last = step.training.output;
        }

        let count = self.plan.output().count();
        let result = memory.with_gradient(last, count, |output, gradient| {
            gradient.fill(V::ZERO);
            rest(output, gradient)
        });

        // How much of the end of the arena holds gradients of residual connections.
        let mut held = 0;
        let steps = self.plan.steps().iter().enumerate().skip(self.plan.first_trained());
        for (index, step) in steps.rev() {
            let (input, output) = (step.input.count(), step.output.count());
            match step.operation {
                // No gradient goes through, nor round what is inside.
                _ if step.frozen => memory.clear_gradient(held, input),
                Operation::Join => {
                    memory.copy_gradient(held, output);
                    held = held.saturating_add(output);
                }
                Operation::Branch => {
                    held = held.saturating_sub(input);
                    memory.add_gradient(held, input);
                }
                Operation::Layer(spec) => {
                    let (before, own) = sink.split(step.parameters);
                    sink = before;
                    let wants_input_gradient = index > self.plan.first_trained();
                    let noise = self.noise_of(step, noise);
                    self.backward(step, spec, own, noise, held, wants_input_gradient, &mut memory);
                }
            }
        }
        Ok(result)
    }

    /// Returns as much of the arena as is needed, if all runs are as long as they have to be.
    fn check<'m, V>(
        &self,
        parameters: &[f32],
        input: &[V],
        arena: &'m mut [V],
        needed: usize,
    ) -> Result<&'m mut [V], LengthError> {
        let plan = &self.plan;
        let lengths = [plan.parameters(), parameters.len()];
        LengthError::unless(lengths[0] == lengths[1], "the parameters", lengths)?;
        let lengths = [plan.input().count(), input.len()];
        LengthError::unless(lengths[0] == lengths[1], "the input", lengths)?;
        let found = arena.len();
        arena.get_mut(..needed).ok_or(LengthError { what: "the arena", needed, found })
    }

    /// Returns a layer's own constants.
    fn constants(&self, step: &PlannedStep) -> &'a [f32] {
        let [_, count] = step.counts;
        part(self.constants, step.constants, count)
    }

    /// Returns the noise of a step, given that of the network.
    fn noise_of<V: Lanes>(&self, step: &PlannedStep, noise: Noise<V>) -> Noise<V> {
        if !matches!(step.operation, Operation::Layer(LayerSpec::Dropout(_))) {
            return noise;
        }
        // The numbers of the residual connections that it is inside of, the innermost one first.
        let mut numbers = [0; DEPTH];
        let (mut depth, mut branch) = (0_usize, step.branch);
        while let Some(around) = branch.checked_sub(1).and_then(|at| self.plan.steps().get(at)) {
            if let Some(number) = numbers.get_mut(depth) {
                *number = around.number;
            }
            (depth, branch) = (depth.saturating_add(1), around.branch);
        }
        let numbers = numbers.get(..depth).unwrap_or(&numbers);
        let around =
            numbers.iter().rev().fold(noise, |noise, &number| after(noise, number).inside());
        after(around, step.number)
    }

    /// Runs one step forward.
    #[inline]
    fn forward<V: Lanes>(
        &self,
        step: &PlannedStep,
        pass: Pass<V>,
        parameters: &[f32],
        memory: &mut Memory<'_, V>,
    ) {
        let (buffers, noise) = match pass {
            Pass::Inference => (step.inference, None),
            Pass::Training(noise) => (step.training, Some(noise).filter(|_| !step.frozen)),
        };
        let (input, output) = (step.input.count(), step.output.count());
        match step.operation {
            Operation::Branch => {}
            Operation::Join => memory.join(&buffers, output),
            Operation::Layer(spec) => {
                let needs = spec.memory(step.input);
                let [needed, _] = needs.buffers;
                let [start, _] = buffers.passing;
                let [count, _] = step.counts;
                let of = if step.frozen { self.constants } else { parameters };
                let parameters = part(of, step.parameters, count);
                let constants = self.constants(step);
                let dims = [step.input, step.output];
                let run = |input: &[V], output: &mut [V], buffer: &mut [V]| {
                    let pass =
                        Forward { dims, parameters, constants, noise, input, output, buffer };
                    spec.forward(pass);
                };
                match needs.output {
                    OutputMemory::SameAsInput => {}
                    OutputMemory::InPlace => {
                        memory.copy(buffers.input, buffers.output, output);
                        let places = [(buffers.output, output), (Place::Low(start), needed)];
                        memory.with_two(places, |output, buffer| run(&[], output, buffer));
                    }
                    OutputMemory::Separate => {
                        let places = [(buffers.output, output), (Place::Low(start), needed)];
                        memory.with_input((buffers.input, input), places, run);
                    }
                }
            }
        }
    }

    /// Runs one layer backward.
    #[inline]
    #[expect(clippy::too_many_arguments, reason = "a pass of one step, which nobody else calls")]
    fn backward<V: Lanes, S: GradientSink<V>>(
        &self,
        step: &PlannedStep,
        spec: LayerSpec,
        sink: S,
        noise: Noise<V>,
        held: usize,
        wants_input_gradient: bool,
        memory: &mut Memory<'_, V>,
    ) {
        let needs = spec.memory(step.input);
        let dims: [Dims; 2] = [step.input, step.output];
        let [input, output] = dims.map(Dims::count);
        let ([_, needed], [_, start]) = (needs.buffers, step.training.passing);
        let stored = match needs.stored {
            Stored::Nothing => (Place::Low(0), 0),
            Stored::Input => (step.training.input, input),
            Stored::Output => (step.training.output, output),
        };
        let separate = matches!(needs.output, OutputMemory::Separate) && wants_input_gradient;
        let gradient = held.saturating_add(output);
        let below = gradient.saturating_add(if separate { input } else { 0 });
        let places = [
            (Place::Low(start), needed),
            (Place::High(gradient), output),
            (Place::High(below), if separate { input } else { 0 }),
        ];
        let constants = self.constants(step);
        memory.with_stored(stored, places, |stored, [buffer, gradient, input_gradient]| {
            input_gradient.fill(V::ZERO);
            let input_gradient = separate.then_some(input_gradient);
            let pass =
                Backward { dims, sink, constants, noise, stored, gradient, input_gradient, buffer };
            spec.backward(pass);
        });
        if separate {
            memory.raise_gradient(held, output, input);
        }
    }
}

/// What a forward pass is for.
#[derive(Clone, Copy)]
enum Pass<V: Lanes> {
    Inference,
    Training(Noise<V>),
}

/// Returns the noise of the layer that comes so many layers later.
fn after<V: Lanes>(noise: Noise<V>, number: u32) -> Noise<V> {
    (0..number).fold(noise, |noise, _| noise.next_layer())
}

/// Returns `count` numbers from `at` on.
fn part(numbers: &[f32], at: usize, count: usize) -> &[f32] {
    numbers.get(at..at.saturating_add(count)).unwrap_or_default()
}
