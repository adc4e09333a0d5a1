//! What a tuner has in memory, and what of it is stored.

use crate::metrics::Metrics;
use crate::replay::Learned;
use crate::samples::{FeatureRange, Samples};
use crate::store::{Image, StoreError, Visit, VisitMut, numbers, numbers_mut};

/// The parameters and the samples. All zero at first, so that a `static` of it takes no flash
/// memory.
#[derive(Debug)]
pub struct Memory<
    const I: usize,
    const O: usize,
    const P: usize,
    const PINNED: usize,
    const RECENT: usize,
> {
    pub parameters: [f32; P],
    pub factory: FactorySamples<I, O, PINNED>,
    pub learned: Learned<I, O, RECENT>,
    pub metrics: Metrics<O>,
}

/// What the factory knows of the data.
#[derive(Debug)]
pub struct FactorySamples<const I: usize, const O: usize, const N: usize> {
    /// The range of features.
    pub range: FeatureRange<I>,
    /// Samples that are replayed.
    pub pinned: Samples<I, O, N>,
    /// Samples that are never learned, and judge commits.
    pub held_out: Samples<I, O, N>,
}

impl<const I: usize, const O: usize, const N: usize> FactorySamples<I, O, N> {
    /// Forgets all of it.
    pub fn clear(&mut self) {
        self.range.clear();
        self.pinned.clear();
        self.held_out.clear();
    }
}

impl<const I: usize, const O: usize, const P: usize, const PINNED: usize, const RECENT: usize>
    Memory<I, O, P, PINNED, RECENT>
{
    /// Nothing.
    pub const fn new() -> Self {
        Memory {
            parameters: [0.0; P],
            factory: FactorySamples {
                range: FeatureRange::new(),
                pinned: Samples::new(),
                held_out: Samples::new(),
            },
            learned: Learned::new(),
            metrics: Metrics::new(),
        }
    }

    /// Bytes of the factory's image.
    pub const FACTORY_BYTES: u32 = (size_of::<[f32; P]>()
        + 2 * size_of::<[f32; I]>()
        + size_of::<u32>()
        + 2 * Samples::<I, O, PINNED>::BYTES) as u32;

    /// Bytes of a commit's image.
    pub const fn commit_bytes(stores_learned: bool) -> u32 {
        let learned = if stores_learned { O + O * RECENT * size_of::<[f32; I]>() } else { 0 };
        (size_of::<[f32; P]>() + learned) as u32
    }

    /// Returns what an installation stores.
    pub fn factory_image(&mut self) -> FactoryImage<'_, I, O, P, PINNED> {
        FactoryImage { parameters: &mut self.parameters, samples: &mut self.factory }
    }

    /// Returns what a commit stores.
    pub fn commit_image(&mut self, stores_learned: bool) -> CommitImage<'_, I, O, P, RECENT> {
        let learned = stores_learned.then_some(&mut self.learned);
        CommitImage { parameters: &mut self.parameters, learned }
    }
}

/// The factory's parameters, range of features and samples.
pub struct FactoryImage<'m, const I: usize, const O: usize, const P: usize, const N: usize> {
    parameters: &'m mut [f32; P],
    samples: &'m mut FactorySamples<I, O, N>,
}

impl<const I: usize, const O: usize, const P: usize, const N: usize> Image
    for FactoryImage<'_, I, O, P, N>
{
    fn length(&self) -> u32 {
        Memory::<I, O, P, N, 0>::FACTORY_BYTES
    }

    fn for_each(&self, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let FactorySamples { range, pinned, held_out } = &*self.samples;
        numbers(self.parameters, visit)?;
        for limit in range.limits() {
            numbers(limit, visit)?;
        }
        visit(&range.widened().to_le_bytes())?;
        for run in pinned.runs().into_iter().chain(held_out.runs()) {
            visit(run)?;
        }
        Ok(())
    }

    fn for_each_mut(&mut self, visit: &mut VisitMut<'_>) -> Result<(), StoreError> {
        let FactorySamples { range, pinned, held_out } = &mut *self.samples;
        numbers_mut(self.parameters, visit)?;
        let (low, high, widened) = range.parts_mut();
        numbers_mut(low, visit)?;
        numbers_mut(high, visit)?;
        let mut bytes = [0; size_of::<u32>()];
        visit(&mut bytes)?;
        *widened = u32::from_le_bytes(bytes);
        for run in pinned.runs_mut().into_iter().chain(held_out.runs_mut()) {
            visit(run)?;
        }
        Ok(())
    }
}

/// Parameters, and the samples that were learned last if they are stored.
pub struct CommitImage<'m, const I: usize, const O: usize, const P: usize, const RECENT: usize> {
    parameters: &'m mut [f32; P],
    learned: Option<&'m mut Learned<I, O, RECENT>>,
}

impl<const I: usize, const O: usize, const P: usize, const RECENT: usize> Image
    for CommitImage<'_, I, O, P, RECENT>
{
    fn length(&self) -> u32 {
        Memory::<I, O, P, 0, RECENT>::commit_bytes(self.learned.is_some())
    }

    fn for_each(&self, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        numbers(self.parameters, visit)?;
        let Some(learned) = &self.learned else { return Ok(()) };
        for class in 0..O {
            visit(&[learned.count(class) as u8])?;
            for index in 0..RECENT {
                numbers(learned.get(class, index).unwrap_or(&[0.0; I]), visit)?;
            }
        }
        Ok(())
    }

    fn for_each_mut(&mut self, visit: &mut VisitMut<'_>) -> Result<(), StoreError> {
        numbers_mut(self.parameters, visit)?;
        let Some(learned) = &mut self.learned else { return Ok(()) };
        learned.clear();
        for class in 0..O {
            let mut count = [0];
            visit(&mut count)?;
            for index in 0..RECENT {
                let mut sample = [0.0; I];
                numbers_mut(&mut sample, visit)?;
                if index < usize::from(count[0]) {
                    learned.add(&sample, class);
                }
            }
        }
        learned.settle();
        Ok(())
    }
}
