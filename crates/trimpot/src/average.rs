//! Averages of a network's parameters over the steps of a run: they often predict better than the
//! last.

use crate::ParameterError;

/// An exponential moving average: `a ← d·a + (1 − d)·p` after each step, and `a ← p` after the
/// first.
///
/// Because it begins with the first parameters and not with 0, it needs no correction of a bias.
/// With a ramp, `d` is `min(d, (1 + n)/(10 + n))` in update `n`, counted from 0, so that early
/// parameters are forgotten sooner.
///
/// PyTorch `swa_utils.AveragedModel` with `get_ema_avg_fn(decay)`; TensorFlow
/// `ExponentialMovingAverage`, whose `num_updates` is the ramp. Polyak and Juditsky 1992.
///
/// ```
/// use trimpot::average::MovingAverage;
/// let mut moving = MovingAverage::new(0.75)?;
/// let mut average = [0.0; 2];
/// moving.update(&mut average, &[4.0, 8.0]);
/// moving.update(&mut average, &[8.0, 8.0]);
/// assert_eq!(average, [5.0, 8.0]);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MovingAverage {
    decay: f32,
    ramp: bool,
    updates: u32,
}

impl MovingAverage {
    /// Creates an average of which the share d = `decay`, in [0, 1), stays from update to update;
    /// no ramp.
    ///
    /// # Errors
    /// If `decay` is out of range.
    pub fn new(decay: f32) -> Result<Self, ParameterError> {
        ParameterError::unless((0.0..1.0).contains(&decay), "decay", decay, "[0, 1)")?;
        Ok(MovingAverage { decay, ramp: false, updates: 0 })
    }

    /// Lowers the decay at first.
    pub fn with_ramp(self) -> Self {
        MovingAverage { ramp: true, ..self }
    }

    /// Goes on after this many updates, with the average that the caller stored.
    pub fn resume(self, updates: u32) -> Self {
        MovingAverage { updates, ..self }
    }

    /// Returns how many updates there were.
    #[must_use]
    pub fn updates(&self) -> u32 {
        self.updates
    }

    /// Takes the parameters after a step into the average. What is beyond the shorter run is left
    /// as it is.
    pub fn update(&mut self, average: &mut [f32], parameters: &[f32]) {
        let number = self.updates as f32;
        let ramp = if self.ramp { (1.0 + number) / (10.0 + number) } else { 1.0 };
        let decay = if ramp < self.decay { ramp } else { self.decay };
        for (average, &parameter) in average.iter_mut().zip(parameters) {
            // At first not 0 times what was there, which may be NaN.
            *average = if self.updates == 0 {
                parameter
            } else {
                decay * *average + (1.0 - decay) * parameter
            };
        }
        self.updates = self.updates.saturating_add(1);
    }
}
