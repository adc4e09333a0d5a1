//! What a training step costs on this board, and what spectra do.
//!
//! The work is fixed to the last digit, so that other libraries can be given the very same: initial
//! weights and samples come from one linear congruential generator, and the losses after 160 steps
//! tell whether a program computes the same thing.
//!
//! Losses are logged as information, costs as debug messages: the former are the same on every
//! board.

mod data;
mod spectra;

use core::hint::black_box;

use defmt::{debug, info};
use trimpot::interpreter::Interpreter;
use trimpot::layer::{Dense, DenseSpec, Relu, SgdInPlace};
use trimpot::loss::{CrossEntropy, SliceLoss};
use trimpot::optimizer::{self, Adam};
use trimpot::plan::{Plan, PlannedStep};
use trimpot::random::Noise;
use trimpot::spec::{Dims, LayerSpec, NetworkSpec};
use trimpot::{chain, network};

use self::data::Generator;
use crate::counter::{CALLS, Counter};
use crate::stack;

/// Network (a): 64-32-10.
pub type NetworkA = network!(Dense<64, 32>, Relu, Dense<32, 10>; from 64);
/// Network (b): 16-32-16-4.
pub type NetworkB = network!(Dense<16, 32>, Relu, Dense<32, 16>, Relu, Dense<16, 4>; from 16);

/// Network (a) as data.
const DATA_A: NetworkSpec = NetworkSpec {
    input: Dims::vector(64),
    layers: &[
        LayerSpec::Dense(DenseSpec { inputs: 64, outputs: 32 }),
        LayerSpec::Relu(Relu),
        LayerSpec::Dense(DenseSpec { inputs: 32, outputs: 10 }),
    ],
};

const A: usize = NetworkA::PARAMETERS;
const B: usize = NetworkB::PARAMETERS;
const SAMPLES: usize = 16;
const LEARNING_RATE: f32 = 0.05;
const ADAM_RATE: f32 = 0.001;
const LOSS: CrossEntropy = CrossEntropy::new();

/// Network (a) with no parameters yet: all zero, so that it costs no flash.
pub const fn network_a() -> NetworkA {
    NetworkA::new(chain![Dense, Relu, Dense], [0.0; A])
}

/// All that the benchmark needs in memory: for a `static`.
pub struct Benchmark {
    a: NetworkA,
    samples_a: [[f32; 64]; SAMPLES],
    b: NetworkB,
    samples_b: [[f32; 16]; SAMPLES],
    gradient: [f32; A],
    moments: [[f32; 2]; A],
}

impl Benchmark {
    /// Nothing filled in yet.
    pub const fn new() -> Self {
        Benchmark {
            a: network_a(),
            samples_a: [[0.0; 64]; SAMPLES],
            b: NetworkB::new(chain![Dense, Relu, Dense, Relu, Dense], [0.0; B]),
            samples_b: [[0.0; 16]; SAMPLES],
            gradient: [0.0; A],
            moments: [[0.0; 2]; A],
        }
    }

    /// Runs everything, and logs what it costs.
    pub fn run(&mut self, counter: &mut Counter) {
        self.fill();
        info!("parameters: {=usize} and {=usize}", A, B);

        let step = counter.cost(self, |bench, call| bench.step_a(call));
        info!("(a) loss of step 161: {=f32}", self.step_a(CALLS));
        let inference = counter.cost(self, |bench, call| bench.infer_a(call));
        debug!("(a) step: {=u32} instructions", step);
        debug!("(a) inference: {=u32} instructions", inference);

        let inference = counter.cost(self, |bench, call| bench.infer_b(call));
        let step = counter.cost(self, |bench, call| bench.step_b(call));
        info!("(b) loss of step 161: {=f32}", self.step_b(CALLS));
        debug!("(b) step: {=u32} instructions", step);
        debug!("(b) inference: {=u32} instructions", inference);

        self.fill();
        if let Ok(adam) = Adam::new(ADAM_RATE) {
            let mut batch = (&mut *self, adam);
            let step = counter.cost(&mut batch, |(bench, adam), _| bench.batch_a(adam));
            info!("(a) loss of batch 161: {=f32}", batch.0.batch_a(&mut batch.1));
            debug!("(a) batch of 16 and Adam: {=u32} instructions", step);
        }
        debug!("stack: {=usize} bytes", stack::peak());
        self.run_data(counter);
        spectra::run(self.samples_a.as_flattened(), counter);
    }

