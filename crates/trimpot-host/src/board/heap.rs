//! Memory of a tuner whose network is known when the program runs.

use trimpot_tuner::{Sizes, Storage};

/// Memory on the heap, of the sizes that a tuner needs.
pub(crate) struct Heap {
    values: Vec<f32>,
    bytes: Vec<u8>,
}

impl Heap {
    /// Returns so much, all zero.
    pub fn of(sizes: &Sizes) -> Self {
        Heap { values: vec![0.0; sizes.values()], bytes: vec![0; sizes.bytes()] }
    }
}

impl Storage for Heap {
    fn parts(&self) -> (&[f32], &[u8]) {
        (&self.values, &self.bytes)
    }

    fn parts_mut(&mut self) -> (&mut [f32], &mut [u8]) {
        (&mut self.values, &mut self.bytes)
    }
}
