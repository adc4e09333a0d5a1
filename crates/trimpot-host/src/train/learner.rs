//! What is trained: a network with its loss and its samples, for the trainer to see as one.

use std::array;
use std::cell::RefCell;

use trimpot::lanes::{Bits, Lanes, Native};
use trimpot::layer::Layer;
use trimpot::loss::{Loss, Target};
use trimpot::network::Network;
use trimpot::random::{Noise, hash};
use trimpot::shape::{Shape, Vector};

use super::tape::{Tape, TapeSink};
use crate::block::{SampleTarget, lanes};
use crate::dataset::Dataset;

/// How samples went.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outcome {
    /// The sum of their losses.
    pub loss: f64,
    /// How many outputs were right, where that can be said.
    pub right: Option<u32>,
}

impl Outcome {
    /// What came after it, added.
    pub(crate) fn and(self, next: Outcome) -> Outcome {
        let right = self.right.zip(next.right).map(|(right, next)| right + next);
        Outcome { loss: self.loss + next.loss, right }
    }

    /// The loss of the first `samples` lanes.
    pub(crate) fn new(losses: Native, samples: usize, right: Option<u32>) -> Self {
        let losses = losses.to_array();
        let losses = losses.as_ref()[..samples].iter().map(|&loss| f64::from(loss));
        Outcome { loss: losses.sum(), right }
    }
}

/// A network with its loss and its samples.
pub trait Learner: Sync {
    /// How many samples there are to learn from.
    fn samples(&self) -> usize;
    /// The parameters.
    fn parameters(&self) -> &[f32];
    /// The parameters, to be changed.
    fn parameters_mut(&mut self) -> &mut [f32];
    /// Runs up to as many samples as there are lanes forward and backward, and leaves on the tape what their
    /// gradient is made of. `noise` is the randomness of this pass through the data.
    fn pass(&self, samples: &[usize], noise: u32, tape: &RefCell<&mut Tape>) -> Outcome;
}

/// The seed of each sample's dropout: the same in any block.
pub(crate) fn seeds(samples: &[usize], noise: u32) -> <Native as Lanes>::Bits {
    let number = |lane| samples.get(lane).map_or(0, |&sample| sample as u32);
    let numbers: <Native as Lanes>::Bits = Bits::from_fn(number);
    hash(<Native as Lanes>::Bits::splat(noise) ^ hash(numbers))
}

/// A network that is a type.
#[derive(Debug)]
pub struct Compiled<'a, In, L, C, T, const I: usize, const P: usize> {
    /// The network.
    pub network: &'a mut Network<In, L, P>,
    /// The loss.
    pub loss: &'a C,
    /// The samples.
    pub data: &'a Dataset<I, T>,
}

impl<In, L, C, T, const I: usize, const N: usize, const P: usize> Learner
    for Compiled<'_, In, L, C, T, I, P>
where
    In: Shape + Sync,
    L: Layer<In, Output = Vector<N>> + Sync,
    C: Loss<Vector<N>, Target = T::Targets> + Sync,
    T: SampleTarget,
{
    fn samples(&self) -> usize {
        self.data.len()
    }

    fn parameters(&self) -> &[f32] {
        self.network.parameters()
    }

    fn parameters_mut(&mut self) -> &mut [f32] {
        self.network.parameters_mut()
    }

    fn pass(&self, samples: &[usize], noise: u32, tape: &RefCell<&mut Tape>) -> Outcome {
        let Some(&last) = samples.last() else { return Outcome::default() };
        let sample = |lane| samples.get(lane).copied().unwrap_or(last);
        let row = |lane| self.data.features()[sample(lane)].as_slice();
        tape.borrow_mut().input(I, row);
        let mut room = std::mem::take(&mut tape.borrow_mut().room);
        let lanes = lanes::<In, I>(self.data.features(), sample, &mut room);
        let targets: [T; Native::LANES] = array::from_fn(|lane| self.data.labels()[sample(lane)]);
        let wanted: <T::Targets as Target>::Values<Native> = T::lanes(&targets);

        let sink = TapeSink::new(self.network.parameters(), In::flat::<Native>(lanes), tape);
        let noise = Noise::<Native>::new(seeds(samples, noise));
        let layers = self.network.layers();
        let outcome = layers.backpropagate(sink, noise, lanes, None, |outputs, gradient| {
            let losses = self.loss.gradient(outputs, &wanted, gradient);
            Outcome::new(losses, samples.len(), T::right(outputs, &targets[..samples.len()]))
        });
        tape.borrow_mut().room = room;
        outcome
    }
}
