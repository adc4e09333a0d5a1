//! Runs of layers of which only the output is kept, and which are computed again.

use super::PlannedStep;
use super::step::{Checkpoint, SegmentEnd};
use crate::layer::kernel::OutputMemory;

/// Divides steps into segments of so many layers that are not inside of others; with 0 there is one
/// alone. The last one is not computed again.
pub(super) const fn divide(steps: &mut [PlannedStep], every: usize) {
    // How many layers are left that may end a segment, and how many are in it.
    let (mut left, mut layers) = (outermost(steps), 0_usize);
    let (mut segment, mut has_output) = (1_u32, false);
    let mut rest = steps;
    while let [step, others @ ..] = rest {
        step.checkpoint = Checkpoint { segment, end: None };
        has_output = has_output || !matches!(step.needs.output, OutputMemory::SameAsInput);
        if step.is_outermost() {
            layers = layers.saturating_add(1);
            left = left.saturating_sub(1);
            // Only a layer with an output of its own gives something to keep.
            if every > 0 && layers >= every && left > 0 && has_output {
                step.checkpoint.end = Some(SegmentEnd { kept: 0, forward: 0, found: 0 });
                (segment, layers, has_output) = (segment.saturating_add(1), 0, false);
            }
        }
        rest = others;
    }
}

/// Returns how long the gradient is that lies at the end of the arena when the segment is computed
/// again that begins with these steps: 0 if it is not.
pub(super) const fn gradient_behind(steps: &[PlannedStep]) -> usize {
    let mut rest = steps;
    while let [step, others @ ..] = rest {
        if step.checkpoint.end.is_some() {
            return step.output.count();
        }
        rest = others;
    }
    0
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
