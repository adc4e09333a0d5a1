//! How much memory training takes, known before it is taken.

use trimpot::lanes::{Lanes, Native};
use trimpot::spec::LayerSpec;

use super::error::FitError;
use super::options::Options;
use crate::layers::Layers;
use crate::memory;

/// A network that is going to be trained, in numbers.
pub(super) struct Network<'a> {
    options: &'a Options,
    layers: &'a Layers,
    parameters: u64,
}

impl<'a> Network<'a> {
    pub(super) fn new(options: &'a Options, layers: &'a Layers) -> Self {
        Network { options, layers, parameters: layers.spec().parameters() as u64 }
    }

    /// Returns an error unless the machine has memory to train on so many samples, of which so many
    /// have a number for each output that is made of their class.
    pub(super) fn check(&self, samples: usize, of_class: usize) -> Result<(), FitError> {
        let bytes = self.needed(samples as u64, of_class as u64);
        let parameters = self.parameters;
        memory::check(bytes).map_err(|source| FitError::Memory { parameters, source })
    }

    /// Returns the bytes at the moment when they are most: when a file is being written.
    fn needed(&self, samples: u64, of_class: u64) -> u64 {
        let options = self.options;
        let average = u64::from(options.average.is_some());
        let best = u64::from(options.patience.is_some());
        let state = options.optimizer.numbers();
        // Of each parameter: itself, its last good value, its gradient; what the optimizer
        // remembers.
        let training = 3 + state + 2 * average + best;
        // The model is put together as bytes of each tensor, then of the file; a checkpoint as
        // numbers before that.
        let model = 2 * u64::from(options.output.is_some());
        let progress = 1 + state + average;
        let checkpoint = if options.checkpoint.is_some() { 3 * (progress + best) } else { 0 };
        let numbers = training + model.max(checkpoint);
        let parameters = self.parameters.saturating_mul(numbers);

        // Of each sample of a batch, in whole blocks, on the tape: the input and, of each layer,
        // input, output and gradient, or its parameters' gradient where it is no matrix.
        let of_layer = |layer: &LayerSpec| match layer {
            LayerSpec::Dense(dense) => 4 * u64::from(dense.outputs),
            layer => layer.tensors().numbers(true) as u64,
        };
        let layers: u64 = self.layers.specs.iter().map(of_layer).sum();
        let batch =
            (options.batch.get() as u64).min(samples).next_multiple_of(Native::LANES as u64);
        let tape = batch.saturating_mul(self.layers.input.count() as u64 + layers);
        let targets = of_class.saturating_mul(self.layers.outputs() as u64);
        let all = parameters.saturating_add(tape).saturating_add(targets);
        all.saturating_mul(size_of::<f32>() as u64)
    }
}
