//! Networks with the memory of their passes, which boards measure: inference, a step in place as a
//! tuner makes it, a batch of two samples and its step of Adam, that step alone.

use core::cell::Cell;
use core::hint::black_box;

use trimpot::interpreter::Interpreter;
use trimpot::layer::initialization::Initialization;
use trimpot::layer::{AccumulateSubset, ClippedSgdInPlace, GradientSink, Partial};
use trimpot::loss::{CrossEntropy, MeanSquaredError, SliceLoss};
use trimpot::optimizer::{Adam, AnyOptimizer};
use trimpot::plan::{Plan, PlannedStep, Trained};
use trimpot::random::{Noise, Random};
use trimpot::spec::{LayerSpec, NetworkSpec};
use trimpot_tuner::{Descent, Interpreted, Model, Optimized, Training, TrainingCounts};

use super::{LAYERS, NamedNetwork, NetworkLoss};

const SEED: u32 = 0xc057;
/// A step of which no weight changes takes what any step does, and every step the same.
pub const LEARNING_RATE: f32 = 0.0;
/// How a tuner descends in place, and how it clips the gradient of a batch. None is as long.
pub const DESCENT: Descent = Descent { learning_rate: LEARNING_RATE, clip_norm: 1e6 };
/// The most samples: each begins with the next number of the same ones.
pub const SAMPLES: usize = 16;
/// How many samples are added up.
const BATCH: usize = 2;

/// A network with its memory.
#[derive(Debug)]
pub struct Run<'m> {
    network: NetworkSpec<'m>,
    interpreter: Interpreter<'m>,
    loss: NetworkLoss,
    trained: Trained,
    optimized: Optimized<Interpreted<'m>, AnyOptimizer>,
    parameters: &'m mut [f32],
    values: &'m mut [f32],
    samples: &'m mut [f32],
    arena: &'m mut [f32],
}

/// Hands a network over with its memory, which is cut out of this one; without that of
/// Adam where it is too small for it. `None` if it does not fit.
pub fn with_memory<R>(
    named: NamedNetwork<'_>,
    memory: &mut [f32],
    work: impl FnOnce(&mut Run<'_>) -> R,
) -> Option<R> {
    let NamedNetwork { network, loss, every, trained, .. } = named;
    let mut steps = [PlannedStep::EMPTY; LAYERS];
    let steps = steps.get_mut(..network.steps())?;
    let plan = Plan::for_training(black_box(network), steps, trained, every).ok()?;

    let (parameters, memory) = memory.split_at_mut_checked(plan.parameters())?;
    let (constants, memory) = memory.split_at_mut_checked(plan.constants())?;
    let samples = plan.input().count().max(plan.output().count()) + SAMPLES;
    let (samples, memory) = memory.split_at_mut_checked(samples)?;
    let mut random = Random::new(SEED);
    constants.fill_with(|| 0.1 * random.uniform() + 0.01);
    samples.fill_with(|| match network.layers {
        [LayerSpec::Embedding(table), ..] => random.below(table.rows as usize) as f32,
        _ => random.uniform(),
    });

    let mut steps = [PlannedStep::EMPTY; LAYERS];
    let steps = steps.get_mut(..network.steps())?;
    let model = Interpreted::for_training(network, steps, constants, trained).ok()?;
    let adam = Adam::new(LEARNING_RATE).ok()?.into();
    let optimized = Optimized::new(model, adam).with_trained(trained);
    let arena = plan.inference_values().max(plan.step_values());
    let (arena, memory) = memory.split_at_mut_checked(arena)?;
    let values = memory.get_mut(..optimized.training_values()).unwrap_or_default();
    values.fill(0.0);
    let interpreter = Interpreter::new(plan, constants).ok()?;
    Some(work(&mut Run {
        network,
        interpreter,
        loss,
        trained,
        optimized,
        parameters,
        values,
        samples,
        arena,
    }))
}

impl<'m> Run<'m> {
    /// Returns the plan of its passes.
    pub const fn plan(&self) -> &Plan<'m> {
        self.interpreter.plan()
    }

    /// Returns whether there is memory for Adam, too.
    pub fn has_batches(&self) -> bool {
        self.values.len() == self.optimized.training_values()
    }

    /// Writes weights with which all outputs of layers are positive, or every second one.
    pub fn initialize(&mut self, alternate: bool) {
        let signs = Signs { alternate, is_negative: Cell::new(false), drawn: Cell::new(0) };
        self.network.initialize(&signs, self.parameters, &mut Random::new(SEED));
        if let [LayerSpec::Embedding(table), ..] = self.network.layers {
            // Inputs of what follows.
            for number in self.parameters.iter_mut().take((table.rows * table.size) as usize) {
                *number = number.abs();
            }
        }
    }
}

