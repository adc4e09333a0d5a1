//! What is trained: a network with its loss and its samples, for the trainer to see as one.

use std::cell::RefCell;

use trimpot::lanes::{Bits, Lanes, RowMajor};
use trimpot::loss::Loss;
use trimpot::network::{Model, Planned};
use trimpot::random::{Noise, hash};
use trimpot::shape::{Shape, Vector};

use super::blocks::{Blocks, Memory};
use super::tape::{Tape, TapeSink};
use crate::augmentation::{Augmentation, AugmentationError, Augmenter, note_input};
use crate::block::{SampleTarget, in_lane, lanes, of_lanes};
use crate::dataset::Samples;

/// Loss and correct predictions of samples, summed.
#[derive(Clone, Copy, Debug)]
pub struct Totals {
    /// The sum of their losses.
    pub loss: f64,
    /// How many predictions were correct; `None` without classes.
    pub correct: Option<u32>,
}

impl Totals {
    /// Adds those of other samples.
    pub(crate) fn and(self, next: Totals) -> Totals {
        let correct = self.correct.zip(next.correct).map(|(correct, next)| correct + next);
        Totals { loss: self.loss + next.loss, correct }
    }
}

/// How the samples of a block went.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged<V> {
    /// The loss of the sample in each lane.
    pub losses: V,
    /// How many predictions were correct; `None` without classes.
    pub correct: Option<u32>,
}

/// A network with its loss and its samples.
pub trait Trainable: Sync {
    /// Returns how many samples there are to learn from.
    fn samples(&self) -> usize;
    /// Returns the weights: the parameters, and behind them the statistics that training measures.
    fn weights(&self) -> &[f32];
    /// Returns the weights, to be changed.
    fn weights_mut(&mut self) -> &mut [f32];
    /// Returns how many of the weights are parameters.
    fn parameters(&self) -> usize {
        self.weights().len()
    }
    /// Runs a batch forward and backward, and leaves on the tapes of its blocks what their gradient
    /// is made of. `noise` is the randomness of this pass through the data. Writes what the
    /// statistics among the weights are with this batch; none, if there are no such weights.
    fn pass_batch<V: RowMajor>(&self, blocks: Blocks<'_, V>, noise: u32, statistics: &mut Vec<f32>);
}

/// Returns the seed of each sample's dropout and augmentation: the same in any block.
#[inline(always)]
pub(crate) fn seeds<V: Lanes>(samples: &[usize], noise: u32) -> V::Bits {
    let number = |lane| samples.get(lane).map_or(0, |&sample| sample as u32);
    let numbers = V::Bits::from_fn(number);
    hash(V::Bits::splat(noise) ^ hash(numbers))
}

/// A network that is a type.
#[derive(Debug)]
pub struct Compiled<'a, M, C, T, const I: usize> {
    network: &'a mut M,
    loss: &'a C,
    samples: Samples<'a, I, T>,
    augmenter: Option<Augmenter>,
}

impl<'a, M: Model, C, T, const I: usize> Compiled<'a, M, C, T, I> {
    /// Creates a network that learns these samples with this loss.
    pub fn new(network: &'a mut M, loss: &'a C, samples: Samples<'a, I, T>) -> Self {
        Compiled { network, loss, samples, augmenter: None }
    }

    /// Learns from augmented samples.
    ///
    /// # Errors
    /// If samples are not what the augmentation is for.
    pub fn with_augmentation(self, augmentation: &Augmentation) -> Result<Self, AugmentationError> {
        Ok(Compiled { augmenter: Some(augmentation.for_input(M::Input::DIMS)?), ..self })
    }

    /// Returns the network.
    pub fn network(&self) -> &M {
        self.network
    }
}

impl<M, C, T, const I: usize, const N: usize> Trainable for Compiled<'_, M, C, T, I>
where
    M: Model<Output = Vector<N>> + Sync,
    C: Loss<Vector<N>, Target = T::Targets> + Sync,
    T: SampleTarget,
{
    fn samples(&self) -> usize {
        self.samples.len()
    }

    fn weights(&self) -> &[f32] {
        self.network.parameters()
    }

    fn weights_mut(&mut self) -> &mut [f32] {
        self.network.parameters_mut()
    }

    fn pass_batch<V: RowMajor>(
        &self,
        mut blocks: Blocks<'_, V>,
        noise: u32,
        statistics: &mut Vec<f32>,
    ) {
        statistics.clear();
        blocks.pass(
            #[inline(always)]
            |samples, tape, memory| self.pass(samples, noise, tape, memory),
        );
    }
}

impl<M, C, T, const I: usize, const N: usize> Compiled<'_, M, C, T, I>
where
    M: Model<Output = Vector<N>> + Sync,
    C: Loss<Vector<N>, Target = T::Targets> + Sync,
    T: SampleTarget,
{
    /// Runs up to as many samples as there are lanes forward and backward.
    #[inline(always)]
    fn pass<V: RowMajor>(
        &self,
        samples: &[usize],
        noise: u32,
        tape: &RefCell<&mut Tape<V>>,
        memory: &mut Memory<V>,
    ) -> Judged<V> {
        let sample = |lane| in_lane(samples, lane);
        let row = |lane| self.samples.features()[sample(lane)].as_slice();
        let seeds = seeds::<V>(samples, noise);
        let arena_len = Planned::<M::Input, M::Layers>::STEP_VALUES;
        let (input, arena) = memory.scratch.parts(arena_len);
        let lanes = lanes::<V, M::Input, I>(self.samples.features(), sample, input);
        let augmenter = self.augmenter.as_ref();
        note_input(augmenter, seeds, row, M::Input::flat_mut(lanes), &mut tape.borrow_mut());
        let targets = of_lanes::<V, T>(
            #[inline(always)]
            |lane| self.samples.targets()[sample(lane)],
        );
        let block = T::lanes::<V>(&targets[..V::LANES]);

        let sink = TapeSink::new(self.network.parameters(), M::Input::flat::<V>(lanes), tape);
        let noise = Noise::<V>::new(seeds);
        let planned = Planned::<M::Input, _>::new(self.network.layers());
        let judged = planned.backpropagate(
            sink,
            noise,
            lanes,
            arena,
            #[inline(always)]
            |outputs, gradient| {
                let losses = self.loss.gradient(outputs, &block, gradient);
                Judged { losses, correct: T::correct(outputs, &targets[..samples.len()]) }
            },
        );
        judged.expect("the sink has the network's parameters, and the arena is long enough")
    }
}
