//! Learning rates that change from step to step.
//!
//! A [`Schedule`] says which learning rate a step has; it remembers nothing, so that a run can be
//! continued anywhere. A step is whatever the caller counts: batches or epochs. They are counted
//! from 0, exactly up to 2²⁴. Every learning rate is finite and not negative, as
//! [`set_learning_rate`](crate::optimizer::Optimizer::set_learning_rate) wants it, and has the same
//! bits on every machine.
//!
//! ```
//! use trimpot::optimizer::{Adam, Optimizer, step};
//! use trimpot::schedule::{Cosine, Schedule, WarmUp};
//!
//! let schedule = WarmUp::new(0.001, 10, Cosine::new(0.1, 0.0, 190)?)?;
//! let (mut adam, mut x, mut state) = (Adam::new(0.1)?, [0.0_f32], [[0.0; 2]]);
//! for number in 0..200 {
//!     adam.set_learning_rate(schedule.learning_rate(number))?;
//!     let gradient = [2.0 * (x[0] - 3.0)];
//!     step(&mut adam, &mut x, &gradient, &mut state);
//! }
//! assert!((x[0] - 3.0).abs() < 1e-2);
//! # Ok::<(), trimpot::ParameterError>(())
//! ```

mod cosine;
mod decay;
mod linear;
mod one_cycle;
mod warm_up;

pub use cosine::Cosine;
pub use decay::{Exponential, StepDecay};
pub use linear::{Constant, Linear};
pub use one_cycle::OneCycle;
pub use warm_up::WarmUp;

use crate::ParameterError;

/// The learning rate of each step.
pub trait Schedule {
    /// Returns the learning rate of a step, counted from 0: finite and not negative.
    fn learning_rate(&self, step: u32) -> f32;
}

impl<S: Schedule + ?Sized> Schedule for &S {
    fn learning_rate(&self, step: u32) -> f32 {
        (**self).learning_rate(step)
    }
}

/// Returns which part of `steps` has passed, 1 from there on.
fn passed(step: u32, steps: u32) -> f32 {
    step.min(steps) as f32 / steps.max(1) as f32
}

/// Returns an error unless the learning rate is finite and not negative.
fn check_learning_rate(name: &'static str, learning_rate: f32) -> Result<f32, ParameterError> {
    ParameterError::not_negative(name, learning_rate)
}
