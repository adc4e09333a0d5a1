use super::{Schedule, check_learning_rate};
use crate::ParameterError;
use crate::math::sin_pi;

/// `b + (a − b)·½(1 + cos(π·t/T))` in step `t`, and `b` from step `T` on: from `a` to `b` along
/// half a cosine, slowly at both ends.
///
/// PyTorch `CosineAnnealingLR(T_max, eta_min)`, which turns back up after T; Keras `CosineDecay`.
/// Loshchilov and Hutter 2017, without restarts.
///
/// ```
/// use trimpot::schedule::{Cosine, Schedule};
/// let cosine = Cosine::new(1.0, 0.0, 100)?;
/// assert!((cosine.learning_rate(50) - 0.5).abs() < 1e-6);
/// assert_eq!([0, 100, 200].map(|step| cosine.learning_rate(step)), [1.0, 0.0, 0.0]);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cosine {
    from: f32,
    to: f32,
    steps: u32,
}

impl Cosine {
    /// Creates a schedule from one learning rate to the other, finite and not negative, in this
    /// many steps; with 0 steps it is at `to` from the start.
    ///
    /// # Errors
    /// If `from`, `to` or `steps` is out of range.
    pub fn new(from: f32, to: f32, steps: u32) -> Result<Self, ParameterError> {
        Ok(Cosine {
            from: check_learning_rate("from", from)?,
            to: check_learning_rate("to", to)?,
            steps,
        })
    }
}

impl Schedule for Cosine {
    fn learning_rate(&self, step: u32) -> f32 {
        let left = self.steps.saturating_sub(step) as f32 / self.steps.max(1) as f32;
        ease(self.to, self.from, left)
    }
}

/// From `low` at 0 to `high` at 1, along half a cosine.
///
/// `½(1 − cos πx)` is `sin² ½πx`, which is precise near 0 too: the end of a schedule, where the
/// learning rate is small, is where `1 + cos` would cancel.
pub(super) fn ease(low: f32, high: f32, x: f32) -> f32 {
    let sine = sin_pi(0.5 * x);
    low + (high - low) * (sine * sine)
}
