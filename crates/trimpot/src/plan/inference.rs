//! Where values are in inference: at the two ends of the arena in turns.

use super::{Buffers, Location, Nesting, Operation, PlannedStep};
use crate::layer::kernel::OutputMemory;

/// The part of the arena that is free, and what is in it.
#[derive(Clone, Copy)]
struct State {
    /// How much is taken at the low end and at the high end, but for the current values.
    taken: [usize; 2],
    /// Where the current values are, and how many.
    current: Location,
    len: usize,
    /// Whether a residual connection needs them later on.
    pinned: bool,
}

/// Writes where values are in inference. Returns how long the arena is.
pub(super) const fn place(steps: &mut [PlannedStep]) -> usize {
    let (len, _) = place_from(steps, false);
    let mut rest = steps;
    while let [step, others @ ..] = rest {
        step.inference = step.training;
        rest = others;
    }
    len
}

/// Writes where values are in the steps of the front of a network in training, so that the last
/// ones are at the low end of the arena, or are the network's input. Returns how long the arena is
/// meanwhile.
pub(super) const fn place_front(steps: &mut [PlannedStep]) -> usize {
    let (len, last) = place_from(steps, false);
    match last {
        // The other end first: then all is the other way round.
        Location::High(_) => place_from(steps, true).0,
        _ => len,
    }
}

/// Writes where values are to `training`, with the first ones at the low end or not. Returns how
/// long the arena is, and where the last values are.
const fn place_from(steps: &mut [PlannedStep], low_first: bool) -> (usize, Location) {
    let mut state = State { taken: [0; 2], current: Location::Input, len: 0, pinned: false };
    // What was there when residual connections began, and where that is which is added.
    let mut around = Nesting::new((state, Location::Input));
    let mut arena = 0_usize;
    let mut rest = steps;
    while let [step, others @ ..] = rest {
        let memory = step.needs;
        let (input, output) = (step.input.count(), step.output.count());
        let [passing, _] = memory.buffers;
        let mut buffers = Buffers {
            input: state.current,
            output: state.current,
            branch: Location::Input,
            passing: [0; 2],
        };
        state.len = input;
        match step.operation {
            Operation::Branch => {
                around.push((state, state.current));
                if !state.pinned {
                    // From here on it is taken.
                    state.taken = with(state.taken, state.current, input);
                }
                state.pinned = true;
            }
            Operation::Turn => {
                if let Some((outer, _)) = around.pop() {
                    let kept = state.current;
                    around.push((outer, kept));
                    buffers.output = outer.current;
                    // From here on that is taken, and what is in front of it at its end.
                    let pinned = outer.pinned || is_same_end(kept, outer.current);
                    let taken = with(outer.taken, kept, input);
                    state = State { taken, current: outer.current, len: output, pinned };
                }
            }
            Operation::Join => {
                let (outer, kept) = match around.pop() {
                    Some(outer) => outer,
                    None => (state, state.current),
                };
                buffers.branch = kept;
                let is_own = !kept.is(outer.current);
                let overwrites = (is_own || !outer.pinned) && !kept.is(Location::Input);
                if overwrites {
                    let [low, _] = outer.taken;
                    buffers.output = match kept {
                        // The input of the residual connection may have been in front of it.
                        Location::Low(_) if is_own => Location::Low(low),
                        _ => kept,
                    };
                    state = State { current: buffers.output, pinned: false, ..outer };
                } else if state.pinned || state.current.is(Location::Input) {
                    // Nothing was computed: the input is added to itself, elsewhere.
                    buffers.output = free_end(&state, output, low_first);
                    arena = larger(arena, used(&state).saturating_add(output));
                    state = State { current: buffers.output, pinned: false, ..outer };
                } else {
                    state = State { current: state.current, pinned: false, ..outer };
                }
                state.len = output;
            }
            Operation::Layer(_) => {
                let writable = !state.pinned && !state.current.is(Location::Input);
                let stays = match memory.output {
                    OutputMemory::SameAsInput => true,
                    OutputMemory::InPlace => writable,
                    OutputMemory::Separate => false,
                };
                if stays {
                    arena = larger(arena, used(&state).saturating_add(passing));
                } else {
                    buffers.output = free_end(&state, output, low_first);
                    let needed = used(&state).saturating_add(output).saturating_add(passing);
                    arena = larger(arena, needed);
                }
                // Behind whatever is at the low end.
                let [mut low, _] = with(state.taken, buffers.output, output);
                if !state.pinned && stays_low(state.current) {
                    [low, _] = with(state.taken, state.current, input);
                }
                buffers.passing = [low, 0];
                if !stays {
                    state.current = buffers.output;
                    state.pinned = false;
                }
                state.len = output;
            }
        }
        step.training = buffers;
        rest = others;
    }
    (arena, state.current)
}

/// Returns whether two places are at the same end of the arena.
const fn is_same_end(one: Location, other: Location) -> bool {
    matches!(
        (one, other),
        (Location::Low(_), Location::Low(_)) | (Location::High(_), Location::High(_))
    )
}

const fn stays_low(place: Location) -> bool {
    matches!(place, Location::Low(_))
}

/// Returns what is taken if these values are as well.
const fn with([low, high]: [usize; 2], place: Location, len: usize) -> [usize; 2] {
    match place {
        Location::Input => [low, high],
        Location::Low(at) => [at.saturating_add(len), high],
        Location::High(before_end) => [low, before_end],
    }
}

/// Returns how much of the arena is in use.
const fn used(state: &State) -> usize {
    let taken =
        if state.pinned { state.taken } else { with(state.taken, state.current, state.len) };
    let [low, high] = taken;
    low.saturating_add(high)
}

/// Returns where the next values go: to the end where the current ones are not.
const fn free_end(state: &State, len: usize, low_first: bool) -> Location {
    let [low, high] = state.taken;
    let to_low = match state.current {
        Location::Input => low_first,
        Location::Low(_) => false,
        Location::High(_) => true,
    };
    if to_low { Location::Low(low) } else { Location::High(high.saturating_add(len)) }
}

const fn larger(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}
