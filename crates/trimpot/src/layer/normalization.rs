//! Normalises to mean 0 and variance 1, then applies a trainable scale and shift.

mod batch;
mod kernel;
mod layer;
mod spec;
mod statistics;

pub use batch::BatchNorm;
pub use layer::LayerNorm;
pub use spec::{BatchNormSpec, LayerNormSpec};
pub use statistics::Statistics;

use super::initialization::Initialization;
use super::{GradientSink, Layer, Values, split, split_mut};

/// What is added to a variance, so that its root is not 0: PyTorch's.
const EPSILON: f32 = 1e-5;

/// Initialises scales to 1 and shifts to 0.
fn initialize(parameters: &mut [f32], channels: usize) {
    let (gamma, beta) = split_mut(parameters, channels);
    gamma.fill(1.0);
    beta.fill(0.0);
}
