//! A network that is known at run time, on the host: the core's interpreter, a sample in each lane.

use std::cell::RefCell;
use std::ops::Range;

use rayon::prelude::*;
use trimpot::interpreter::{Interpreter, TrainingPass};
use trimpot::lanes::{Kernel, Level, Registers, RowMajor};
use trimpot::plan::{Plan, PlannedBatchNorm, PlannedStep};
use trimpot::random::Noise;
use trimpot::spec::SpecError;
use trimpot_model::layers::Layers;

use crate::dataset::Table;
use crate::problem::counted;
use crate::train::{Tape, TapeSink};

/// The layers of a network, ready to compute. Their parameters are a run of numbers that the caller
/// owns, as in the core.
#[derive(Clone, Copy, Debug)]
pub struct DynNetwork<'a> {
    layers: &'a Layers,
    interpreter: Interpreter<'a>,
}

/// The memory of a pass, to be used again.
#[derive(Debug)]
pub struct Scratch<V> {
    /// The features of the samples.
    pub input: Vec<V>,
    arena: Vec<V>,
}

impl<V> Default for Scratch<V> {
    fn default() -> Self {
        Scratch { input: Vec::new(), arena: Vec::new() }
    }
}

impl<V: RowMajor> Scratch<V> {
    /// Returns the input, and an arena of this length or more.
    pub(crate) fn parts(&mut self, len: usize) -> (&mut Vec<V>, &mut [V]) {
        if self.arena.len() < len {
            self.arena.resize(len, V::ZERO);
        }
        (&mut self.input, &mut self.arena)
    }
}

/// Batches are too small to be normalised by their own statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "batch_norm of {} takes variances over a batch: this is to have 2 samples or more",
    counted(*channels as usize, "number")
)]
pub struct SmallBatch {
    /// How many channels are normalised, of one number each.
    pub channels: u32,
}

impl<'a> DynNetwork<'a> {
    /// Creates the network of these layers. `steps` holds the plan of its memory.
    ///
    /// # Errors
    /// If the layers make no network.
    pub fn new(layers: &'a Layers, steps: &'a mut Vec<PlannedStep>) -> Result<Self, SpecError> {
        let spec = layers.spec();
        steps.resize(spec.steps(), PlannedStep::EMPTY);
        let plan = Plan::new(spec, steps)?;
        let interpreter =
            Interpreter::new(plan, &layers.constants).expect("layers come with their constants");
        Ok(DynNetwork { layers, interpreter })
    }

