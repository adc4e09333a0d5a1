//! A network described at run time, forward and backward: a sample in each lane, with the bits of
//! the same network as a type.

use std::cell::RefCell;
use std::fmt::Debug;

use trimpot::ParameterError;
use trimpot::lanes::Native;
use trimpot::layer::{
    Activation as Function, Dropout, Elu, Gelu, GeluTanh, HardSigmoid, HardSwish, HardTanh,
    LeakyRelu, Relu, Sigmoid, Silu, Softplus, Softsign, Tanh,
};
use trimpot::random::Noise;

use crate::description::{Activation, Description, parameters};
use crate::layers::Layers;
use crate::train::{Input, Tape};

/// The layers of a network. Their parameters are a run of numbers that the caller owns, as in the
/// core.
#[derive(Debug)]
pub struct DenseNetwork {
    description: Description,
    layers: Layers,
    activation: Box<dyn Elements>,
    output_activation: Option<Box<dyn Elements>>,
    dropout: Option<Dropout>,
}

/// What a pass stores of each layer.
#[derive(Debug, Default)]
struct Trace {
    /// Of the matrix.
    sums: Vec<Native>,
    /// Of the activation, if there is one.
    values: Vec<Native>,
    /// What dropout multiplies them with, and what comes of it.
    factors: Vec<Native>,
    dropped: Vec<Native>,
    /// d loss / d sums.
    output_gradient: Vec<Native>,
}

impl Trace {
    /// Returns what the next layer gets.
    fn output(&self) -> &[Native] {
        [&self.dropped, &self.values].into_iter().find(|of| !of.is_empty()).unwrap_or(&self.sums)
    }
}

/// The memory of a pass, to be used again.
#[derive(Debug, Default)]
pub struct Scratch {
    /// The features of the samples.
    pub input: Vec<Native>,
    traces: Vec<Trace>,
}

impl DenseNetwork {
    /// Layers as described.
    pub fn new(description: Description) -> Result<Self, ParameterError> {
        Ok(DenseNetwork {
            layers: description.layers()?,
            activation: elements(description.activation),
            output_activation: description.output_activation.map(elements),
            dropout: description.dropout.map(Dropout::new).transpose()?,
            description,
        })
    }

    /// Its layers, as data.
    pub fn layers(&self) -> &Layers {
        &self.layers
    }

    /// What it is made of.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Returns the output for the scratch's input, as in deployment.
    pub fn predict<'a>(&self, parameters: &[f32], scratch: &'a mut Scratch) -> &'a mut [Native] {
        self.forward(parameters, None, scratch);
        let last = scratch.traces.last_mut().expect("there is a layer");
        if last.values.is_empty() { &mut last.sums } else { &mut last.values }
    }

    /// Runs forward, lets `rest` take the output, runs backward, and leaves on the tape what the
    /// gradient of the parameters is made of; the input is there already. `rest` writes d loss / d
    /// output, which it finds zeroed.
    pub fn backpropagate<R>(
        &self,
        parameters: &[f32],
        noise: Noise<Native>,
        scratch: &mut Scratch,
        tape: &RefCell<&mut Tape>,
        rest: impl FnOnce(&[Native], &mut [Native]) -> R,
    ) -> R {
        self.forward(parameters, Some(noise), scratch);
        let traces = &mut scratch.traces;
        let last = traces.last_mut().expect("there is a layer");
        let mut output_gradient = std::mem::take(&mut last.output_gradient);
        refill(&mut output_gradient, last.sums.len());
        let result = rest(last.output(), &mut output_gradient);
        if let Some(activation) = &self.output_activation {
            activation.pull_back(&last.sums, &last.values, &mut output_gradient);
        }
        last.output_gradient = output_gradient;

        let mut end = parameters.len();
        for (number, size) in self.description.sizes.layers().enumerate().rev() {
            let at = end - self::parameters(size);
            let (before, trace) = traces[..=number].split_at_mut(number);
            let output_gradient = &trace[0].output_gradient;
            let bias = at + size.inputs * size.outputs;
            let mut tape = tape.borrow_mut();
            if let Some(before) = before.last_mut() {
                tape.matrix(at, output_gradient, Input::OfLayer(before.output()));
                refill(&mut before.output_gradient, size.inputs);
                add_input_gradient(
                    &parameters[at..bias],
                    output_gradient,
                    &mut before.output_gradient,
                );
                for (dy, &factor) in before.output_gradient.iter_mut().zip(&before.factors) {
                    *dy *= factor;
                }
                self.activation.pull_back(
                    &before.sums,
                    &before.values,
                    &mut before.output_gradient,
                );
            } else {
                tape.matrix(at, output_gradient, Input::OfNetwork { columns: size.inputs });
            }
            tape.run(bias, output_gradient);
            end = at;
        }
        result
    }

    /// Runs forward; with noise, as in training.
    fn forward(&self, parameters: &[f32], noise: Option<Noise<Native>>, scratch: &mut Scratch) {
        let layers = self.description.sizes.layers();
        let last = layers.len() - 1;
        scratch.traces.resize_with(layers.len(), Trace::default);
        let mut rest = parameters;
        let mut noise = noise;
        for (number, size) in layers.enumerate() {
            let of_layer;
            (of_layer, rest) = rest.split_at(self::parameters(size));
            let (before, after) = scratch.traces.split_at_mut(number);
            let input = before.last().map_or(&*scratch.input, Trace::output);
            let Trace { sums, values, factors, dropped, .. } = &mut after[0];
            weighted_sums(of_layer, input, size.outputs, sums);
            let hidden = number < last;
            let activation = Some(&self.activation).filter(|_| hidden);
            values.clear();
            if let Some(activation) = activation.or(self.output_activation.as_ref()) {
                activation.values(sums, values);
            }
            factors.clear();
            dropped.clear();
            // A matrix and an activation took theirs.
            noise = noise.map(|noise| noise.next_layer().next_layer());
            if let (true, Some(dropout), Some(own)) = (hidden, self.dropout, noise) {
                factors.extend((0..values.len()).map(|index| dropout.factor(own, index)));
                dropped
                    .extend(values.iter().zip(&*factors).map(|(&value, &factor)| value * factor));
                noise = Some(own.next_layer());
            }
        }
    }
}

