//! Optimizers: how a gradient changes the parameters.
//!
//! An optimizer is a rule for one parameter, over [`Lanes`]: with vectors it changes 4, 8 or 16
//! parameters at once, with the same bits. What it remembers of each parameter is its
//! [`State`](Optimizer::State), which the caller owns: an array on the board, a `Vec` on the host.
//!
//! | optimizer | numbers it remembers of each parameter | good for |
//! |---|---|---|
//! | [`Sgd`] | 1 | the best result, if the learning rate is well chosen |
//! | [`RmsProp`] | 1 | gradients of very different sizes |
//! | [`Adagrad`] | 1 | features that are rare |
//! | [`Adadelta`] | 2 | no idea of a learning rate |
//! | [`Adam`] | 2 | most networks, with little care |
//! | [`AdamW`] | 2 | the same, with weight decay |
//! | [`Lion`] | 1 | large batches, little memory |
//!
//! Those that square gradients take one beyond ±2⁶³ (9·10¹⁸), infinite ones too, for ±2⁶³: the
//! square of 2⁶⁴ is no `f32` any more, and an infinite number among what is remembered would stop
//! the parameter for ever. NaN stays NaN.
//!
//! What decays stops at zero or above 10⁻³², where it is still a normal number: subnormal ones would
//! take some processors a hundred times as long. It is as PyTorch has it while it is above 3·10⁻¹⁷
//! (averages of squares 3·10⁻²³).
//!
//! One whose kind is known when the program runs is an [`AnyOptimizer`]: of [`OPTIMIZERS`] by name,
//! with the bits of the type.
//!
//! To stop and go on with the same bits, keep the parameters, their states as plain numbers
//! (`state.as_ref()`), and how many steps were made; then [`resume`](Optimizer::resume).
//!
//! Beside them: learning rates that change ([`schedule`](crate::schedule)), gradients that are too
//! large ([`clip`](crate::clip)), averages of parameters ([`average`](crate::average)), and when to
//! stop ([`early_stopping`](crate::early_stopping)).
//!
//! For plain gradient descent without memory see
//! [`Network::train_step`](crate::network::Network::train_step), which needs no gradient buffer
//! either.

mod adadelta;
mod adagrad;
mod adam;
mod adam_w;
mod any;
mod lion;
mod rms_prop;
mod sgd;

pub use adadelta::Adadelta;
pub use adagrad::Adagrad;
pub use adam::Adam;
pub use adam_w::AdamW;
pub use any::{AnyOptimizer, OPTIMIZERS, OptimizerSpec};
pub use lion::Lion;
pub use rms_prop::RmsProp;
pub use sgd::Sgd;

use crate::ParameterError;
use crate::lanes::Lanes;

/// The largest learning rate that a tuner and the command `trimpot` take: with it one step on a
/// gradient of norm 1 moves parameters by 1000, where most are below 1. A larger one is a slip of
/// the pen. Optimizers themselves take any finite one.
pub const LARGEST_LEARNING_RATE: f32 = 1000.0;

/// A rule that changes parameters by their gradient.
pub trait Optimizer {
    /// What is remembered of each parameter, zero at first: an array, so that checkpoints see
    /// numbers.
    type State<V: Lanes>: Copy + Default + AsRef<[V]> + AsMut<[V]>;

    /// Returns how many numbers of the state it uses, the first ones: all, unless its kind is known
    /// at run time only ([`AnyOptimizer`]).
    fn state_len(&self) -> usize {
        size_of::<Self::State<f32>>() / size_of::<f32>()
    }

    /// Begins the next step: every parameter is updated once after it.
    #[inline(always)]
    fn advance(&mut self) {
        self.resume(1);
    }

    /// Goes on by `steps` steps at once, with the bits that as many calls of
    /// [`advance`](Self::advance) give, and in no more time than one of them: all that an optimizer
    /// remembers itself is how many steps were made. The learning rate is left as it is.
    ///
    /// ```
    /// use trimpot::optimizer::{Adam, Optimizer, step};
    ///
    /// let (mut adam, mut parameters, mut state) = (Adam::new(0.1)?, [1.0], [[0.0; 2]]);
    /// (0..7).for_each(|_| step(&mut adam, &mut parameters, &[0.5], &mut state));
    ///
    /// let mut resumed = Adam::new(0.1)?;
    /// resumed.resume(7);
    /// assert_eq!(resumed, adam);
    /// # Ok::<(), trimpot::ParameterError>(())
    /// ```
    fn resume(&mut self, steps: u32);

