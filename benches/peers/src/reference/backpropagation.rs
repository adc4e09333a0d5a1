//! Gradients of the networks that are trained, one product at a time.

use super::softmax;
use crate::network::{Convolution, Layer};

/// Adds a sample's gradient, and returns its loss.
pub fn add_gradient(
    layers: &[Layer],
    parameters: &[f64],
    input: &[f64],
    label: usize,
    gradient: &mut [f64],
) -> f64 {
    let mut values = vec![input.to_vec()];
    let mut rest = parameters;
    for (layer, value) in layers.iter().zip(0..) {
        let own = rest.split_off(..count(layer)).expect("each layer has its parameters");
        values.push(forward(layer, own, &values[value]));
    }
    let mut delta = values.pop().expect("there is an output");
    let loss = softmax(&mut delta, label);
    let (mut parameters, mut gradient) = (parameters, gradient);
    for (layer, input) in layers.iter().zip(&values).rev() {
        let start = parameters.len() - count(layer);
        let own = parameters.split_off(start..).expect("each layer has its parameters");
        let to_own = gradient.split_off_mut(start..).expect("as many as parameters");
        delta = backward(layer, own, input, &delta, to_own);
    }
    loss
}

fn count(layer: &Layer) -> usize {
    let parameters = layer.parameters();
    parameters.weights + parameters.biases
}

fn forward(layer: &Layer, parameters: &[f64], input: &[f64]) -> Vec<f64> {
    let (weight, bias) = parameters.split_at(layer.parameters().weights);
    match layer {
        Layer::Dense { inputs, outputs } => {
            Convolution::dense(*inputs, *outputs).forward(weight, bias, input)
        }
        Layer::Convolution(convolution) => convolution.forward(weight, bias, input),
        Layer::Relu => input.iter().map(|x| x.max(0.0)).collect(),
        Layer::GlobalAveragePool { channels } => {
            let area = input.len() / channels;
            input.chunks(area).map(|plane| plane.iter().sum::<f64>() / area as f64).collect()
        }
    }
}

/// Adds the gradient of the parameters, and returns that of the input.
fn backward(
    layer: &Layer,
    parameters: &[f64],
    input: &[f64],
    delta: &[f64],
    gradient: &mut [f64],
) -> Vec<f64> {
    let weights = layer.parameters().weights;
    match layer {
        Layer::Dense { inputs, outputs } => Convolution::dense(*inputs, *outputs).backward(
            &parameters[..weights],
            input,
            delta,
            gradient,
        ),
        Layer::Convolution(convolution) => {
            convolution.backward(&parameters[..weights], input, delta, gradient)
        }
        Layer::Relu => {
            delta.iter().zip(input).map(|(d, x)| if *x > 0.0 { *d } else { 0.0 }).collect()
        }
        Layer::GlobalAveragePool { channels } => {
            let area = input.len() / channels;
            delta.iter().flat_map(|d| vec![d / area as f64; area]).collect()
        }
    }
}

impl Convolution {
    /// A dense layer is a convolution over an image of one place.
    fn dense(inputs: usize, outputs: usize) -> Self {
        Convolution {
            channels: [inputs, outputs],
            groups: 1,
            kernel: [1, 1],
            stride: 1,
            padding: [0, 0],
            input: [1, 1],
            output: [1, 1],
        }
    }

    /// Visits all products: where output, input and weight are of each.
    fn products(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let [inputs, outputs] = self.channels.map(|channels| channels / self.groups);
        for output in 0..self.channels[1] {
            for input in 0..inputs {
                let plane = output / outputs * inputs + input;
                for (row, column) in places(self.output) {
                    for (y, x) in places(self.kernel) {
                        let (y_in, x_in) = (row * self.stride + y, column * self.stride + x);
                        let y_in = y_in.wrapping_sub(self.padding[0]);
                        let x_in = x_in.wrapping_sub(self.padding[1]);
                        if y_in < self.input[0] && x_in < self.input[1] {
                            visit(
                                at(self.output, output, row, column),
                                at(self.input, plane, y_in, x_in),
                                at(self.kernel, output * inputs + input, y, x),
                            );
                        }
                    }
                }
            }
        }
    }

    fn forward(&self, weight: &[f64], bias: &[f64], input: &[f64]) -> Vec<f64> {
        let area = self.output[0] * self.output[1];
        let mut output: Vec<f64> = bias.iter().flat_map(|&bias| vec![bias; area]).collect();
        self.products(|o, i, w| output[o] += weight[w] * input[i]);
        output
    }

    fn backward(
        &self,
        weight: &[f64],
        input: &[f64],
        delta: &[f64],
        gradient: &mut [f64],
    ) -> Vec<f64> {
        let mut to_input = vec![0.0; input.len()];
        let (to_weight, to_bias) = gradient.split_at_mut(weight.len());
        self.products(|o, i, w| {
            to_weight[w] += delta[o] * input[i];
            to_input[i] += delta[o] * weight[w];
        });
        let area = self.output[0] * self.output[1];
        for (to_bias, delta) in to_bias.iter_mut().zip(delta.chunks(area)) {
            *to_bias += delta.iter().sum::<f64>();
        }
        to_input
    }
}

fn places([rows, columns]: [usize; 2]) -> impl Iterator<Item = (usize, usize)> {
    (0..rows).flat_map(move |row| (0..columns).map(move |column| (row, column)))
}

fn at([rows, columns]: [usize; 2], plane: usize, row: usize, column: usize) -> usize {
    (plane * rows + row) * columns + column
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_are_central_differences() {
        let first = Convolution {
            channels: [2, 4],
            groups: 2,
            kernel: [3, 2],
            stride: 2,
            padding: [2, 1],
            input: [5, 4],
            output: [3, 3],
        };
        let layers = [
            Layer::Convolution(first),
            Layer::Relu,
            Layer::GlobalAveragePool { channels: 4 },
            Layer::Dense { inputs: 4, outputs: 3 },
        ];
        let number = |at: usize| (at as f64 * 12.9898).sin();
        let input: Vec<f64> = (0..40).map(number).collect();
        let count = layers.iter().map(count).sum();
        let mut parameters: Vec<f64> = (40..40 + count).map(number).collect();
        let mut gradient = vec![0.0; count];
        add_gradient(&layers, &parameters, &input, 1, &mut gradient);
        for at in 0..count {
            let mut loss = |step: f64| {
                let here = parameters[at];
                parameters[at] += step;
                let loss = add_gradient(&layers, &parameters, &input, 1, &mut vec![0.0; count]);
                parameters[at] = here;
                loss
            };
            let difference = (loss(1e-5) - loss(-1e-5)) / 2e-5;
            assert!(
                (difference - gradient[at]).abs() <= 1e-8,
                "{at}: {difference}, {}",
                gradient[at]
            );
        }
    }
}