    /// Runs network (a) as data.
    #[inline(never)]
    fn run_data(&mut self, counter: &mut Counter) {
        self.fill();
        let mut steps = [PlannedStep::EMPTY; DATA_A.steps()];
        let Ok(plan) = Plan::new(black_box(DATA_A), &mut steps) else { return };
        let Ok(interpreter) = Interpreter::new(plan, &[]) else { return };
        let mut both = (self, interpreter);
        let step = counter.cost(&mut both, |(bench, network), call| bench.step_data(network, call));
        info!("(a) as data, loss of step 161: {=f32}", both.0.step_data(&interpreter, CALLS));
        let inference =
            counter.cost(&mut both, |(bench, network), call| bench.infer_data(network, call));
        debug!("(a) as data, step: {=u32} instructions", step);
        debug!("(a) as data, inference: {=u32} instructions", inference);
    }

    #[inline(never)]
    fn step_data(&mut self, network: &Interpreter, call: usize) -> f32 {
        let k = call % SAMPLES;
        let sink = SgdInPlace::new(self.a.parameters_mut(), LEARNING_RATE);
        let mut arena = [0.0; 96];
        let noise = Noise::<f32>::new(0);
        let rest = |logits: &[f32], gradient: &mut [f32]| {
            LOSS.slice_gradient(logits, k as u32 % 10, gradient)
        };
        let input = &self.samples_a[k];
        network.backpropagate(sink, noise, input, &mut arena, rest).unwrap_or(f32::NAN)
    }

    #[inline(never)]
    fn infer_data(&mut self, network: &Interpreter, call: usize) -> f32 {
        let mut arena = [0.0; 96];
        let input = &self.samples_a[call % SAMPLES];
        let logits = network.predict(self.a.parameters(), input, &mut arena);
        logits.ok().and_then(|logits| logits.first().copied()).unwrap_or(f32::NAN)
    }

    /// Samples and initial parameters, in the order that the benchmark prescribes.
    fn fill(&mut self) {
        let mut generator = Generator::new();
        (self.a, self.b) = (network_a(), NetworkB::new(Default::default(), [0.0; B]));
        generator.samples(&mut self.samples_a);
        generator.weights(self.a.parameters_mut(), &[(64, 32), (32, 10)]);
        generator.samples(&mut self.samples_b);
        generator.weights(self.b.parameters_mut(), &[(16, 32), (32, 16), (16, 4)]);
    }

    #[inline(never)]
    fn step_a(&mut self, call: usize) -> f32 {
        let k = call % SAMPLES;
        self.a.train_step(&LOSS, &self.samples_a[k], &(k as u32 % 10), LEARNING_RATE, 0)
    }

    #[inline(never)]
    fn infer_a(&mut self, call: usize) -> f32 {
        self.a.predict::<f32>(&self.samples_a[call % SAMPLES])[0]
    }

    /// Network (b) begins with sample 1, as the programs did that the other libraries' figures are
    /// from.
    #[inline(never)]
    fn step_b(&mut self, call: usize) -> f32 {
        let k = (call + 1) % SAMPLES;
        self.b.train_step(&LOSS, &self.samples_b[k], &(k as u32 % 4), LEARNING_RATE, 0)
    }

    #[inline(never)]
    fn infer_b(&mut self, call: usize) -> f32 {
        self.b.predict::<f32>(&self.samples_b[call % SAMPLES])[0]
    }

    /// One step of Adam on the mean gradient of all samples. Returns their mean loss.
    #[inline(never)]
    fn batch_a(&mut self, adam: &mut Adam) -> f32 {
        self.gradient.fill(0.0);
        let mut loss = 0.0;
        for (k, sample) in (0..).zip(&self.samples_a) {
            loss += self.a.accumulate::<f32, _>(&LOSS, sample, &(k % 10), 0, &mut self.gradient);
        }
        let share = 1.0 / SAMPLES as f32;
        for gradient in &mut self.gradient {
            *gradient *= share;
        }
        optimizer::step(adam, self.a.parameters_mut(), &self.gradient, &mut self.moments);
        loss * share
    }
}

impl Default for Benchmark {
    fn default() -> Self {
        Self::new()
    }
}
