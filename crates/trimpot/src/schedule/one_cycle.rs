use super::cosine::ease;
use super::{Schedule, check_learning_rate};
use crate::ParameterError;
use crate::lanes::Lanes;

/// Up from `a / d` to the largest learning rate `a`, then down to `a / (d·e)` in the last of `T`
/// steps, both along half a cosine; the peak is in step `w·T − 1`, with the share `w` for the way
/// up.
///
/// A large learning rate in the middle finds wide minima, so that runs can be short.
///
/// PyTorch `OneCycleLR`, which moves momentum too. Smith and Topin 2018, "Super-Convergence".
///
/// ```
/// use trimpot::schedule::{OneCycle, Schedule};
/// let cycle = OneCycle::new(0.1, 100)?;
/// assert!((cycle.learning_rate(0) - 0.004).abs() < 1e-8);
/// assert!((cycle.learning_rate(29) - 0.1).abs() < 1e-7);
/// assert!((cycle.learning_rate(99) - 4e-7).abs() < 1e-12);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OneCycle {
    largest: f32,
    steps: u32,
    share: f32,
    /// d and e.
    divisors: [f32; 2],
}

impl OneCycle {
    /// Creates a schedule with PyTorch's settings: w = 0.3, d = 25, e = 10⁴. `largest` is finite
    /// and not negative. After its last step, the learning rate stays.
    ///
    /// # Errors
    /// If `largest` or `steps` is out of range.
    pub fn new(largest: f32, steps: u32) -> Result<Self, ParameterError> {
        let largest = check_learning_rate("largest", largest)?;
        Ok(OneCycle { largest, steps, share: 0.3, divisors: [25.0, 1e4] })
    }

    /// Goes up for the share w = `share`, in [0, 1), of the steps.
    ///
    /// # Errors
    /// If `share` is out of range.
    pub fn with_warm_up(self, share: f32) -> Result<Self, ParameterError> {
        ParameterError::unless((0.0..1.0).contains(&share), "share", share, "[0, 1)")?;
        Ok(OneCycle { share, ..self })
    }

    /// Begins at the `first`-th part of the largest learning rate, and ends at the `last`-th part
    /// of that: both finite and at least 1.
    ///
    /// # Errors
    /// If `first` or `last` is out of range.
    pub fn with_divisors(self, first: f32, last: f32) -> Result<Self, ParameterError> {
        for (name, value) in [("first", first), ("last", last)] {
            let valid = value >= 1.0 && value.is_finite();
            ParameterError::unless(valid, name, value, "[1, inf)")?;
        }
        Ok(OneCycle { divisors: [first, last], ..self })
    }
}

impl Schedule for OneCycle {
    fn learning_rate(&self, step: u32) -> f32 {
        let [first, last] = self.divisors;
        let initial = self.largest / first;
        let (peak, step) = (self.share * self.steps as f32 - 1.0, step as f32);
        if step < peak {
            return ease(initial, self.largest, step / peak);
        }
        let end = self.steps as f32 - 1.0;
        // From the end, so that small learning rates are precise; `min` makes 1 of what is no
        // number.
        let left = Lanes::max(end - step, 0.0) / (end - peak);
        ease(initial / last, self.largest, Lanes::min(left, 1.0))
    }
}
