//! A tuner as text, for tests and logs of a PC.

use core::fmt;

use super::Tuner;
use crate::Storage;

/// All that outlasts a call: with the samples in memory.
impl<M, C, F, S> fmt::Debug for Tuner<M, C, F, S>
where
    M: fmt::Debug,
    C: fmt::Debug,
    F: fmt::Debug,
    S: Storage,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes = &self.running.sizes;
        let (values, bytes) = self.memory.parts();
        let kept = values.get(..sizes.kept_values()).unwrap_or_default();
        let samples = kept.get(sizes.parameters..).unwrap_or_default();
        f.debug_struct("Tuner")
            .field("running", &self.running)
            .field("parameters", &self.parameters())
            .field("range_and_learned", &Rows(samples, sizes.inputs))
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
