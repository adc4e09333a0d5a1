//! Optimizers: how a gradient changes the parameters.
//!
//! An optimizer is a rule for one parameter, over [`Lanes`]: with vectors it changes 4, 8 or 16
//! parameters at once, with the same bits. What it remembers of each parameter is its
//! [`State`](Optimizer::State), which the caller owns: an array on the board, a `Vec` on the host.
//!
//! For plain gradient descent without memory see
//! [`Network::descend`](crate::network::Network::descend), which needs no gradient buffer either.

mod adam;
mod rms_prop;
mod sgd;

pub use adam::Adam;
pub use rms_prop::RmsProp;
pub use sgd::Sgd;

use crate::ParameterError;
use crate::lanes::Lanes;

/// A rule that changes parameters by their gradient.
pub trait Optimizer {
    /// What is remembered of each parameter, zero at first.
    type State<V: Lanes>: Copy + Default;

    /// Begins the next step: every parameter is updated once after it.
    fn advance(&mut self);

    /// The new value of a parameter.
    fn update<V: Lanes>(&self, parameter: V, gradient: V, state: &mut Self::State<V>) -> V;

    /// The learning rate.
    fn rate(&self) -> f32;

    /// Changes the learning rate, which is finite and not negative: for schedules.
    fn set_rate(&mut self, rate: f32) -> Result<(), ParameterError>;
}

/// One step for all parameters. The three runs belong together; what is beyond the shortest of them
/// is left as it is.
///
/// ```
/// use trimpot::optimizer::{Adam, Optimizer, step};
///
/// // The minimum of (x − 3)².
/// let mut adam = Adam::new(0.1)?;
/// let (mut x, mut state) = ([0.0_f32], [<Adam as Optimizer>::State::<f32>::default()]);
/// for _ in 0..200 {
///     let gradient = [2.0 * (x[0] - 3.0)];
///     step(&mut adam, &mut x, &gradient, &mut state);
/// }
/// assert!((x[0] - 3.0).abs() < 1e-2);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[inline]
pub fn step<V: Lanes, O: Optimizer>(
    optimizer: &mut O,
    parameters: &mut [V],
    gradient: &[V],
    state: &mut [O::State<V>],
) {
    optimizer.advance();
    for ((parameter, &gradient), state) in parameters.iter_mut().zip(gradient).zip(state) {
        *parameter = optimizer.update(*parameter, gradient, state);
    }
}

/// An error unless `value` is in [0, 1): how much of the past an average keeps.
fn check_decay(name: &'static str, value: f32) -> Result<f32, ParameterError> {
    ParameterError::unless((0.0..1.0).contains(&value), name, value, "[0, 1)")?;
    Ok(value)
}
