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

use self::kernel::initialize;
use super::initialization::Initialization;
use super::{Layer, Values, passes, split, split_mut};

/// What is added to a variance, so that its root is not 0: PyTorch's.
const EPSILON: f32 = 1e-5;
