//! How much memory training takes, known before it is taken.

use trimpot::lanes::Level;
use trimpot::spec::LayerSpec;
use trimpot_host::dyn_network::DynNetwork;
use trimpot_model::memory;

use super::error::FitError;
use super::options::Options;
use crate::threads;

/// A network that is going to be trained, in numbers.
pub(super) struct Training<'a> {
    pub options: &'a Options,
    pub network: DynNetwork<'a>,
    threads: usize,
    parameters: u64,
}

impl<'a> Training<'a> {
    pub(super) fn new(options: &'a Options, network: DynNetwork<'a>, threads: usize) -> Self {
        let parameters = network.layers().spec().parameters() as u64;
        Training { options, network, threads, parameters }
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
        // input and output gradient, or its parameters' gradient where it is no matrix.
        let layers = self.network.layers();
        let of_layer = |layer: &LayerSpec| match layer {
            LayerSpec::Dense(dense) => u64::from(dense.inputs) + 2 * u64::from(dense.outputs),
            layer => layer.tensors().numbers(true) as u64,
        };
        let of_sample = layers.specs.iter().map(of_layer).fold(0, u64::saturating_add);
        let batch = (options.batch.get() as u64).min(samples.max(1));
        let lanes = Level::current().samples() as u64;
        let blocks = batch.next_multiple_of(lanes);
        let tape = blocks.saturating_mul(of_sample.saturating_add(layers.input.count() as u64));
        let targets = of_class.saturating_mul(layers.outputs() as u64);
        // Of each thread: all values of a block in training, which it keeps, those in inference on
        // the samples that are held out, and the stack. Where a batch is normalised, all of its
        // blocks have their values of training at a time.
        let values = self.network.step_values() as u64;
        let scoring = self.network.inference_values() as u64;
        let stack = (threads::stack(layers.outputs()) / size_of::<f32>()) as u64;
        let thread = values.saturating_add(scoring).saturating_mul(lanes).saturating_add(stack);
        let threads = thread.saturating_mul(self.threads as u64);
        let is_normalised = self.network.batch_norms().next().is_some();
        let batch = if is_normalised { blocks.saturating_mul(values) } else { 0 };
        let parts = [parameters, tape, targets, threads, batch];
        let all = parts.into_iter().fold(0, u64::saturating_add);
        all.saturating_mul(size_of::<f32>() as u64)
    }
}
