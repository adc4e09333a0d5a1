//! What the steps of a network are, before anything has a place in memory.

use super::nesting::Nesting;
use super::{Operation, PlannedStep};
use crate::layer::kernel::{MemoryNeeds, OutputMemory, Stored};
use crate::spec::cursor::{LayerCursor, Step};
use crate::spec::{LayerSpec, NetworkSpec, SpecError};

/// What is around a residual connection, and behind it.
#[derive(Clone, Copy)]
struct Around {
    /// The residual connection that it is inside of.
    branch: usize,
    /// How many layers come before those behind it.
    number: u32,
    has_shortcut: bool,
}

/// Writes what the steps are, and where their numbers are.
pub(super) const fn fill(
    network: NetworkSpec<'_>,
    steps: &mut [PlannedStep],
) -> Result<(), SpecError> {
    let mut cursor = LayerCursor::new(network.layers);
    let mut dims = network.input;
    // Where the next numbers are that are trained, and that are not; the former also around frozen
    // layers, whose are among the latter.
    let [mut trained, mut constant] = [0_usize; 2];
    let mut around = Nesting::new(0);
    // The innermost residual connection, and how many layers came at its level.
    let mut branches = Nesting::new(Around { branch: 0, number: 0, has_shortcut: false });
    let (mut branch, mut number) = (0_usize, 0_u32);
    let mut rest = steps;
    let mut at = 0_usize;
    loop {
        let step = match cursor.next(dims) {
            Ok(step) => step,
            Err(error) => return Err(error),
        };
        let mut planned = PlannedStep {
            input: dims,
            output: dims,
            parameters: trained,
            constants: constant,
            frozen: cursor.is_frozen(),
            branch,
            number,
            ..PlannedStep::EMPTY
        };
        // Within frozen layers the number is that of the whole.
        let counted = !planned.frozen as u32;
        match step {
            Step::End => return Ok(()),
            Step::Layer(LayerSpec::Frozen(_)) => {
                around.push(trained);
                trained = constant;
                let inside = NetworkSpec { input: network.input, layers: cursor.inside() };
                constant = constant.saturating_add(inside.parameters());
                // One frozen layer inside of another does not count.
                number = number.wrapping_add((around.depth() == 1) as u32);
                continue;
            }
            Step::Leave(LayerSpec::Frozen(_), _) => {
                if let Some(before) = around.pop() {
                    trained = before;
                }
                continue;
            }
            Step::Layer(LayerSpec::Residual(_)) => {
                planned.operation = Operation::Branch;
                let number_behind = number.wrapping_add(counted);
                branches.push(Around { branch, number: number_behind, has_shortcut: false });
                (branch, number) = (at.saturating_add(1), 0);
            }
            Step::Layer(LayerSpec::Shortcut(_)) => continue,
            Step::Leave(LayerSpec::Shortcut(_), input) => {
                planned.operation = Operation::Turn;
                planned.output = input;
                dims = input;
                if let Some(around) = branches.pop() {
                    branches.push(Around { has_shortcut: true, ..around });
                }
            }
            Step::Leave(..) => {
                planned.operation = Operation::Join;
                let mut output = OutputMemory::InPlace;
                if let Some(around) = branches.pop() {
                    (branch, number) = (around.branch, around.number);
                    if around.has_shortcut {
                        // That of the shortcut, in whose place the sum is.
                        output = OutputMemory::Separate;
                    }
                }
                planned.needs = MemoryNeeds::new(output, Stored::Nothing);
                planned.branch = branch;
            }
            Step::Layer(spec) => {
                dims = match spec.output(dims) {
                    Ok(dims) => dims,
                    Err(error) => return Err(error),
                };
                planned.operation = Operation::Layer(spec);
                planned.needs = spec.memory(planned.input);
                planned.output = dims;
                let tensors = spec.tensors();
                planned.counts = [tensors.numbers(true), tensors.numbers(false)];
                trained = trained.saturating_add(tensors.numbers(true));
                constant = constant.saturating_add(tensors.numbers(false));
                number = number.wrapping_add(counted);
            }
        }
        // There are as many as were counted.
        let [step, others @ ..] = rest else { return Ok(()) };
        *step = planned;
        rest = others;
        at = at.saturating_add(1);
    }
}
