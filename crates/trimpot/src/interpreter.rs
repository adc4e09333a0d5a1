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

#[cfg(test)]
mod tests;
mod training_pass;

use crate::lanes::Lanes;
use crate::layer::{Accumulate, GradientSink};
use crate::pass::{LengthError, Memory, Pass, Scope, Tensors};
use crate::plan::{Derivative, Operation, Plan, PlannedStep};
use crate::random::Noise;
use crate::spec::LayerSpec;

pub use self::training_pass::{TrainingPass, TrainingPassError};

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
        LengthError::unless_equal("the constants", plan.constants(), constants.len())?;
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
        LengthError::unless_equal("the input", self.plan.input().count(), input.len())?;
        self.infer(Scope::All, parameters, input, arena)
    }

    /// Computes the latent of an input, as in deployment: the output of the network's front, which
    /// is the input itself if there is none. See [`Plan::latents`]. The arena has
    /// [`Plan::inference_values`] or more, and holds anything.
    ///
    /// # Errors
    /// If one of the runs has the wrong length.
    pub fn latent<'m, V: Lanes>(
        &self,
        input: &'m [V],
        arena: &'m mut [V],
    ) -> Result<&'m [V], LengthError> {
        LengthError::unless_equal("the input", self.plan.input().count(), input.len())?;
        let arena = LengthError::first("the arena", self.plan.inference_values(), arena)?;
        // No step of the front has parameters to be trained.
        Ok(self.outputs(Scope::Front(self.plan.front()), &[], input, arena))
    }

    /// [`predict`](Self::predict) from a [latent](Self::latent) on, with the same bits: what the
    /// front would compute is there.
    ///
    /// # Errors
    /// If one of the runs has the wrong length.
    pub fn predict_from_latent<'m, V: Lanes>(
        &self,
        parameters: &[f32],
        latent: &'m [V],
        arena: &'m mut [V],
    ) -> Result<&'m [V], LengthError> {
        LengthError::unless_equal("the latent", self.plan.latents(), latent.len())?;
        self.infer(Scope::Head(self.plan.front()), parameters, latent, arena)
    }

    /// Runs these steps forward, as in deployment.
    fn infer<'m, V: Lanes>(
        &self,
        scope: Scope,
        parameters: &[f32],
        input: &'m [V],
        arena: &'m mut [V],
    ) -> Result<&'m [V], LengthError> {
        LengthError::unless_equal("the parameters", self.plan.parameters(), parameters.len())?;
        let arena = LengthError::first("the arena", self.plan.inference_values(), arena)?;
        Ok(self.outputs(scope, parameters, input, arena))
    }

    fn outputs<'m, V: Lanes>(
        &self,
        scope: Scope,
        parameters: &[f32],
        input: &'m [V],
        arena: &'m mut [V],
    ) -> &'m [V] {
        V::vectorize(
            arena,
            #[inline(always)]
            move |arena| {
                let mut pass = Pass::new(self.plan.steps(), scope, input, &mut *arena, None);
                self.forward(self.plan.steps(), parameters, &mut pass);
                let (place, len) = pass.output();
                Memory { input, arena }.into_values(place, len)
            },
        )
    }

    /// Runs forward, lets `rest` take the output, and runs backward.
    ///
    /// `rest` gets the output and writes d loss / d output, which it finds zeroed. Then each layer
    /// adds d loss / d parameters to the `sink`, the last one first. Layers in front of frozen ones
    /// add nothing, unless a residual connection goes round these, or they are a normalisation of
    /// the network's outputs alone. The arena has
    /// [`Plan::step_values`] or more, and holds anything. Returns what `rest` returned.
    ///
    /// # Errors
    /// If one of the runs has the wrong length: then nothing has changed.
    pub fn backpropagate<V: Lanes, S: GradientSink<V>, R>(
        &self,
        sink: S,
        noise: Noise<V>,
        input: &[V],
        arena: &mut [V],
        rest: impl FnOnce(&[V], &mut [V]) -> R,
    ) -> Result<R, LengthError> {
        LengthError::unless_equal("the input", self.plan.input().count(), input.len())?;
        self.train(Scope::All, sink, noise, input, arena, rest)
    }

    /// [`backpropagate`](Self::backpropagate) from a [latent](Self::latent) on, with the same bits:
    /// what the front would compute is there.
    ///
    /// # Errors
    /// If one of the runs has the wrong length: then nothing has changed.
    pub fn backpropagate_from_latent<V: Lanes, S: GradientSink<V>, R>(
        &self,
        sink: S,
        noise: Noise<V>,
        latent: &[V],
        arena: &mut [V],
        rest: impl FnOnce(&[V], &mut [V]) -> R,
    ) -> Result<R, LengthError> {
        LengthError::unless_equal("the latent", self.plan.latents(), latent.len())?;
        self.train(Scope::Head(self.plan.front()), sink, noise, latent, arena, rest)
    }

    /// Runs these steps forward and backward.
    fn train<V: Lanes, S: GradientSink<V>, R>(
        &self,
        scope: Scope,
        sink: S,
        noise: Noise<V>,
        input: &[V],
        arena: &mut [V],
        rest: impl FnOnce(&[V], &mut [V]) -> R,
    ) -> Result<R, LengthError> {
        V::vectorize(
            arena,
            #[inline(always)]
            |arena| {
                let plan = &self.plan;
                LengthError::unless_equal(
                    "the parameters",
                    plan.parameters(),
                    sink.parameters().len(),
                )?;
                let arena = LengthError::first("the arena", plan.step_values(), arena)?;
                LengthError::unless_equal("the gradient", plan.parameters(), sink.gradient_len())?;
                let mut pass = Pass::new(plan.steps(), scope, input, arena, Some(noise));
                self.forward(plan.steps(), sink.parameters(), &mut pass);
                let result = pass.with_output(rest);
                self.backward(plan.steps(), sink, &mut pass);
                Ok(result)
            },
        )
    }

    /// Runs these steps backward as far as there is something to be trained. The sink's parameters
    /// end with theirs.
    #[inline(always)]
    fn backward<V: Lanes, S: GradientSink<V>>(
        &self,
        steps: &[PlannedStep],
        mut sink: S,
        pass: &mut Pass<'_, V>,
    ) {
        for step in steps.iter().rev() {
            if step.checkpoint.end.is_some() {
                // The values are computed again that were not kept.
                pass.enter(step.checkpoint.segment);
                self.forward(self.plan.steps(), sink.parameters(), pass);
            }
            match step.operation {
                _ if step.derivative == Derivative::Unwanted => break,
                Operation::Layer(spec) if !step.frozen => {
                    let (before, own) = sink.split(step.parameters);
                    sink = before;
                    pass.backward(step, spec, own, self.constants(step));
                }
                Operation::Layer(LayerSpec::BatchNorm(spec)) if step.scales_outputs => {
                    let [count, _] = step.counts;
                    let parameters = part(self.constants, step.parameters, count);
                    let sink = Accumulate::<V>::new(parameters, &mut []);
                    pass.backward(step, spec, sink, self.constants(step));
                }
                _ => pass.backward_around(step),
            }
        }
    }

    /// Runs these steps forward. Out of line: all layers are in it, once.
    #[inline(never)]
    fn forward<V: Lanes>(&self, steps: &[PlannedStep], parameters: &[f32], pass: &mut Pass<'_, V>) {
        V::vectorize(
            pass,
            #[inline(always)]
            |pass| {
                for step in steps {
                    match step.operation {
                        Operation::Branch | Operation::Turn => {}
                        Operation::Join => pass.join(step),
                        Operation::Layer(spec) => {
                            let of = if step.frozen { self.constants } else { parameters };
                            let [count, _] = step.counts;
                            let parameters = part(of, step.parameters, count);
                            let constants = self.constants(step);
                            pass.forward(step, spec, Tensors { parameters, constants });
                        }
                    }
                }
            },
        )
    }

    /// Returns a layer's own constants.
    fn constants(&self, step: &PlannedStep) -> &'a [f32] {
        let [_, count] = step.counts;
        part(self.constants, step.constants, count)
    }
}

/// Returns `count` numbers from `at` on.
fn part(numbers: &[f32], at: usize, count: usize) -> &[f32] {
    numbers.get(at..at.saturating_add(count)).unwrap_or_default()
}
