//! Where values are in a training step: on a stack, with the gradients at the other end.

use super::inference::place_front;
use super::{Buffers, Levels, Operation, Place, PlannedStep};
use crate::layer::kernel::{OutputMemory, Stored};

/// Returns the first step whose values stay for the backward pass, and the first that has
/// parameters to be trained: behind all steps if there is none.
pub(super) const fn bounds(steps: &[PlannedStep]) -> [usize; 2] {
    // No gradient goes through frozen layers, but round them.
    let mut trained = steps.len();
    let mut rest = steps;
    while let [others @ .., step] = rest {
        if step.frozen && step.branch == 0 {
            break;
        }
        rest = others;
        if step.is_trained() {
            trained = rest.len();
        }
    }
    // The outermost residual connection that it is inside of.
    let mut stored = trained;
    while let Some((_, [step, ..])) = steps.split_at_checked(stored)
        && step.branch > 0
    {
        stored = step.branch.saturating_sub(1);
    }
    [stored, trained]
}

/// Writes where values are in a training step. Returns how long the arena is.
pub(super) const fn place(steps: &mut [PlannedStep], [stored, trained]: [usize; 2]) -> usize {
    let Some((front, steps)) = steps.split_at_mut_checked(stored) else { return 0 };
    let mut arena = place_front(front);
    let mut top = 0;
    let mut current = Place::Input;
    if let [.., last] = &*front {
        current = last.training.output;
        if let Place::Low(at) = current {
            top = at.saturating_add(last.output.count());
        }
    }
    let mut len = match steps {
        [first, ..] => first.input.count(),
        [] => match front {
            [.., last] => last.output.count(),
            [] => 0,
        },
    };

    // Forward: whether the current values are needed later on, and where those of residual
    // connections are.
    let mut pinned = false;
    // How far the values reach that the backward pass needs.
    let mut needed = 0;
    let mut around = Levels::new(Place::Input);
    let mut number = stored;
    let mut rest = &mut *steps;
    while let [step, others @ ..] = rest {
        let memory = step.memory();
        let output = step.output.count();
        let mut buffers =
            Buffers { input: current, output: current, branch: Place::Input, passing: [0; 2] };
        let is_backward = number >= trained && !step.frozen;
        let keep = if is_backward { memory.stored } else { Stored::Nothing };
        let writable = !pinned && !current.is(Place::Input);
        let mut stays = match memory.output {
            OutputMemory::SameAsInput => true,
            OutputMemory::InPlace => writable && !keep.is_input(),
            OutputMemory::Separate => false,
        };
        match step.operation {
            Operation::Branch => {
                around.push(current);
                pinned = true;
            }
            Operation::Join => {
                if let Some(branch) = around.pop() {
                    buffers.branch = branch;
                }
                stays = stays && !buffers.branch.is(current);
            }
            Operation::Layer(_) => {}
        }
        let [forward, _] = memory.buffers;
        if !stays {
            buffers.output = Place::Low(top);
            top = top.saturating_add(output);
        }
        arena = larger(arena, top.saturating_add(forward));
        if keep.is_input() {
            needed = larger(needed, end(buffers.input, step.input.count()));
        }
        if keep.is_output() {
            needed = larger(needed, end(buffers.output, output));
            pinned = true;
        } else if !stays {
            pinned = false;
        }
        buffers.passing = [top, needed];
        current = buffers.output;
        len = output;
        step.training = buffers;
        rest = others;
        number = number.saturating_add(1);
    }
    arena = larger(arena, top.saturating_add(len));

    // Backward: how much the gradients of residual connections take.
    let mut held = 0_usize;
    let mut rest = &*steps;
    while let [others @ .., step] = rest {
        if stored.saturating_add(others.len()) < trained {
            break;
        }
        rest = others;
        let memory = step.memory();
        let [_, passing] = memory.buffers;
        let (input, output) = (step.input.count(), step.output.count());
        let [_, low] = step.training.passing;
        let is_first = stored.saturating_add(others.len()) == trained;
        let mut gradients = held.saturating_add(output);
        match step.operation {
            // Its input has a gradient of zeros, in place of the output's.
            _ if step.frozen => gradients = held.saturating_add(larger(input, output)),
            Operation::Join => {
                held = gradients;
                gradients = gradients.saturating_add(output);
            }
            Operation::Branch => held = held.saturating_sub(input),
            Operation::Layer(_) => {
                if matches!(memory.output, OutputMemory::Separate) && !is_first {
                    gradients = gradients.saturating_add(input);
                }
            }
        }
        arena = larger(arena, low.saturating_add(passing).saturating_add(gradients));
    }
    arena
}

/// Returns where values of the stack end.
const fn end(place: Place, len: usize) -> usize {
    match place {
        Place::Low(at) => at.saturating_add(len),
        Place::Input | Place::High(_) => 0,
    }
}

const fn larger(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}
