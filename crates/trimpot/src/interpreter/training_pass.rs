//! Training passes that halt between layers.

use core::fmt;
use core::ops::Range;

use super::Interpreter;
use crate::lanes::Lanes;
use crate::layer::GradientSink;
use crate::pass::{LengthError, Pass, Scope};
use crate::plan::PlannedStep;
use crate::random::Noise;

/// A training pass that halts between layers: for values that depend on more samples than the lanes
/// hold, such as the statistics of a batch.
///
/// All values are in the arena. So a pass is gone on with by another one of the same input, noise
/// and arena, maybe with other constants. Steps are those of the plan:
/// [`NetworkSpec::steps`](crate::spec::NetworkSpec::steps) of them. Forward they are run in order,
/// then [the output is taken](Self::with_output), and they are run backward from the last one on:
/// as [`Interpreter::backpropagate`] does, with the same bits, however they are cut. A plan with
/// [checkpoints](crate::plan::Plan::with_checkpoints) has no values to halt at: that is an error.
#[derive(Debug)]
pub struct TrainingPass<'a, 'm, V: Lanes> {
    interpreter: Interpreter<'a>,
    pass: Pass<'m, V>,
}

/// Why there is no such part of a training pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrainingPassError {
    /// A run of numbers has the wrong length.
    Length(LengthError),
    /// The plan computes values again on the way back, instead of keeping them.
    Checkpoints,
    /// The range of steps does not lie within those of the plan.
    Steps {
        /// Where the range begins.
        start: usize,
        /// Where it ends.
        end: usize,
        /// How many steps there are.
        steps: usize,
    },
}

impl From<LengthError> for TrainingPassError {
    fn from(error: LengthError) -> Self {
        TrainingPassError::Length(error)
    }
}

impl fmt::Display for TrainingPassError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TrainingPassError::Length(error) => error.fmt(f),
            TrainingPassError::Checkpoints => {
                f.write_str("a pass with checkpoints keeps no values to halt at")
            }
            TrainingPassError::Steps { start, end, steps } => {
                write!(f, "steps {start}..{end} of a plan with {steps}")
            }
        }
    }
}

impl core::error::Error for TrainingPassError {}

impl<'a> Interpreter<'a> {
    /// Begins a training pass, or goes on with one. The arena has
    /// [`Plan::step_values`](crate::plan::Plan::step_values) or more.
    ///
    /// # Errors
    /// If input or arena have the wrong length, or the plan computes values again.
    pub fn training_pass<'m, V: Lanes>(
        &self,
        noise: Noise<V>,
        input: &'m [V],
        arena: &'m mut [V],
    ) -> Result<TrainingPass<'a, 'm, V>, TrainingPassError>
    where
        'a: 'm,
    {
        if self.plan.steps().iter().any(|step| step.checkpoint.end.is_some()) {
            return Err(TrainingPassError::Checkpoints);
        }
        LengthError::unless_equal("the input", self.plan.input().count(), input.len())?;
        let arena = LengthError::first("the arena", self.plan.step_values(), arena)?;
        let pass = Pass::new(self.plan.steps(), Scope::All, input, arena, Some(noise));
        Ok(TrainingPass { interpreter: *self, pass })
    }
}

impl<'a, V: Lanes> TrainingPass<'a, '_, V> {
    /// Runs some steps forward.
    ///
    /// # Errors
    /// If there are more or fewer parameters than the network has, or no such steps.
    pub fn forward(
        &mut self,
        parameters: &[f32],
        steps: Range<usize>,
    ) -> Result<(), TrainingPassError> {
        let plan = &self.interpreter.plan;
        LengthError::unless_equal("the parameters", plan.parameters(), parameters.len())?;
        let steps = self.steps(steps)?;
        self.interpreter.forward(steps, parameters, &mut self.pass);
        Ok(())
    }

    /// Lets `rest` take the output and write its gradient, which it finds zeroed, after the last
    /// step. Returns what `rest` returned.
    pub fn with_output<R>(&mut self, rest: impl FnOnce(&[V], &mut [V]) -> R) -> R {
        V::vectorize(
            rest,
            #[inline(always)]
            |rest| self.pass.with_output(rest),
        )
    }

    /// Runs some steps backward, the last one of them first. The sink is that of all parameters.
    ///
    /// # Errors
    /// If the sink has more or fewer parameters than the network, or there are no such steps.
    pub fn backward<S: GradientSink<V>>(
        &mut self,
        sink: S,
        steps: Range<usize>,
    ) -> Result<(), TrainingPassError> {
        V::vectorize(
            sink,
            #[inline(always)]
            |sink| {
                let plan = self.interpreter.plan;
                LengthError::unless_equal(
                    "the parameters",
                    plan.parameters(),
                    sink.parameters().len(),
                )?;
                LengthError::unless_equal("the gradient", plan.parameters(), sink.gradient_len())?;
                let end = steps.end;
                let steps = self.steps(steps)?;
                // Those of later steps are cut off.
                let mut behind = plan.steps().get(end..).unwrap_or_default().iter();
                let end = behind
                    .find(|step| !step.frozen)
                    .map_or(plan.parameters(), |step| step.parameters);
                let (sink, _) = sink.split(end);
                self.interpreter.backward(steps, sink, &mut self.pass);
                Ok(())
            },
        )
    }

    fn steps(&self, range: Range<usize>) -> Result<&'a [PlannedStep], TrainingPassError> {
        let all = self.interpreter.plan.steps();
        let Range { start, end } = range;
        all.get(range).ok_or(TrainingPassError::Steps { start, end, steps: all.len() })
    }

    /// Returns the input of a step, before it is run forward; nothing if there is no such step.
    pub fn input_of(&self, step: usize) -> &[V] {
        let Some(step) = self.interpreter.plan.steps().get(step) else { return &[] };
        self.pass.input_of(step)
    }

    /// Returns the input of a step that keeps it, and its gradient, after the step was run
    /// backward; nothing if they are not there.
    pub fn input_and_gradient(&mut self, step: usize) -> (&[V], &mut [V]) {
        let Some(step) = self.interpreter.plan.steps().get(step) else { return Default::default() };
        self.pass.input_and_gradient(step)
    }
}