/// So many zeros.
fn refill(values: &mut Vec<Native>, len: usize) {
    values.clear();
    values.resize(len, Native::ZERO);
}

/// How many sums do not wait for each other.
const TILE: usize = 8;

/// `W·x + b`: each output adds its products in the order of the inputs, starting from the bias.
fn weighted_sums(parameters: &[f32], input: &[Native], outputs: usize, sums: &mut Vec<Native>) {
    let (weights, biases) = parameters.split_at(input.len() * outputs);
    sums.clear();
    let (tiles, last) = biases.as_chunks::<TILE>();
    let mut rows = weights.chunks_exact(input.len());
    for biases in tiles {
        sums.extend(tile(biases, &mut rows, input));
    }
    for &bias in last {
        sums.extend(tile(&[bias], &mut rows, input));
    }
}

/// Returns the sums of the next `R` rows.
#[inline(always)]
fn tile<'a, const R: usize>(
    biases: &[f32; R],
    rows: &mut impl Iterator<Item = &'a [f32]>,
    input: &[Native],
) -> [Native; R] {
    // Cut to the same length, so that the compiler sees it.
    let rows = biases.map(|_| &rows.next().unwrap_or_default()[..input.len()]);
    let mut sums = biases.map(Native::splat);
    for (index, &x) in input.iter().enumerate() {
        for (sum, row) in sums.iter_mut().zip(rows) {
            *sum += Native::splat(row[index]) * x;
        }
    }
    sums
}

/// `Wᵀ·dy`: each input adds its products in the order of the outputs, starting from what it holds.
fn add_input_gradient(
    weights: &[f32],
    output_gradient: &[Native],
    add_input_gradient: &mut [Native],
) {
    let inputs = add_input_gradient.len();
    let (tiles, last) = add_input_gradient.as_chunks_mut::<TILE>();
    for (number, sums) in tiles.iter_mut().enumerate() {
        let mut tile = *sums;
        for (row, &dy) in weights.chunks_exact(inputs).zip(output_gradient) {
            let weights: &[f32; TILE] =
                row[number * TILE..].first_chunk().expect("the tile is in the row");
            for (sum, &weight) in tile.iter_mut().zip(weights) {
                *sum += dy * Native::splat(weight);
            }
        }
        *sums = tile;
    }
    let first = inputs - last.len();
    for (index, sum) in last.iter_mut().enumerate() {
        for (row, &dy) in weights.chunks_exact(inputs).zip(output_gradient) {
            *sum += dy * Native::splat(row[first + index]);
        }
    }
}

/// An activation whose type is not known.
trait Elements: Debug + Send + Sync {
    /// The value at each `x`.
    fn values(&self, x: &[Native], values: &mut Vec<Native>);
    /// Turns d loss / d value into d loss / d x.
    fn pull_back(&self, x: &[Native], values: &[Native], output_gradient: &mut [Native]);
}

impl<A: Function + Debug + Send + Sync> Elements for A {
    fn values(&self, x: &[Native], values: &mut Vec<Native>) {
        values.extend(x.iter().map(|&x| self.value(x)));
    }

    fn pull_back(&self, x: &[Native], values: &[Native], output_gradient: &mut [Native]) {
        for ((dy, &x), &y) in output_gradient.iter_mut().zip(x).zip(values) {
            *dy *= self.derivative(x, y);
        }
    }
}

fn elements(activation: Activation) -> Box<dyn Elements> {
    match activation {
        Activation::Relu => Box::new(Relu),
        Activation::LeakyRelu => Box::new(LeakyRelu::default()),
        Activation::Elu => Box::new(Elu::default()),
        Activation::Gelu => Box::new(Gelu),
        Activation::GeluTanh => Box::new(GeluTanh),
        Activation::Silu => Box::new(Silu),
        Activation::Sigmoid => Box::new(Sigmoid),
        Activation::Tanh => Box::new(Tanh),
        Activation::Softplus => Box::new(Softplus),
        Activation::Softsign => Box::new(Softsign),
        Activation::HardSigmoid => Box::new(HardSigmoid),
        Activation::HardSwish => Box::new(HardSwish),
        Activation::HardTanh => Box::new(HardTanh::default()),
    }
}
