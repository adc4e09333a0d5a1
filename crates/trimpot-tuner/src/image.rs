//! What is stored of the memory.

use crate::Sizes;
use crate::memory::Cut;
use crate::store::{Image, StoreError, Visit, VisitMut, numbers, numbers_mut};

/// What an installation stores: the factory's parameters, with the task's state, range of features
/// and samples.
pub struct FactoryImage<'c, 'm> {
    pub sizes: Sizes,
    pub cut: &'c mut Cut<'m>,
}

impl Image for FactoryImage<'_, '_> {
    fn length(&self) -> u32 {
        self.sizes.factory_bytes()
    }

    fn for_each(&self, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let Cut { parameters, state, factory, .. } = &*self.cut;
        numbers(parameters, visit)?;
        numbers(state, visit)?;
        numbers(factory.range.low, visit)?;
        numbers(factory.range.high, visit)?;
        visit(factory.range.widened)?;
        for samples in [&factory.pinned, &factory.held_out] {
            visit(samples.counts)?;
            visit(samples.bytes)?;
        }
        Ok(())
    }

    fn for_each_mut(&mut self, visit: &mut VisitMut<'_>) -> Result<(), StoreError> {
        let Cut { parameters, state, factory, .. } = &mut *self.cut;
        numbers_mut(parameters, visit)?;
        numbers_mut(state, visit)?;
        numbers_mut(factory.range.low, visit)?;
        numbers_mut(factory.range.high, visit)?;
        visit(factory.range.widened)?;
        for samples in [&mut factory.pinned, &mut factory.held_out] {
            visit(samples.counts)?;
            visit(samples.bytes)?;
        }
        Ok(())
    }
}

/// What a commit stores: parameters with the task's state, and the samples that were learned last
/// if they are stored.
pub struct CommitImage<'c, 'm> {
    pub sizes: Sizes,
    pub cut: &'c mut Cut<'m>,
    pub with_samples: bool,
}

impl Image for CommitImage<'_, '_> {
    fn length(&self) -> u32 {
        self.sizes.commit_bytes(self.with_samples)
    }

    fn for_each(&self, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        numbers(self.cut.parameters, visit)?;
        numbers(self.cut.state, visit)?;
        if !self.with_samples {
            return Ok(());
        }
        for group in 0..self.sizes.groups() {
            let recent = &self.cut.recent;
            visit(&[recent.count(group) as u8])?;
            for index in 0..self.sizes.recent {
                match recent.get(group, index) {
                    Some(sample) => visit(sample)?,
                    None => zeros(recent.stride, visit)?,
                }
            }
        }
        Ok(())
    }

    fn for_each_mut(&mut self, visit: &mut VisitMut<'_>) -> Result<(), StoreError> {
        numbers_mut(self.cut.parameters, visit)?;
        numbers_mut(self.cut.state, visit)?;
        if !self.with_samples {
            return Ok(());
        }
        let recent = &mut self.cut.recent;
        recent.clear();
        for group in 0..self.sizes.groups() {
            let mut count = [0];
            visit(&mut count)?;
            visit(recent.group_mut(group))?;
            recent.restore(group, count);
        }
        Ok(())
    }
}

/// Hands over as many zeros, in place of a sample.
fn zeros(count: usize, visit: &mut Visit<'_>) -> Result<(), StoreError> {
    for _ in 0..count {
        visit(&[0])?;
    }
    Ok(())
}
