//! A network that is known at run time, on the host: the core's interpreter, a sample in each lane.

use std::cell::RefCell;

use rayon::prelude::*;
use trimpot::interpreter::Interpreter;
use trimpot::lanes::{Lanes, Native};
use trimpot::plan::{Plan, PlannedStep};
use trimpot::random::Noise;
use trimpot::spec::SpecError;
use trimpot_model::layers::Layers;

use crate::dataset::Table;
use crate::train::{Tape, TapeSink};

/// The layers of a network, ready to compute. Their parameters are a run of numbers that the caller
/// owns, as in the core.
#[derive(Clone, Copy, Debug)]
pub struct DynNetwork<'a> {
    layers: &'a Layers,
    interpreter: Interpreter<'a>,
}

/// The memory of a pass, to be used again.
#[derive(Debug, Default)]
pub struct Scratch {
    /// The features of the samples.
    pub input: Vec<Native>,
    arena: Vec<Native>,
}

impl Scratch {
    /// Returns the input, and an arena of this length or more.
    fn parts(&mut self, len: usize) -> (&[Native], &mut [Native]) {
        if self.arena.len() < len {
            self.arena.resize(len, Native::ZERO);
        }
        (&self.input, &mut self.arena)
    }
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

    /// Its layers, as data.
    pub fn layers(&self) -> &'a Layers {
        self.layers
    }

    /// Returns how many values a thread has at a time, beside the input.
    pub fn values(&self) -> usize {
        let plan = self.interpreter.plan();
        plan.step_values().max(plan.inference_values())
    }

    /// Returns the output for the scratch's input, as in deployment.
    ///
    /// # Panics
    /// If there are not as many parameters as the network has, or as many features.
    pub fn predict<'s>(&self, parameters: &[f32], scratch: &'s mut Scratch) -> &'s [Native] {
        let (input, arena) = scratch.parts(self.interpreter.plan().inference_values());
        self.interpreter.predict(parameters, input, arena).expect("the lengths are right")
    }

    /// Returns the outputs for every row of features: the same bits as one at a time.
    ///
    /// # Panics
    /// If there are not as many parameters as the network has, or as many features.
    pub fn predict_rows(&self, parameters: &[f32], features: &Table) -> Table {
        self.rows(features, self.layers.outputs(), |scratch| self.predict(parameters, scratch))
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
        self.rows(features, self.latents(), |scratch| {
            let (input, arena) = scratch.parts(self.interpreter.plan().inference_values());
            self.interpreter.latent(input, arena).expect("the lengths are right")
        })
    }

    /// Returns so many values for every row of features, given what computes those of a block.
    fn rows(
        &self,
        features: &Table,
        columns: usize,
        compute: impl Fn(&mut Scratch) -> &[Native] + Sync,
    ) -> Table {
        let rows: Vec<usize> = (0..features.rows()).collect();
        let blocks = rows.par_chunks(Native::LANES).map_init(Scratch::default, |scratch, rows| {
            features.lanes(|lane| rows[lane.min(rows.len() - 1)], &mut scratch.input);
            let values: Vec<_> = compute(scratch).iter().map(|value| value.to_array()).collect();
            let row = |lane: usize| values.iter().map(move |value| value.as_ref()[lane]);
            (0..rows.len()).flat_map(row).collect::<Vec<f32>>()
        });
        Table { columns, numbers: blocks.flatten_iter().collect() }
    }

    /// Runs forward, lets `rest` take the output, runs backward, and leaves on the tape what the
    /// gradient of the parameters is made of; the input is there already. `rest` writes d loss / d
    /// output, which it finds zeroed.
    ///
    /// # Panics
    /// If there are not as many parameters as the network has, or as many features.
    pub fn backpropagate<R>(
        &self,
        parameters: &[f32],
        noise: Noise<Native>,
        scratch: &mut Scratch,
        tape: &RefCell<&mut Tape>,
        rest: impl FnOnce(&[Native], &mut [Native]) -> R,
    ) -> R {
        let (input, arena) = scratch.parts(self.interpreter.plan().step_values());
        let sink = TapeSink::new(parameters, input, tape);
        let result = self.interpreter.backpropagate(sink, noise, input, arena, rest);
        result.expect("the lengths are right")
    }
}
