//! A tuner as text, for tests and logs of a PC.

use core::fmt;

use super::Tuner;
use crate::samples::split;
use crate::{Storage, Task};

/// All that outlasts a call: with the samples in memory.
impl<M, T, F, S> fmt::Debug for Tuner<M, T, F, S>
where
    M: fmt::Debug,
    T: Task + fmt::Debug,
    F: fmt::Debug,
    S: Storage,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes = &self.running.sizes;
        let (values, bytes) = self.memory.parts();
        let kept = values.get(..sizes.lasting_values()).unwrap_or_default();
        let (learned, range) = split(kept, sizes.learned_values());
        let (_, state) = split(learned, sizes.parameters);
        f.debug_struct("Tuner")
            .field("running", &self.running)
            .field("parameters", &self.parameters())
            .field("state", &state)
            .field("range", &Rows(range, sizes.inputs))
            .field("bytes", &bytes)
            .finish()
    }
}

/// Numbers, so many in a row.
struct Rows<'r>(&'r [f32], usize);

impl fmt::Debug for Rows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let &Rows(numbers, count) = self;
        f.debug_list().entries(numbers.chunks(count.max(1))).finish()
    }
}
