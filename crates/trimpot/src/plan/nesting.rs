//! What belongs to each of the layers that a step is inside of.

use super::DEPTH;

/// Values for layers inside of each other, the innermost one last.
#[derive(Clone, Copy)]
pub(super) struct Nesting<T> {
    values: [T; DEPTH],
    depth: usize,
}

impl<T: Copy> Nesting<T> {
    /// Creates the nesting outside of all layers. `any` fills unused space.
    pub const fn new(any: T) -> Self {
        Nesting { values: [any; DEPTH], depth: 0 }
    }

    /// Goes into a layer.
    pub const fn push(&mut self, value: T) {
        if let Some((_, [place, ..])) = self.values.split_at_mut_checked(self.depth) {
            *place = value;
        }
        self.depth = self.depth.saturating_add(1);
    }

    /// Goes out of the innermost layer. Returns its value, if there is one.
    pub const fn pop(&mut self) -> Option<T> {
        self.depth = self.depth.saturating_sub(1);
        match self.values.split_at_checked(self.depth) {
            Some((_, [value, ..])) => Some(*value),
            _ => None,
        }
    }

    /// Returns how many layers there are around.
    pub const fn depth(&self) -> usize {
        self.depth
    }
}
