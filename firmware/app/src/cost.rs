//! What networks cost on this board that are data: instructions, memory, stack.
//!
//! Logs a line for each network of [`trimpot_parity::networks`], with semicolons between:
//! - its name;
//! - instructions of an inference, of a step where all units of ReLUs are on, and of one where half
//!   of them are: a dense layer leaves out the rows of those that are off;
//! - bytes of the arena, for inference and for a step; of the planned steps; of the stack, for
//!   inference and for a step.

use core::cell::Cell;
use core::hint::black_box;

use defmt::{error, info};
use trimpot::interpreter::Interpreter;
use trimpot::layer::initialization::Initialization;
use trimpot::layer::{Partial, SgdInPlace};
use trimpot::loss::{CrossEntropy, MeanSquaredError, SliceLoss};
use trimpot::plan::{Plan, PlannedStep, Trained};
use trimpot::random::{Noise, Random};
use trimpot::spec::{LayerSpec, NetworkSpec};
use trimpot_parity::networks::{self, LAYERS, NamedNetwork, NetworkLoss};

use crate::counter::Counter;
use crate::stack;

const SEED: u32 = 0xc057;
/// What is counted takes about so many instructions: a tick has 40 of them.
const COUNTED: u32 = 100_000;
/// A step of which no weight changes takes what any step does, and every step the same.
const LEARNING_RATE: f32 = 0.0;
/// The most samples: each begins with the next number of the same ones.
const SAMPLES: usize = 16;

/// Measures all networks in this memory.
pub fn run(counter: &mut Counter, memory: &mut [f32]) {
    networks::networks(&mut |named| {
        if measure(counter, memory, named).is_none() {
            error!("{=str} does not fit", named.name);
        }
    });
}

/// Measures one. `None` if there is not memory enough.
fn measure(counter: &mut Counter, memory: &mut [f32], named: NamedNetwork) -> Option<()> {
    let NamedNetwork { name, network, loss, every, trained, .. } = named;
    let mut steps = [PlannedStep::EMPTY; LAYERS];
    let steps = steps.get_mut(..network.steps())?;
    let step_bytes = size_of_val(steps);
    let plan = Plan::for_training(black_box(network), steps, trained, every).ok()?;
    let [inference_values, step_values] = [plan.inference_values(), plan.step_values()];

    let (parameters, memory) = memory.split_at_mut_checked(plan.parameters())?;
    let (constants, memory) = memory.split_at_mut_checked(plan.constants())?;
    let samples = plan.input().count().max(plan.output().count()) + SAMPLES;
    let (samples, arena) = memory.split_at_mut_checked(samples)?;
    let mut random = Random::new(SEED);
    constants.fill_with(|| 0.1 * random.uniform() + 0.01);
    samples.fill_with(|| match network.layers {
        [LayerSpec::Embedding(table), ..] => random.below(table.rows as usize) as f32,
        _ => random.uniform(),
    });

    let interpreter = Interpreter::new(plan, constants).ok()?;
    let mut run = Run { interpreter, loss, trained, parameters, samples, arena };
    initialize(network, &Signs::new(false), run.parameters);
    let inference_stack = stack::depth(&mut run, predict);
    let step_stack = stack::depth(&mut run, step);
    let inference = count(counter, &mut run, predict);
    let all_on = count(counter, &mut run, step);
    initialize(network, &Signs::new(true), run.parameters);
    let half_on = count(counter, &mut run, step);
    let [inference_arena, step_arena] = [inference_values, step_values].map(|n| 4 * n);
    info!(
        "{=str};{=u32};{=u32};{=u32};{=usize};{=usize};{=usize};{=usize};{=usize}",
        name,
        inference,
        all_on,
        half_on,
        inference_arena,
        step_arena,
        step_bytes,
        inference_stack,
        step_stack
    );
    Some(())
}

/// Weights such that an output is about as large as the inputs, which are positive: all outputs are
/// positive, or every second one.
struct Signs {
    alternate: bool,
    is_negative: Cell<bool>,
    /// How many weights the output has that is being drawn.
    drawn: Cell<usize>,
}

impl Signs {
    fn new(alternate: bool) -> Self {
        Signs { alternate, is_negative: Cell::new(false), drawn: Cell::new(0) }
    }
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

fn initialize(network: NetworkSpec, signs: &Signs, parameters: &mut [f32]) {
    network.initialize(signs, parameters, &mut Random::new(SEED));
    if let [LayerSpec::Embedding(table), ..] = network.layers {
        // Inputs of what follows.
        for number in parameters.iter_mut().take((table.rows * table.size) as usize) {
            *number = number.abs();
        }
    }
}

/// A network with its memory.
struct Run<'m> {
    interpreter: Interpreter<'m>,
    loss: NetworkLoss,
    trained: Trained,
    parameters: &'m mut [f32],
    samples: &'m mut [f32],
    arena: &'m mut [f32],
}

#[inline(never)]
fn predict(run: &mut Run, call: usize) -> f32 {
    let start = call % SAMPLES;
    let len = run.interpreter.plan().input().count();
    let input = run.samples.get(start..start + len).unwrap_or_default();
    let output = run.interpreter.predict(run.parameters, input, run.arena);
    output.ok().and_then(|output| output.first().copied()).unwrap_or(f32::NAN)
}

#[inline(never)]
fn step(run: &mut Run, call: usize) -> f32 {
    let start = call % SAMPLES;
    let plan = run.interpreter.plan();
    let [inputs, outputs] = [plan.input().count(), plan.output().count()];
    let input = run.samples.get(start..start + inputs).unwrap_or_default();
    let target = run.samples.get(start..start + outputs).unwrap_or_default();
    let sink = SgdInPlace::new(run.parameters, LEARNING_RATE);
    let interpreter = run.interpreter;
    let loss = run.loss;
    let rest = |output: &[f32], gradient: &mut [f32]| match loss {
        NetworkLoss::CrossEntropy => {
            let label = call.checked_rem(outputs).unwrap_or(0);
            CrossEntropy::new().slice_gradient(output, label as u32, gradient)
        }
        NetworkLoss::MeanSquaredError => MeanSquaredError.slice_gradient(output, target, gradient),
    };
    let noise = Noise::<f32>::new(call as u32);
    let loss = match run.trained {
        Trained::All => interpreter.backpropagate(sink, noise, input, run.arena, rest),
        trained => {
            let sink = Partial::new(sink, plan.subset(trained));
            interpreter.backpropagate(sink, noise, input, run.arena, rest)
        }
    };
    loss.unwrap_or(f32::NAN)
}

/// Returns the mean of the instructions of some calls.
fn count(counter: &mut Counter, run: &mut Run, work: fn(&mut Run, usize) -> f32) -> u32 {
    let once = counter.cost_of(1, run, work);
    let calls = COUNTED.checked_div(once).unwrap_or(1).clamp(1, SAMPLES as u32 * 4);
    if calls == 1 { once } else { counter.cost_of(calls as usize, run, work) }
}
