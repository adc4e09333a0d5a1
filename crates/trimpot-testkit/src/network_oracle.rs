//! Networks in `f64`, from their textbook formulas. Gradients are measured by differences.

use crate::oracle::{sigmoid, tanh};

/// A layer by what it does.
#[derive(Clone, Debug)]
pub enum Layer {
    /// Fully connected to this many outputs: `W` row by row, then `b`.
    Dense(usize),
    /// `max(x, 0)`.
    Relu,
    /// The logistic function.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// Multiplies each element with a number: what dropout does once its mask is drawn.
    Scale(Vec<f64>),
}

/// The output of layers for an input. `parameters` holds those of all layers in order.
///
/// # Panics
/// If there are too few parameters.
#[must_use]
pub fn forward(layers: &[Layer], mut parameters: &[f64], input: &[f64]) -> Vec<f64> {
    let mut x = input.to_vec();
    for layer in layers {
        x = match layer {
            Layer::Dense(outputs) => {
                let (weight, rest) = parameters.split_at(outputs * x.len());
                let (bias, rest) = rest.split_at(*outputs);
                parameters = rest;
                let row = |row: &[f64]| row.iter().zip(&x).map(|(w, x)| w * x).sum::<f64>();
                weight.chunks(x.len()).zip(bias).map(|(w, b)| row(w) + b).collect()
            }
            Layer::Relu => x.iter().map(|x| x.max(0.0)).collect(),
            Layer::Sigmoid => x.iter().map(|&x| sigmoid(x)).collect(),
            Layer::Tanh => x.iter().map(|&x| tanh(x)).collect(),
            Layer::Scale(factors) => x.iter().zip(factors).map(|(x, f)| x * f).collect(),
        };
    }
    assert!(parameters.is_empty(), "{} parameters too many", parameters.len());
    x
}

/// The gradient of a function at a point, by central differences.
#[must_use]
pub fn differences(at: &[f64], value: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let step = 1e-6;
    let mut moved = at.to_vec();
    (0..at.len())
        .map(|i| {
            moved[i] = at[i] + step;
            let above = value(&moved);
            moved[i] = at[i] - step;
            let below = value(&moved);
            moved[i] = at[i];
            (above - below) / (2.0 * step)
        })
        .collect()
}