    /// Returns its layers, as data.
    pub fn layers(&self) -> &'a Layers {
        self.layers
    }

    /// Returns how many parameters the network has.
    pub fn parameters(&self) -> usize {
        self.interpreter.plan().parameters()
    }

    /// Returns the batch normalisations that are not frozen, in order. Training measures their
    /// statistics.
    pub fn batch_norms(&self) -> impl Iterator<Item = PlannedBatchNorm> + Clone + use<'a> {
        self.interpreter.plan().batch_norms()
    }

    /// Checks that channels have a variance in batches of so many samples: two numbers or more.
    ///
    /// # Errors
    /// If they have not.
    pub fn check_batch(&self, samples: usize) -> Result<(), SmallBatch> {
        match self.batch_norms().find(|norm| norm.area.saturating_mul(samples) < 2) {
            Some(norm) => Err(SmallBatch { channels: norm.spec.channels }),
            None => Ok(()),
        }
    }

    /// Returns the weights that these parameters are the first of: behind them are means and
    /// variances of each [batch normalisation](Self::batch_norms), as the layers have them.
    pub fn weights(&self, mut parameters: Vec<f32>) -> Vec<f32> {
        for place in self.statistics() {
            parameters.extend_from_slice(&self.layers.constants[place]);
        }
        parameters
    }

    /// Returns the layers with the statistics of these weights, and the parameters: the network
    /// that was trained. Parameters alone stand for the statistics that the layers have.
    ///
    /// # Panics
    /// If there are not as many weights as [`weights`](Self::weights) returns.
    pub fn layers_with<'w>(&self, weights: &'w [f32]) -> (Layers, &'w [f32]) {
        let (parameters, statistics) = weights.split_at(self.parameters());
        let mut layers = self.layers.clone();
        if !statistics.is_empty() {
            let places = self.statistics().flatten();
            assert_eq!(places.clone().count(), statistics.len(), "weights of another network");
            places.zip(statistics).for_each(|(at, &number)| layers.constants[at] = number);
        }
        (layers, parameters)
    }

    /// Lets `compute` have the network with the statistics of these weights, and the parameters.
    pub(crate) fn with_weights<R>(
        &self,
        weights: &[f32],
        compute: impl FnOnce(DynNetwork<'_>, &[f32]) -> R,
    ) -> R {
        let (layers, parameters) = self.layers_with(weights);
        let mut steps = Vec::new();
        let network = DynNetwork::new(&layers, &mut steps).expect("these layers make a network");
        compute(network, parameters)
    }

    /// Returns where among the constants statistics are that training measures.
    fn statistics(&self) -> impl Iterator<Item = Range<usize>> + Clone + use<'a> {
        self.batch_norms()
            .map(|norm| norm.constants..norm.constants + 2 * norm.spec.channels as usize)
    }

    /// Returns how many values a training step has at a time, beside the input.
    pub fn step_values(&self) -> usize {
        self.interpreter.plan().step_values()
    }

    /// Begins a training pass, or goes on with one: see [`TrainingPass`]. The arena has
    /// [`step_values`](Self::step_values).
    #[inline(always)]
    pub(crate) fn training_pass<'m, V: RowMajor>(
        self,
        constants: &'m [f32],
        noise: Noise<V>,
        input: &'m [V],
        arena: &'m mut [V],
    ) -> TrainingPass<'m, 'm, V>
    where
        'a: 'm,
    {
        let interpreter = Interpreter::new(*self.interpreter.plan(), constants);
        let interpreter = interpreter.expect("the layers have so many constants");
        interpreter.training_pass(noise, input, arena).expect("the lengths are right")
    }

    /// Returns how many values inference has at a time, beside the input.
    pub fn inference_values(&self) -> usize {
        self.interpreter.plan().inference_values()
    }

    /// Returns the output for the scratch's input, as in deployment.
    ///
    /// # Panics
    /// If there are not as many parameters as the network has, or as many features.
    #[inline(always)]
    pub fn predict<'s, V: RowMajor>(
        &self,
        parameters: &[f32],
        scratch: &'s mut Scratch<V>,
    ) -> &'s [V] {
        let (input, arena) = scratch.parts(self.inference_values());
        self.interpreter.predict(parameters, input, arena).expect("the lengths are right")
    }

    /// Returns the outputs for every row of features, computed on the current [`Level`]: the same
    /// bits as one at a time.
    ///
    /// # Panics
    /// If there are not as many parameters as the network has, or as many features.
    pub fn predict_rows(&self, parameters: &[f32], features: &Table) -> Table {
        Level::current().run(Rows { network: self, features, parameters: Some(parameters) })
    }

    /// Returns how many values the latent of a sample has: what the frozen front of the network
    /// makes of it. As many as it has features where there is no front.
    pub fn latents(&self) -> usize {
        self.interpreter.plan().latents()
    }

    /// Returns the latents of every row of features: the same bits as one at a time.
    ///
    /// # Panics
    /// If there are not as many features as the network takes.
    pub fn latent_rows(&self, features: &Table) -> Table {
        Level::current().run(Rows { network: self, features, parameters: None })
    }

    /// Returns the latent for the scratch's input.
    #[inline(always)]
    fn latent<'s, V: RowMajor>(&self, scratch: &'s mut Scratch<V>) -> &'s [V] {
        let (input, arena) = scratch.parts(self.inference_values());
        self.interpreter.latent(input, arena).expect("the lengths are right")
    }

    /// Runs forward, lets `rest` take the output, runs backward, and leaves on the tape what the
    /// gradient of the parameters is made of; the input is there already. `rest` writes d loss / d
    /// output, which it finds zeroed.
    ///
    /// # Panics
    /// If there are not as many parameters as the network has, or as many features.
    #[inline(always)]
    pub fn backpropagate<V: RowMajor, R>(
        &self,
        parameters: &[f32],
        noise: Noise<V>,
        scratch: &mut Scratch<V>,
        tape: &RefCell<&mut Tape<V>>,
        rest: impl FnOnce(&[V], &mut [V]) -> R,
    ) -> R {
        let (input, arena) = scratch.parts(self.step_values());
        let sink = TapeSink::new(parameters, input, tape);
        let result = self.interpreter.backpropagate(sink, noise, input, arena, rest);
        result.expect("the lengths are right")
    }
}

/// Values for every row of features: the outputs for these parameters, or the latent without any.
struct Rows<'r, 'a> {
    network: &'r DynNetwork<'a>,
    features: &'r Table,
    parameters: Option<&'r [f32]>,
}

impl Kernel for Rows<'_, '_> {
    type Output = Table;
    #[inline(always)]
    fn run<V: Registers>(self) -> Table {
        self.compute::<V::Block>()
    }
}

impl Rows<'_, '_> {
    fn compute<V: RowMajor>(self) -> Table {
        let rows: Vec<usize> = (0..self.features.rows()).collect();
        let block = |scratch: &mut Scratch<V>, rows: &[usize]| {
            V::vectorize(
                scratch,
                #[inline(always)]
                |scratch| self.of_block(rows, scratch),
            )
        };
        let blocks = rows.par_chunks(V::LANES).map_init(Scratch::default, block);
        let columns = match self.parameters {
            Some(_) => self.network.layers.outputs(),
            None => self.network.latents(),
        };
        Table { columns, numbers: blocks.flatten_iter().collect() }
    }

    /// Returns the values of the rows of a block, one row after the other.
    #[inline(always)]
    fn of_block<V: RowMajor>(&self, rows: &[usize], scratch: &mut Scratch<V>) -> Vec<f32> {
        self.features.lanes(rows, &mut scratch.input);
        let values = match self.parameters {
            Some(parameters) => self.network.predict(parameters, scratch),
            None => self.network.latent(scratch),
        };
        let mut numbers = vec![0.0; rows.len() * values.len()];
        for (column, value) in values.iter().enumerate() {
            let lanes = value.to_array();
            for (row, &number) in numbers.chunks_exact_mut(values.len()).zip(lanes.as_ref()) {
                row[column] = number;
            }
        }
        numbers
    }
}
