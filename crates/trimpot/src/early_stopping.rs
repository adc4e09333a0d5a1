//! When to stop: as soon as what is watched no longer gets better.

use crate::ParameterError;

/// Stops once `patience` values in a row were not better than the best by more than `min_delta`.
///
/// What is watched is a loss on samples that are not trained on: lower is better. (Of an accuracy,
/// watch the negative.) NaN is never better. With a patience of 0 or 1, the first value that is not
/// better stops.
///
/// Keras `EarlyStopping(min_delta, patience)`.
///
/// ```
/// use trimpot::early_stopping::{EarlyStopping, Decision};
///
/// let mut stopping = EarlyStopping::new(2);
/// let decisions = [0.9, 0.5, 0.6, 0.7].map(|loss| stopping.observe(loss));
/// use Decision::{Improved, Stop, Waiting};
/// assert_eq!(decisions, [Improved, Improved, Waiting, Stop]);
/// assert_eq!(stopping.best(), Some(0.5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EarlyStopping {
    patience: u32,
    min_delta: f32,
    best: Option<f32>,
    waited: u32,
}

/// What follows from an observed value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is the best so far: the parameters are worth storing.
    Improved,
    /// It is not, and patience has not run out.
    Waiting,
    /// Patience has run out.
    Stop,
}

impl EarlyStopping {
    /// Creates a stopping rule with this patience; every improvement counts.
    #[must_use]
    pub const fn new(patience: u32) -> Self {
        EarlyStopping { patience, min_delta: 0.0, best: None, waited: 0 }
    }

    /// Sets the least improvement that counts to `min_delta`, finite and not negative.
    ///
    /// # Errors
    /// If `min_delta` is out of range.
    pub fn with_min_delta(self, min_delta: f32) -> Result<Self, ParameterError> {
        let min_delta = ParameterError::not_negative("min_delta", min_delta)?;
        Ok(EarlyStopping { min_delta, ..self })
    }

    /// Goes on with the best value so far, and how many came after it.
    #[must_use]
    pub fn resume(self, best: Option<f32>, waited: u32) -> Self {
        EarlyStopping { best, waited, ..self }
    }

    /// Takes the next value.
    pub fn observe(&mut self, value: f32) -> Decision {
        let better = self.best.map_or(!value.is_nan(), |best| value < best - self.min_delta);
        if better {
            (self.best, self.waited) = (Some(value), 0);
            return Decision::Improved;
        }
        self.waited = self.waited.saturating_add(1);
        if self.waited >= self.patience { Decision::Stop } else { Decision::Waiting }
    }

    /// Returns the best value so far, or `None` if there was no number yet.
    #[must_use]
    pub fn best(&self) -> Option<f32> {
        self.best
    }

    /// Returns how many values in a row were not better.
    #[must_use]
    pub fn waited(&self) -> u32 {
        self.waited
    }
}
