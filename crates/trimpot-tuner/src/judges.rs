//! The samples that parameters are judged by, and that a threshold is set by.

use crate::memory::FactorySamples;
use crate::replay::Recent;

/// The held-out samples of the first groups; the replayed ones, if there are none.
pub struct Judges<'j, 'm> {
    pub factory: &'j FactorySamples<'m>,
    pub recent: &'j Recent<'m>,
    pub groups: usize,
}

impl Judges<'_, '_> {
    /// Writes each sample to `row` in turn, always in the same order, and visits it with its group.
    #[inline(never)]
    pub fn for_each(&self, row: &mut [f32], visit: &mut dyn FnMut(&[f32], usize)) {
        let &Judges { factory, recent, groups } = self;
        let FactorySamples { pinned, held_out, .. } = factory;
        let has_held_out = (0..groups).any(|group| held_out.count(group) > 0);
        let samples = if has_held_out { held_out } else { pinned };
        for (bytes, group) in samples.iter().filter(|&(_, group)| group < groups) {
            factory.decode(bytes, row);
            visit(row, group);
        }
        if has_held_out {
            return;
        }
        for (bytes, group) in recent.iter().filter(|&(_, group)| group < groups) {
            recent.format.decode(&factory.range, bytes, row);
            visit(row, group);
        }
    }
}
