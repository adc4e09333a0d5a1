use super::{Schedule, check_learning_rate, passed};
use crate::ParameterError;

/// The same learning rate in every step.
///
/// PyTorch `ConstantLR(factor=1)`.
///
/// ```
/// use trimpot::schedule::{Constant, Schedule};
/// assert_eq!(Constant::new(0.1)?.learning_rate(1000), 0.1);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constant {
    learning_rate: f32,
}

impl Constant {
    /// Creates a schedule of this learning rate, finite and not negative.
    ///
    /// # Errors
    /// If `learning_rate` is out of range.
    pub fn new(learning_rate: f32) -> Result<Self, ParameterError> {
        Ok(Constant { learning_rate: check_learning_rate("learning_rate", learning_rate)? })
    }
}

impl Schedule for Constant {
    fn learning_rate(&self, _step: u32) -> f32 {
        self.learning_rate
    }
}

/// `a + t/T·(b − a)` in step `t`, and `b` from step `T` on: evenly from `a` to `b`, up or down.
///
/// PyTorch `LinearLR`, Keras `PolynomialDecay(power=1)`.
///
/// ```
/// use trimpot::schedule::{Linear, Schedule};
/// let linear = Linear::new(1.0, 0.5, 4)?;
/// assert_eq!([0, 1, 4, 9].map(|step| linear.learning_rate(step)), [1.0, 0.875, 0.5, 0.5]);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Linear {
    from: f32,
    to: f32,
    steps: u32,
}

impl Linear {
    /// Creates a schedule from one learning rate to the other, finite and not negative, in this
    /// many steps; with 0 steps it stays at `from`.
    ///
    /// # Errors
    /// If `from`, `to` or `steps` is out of range.
    pub fn new(from: f32, to: f32, steps: u32) -> Result<Self, ParameterError> {
        Ok(Linear {
            from: check_learning_rate("from", from)?,
            to: check_learning_rate("to", to)?,
            steps,
        })
    }
}

impl Schedule for Linear {
    fn learning_rate(&self, step: u32) -> f32 {
        self.from + passed(step, self.steps) * (self.to - self.from)
    }
}