/// Weights such that an output is about as large as the inputs, which are positive: all outputs are
/// positive, or every second one.
struct Signs {
    alternate: bool,
    is_negative: Cell<bool>,
    /// How many weights the output has that is being drawn.
    drawn: Cell<usize>,
}

impl Initialization for Signs {
    fn draw(&self, fan_in: usize, _fan_out: usize, random: &mut Random) -> f32 {
        let weight = 2.0 * random.uniform() / fan_in as f32;
        let weight = if self.is_negative.get() { -weight } else { weight };
        self.drawn.set(self.drawn.get() + 1);
        if self.drawn.get() == fan_in {
            self.drawn.set(0);
            self.is_negative.set(self.alternate && !self.is_negative.get());
        }
        weight
    }
}

/// Predicts a sample, by the number of the call.
#[inline(never)]
pub fn predict(run: &mut Run<'_>, call: usize) -> f32 {
    let start = call % SAMPLES;
    let len = run.interpreter.plan().input().count();
    let input = run.samples.get(start..start + len).unwrap_or_default();
    let output = run.interpreter.predict(run.parameters, input, run.arena);
    output.ok().and_then(|output| output.first().copied()).unwrap_or(f32::NAN)
}

/// Makes a step of gradient descent in place. Returns the loss.
#[inline(never)]
pub fn step(run: &mut Run<'_>, call: usize) -> f32 {
    let Descent { learning_rate, clip_norm } = DESCENT;
    let sink = ClippedSgdInPlace::new(run.parameters, learning_rate, clip_norm);
    let sink = Partial::new(sink, run.interpreter.plan().subset(run.trained));
    backpropagate(sink, &run.interpreter, run.loss, run.samples, run.arena, call)
}

/// Adds the gradients of a batch up, and makes a step of Adam. Returns the last loss.
#[inline(never)]
pub fn batch(run: &mut Run<'_>, call: usize) -> f32 {
    let subset = run.interpreter.plan().subset(run.trained);
    let mut loss = 0.0;
    for sample in 0..BATCH {
        let gradient = run.values.get_mut(..subset.count()).unwrap_or_default();
        let sink = AccumulateSubset::new(run.parameters, gradient, subset);
        let (arena, call) = (&mut *run.arena, call.wrapping_add(sample));
        loss = backpropagate(sink, &run.interpreter, run.loss, run.samples, arena, call);
    }
    finish(run, call);
    loss
}

/// Makes a step of Adam by gradients as of two samples, which it writes itself.
#[inline(never)]
pub fn update(run: &mut Run<'_>, call: usize) -> f32 {
    let trained = run.interpreter.plan().subset(run.trained).count();
    // A step leaves zeros.
    run.values.iter_mut().take(trained).for_each(|gradient| *gradient = 0.01);
    finish(run, call);
    0.0
}

fn finish(run: &mut Run<'_>, call: usize) {
    let counts = &mut TrainingCounts { passes: BATCH as u32, steps: call as u32 };
    let training = Training { parameters: run.parameters, values: run.values, counts };
    run.optimized.finish(training, DESCENT);
}

fn backpropagate<S: GradientSink<f32>>(
    sink: S,
    interpreter: &Interpreter<'_>,
    loss: NetworkLoss,
    samples: &[f32],
    arena: &mut [f32],
    call: usize,
) -> f32 {
    let start = call % SAMPLES;
    let plan = interpreter.plan();
    let [inputs, outputs] = [plan.input().count(), plan.output().count()];
    let input = samples.get(start..start + inputs).unwrap_or_default();
    let target = samples.get(start..start + outputs).unwrap_or_default();
    let rest = |output: &[f32], gradient: &mut [f32]| match loss {
        NetworkLoss::CrossEntropy => {
            let label = call.checked_rem(outputs).unwrap_or(0);
            CrossEntropy::new().slice_gradient(output, label as u32, gradient)
        }
        NetworkLoss::MeanSquaredError => MeanSquaredError.slice_gradient(output, target, gradient),
    };
    let noise = Noise::<f32>::new(call as u32);
    interpreter.backpropagate(sink, noise, input, arena, rest).unwrap_or(f32::NAN)
}
