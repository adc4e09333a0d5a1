//! What networks take that are types: memory, beside what their plan says, and instructions.
//!
//! Logs a line for each network of [`trimpot_parity::typed`], with semicolons between: its name;
//! for inference and for a step, bytes of the planned arena, how many of them the pass wrote to,
//! bytes of stack, and instructions.

use core::hint::black_box;

use defmt::{error, info};
use trimpot::layer::{Layer, SgdInPlace, Values};
use trimpot::network::Planned;
use trimpot::random::{Noise, Random};
use trimpot::shape::Shape;
use trimpot_parity::typed::{TypedVisitor, typed};

use crate::counter::Counter;
use crate::stack;

/// What the arena holds before a pass: a NaN that no pass computes.
const PAINT: u32 = 0x7fd5_a5a5;

/// Measures all networks in this memory.
pub fn run(counter: &mut Counter, memory: &mut [f32]) {
    typed(&mut Measure { counter, memory });
}

struct Measure<'m> {
    counter: &'m mut Counter,
    memory: &'m mut [f32],
}

impl TypedVisitor for Measure<'_> {
    fn visit<In: Shape, L: Layer<In>, const EVERY: usize>(&mut self, name: &str, layers: L) {
        if measure::<In, L, EVERY>(self.counter, name, layers, self.memory).is_none() {
            error!("{=str} does not fit", name);
        }
    }
}

/// Layers with their parameters, an input, and an arena of exactly the planned length.
struct Run<'m, In: Shape, L> {
    layers: &'m L,
    parameters: &'m mut [f32],
    input: &'m Values<In, f32>,
    arena: &'m mut [f32],
}

/// Measures one. `None` if there is not memory enough.
#[inline(never)]
fn measure<In: Shape, L: Layer<In>, const EVERY: usize>(
    counter: &mut Counter,
    name: &str,
    layers: L,
    memory: &mut [f32],
) -> Option<()> {
    let (parameters, memory) = memory.split_at_mut_checked(L::PARAMETERS)?;
    let (input, memory) = memory.split_at_mut_checked(In::LEN)?;
    let mut random = Random::new(1);
    parameters.fill_with(|| 0.1 * random.uniform());
    input.fill_with(|| random.below(4) as f32);
    let values = [Planned::<In, L>::INFERENCE_VALUES, Planned::<In, L, EVERY>::STEP_VALUES];
    let (layers, input) = (&layers, In::shaped(input)?);
    let arena = memory.get_mut(..values[0])?;
    let mut run = Run { layers, parameters: &mut *parameters, input, arena };
    let inference = pass(counter, &mut run, predict);
    let arena = memory.get_mut(..values[1])?;
    let step = pass(counter, &mut Run { layers, parameters, input, arena }, step::<In, L, EVERY>);
    info!(
        "{=str};{=usize};{=usize};{=usize};{=u32};{=usize};{=usize};{=usize};{=u32}",
        name,
        4 * values[0],
        inference.written,
        inference.stack,
        inference.instructions,
        4 * values[1],
        step.written,
        step.stack,
        step.instructions
    );
    Some(())
}

/// What a pass took: bytes of the arena that it wrote to, and of stack, and instructions.
struct Taken {
    written: usize,
    stack: usize,
    instructions: u32,
}

fn pass<In: Shape, L: Layer<In>>(
    counter: &mut Counter,
    run: &mut Run<'_, In, L>,
    call: fn(&mut Run<'_, In, L>, usize) -> f32,
) -> Taken {
    run.arena.fill(f32::from_bits(PAINT));
    let stack = stack::depth(run, call);
    let written = run.arena.iter().filter(|value| value.to_bits() != PAINT).count();
    Taken { written: 4 * written, stack, instructions: counter.cost_of(1, run, call) }
}

#[inline(never)]
fn predict<In: Shape, L: Layer<In>>(run: &mut Run<'_, In, L>, _call: usize) -> f32 {
    let planned = Planned::<In, L>::new(run.layers);
    let output = planned.predict::<f32>(run.parameters, run.input, run.arena);
    let first = output.ok().and_then(|output| L::Output::flat::<f32>(output).first().copied());
    black_box(first.unwrap_or(f32::NAN))
}

#[inline(never)]
fn step<In: Shape, L: Layer<In>, const EVERY: usize>(
    run: &mut Run<'_, In, L>,
    _call: usize,
) -> f32 {
    let planned = Planned::<In, L, EVERY>::new(run.layers);
    let sink = SgdInPlace::new(run.parameters, 1e-3);
    let rest = |output: &Values<L::Output, f32>, gradient: &mut Values<L::Output, f32>| {
        let numbers = L::Output::flat::<f32>(output).iter();
        for (dy, &y) in L::Output::flat_mut::<f32>(gradient).iter_mut().zip(numbers) {
            *dy = y - 0.5;
        }
        0.0
    };
    let noise = Noise::<f32>::new(1);
    planned.backpropagate(sink, noise, run.input, run.arena, rest).unwrap_or(f32::NAN)
}
