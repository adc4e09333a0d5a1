//! Scores of predicted numbers.

use crate::lanes::Lanes;

/// How near predicted numbers are to their targets, sample by sample. Of several outputs, each has
/// scores of its own.
///
/// With targets `y`, their mean `ȳ`, predictions `p` and `n` samples:
///
/// | score | formula | scikit-learn |
/// |---|---|---|
/// | [`mae`](Self::mae) | `Σ abs(p − y) / n` | `mean_absolute_error` |
/// | [`rmse`](Self::rmse) | `sqrt(Σ (p − y)² / n)` | `root_mean_squared_error` |
/// | [`r2`](Self::r2) | `1 − Σ (p − y)² / Σ (y − ȳ)²` | `r2_score` |
///
/// Sums are in `f64`; that of squares around the mean is updated sample by sample (Welford 1962),
/// so that targets far from 0 lose no digits.
///
/// ```
/// use trimpot::metric::RegressionScores;
///
/// let mut scores = RegressionScores::new();
/// for (target, predicted) in [(1.0, 1.5), (2.0, 2.0), (3.0, 2.5)] {
///     scores.record(target, predicted);
/// }
/// assert_eq!(scores.mae(), Some(1.0 / 3.0));
/// assert_eq!(scores.r2(), Some(0.75));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RegressionScores {
    samples: u32,
    absolute: f64,
    squared: f64,
    mean: f64,
    /// The sum of squares of targets around their mean.
    spread: f64,
}

impl RegressionScores {
    /// Bytes of scores.
    pub const BYTES: usize = 36;

    /// Creates scores of no samples.
    pub const fn new() -> Self {
        RegressionScores { samples: 0, absolute: 0.0, squared: 0.0, mean: 0.0, spread: 0.0 }
    }

    /// Counts one sample. A number that is not finite makes the scores that follow from it not
    /// finite.
    pub fn record(&mut self, target: f32, predicted: f32) {
        let target = f64::from(target);
        let error = f64::from(predicted) - target;
        self.samples = self.samples.saturating_add(1);
        self.absolute += if error < 0.0 { -error } else { error };
        self.squared += error * error;
        let from_mean = target - self.mean;
        self.mean += from_mean / f64::from(self.samples);
        self.spread += from_mean * (target - self.mean);
    }

    /// Returns the scores as bytes, to be kept in memory that has no other type.
    ///
    /// ```
    /// use trimpot::metric::RegressionScores;
    ///
    /// let mut scores = RegressionScores::new();
    /// scores.record(1.0, 1.5);
    /// assert_eq!(RegressionScores::from_bytes(&scores.to_bytes()), scores);
    /// assert_eq!(RegressionScores::from_bytes(&[0; 36]), RegressionScores::new());
    /// ```
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let halves = |sum: f64| [sum.to_bits() as u32, (sum.to_bits() >> u32::BITS) as u32];
        let sums = [self.absolute, self.squared, self.mean, self.spread].map(halves);
        let words = [self.samples].into_iter().chain(sums.into_iter().flatten());
        let mut bytes = [0; Self::BYTES];
        for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(words) {
            *bytes = word.to_le_bytes();
        }
        bytes
    }

    /// Returns the scores that these bytes are.
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let mut words = bytes.as_chunks().0.iter().map(|&word| u32::from_le_bytes(word));
        let mut next = || words.next().unwrap_or_default();
        let samples = next();
        let mut sum = || {
            let (low, high) = (next(), next());
            f64::from_bits(u64::from(high) << u32::BITS | u64::from(low))
        };
        let (absolute, squared, mean, spread) = (sum(), sum(), sum(), sum());
        RegressionScores { samples, absolute, squared, mean, spread }
    }

    /// Returns how many samples were counted.
    pub const fn samples(&self) -> u32 {
        self.samples
    }

    /// Returns the mean absolute error, in the unit of the targets; `None` without samples.
    pub fn mae(&self) -> Option<f32> {
        (self.samples > 0).then(|| (self.absolute / f64::from(self.samples)) as f32)
    }

    /// Returns the root of the mean squared error, in the unit of the targets; `None` without
    /// samples.
    pub fn rmse(&self) -> Option<f32> {
        let mean_squared = || (self.squared / f64::from(self.samples)) as f32;
        (self.samples > 0).then(|| Lanes::sqrt(mean_squared()))
    }

    /// Returns the coefficient of determination R²: 1 if all is right, 0 for the mean of the
    /// targets, below 0 for what is worse. Of targets that are all the same it is 1 if all is
    /// right, else 0. `None` with fewer than two samples.
    pub fn r2(&self) -> Option<f32> {
        (self.samples > 1).then(|| match (self.spread == 0.0, self.squared == 0.0) {
            (true, true) => 1.0,
            (true, false) => 0.0,
            _ => (1.0 - self.squared / self.spread) as f32,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_that_have_no_meaning_are_none() {
        let mut scores = RegressionScores::new();
        assert_eq!((scores.mae(), scores.rmse(), scores.r2()), (None, None, None));
        scores.record(3.0, 1.0);
        assert_eq!((scores.mae(), scores.rmse(), scores.r2()), (Some(2.0), Some(2.0), None));
    }

    #[test]
    fn targets_far_from_zero_lose_no_digits() {
        let mut scores = RegressionScores::new();
        for step in 0..1000 {
            let target = 1e6 + f32::from(step % 2 == 0);
            scores.record(target, target + 0.25);
        }
        // Targets are 0.5 from their mean: 1 - 0.0625 / 0.25.
        assert!((scores.r2().unwrap() - 0.75).abs() < 1e-6, "{scores:?}");
    }

    #[test]
    fn a_number_that_is_none_is_not_hidden() {
        let mut scores = RegressionScores::new();
        scores.record(1.0, f32::NAN);
        scores.record(2.0, 2.0);
        assert!(scores.mae().unwrap().is_nan() && scores.rmse().unwrap().is_nan());
        assert!(scores.r2().unwrap().is_nan());
    }
}
