use super::{Linear, Schedule, check_learning_rate};
use crate::ParameterError;

/// Evenly from a small learning rate to the first of another schedule in `T` steps, then that
/// schedule from its step 0: what an optimizer with a memory needs before it can trust it.
///
/// PyTorch `SequentialLR` of `LinearLR` and the other.
///
/// ```
/// use trimpot::schedule::{Constant, Schedule, WarmUp};
/// let schedule = WarmUp::new(0.0, 4, Constant::new(0.1)?)?;
/// assert_eq!([0, 2, 4, 9].map(|step| schedule.learning_rate(step)), [0.0, 0.05, 0.1, 0.1]);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WarmUp<S> {
    first: Linear,
    steps: u32,
    then: S,
}

impl<S: Schedule> WarmUp<S> {
    /// Creates a schedule from the learning rate `from`, finite and not negative, in this many
    /// steps to the first learning rate of `then`.
    ///
    /// # Errors
    /// If `from` or `steps` is out of range.
    pub fn new(from: f32, steps: u32, then: S) -> Result<Self, ParameterError> {
        let first = Linear::new(check_learning_rate("from", from)?, then.learning_rate(0), steps)?;
        Ok(WarmUp { first, steps, then })
    }
}

impl<S: Schedule> Schedule for WarmUp<S> {
    fn learning_rate(&self, step: u32) -> f32 {
        match step.checked_sub(self.steps) {
            Some(step) => self.then.learning_rate(step),
            None => self.first.learning_rate(step),
        }
    }
}
