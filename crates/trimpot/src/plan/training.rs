//! Where values are in a training step: on a stack, with the gradients at the other end.

use super::inference::place_front;
use super::step::{Checkpoint, Gradients, SegmentEnd};
use super::{Buffers, Derivative, Levels, Operation, Place, PlannedStep, Wanted};
use crate::layer::kernel::{OutputMemory, Stored};

/// Returns the first step whose values stay for the backward pass, and the first that has
/// parameters to be trained, or gives the gradient of the network's input: behind all steps if
/// there is none.
pub(super) const fn bounds(steps: &[PlannedStep], wanted: Wanted) -> [usize; 2] {
    // No gradient goes through frozen layers, but round them.
    let mut trained = steps.len();
    let mut rest = steps;
    while let [others @ .., step] = rest {
        if step.frozen && step.branch == 0 {
            break;
        }
        rest = others;
        if step.is_trained() || rest.is_empty() && wanted.reach_input() {
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
pub(super) const fn place(
    steps: &mut [PlannedStep],
    [stored, trained]: [usize; 2],
    wanted: Wanted,
    every: usize,
) -> usize {
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

    // Forward: how many layers are left that may end a segment, and whether the current values are
    // needed later on.
    let mut left = outermost(steps);
    let mut pinned = every > 0 && left > every;
    // How far the values reach that the backward pass needs.
    let mut needed = 0;
    // The steps whose values are there at a time: their number, how many layers they are, where
    // their values begin behind their input, and how far they reach.
    let (mut segment, mut layers, mut base, mut forward_end) = (1_u32, 0_usize, top, top);
    // Where the inputs of residual connections are.
    let mut around = Levels::new(Place::Input);
    let mut number = stored;
    let mut rest = &mut *steps;
    while let [step, others @ ..] = rest {
        let memory = step.needs;
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
        forward_end = larger(forward_end, top.saturating_add(forward));
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
        step.checkpoint = Checkpoint { segment, end: None };
        if step.is_outermost() {
            layers = layers.saturating_add(1);
            left = left.saturating_sub(1);
            // Only a layer with an output of its own gives something to keep.
            let has_output = matches!(current, Place::Low(at) if at >= base);
            if every > 0 && layers >= every && left > 0 && has_output {
                let end = SegmentEnd { kept: base, forward: forward_end, found: 0 };
                step.checkpoint.end = Some(end);
                current = Place::Low(base);
                top = base.saturating_add(len);
                arena = larger(arena, top);
                (segment, layers, base, forward_end) = (segment.saturating_add(1), 0, top, top);
                needed = top;
                // Its input is needed when it is computed again.
                pinned = left > every;
            }
        }
        rest = others;
        number = number.saturating_add(1);
    }
    arena = larger(arena, top.saturating_add(len));

    let at = trained.saturating_sub(stored);
    let Some((front, steps)) = steps.split_at_mut_checked(at) else { return arena };
    let reaches_input = front.is_empty() && stored == 0 && wanted.reach_input();
    let mut rest = &mut *steps;
    let mut is_first = true;
    while let [step, others @ ..] = rest {
        let whole = !is_first || reaches_input;
        step.derivative = if whole { Derivative::Whole } else { Derivative::OfParameters };
        (rest, is_first) = (others, false);
    }
    // As if all were moved together all the time: no less will do.
    arena = larger(arena, place_gradients(steps, 0));
    place_gradients(steps, arena);
    arena
}

/// Returns how many layers are not inside of a residual connection, each of which counts as one.
const fn outermost(steps: &[PlannedStep]) -> usize {
    let (mut count, mut rest) = (0_usize, steps);
    while let [step, others @ ..] = rest {
        count = count.saturating_add(step.is_outermost() as usize);
        rest = others;
    }
    count
}

/// Writes where gradients are in an arena of this length. Returns how long it has to be.
///
/// They lie at the end of the arena: the gradient of an output, and below it that of the input.
/// What is above becomes free after the step, and the next one is put there if there is enough of
/// it. Where an arena of this length would be too short otherwise, they are moved up before the
/// step.
const fn place_gradients(steps: &mut [PlannedStep], arena: usize) -> usize {
    let mut needed = 0;
    // Gradients of residual connections are above all others.
    let mut held = 0_usize;
    let mut around = Levels::new((0, 0));
    let mut found = match &*steps {
        [.., last] => last.output.count(),
        [] => 0,
    };
    let mut rest = steps;
    while let [others @ .., step] = rest {
        let [_, passing] = step.needs.buffers;
        let (input, output) = (step.input.count(), step.output.count());
        let [_, low] = step.training.passing;
        let low = low.saturating_add(passing);
        let top = held.saturating_add(output);
        if let Some(end) = &mut step.checkpoint.end {
            end.found = found;
            found = top;
            needed = larger(needed, end.forward.saturating_add(top));
        }
        let whole = matches!(step.derivative, Derivative::Whole);
        let mut to = Gradients { found, output: found, input: found };
        // What is taken of the end in the step.
        let mut taken = found;
        match step.operation {
            // No gradient goes through: that of its input is zeros, in place of the output's.
            _ if step.frozen => {
                to.input = held.saturating_add(input);
                taken = larger(top, to.input);
            }
            Operation::Join => {
                to.output = top;
                to.input = top.saturating_add(output);
                taken = to.input;
                around.push((held, top));
                held = top;
            }
            Operation::Branch => {
                if let Some((outer, sum)) = around.pop() {
                    (held, to.input) = (outer, sum);
                }
            }
            Operation::Layer(_) if matches!(step.needs.output, OutputMemory::Separate) && whole => {
                let above = held.saturating_add(input);
                let fits_above = above.saturating_add(output) <= found;
                to.input = if fits_above { above } else { found.saturating_add(input) };
                taken = larger(found, to.input);
                if low.saturating_add(taken) > arena {
                    to.output = top;
                    to.input = top.saturating_add(input);
                    taken = to.input;
                }
            }
            Operation::Layer(_) if low.saturating_add(found) > arena => {
                to.output = top;
                to.input = top;
                taken = top;
            }
            Operation::Layer(_) => {}
        }
        needed = larger(needed, low.saturating_add(taken));
        step.gradients = to;
        found = to.input;
        rest = others;
    }
    needed
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
