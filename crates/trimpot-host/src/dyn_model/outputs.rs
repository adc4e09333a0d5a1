//! How good outputs are: the loss of each sample, and how many are correct.

use rayon::prelude::*;
use trimpot::lanes::{Kernel, Level, Registers, RowMajor};

use super::Task;
use crate::dataset::Table;
use crate::dyn_network::{DynNetwork, Scratch};
use crate::train::Memory;

/// Outputs for all samples of a task.
#[derive(Clone, Copy)]
pub(super) enum Outputs<'o> {
    /// A row for each sample.
    Given(&'o Table),
    /// Those of a network with these parameters.
    Of {
        /// The network.
        network: DynNetwork<'o>,
        /// Its parameters.
        parameters: &'o [f32],
    },
}

impl Outputs<'_> {
    /// Returns those for these samples of a task, one in each lane.
    #[inline(always)]
    fn lanes<'s, V: RowMajor>(
        &self,
        task: &Task,
        samples: &[usize],
        scratch: &'s mut Scratch<V>,
    ) -> &'s [V] {
        match self {
            Outputs::Given(outputs) => {
                outputs.lanes(samples, &mut scratch.input);
                &scratch.input
            }
            Outputs::Of { network, parameters } => {
                task.features.lanes(samples, &mut scratch.input);
                network.predict(parameters, scratch)
            }
        }
    }
}

impl Task<'_> {
    /// Returns the loss of each sample with these outputs, computed on the current [`Level`], and
    /// how many are correct, for classes.
    pub(super) fn judge(&self, outputs: Outputs) -> (Vec<f32>, Option<u32>) {
        let mut losses = vec![0.0; self.len()];
        let correct = Level::current().run(Judge { task: self, outputs, losses: &mut losses });
        (losses, self.classes.as_ref().map(|_| correct))
    }
}

struct Judge<'j> {
    task: &'j Task<'j>,
    outputs: Outputs<'j>,
    losses: &'j mut [f32],
}

impl Kernel for Judge<'_> {
    type Output = u32;
    #[inline(always)]
    fn run<V: Registers>(self) -> u32 {
        self.blocks::<V::Block>()
    }
}

impl Judge<'_> {
    fn blocks<V: RowMajor>(self) -> u32 {
        let Judge { task, outputs, losses } = self;
        let block = |memory: &mut Memory<V>, (samples, losses): (&[usize], &mut [f32])| {
            V::vectorize(
                memory,
                #[inline(always)]
                |memory| block(task, outputs, memory, samples, losses),
            )
        };
        let samples: Vec<usize> = (0..task.len()).collect();
        let blocks = samples.par_chunks(V::LANES).zip(losses.par_chunks_mut(V::LANES));
        blocks.map_init(Memory::default, block).sum()
    }
}

/// Writes the losses of the samples of a block, and returns how many are correct; 0 without
/// classes.
#[inline(always)]
fn block<V: RowMajor>(
    task: &Task,
    outputs: Outputs,
    memory: &mut Memory<V>,
    samples: &[usize],
    losses: &mut [f32],
) -> u32 {
    let Memory { scratch, targets, gradient } = memory;
    let outputs = outputs.lanes(task, samples, scratch);
    gradient.clear();
    gradient.resize(outputs.len(), V::ZERO);
    let classes = task.classes_of::<V>(samples);
    let of_lanes = task.losses(samples, classes.as_ref(), targets, outputs, gradient);
    losses.copy_from_slice(&of_lanes.to_array().as_ref()[..samples.len()]);
    classes.as_ref().map_or(0, |classes| task.correct(outputs, &classes[..samples.len()]))
}
