//! What networks cost on this board that are data: instructions, memory, stack.
//!
//! Logs a line for each network of [`trimpot_parity::networks`], with semicolons between:
//! - its name;
//! - instructions of an inference; of a step in place, as a tuner makes it, where all units of ReLUs
//!   are on, and of one where half of them are: a dense layer leaves out the rows of those that are
//!   off; of a batch of two samples and its step of Adam, 0 where these do not fit;
//! - bytes of the arena, for inference and for a step; of the planned steps; of the stack, for
//!   inference and for a step.
//!
//! What optimizers cost has [lines of its own](updates).

mod updates;

use defmt::{error, info};
use trimpot::plan::PlannedStep;
use trimpot_parity::networks::measured::{SAMPLES, batch, predict, step, with_memory};
use trimpot_parity::networks::{self, NamedNetwork};

use crate::counter::Counter;
use crate::stack;

/// What is counted takes about so many instructions: a tick has 40 of them.
const COUNTED: u32 = 100_000;

/// Measures all networks in this memory, and all optimizers.
pub fn run(counter: &mut Counter, memory: &mut [f32]) {
    networks::networks(&mut |named| {
        if measure(counter, memory, named).is_none() {
            error!("{=str} does not fit", named.name);
        }
    });
    updates::run(counter, memory);
}

/// Measures one. `None` if there is not memory enough.
fn measure(counter: &mut Counter, memory: &mut [f32], named: NamedNetwork) -> Option<()> {
    with_memory(named, memory, |run| {
        let plan = run.plan();
        let [inference_arena, step_arena] =
            [plan.inference_values(), plan.step_values()].map(|n| size_of::<f32>() * n);
        let step_bytes = named.network.steps() * size_of::<PlannedStep>();
        run.initialize(false);
        let inference_stack = stack::depth(run, predict);
        let step_stack = stack::depth(run, step);
        let inference = count(counter, run, predict);
        let all_on = count(counter, run, step);
        run.initialize(true);
        let half_on = count(counter, run, step);
        let batch = if run.has_batches() { count(counter, run, batch) } else { 0 };
        info!(
            "{=str};{=u32};{=u32};{=u32};{=u32};{=usize};{=usize};{=usize};{=usize};{=usize}",
            named.name,
            inference,
            all_on,
            half_on,
            batch,
            inference_arena,
            step_arena,
            step_bytes,
            inference_stack,
            step_stack
        );
    })
}

/// Returns the mean of the instructions of some calls.
fn count<S>(counter: &mut Counter, run: &mut S, work: fn(&mut S, usize) -> f32) -> u32 {
    let once = counter.cost_of(1, run, work);
    let calls = COUNTED.checked_div(once).unwrap_or(1).clamp(1, SAMPLES as u32 * 4);
    if calls == 1 { once } else { counter.cost_of(calls as usize, run, work) }
}