    /// Returns the new value of a parameter.
    fn update<V: Lanes>(&self, parameter: V, gradient: V, state: &mut Self::State<V>) -> V;

    /// Updates all parameters, each by itself. The three runs belong together; what is beyond the
    /// shortest of them is left as it is.
    #[inline(always)]
    fn update_all<V: Lanes>(
        &self,
        parameters: &mut [V],
        gradient: &[V],
        state: &mut [Self::State<V>],
    ) {
        update_each(self, parameters, gradient, state);
    }

    /// Returns the learning rate.
    fn learning_rate(&self) -> f32;

    /// Changes the learning rate, which is finite and not negative: for schedules.
    ///
    /// # Errors
    /// If `learning_rate` is out of range.
    fn set_learning_rate(&mut self, learning_rate: f32) -> Result<(), ParameterError>;
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
    optimizer.update_all(parameters, gradient, state);
}

/// [`Optimizer::update_all`], by [`Optimizer::update`].
#[inline]
fn update_each<V: Lanes, O: Optimizer + ?Sized>(
    optimizer: &O,
    parameters: &mut [V],
    gradient: &[V],
    state: &mut [O::State<V>],
) {
    V::vectorize(
        optimizer,
        #[inline(always)]
        |optimizer| {
            for ((parameter, &gradient), state) in parameters.iter_mut().zip(gradient).zip(state) {
                *parameter = optimizer.update(*parameter, gradient, state);
            }
        },
    )
}

/// Returns an error unless `value` is in [0, 1): how much of the past an average keeps.
fn check_decay(name: &'static str, value: f32) -> Result<f32, ParameterError> {
    ParameterError::unless((0.0..1.0).contains(&value), name, value, "[0, 1)")?;
    Ok(value)
}

/// Returns an error unless the learning rate is finite and not negative.
fn check_learning_rate(learning_rate: f32) -> Result<f32, ParameterError> {
    ParameterError::not_negative("learning_rate", learning_rate)
}

/// The largest gradient that is squared, 2⁶³: averages of its square are finite.
const LARGEST: f32 = 9_223_372_036_854_775_808.0;

/// Returns the gradient, cut to ±[`LARGEST`].
///
/// After a larger one a parameter goes on as if it had been this large, and is free again sooner.
/// (Rejected: to remember the root of an average and not the average, which holds the squares of
/// all numbers, but scales by the larger of two in each step: eight operations more for a
/// parameter, where these are two.)
#[inline(always)]
fn bounded<V: Lanes>(gradient: V) -> V {
    // `max` and `min` give their argument where either is NaN: NaN stays.
    V::splat(-LARGEST).max(V::splat(LARGEST).min(gradient))
}

/// 2⁻⁸⁰: what [`settled`] adds and takes off again.
const ROUNDING: f32 = 1.0 / (1_u128 << 80) as f32;

/// Returns an average of gradients, to a multiple of 2⁻¹⁰³ where it is small.
///
/// Where gradients have ended (a unit that is dead), an average decays until it rounds to itself:
/// 0.9 times the four smallest numbers there are is themselves. There, among the subnormal numbers,
/// a product takes some processors a hundred cycles, in every step, for ever. Rounded, it stops
/// where its product with a learning rate is a normal number, too. An average from 2⁻⁵⁵ (3·10⁻¹⁷)
/// on stays as it is.
#[inline(always)]
fn settled<V: Lanes>(average: V) -> V {
    average + V::splat(ROUNDING) - V::splat(ROUNDING)
}

/// 2⁻¹⁰⁰: what [`raised`] adds.
const RAISE: f32 = 1.0 / (1_u128 << 100) as f32;

/// Returns an average of squares, 2⁻¹⁰⁰ larger: it never decays to a subnormal number, of which a
/// root takes as long as a product does. One from 2⁻⁷⁵ (3·10⁻²³) on stays as it is; the root of a
/// smaller one is nothing beside ε.
#[inline(always)]
fn raised<V: Lanes>(average: V) -> V {
    average + V::splat(RAISE)
}

/// Returns the gradient with that of weight decay, `½·λ·p²`, added.
///
/// Without decay nothing is added, not even 0, so that an infinite parameter does no harm there.
#[inline(always)]
fn decayed<V: Lanes>(gradient: V, parameter: V, weight_decay: f32) -> V {
    if weight_decay == 0.0 { gradient } else { V::splat(weight_decay).mul_add(parameter, gradient) }
}
