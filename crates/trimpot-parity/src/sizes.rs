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
    // An interpreter that is not to be had has no fingerprint, and the loops have one.
    by_loops.add(inputs as f32);
    let Ok(plan) = Plan::new(spec, &mut steps) else { return };
    let Ok(interpreter) = Interpreter::new(plan, &[]) else { return };
    by_interpreter.add(inputs as f32);

    let mut random = Random::new((columns * 100 + rows) as u32);
    let (mut own, mut others) = ([0.0; PARAMETERS], [0.0; PARAMETERS]);
    let own = first(&mut own, 2 * columns * rows + columns + rows);
    let others = first(&mut others, own.len());
    fill(own, &mut random);
    others.iter_mut().zip(&*own).for_each(|(to, &from)| *to = from);
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

/// Draws numbers between -1 and 1, some of which are zero, or nearly.
fn fill(numbers: &mut [f32], random: &mut Random) {
    numbers.fill_with(|| match random.below(16) {
        0 => 0.0,
        1 => -0.0,
        2 => 1e-40,
        _ => 2.0 * random.uniform() - 1.0,
    });
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
    let Some((one, two)) = parameters.split_at_checked(at) else { return f32::NAN };
    let (mut hidden, mut output) = ([0.0; ROWS], [0.0; COLUMNS]);
    let (hidden, output) = (first(&mut hidden, rows), first(&mut output, input.len()));
    forward(one, input, hidden);
    forward(two, hidden, output);
    let (mut hidden_gradient, mut output_gradient) = ([0.0; ROWS], [0.0; COLUMNS]);
    let (hidden_gradient, output_gradient) =
        (first(&mut hidden_gradient, rows), first(&mut output_gradient, input.len()));
    let loss = MeanSquaredError.slice_gradient(output, target, output_gradient);
    for (row, &dy) in two.chunks(rows.max(1)).zip(&*output_gradient) {
        for (sum, &weight) in hidden_gradient.iter_mut().zip(row) {
            *sum += dy * weight;
        }
    }
    let to = if learning_rate.is_some() { parameters } else { gradient };
    let Some((one, two)) = to.split_at_mut_checked(at) else { return f32::NAN };
    add_products(two, output_gradient, hidden, learning_rate);
    add_products(one, hidden_gradient, input, learning_rate);
    loss
}

/// `W·x + b`.
fn forward(parameters: &[f32], input: &[f32], output: &mut [f32]) {
    let at = input.len() * output.len();
    let Some((weight, bias)) = parameters.split_at_checked(at) else { return };
    let rows = weight.chunks(input.len().max(1));
    for ((output, row), &bias) in output.iter_mut().zip(rows).zip(bias) {
        *output = row.iter().zip(input).fold(bias, |sum, (&weight, &x)| sum + weight * x);
    }
}

/// Adds the gradient to weights and biases: the products of output gradient and input, and the
/// output gradient. With a learning rate descends by it; a row whose output gradient is zero stays.
fn add_products(
    parameters: &mut [f32],
    output_gradient: &[f32],
    input: &[f32],
    learning_rate: Option<f32>,
) {
    let factor = |dy: f32| learning_rate.map_or(dy, |learning_rate| -learning_rate * dy);
    let at = input.len() * output_gradient.len();
    let Some((weight, bias)) = parameters.split_at_mut_checked(at) else { return };
    for (row, &dy) in weight.chunks_mut(input.len().max(1)).zip(output_gradient) {
        if dy == 0.0 && learning_rate.is_some() {
            continue;
        }
        for (weight, &x) in row.iter_mut().zip(input) {
            *weight += factor(dy) * x;
        }
    }
    for (bias, &dy) in bias.iter_mut().zip(output_gradient) {
        *bias += factor(dy);
    }
}
