//! How a tuner learns.

use trimpot::ParameterError;

/// How a [`Tuner`](crate::Tuner) learns.
///
/// ```
/// use trimpot_tuner::Settings;
/// let settings = Settings::new().with_rate(0.02)?.with_replays(8);
/// assert!(settings.with_tolerance(-1.0).is_err());
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Settings {
    pub(crate) rate: f32,
    pub(crate) replays: u32,
    pub(crate) tolerance: f32,
    pub(crate) seed: u32,
}

impl Settings {
    /// A learning rate of 0.02, 40 replayed samples for each new one, a tolerance of 0.1, and seed 0.
    ///
    /// With digits (64-32-10, trained on MNIST, then 100 samples of a new kind) rates of 0.01 to 0.02 and
    /// 10 to 40 replays learn the new kind and keep the old; larger rates forget the old, and from 0.1
    /// on learn badly.
    pub const fn new() -> Self {
        Settings { rate: 0.02, replays: 40, tolerance: 0.1, seed: 0 }
    }

    /// The learning rate of every step: positive and finite.
    pub fn with_rate(self, rate: f32) -> Result<Self, ParameterError> {
        check(rate > 0.0, "rate", rate, "(0, inf)")?;
        Ok(Settings { rate, ..self })
    }

    /// How many steps on replayed samples follow the step on a new one.
    pub const fn with_replays(self, replays: u32) -> Self {
        Settings { replays, ..self }
    }

    /// How much worse new weights may do than those kept, and still be kept: their mean loss on the
    /// replayed samples may be up to `1 + tolerance` times as large. Finite and not negative.
    pub fn with_tolerance(self, tolerance: f32) -> Result<Self, ParameterError> {
        check(tolerance >= 0.0, "tolerance", tolerance, "[0, inf)")?;
        Ok(Settings { tolerance, ..self })
    }

    /// The seed of initial weights, of the choice of replayed samples and of dropout.
    pub const fn with_seed(self, seed: u32) -> Self {
        Settings { seed, ..self }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings::new()
    }
}

fn check(
    valid: bool,
    name: &'static str,
    value: f32,
    range: &'static str,
) -> Result<(), ParameterError> {
    if valid && value.is_finite() { Ok(()) } else { Err(ParameterError { name, value, range }) }
}
