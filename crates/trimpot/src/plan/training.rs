//! Where values are in a training step: on a stack, with the gradients at the other end.

use super::inference::place_front;
use super::segments::{divide, gradient_behind};
use super::step::{Gradients, SegmentEnd};
use super::{Buffers, Derivative, Location, Nesting, Operation, PlannedStep, Reach};
use crate::layer::kernel::{OutputMemory, Stored};

/// Returns the first step whose values stay for the backward pass, and the first that has
/// parameters to be trained, or gives the gradient of the network's input: behind all steps if
/// there is none.
pub(super) const fn bounds(steps: &[PlannedStep], reach: Reach) -> [usize; 2] {
    // No gradient goes through frozen layers, but round them.
    let mut trained = steps.len();
    let mut rest = steps;
    while let [others @ .., step] = rest {
        if step.stops_gradient() && step.branch == 0 {
            break;
        }
        rest = others;
        if step.is_trained() || rest.is_empty() && reach.includes_input() {
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

/// Writes how far each step goes backward.
pub(super) const fn mark(steps: &mut [PlannedStep], [_, trained]: [usize; 2], reach: Reach) {
    let Some((front, steps)) = steps.split_at_mut_checked(trained) else { return };
    let mut is_whole = front.is_empty() && reach.includes_input();
    let mut rest = steps;
    while let [step, others @ ..] = rest {
        step.derivative = if is_whole { Derivative::Whole } else { Derivative::Parameters };
        (rest, is_whole) = (others, true);
    }
}

/// Marks the steps of the front, and returns how many they are: those in front of what stays for
/// the backward pass, up to a parameter of the network (no gradient may get to it) or noise that is
/// new in every step, if any of them is frozen.
pub(super) const fn mark_front(steps: &mut [PlannedStep], [stored, _]: [usize; 2]) -> usize {
    let (mut count, mut at, mut has_frozen) = (0_usize, 0_usize, false);
    let mut rest = &*steps;
    while let [step, others @ ..] = rest {
        if at >= stored || step.is_random() || step.has_parameters() {
            break;
        }
        at = at.saturating_add(1);
        has_frozen = has_frozen || step.frozen;
        if has_frozen && step.is_outermost() {
            count = at;
        }
        rest = others;
    }
    if let Some((front, _)) = steps.split_at_mut_checked(count) {
        let mut rest = front;
        while let [step, others @ ..] = rest {
            step.front = true;
            rest = others;
        }
    }
    count
}

/// What a training step keeps of the values for the backward pass.
#[derive(Clone, Copy)]
pub(super) struct Kept {
    /// The output of each segment of so many layers, of which all else is computed again; 0 for all
    /// that is needed.
    pub every: usize,
    /// Whether masks, where they are enough.
    pub masks: bool,
    /// Whether the input of a layer whose weights are not trained lies on the stack in the forward
    /// pass, as if they were: the end of the arena may have less space.
    pub inputs: bool,
}

/// Writes where values are in a training step. Returns how long the arena is.
pub(super) const fn place(
    steps: &mut [PlannedStep],
    [stored, trained]: [usize; 2],
    kept: Kept,
) -> usize {
    let Some((front, steps)) = steps.split_at_mut_checked(stored) else { return 0 };
    let mut arena = place_front(front);
    let mut top = 0;
    let mut current = Location::Input;
    if let [.., last] = &*front {
        current = last.training.output;
        if let Location::Low(at) = current {
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
    divide(steps, kept.every);

    // Forward: how much of the end is taken by a gradient if the values are computed again, and
    // whether the current values are needed later on.
    let mut gradient = gradient_behind(steps);
    let mut pinned = gradient > 0;
    // How far the values reach that the backward pass needs.
    let mut needed = 0;
    // Where the values of a segment begin behind their input, and how far they reach.
    let (mut base, mut forward_end) = (top, top);
    // Where that is which residual connections add at their end, and whether the sum may be there.
    let mut around = Nesting::new((Location::Input, false));
    let mut rest = &mut *steps;
    while let [step, others @ ..] = rest {
        let memory = step.needs;
        let output = step.output.count();
        let mut buffers =
            Buffers { input: current, output: current, branch: Location::Input, passing: [0; 2] };
        let keep = step.stored();
        let writable = !pinned && !current.is(Location::Input);
        let mut stays = match memory.output {
            OutputMemory::SameAsInput => true,
            OutputMemory::InPlace => writable && !keep.is_input(),
            OutputMemory::Separate => false,
        };
        let mut is_new = true;
        match step.operation {
            Operation::Branch => {
                around.push((current, false));
                pinned = true;
            }
            Operation::Turn => {
                if let Some((input, _)) = around.pop() {
                    around.push((current, writable));
                    buffers.output = input;
                    pinned = true;
                }
            }
            Operation::Join => {
                if let Some((branch, is_writable)) = around.pop() {
                    buffers.branch = branch;
                    is_new = !is_writable;
                }
                stays = stays && !buffers.branch.is(current);
            }
            Operation::Layer(_) => {}
        }
        let is_kept = !kept.masks
            || keep.is_output() && memory.mask == 0
            || is_needed_backward(step, others, kept.inputs);
        is_new = is_new && !stays;
        if !stays && !is_new {
            buffers.output = buffers.branch;
        }
        if is_new && !is_kept {
            buffers.output = place_at_end(current, len, output, gradient);
        }
        // What lies at the end does not stay, but a mask of it.
        let masked = match keep {
            Stored::Nothing => false,
            Stored::Input => is_at_end(buffers.input),
            Stored::Output => is_at_end(buffers.output),
        };
        step.mask = None;
        if masked {
            step.mask = Some(top);
            top = top.saturating_add(memory.mask);
            needed = top;
        }
        if is_new && is_kept {
            buffers.output = Location::Low(top);
            top = top.saturating_add(output);
        }
        let [forward, _] = memory.buffers;
        let low = top.saturating_add(forward);
        let high = larger(before_end(buffers.input), before_end(buffers.output));
        arena = larger(arena, low.saturating_add(high));
        // The gradient is added to it when it is known where that is.
        forward_end = larger(forward_end, low.saturating_add(high.saturating_sub(gradient)));
        if keep.is_input() && !masked {
            needed = larger(needed, end(buffers.input, step.input.count()));
        }
        if keep.is_output() && !masked {
            needed = larger(needed, end(buffers.output, output));
            pinned = true;
        } else if !stays {
            pinned = false;
        }
        buffers.passing = [top, needed];
        current = buffers.output;
        len = output;
        step.training = buffers;
        if let Some(end) = &mut step.checkpoint.end {
            *end = SegmentEnd { kept: base, forward: forward_end, found: 0 };
            current = Location::Low(base);
            top = base.saturating_add(len);
            arena = larger(arena, top);
            (base, forward_end, needed) = (top, top, top);
            // Its input is needed when it is computed again.
            gradient = gradient_behind(others);
            pinned = gradient > 0;
        }
        rest = others;
    }
    arena = larger(arena, top.saturating_add(len));

    let at = trained.saturating_sub(stored);
    let Some((_, steps)) = steps.split_at_mut_checked(at) else { return arena };
    // As if all were moved together all the time: no less will do.
    arena = larger(arena, place_gradients(steps, 0));
    place_gradients(steps, arena);
    arena
}

/// Returns whether the backward pass needs the output of a step, or what those behind it make of
/// it in its place, for more than a mask.
///
/// With `inputs`, as if all weights were trained.
const fn is_needed_backward<'a>(
    mut step: &'a PlannedStep,
    mut behind: &'a [PlannedStep],
    inputs: bool,
) -> bool {
    // A copy of the output of a segment is kept.
    while step.checkpoint.end.is_none() {
        let [next, others @ ..] = behind else { return true };
        if inputs && next.has_parameters() && !next.trains_weights() {
            return true;
        }
        match (next.operation, next.needs.output, next.stored()) {
            // The input of a residual connection stays where it is until its end, and so does the
            // output of its shortcut.
            (Operation::Branch | Operation::Turn, ..) => return true,
            (_, _, Stored::Input | Stored::Output) if next.needs.mask == 0 => return true,
            (_, OutputMemory::Separate, _) => return false,
            _ => {}
        }
        (step, behind) = (next, others);
    }
    false
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
    let mut around = Nesting::new((0, 0));
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
            _ if step.stops_gradient() => {
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
            // The gradient that was found is held from here on, and the one that was held goes
            // through the shortcut.
            Operation::Turn => {
                to.output = top;
                to.input = top;
                if let Some((outer, _)) = around.pop() {
                    held = outer.saturating_add(output);
                    around.push((outer, held));
                }
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

/// Returns whether values lie at the end of the arena.
const fn is_at_end(place: Location) -> bool {
    matches!(place, Location::High(_))
}

/// Returns how far before the end of the arena values begin that lie there; 0 for others.
const fn before_end(place: Location) -> usize {
    match place {
        Location::High(before_end) => before_end,
        Location::Input | Location::Low(_) => 0,
    }
}

/// Returns where at the end of the arena an output goes: below a gradient, and above the input if
/// that lies there and leaves enough, or else below it.
const fn place_at_end(
    input: Location,
    input_len: usize,
    output_len: usize,
    gradient: usize,
) -> Location {
    let above = gradient.saturating_add(output_len);
    let taken = before_end(input);
    let fits_above = taken == 0 || above.saturating_add(input_len) <= taken;
    Location::High(if fits_above { above } else { taken.saturating_add(output_len) })
}

/// Returns where values of the stack end.
const fn end(place: Location, len: usize) -> usize {
    match place {
        Location::Low(at) => at.saturating_add(len),
        Location::Input | Location::High(_) => 0,
    }
}

const fn larger(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}
