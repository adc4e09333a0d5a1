//! Dense layers of each size up to some, so that what a processor does with blocks of rows and of
//! columns, and with what is left over, is seen: by the interpreter, and by loops as in a textbook.

use trimpot::interpreter::Interpreter;
use trimpot::layer::DenseSpec;
use trimpot::loss::{MeanSquaredError, SliceLoss};
use trimpot::plan::{Plan, PlannedStep};
use trimpot::random::Random;
use trimpot::spec::{Dims, LayerSpec, NetworkSpec};

use crate::fingerprint::Print;
use crate::interpreted::{Interpreted, PARAMETERS, first};

/// More than two blocks of eight columns, and of two and of eight rows.
const COLUMNS: usize = 19;
const ROWS: usize = 11;
const LEARNING_RATE: f32 = 0.1;
const STEPS: usize = 3;

/// Trains a network of two dense layers for each size, and returns the fingerprints of all that
/// came out: by the loops, and by the interpreter.
pub(crate) fn dense_of_each_size() -> [u32; 2] {
    let mut prints = [Print::new(), Print::new()];
    for columns in 1..=COLUMNS {
        for rows in 1..=ROWS {
            train(columns, rows, &mut prints);
        }
    }
    prints.map(Print::value)
}

/// Trains from so many numbers to fewer or more, and back.
fn train(columns: usize, rows: usize, [by_loops, by_interpreter]: &mut [Print; 2]) {
    let [inputs, outputs] = [columns, rows].map(|count| count as u32);
    let layers = [
        LayerSpec::Dense(DenseSpec { inputs, outputs }),
        LayerSpec::Dense(DenseSpec { inputs: outputs, outputs: inputs }),
    ];
    let mut steps = [PlannedStep::EMPTY; 2];
    let spec = NetworkSpec { input: Dims::vector(inputs), layers: &layers };
    let Ok(plan) = Plan::new(spec, &mut steps) else { return };
    let Ok(interpreter) = Interpreter::new(plan, &[]) else { return };

    let mut random = Random::new((columns * 100 + rows) as u32);
    let (mut own, mut others) = ([0.0; PARAMETERS], [0.0; PARAMETERS]);
    let own = first(&mut own, 2 * columns * rows + columns + rows);
    let others = first(&mut others, own.len());
    fill(own, &mut random);
    others.copy_from_slice(own);
    let mut network = Interpreted { interpreter: &interpreter, parameters: others };
    for _ in 0..STEPS {
        let (mut input, mut target) = ([0.0; COLUMNS], [0.0; COLUMNS]);
        let (input, target) = (first(&mut input, columns), first(&mut target, columns));
        fill(input, &mut random);
        fill(target, &mut random);

        let mut gradient = [0.0; PARAMETERS];
        let gradient = first(&mut gradient, own.len());
        let loss = backpropagate(own, rows, input, target, gradient, None);
        by_loops.add(loss);
        by_loops.add_all(gradient);
        by_loops.add(backpropagate(own, rows, input, target, gradient, Some(LEARNING_RATE)));
        by_loops.add_all(own);

        network.accumulate(input, target, 0, |loss, gradient| {
            by_interpreter.add(loss);
            by_interpreter.add_all(gradient);
        });
        by_interpreter.add(network.train_step(input, target, LEARNING_RATE, 0));
        by_interpreter.add_all(network.parameters);
    }
}

fn fill(numbers: &mut [f32], random: &mut Random) {
    numbers.fill_with(|| 2.0 * random.uniform() - 1.0);
}

/// Runs through both layers and back. Writes the gradient, or descends at once if there is a
/// learning rate. Returns the loss.
fn backpropagate(
    parameters: &mut [f32],
    rows: usize,
    input: &[f32],
    target: &[f32],
    gradient: &mut [f32],
    learning_rate: Option<f32>,
) -> f32 {
    let at = rows * input.len() + rows;
    let (one, two) = parameters.split_at_mut(at);
    let (mut hidden, mut output) = ([0.0; ROWS], [0.0; COLUMNS]);
    let (hidden, output) = (first(&mut hidden, rows), first(&mut output, input.len()));
    forward(one, input, hidden);
    forward(two, hidden, output);
    let (mut pulled_back, mut slope) = ([0.0; ROWS], [0.0; COLUMNS]);
    let (pulled_back, slope) = (first(&mut pulled_back, rows), first(&mut slope, input.len()));
    let loss = MeanSquaredError.slice_gradient(output, target, slope);
    for (row, &dy) in two.chunks(rows).zip(&*slope) {
        for (sum, &weight) in pulled_back.iter_mut().zip(row) {
            *sum += dy * weight;
        }
    }
    match learning_rate {
        Some(rate) => {
            add_products(two, slope.iter().map(|dy| -rate * dy), hidden);
            add_products(one, pulled_back.iter().map(|dy| -rate * dy), input);
        }
        None => {
            let (one, two) = gradient.split_at_mut(at);
            add_products(two, slope.iter().copied(), hidden);
            add_products(one, pulled_back.iter().copied(), input);
        }
    }
    loss
}

/// `W·x + b`.
fn forward(parameters: &[f32], input: &[f32], output: &mut [f32]) {
    let (weight, bias) = parameters.split_at(input.len() * output.len());
    for ((output, row), &bias) in output.iter_mut().zip(weight.chunks(input.len())).zip(bias) {
        *output = row.iter().zip(input).fold(bias, |sum, (&weight, &x)| sum + weight * x);
    }
}

/// Adds the products of factors and input to the weights, and the factors to the biases.
fn add_products(
    parameters: &mut [f32],
    factors: impl ExactSizeIterator<Item = f32> + Clone,
    input: &[f32],
) {
    let (weight, bias) = parameters.split_at_mut(input.len() * factors.len());
    for (row, factor) in weight.chunks_mut(input.len()).zip(factors.clone()) {
        for (weight, &x) in row.iter_mut().zip(input) {
            *weight += factor * x;
        }
    }
    for (bias, factor) in bias.iter_mut().zip(factors) {
        *bias += factor;
    }
}
