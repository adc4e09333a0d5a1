use core::num::NonZeroU32;

use super::{Schedule, check_learning_rate};
use crate::ParameterError;
use crate::math::{exp, ln};

/// `a·fⁿ` with `n = ⌊t / k⌋` in step `t`: `k` steps at one learning rate, then `f` times as much.
///
/// PyTorch `StepLR`; Keras `ExponentialDecay(staircase=True)`.
///
/// ```
/// use trimpot::schedule::{Schedule, StepDecay};
/// let halves = StepDecay::new(0.8, 0.5, 30)?;
/// assert_eq!([0, 29, 30, 90].map(|step| halves.learning_rate(step)), [0.8, 0.8, 0.4, 0.1]);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepDecay {
    learning_rate: f32,
    factor: f32,
    every: NonZeroU32,
}

impl StepDecay {
    /// Creates a schedule that begins at `learning_rate`, finite and not negative; times f =
    /// `factor`, in (0, 1], after every k = `every` steps, at least 1.
    ///
    /// # Errors
    /// If `learning_rate`, `factor` or `every` is out of range.
    pub fn new(learning_rate: f32, factor: f32, every: u32) -> Result<Self, ParameterError> {
        let (learning_rate, factor) =
            (check_learning_rate("learning_rate", learning_rate)?, check_factor(factor)?);
        let zero = ParameterError { name: "every", value: 0.0, range: "[1, inf)" };
        Ok(StepDecay { learning_rate, factor, every: NonZeroU32::new(every).ok_or(zero)? })
    }
}

impl Schedule for StepDecay {
    fn learning_rate(&self, step: u32) -> f32 {
        // The power by squaring, which is exact for halves and the like.
        let (mut power, mut square, mut left) = (1.0, self.factor, step / self.every);
        while left > 0 {
            if left & 1 == 1 {
                power *= square;
            }
            square *= square;
            left >>= 1;
        }
        self.learning_rate * power
    }
}

/// `a·fᵗ` in step `t`.
///
/// Computed as `a·exp(t·ln f)`, whose error grows with how far the learning rate has fallen and not
/// with the number of steps, as that of a product would.
///
/// PyTorch `ExponentialLR`; Keras `ExponentialDecay`.
///
/// ```
/// use trimpot::schedule::{Exponential, Schedule};
/// let slow = Exponential::new(0.1, 0.999)?;
/// assert_eq!(slow.learning_rate(0), 0.1);
/// assert!((slow.learning_rate(1000) - 0.036_77).abs() < 1e-5);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exponential {
    learning_rate: f32,
    ln_factor: f32,
}

impl Exponential {
    /// Creates a schedule that begins at `learning_rate`, finite and not negative; times f =
    /// `factor`, in (0, 1], after every step.
    ///
    /// # Errors
    /// If `learning_rate` or `factor` is out of range.
    pub fn new(learning_rate: f32, factor: f32) -> Result<Self, ParameterError> {
        Ok(Exponential {
            learning_rate: check_learning_rate("learning_rate", learning_rate)?,
            ln_factor: ln(check_factor(factor)?),
        })
    }
}

impl Schedule for Exponential {
    fn learning_rate(&self, step: u32) -> f32 {
        self.learning_rate * exp(step as f32 * self.ln_factor)
    }
}

fn check_factor(factor: f32) -> Result<f32, ParameterError> {
    ParameterError::unless(factor > 0.0 && factor <= 1.0, "factor", factor, "(0, 1]")?;
    Ok(factor)
}
