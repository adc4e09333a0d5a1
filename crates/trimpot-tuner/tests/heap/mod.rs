//! Memory of a tuner, on the heap.

use trimpot_tuner::{Sizes, Storage};

/// Memory of any size.
pub struct Heap {
    values: Vec<f32>,
    bytes: Vec<u8>,
}

impl Heap {
    /// Memory that holds anything.
    pub fn new(sizes: &Sizes) -> Self {
        Heap { values: vec![f32::NAN; sizes.values()], bytes: vec![0x5a; sizes.bytes()] }
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
