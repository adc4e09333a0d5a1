//! Whether probabilities mean what they say.

/// Counts, for predicted classes, how sure each prediction was against how often such predictions
/// are right, in `BINS` ranges of confidence.
///
/// Bin `i` of `M`, from 0, holds the samples whose confidence, the probability of the class that
/// was predicted, is in `(i / M, (i + 1) / M]`; 0 belongs to the first. The **expected calibration
/// error** is
///
/// ```text
/// ECE = Σᵢ nᵢ / n · abs(accuracyᵢ − confidenceᵢ)
/// ```
///
/// with the mean confidence and the share of correct predictions of each bin: 0 if of predictions
/// that are 80 % sure 80 % are right. (Guo et al., "On Calibration of Modern Neural Networks",
/// 2017; accuracy and confidence of the bins are scikit-learn's `calibration_curve`.)
///
/// ```
/// use trimpot::metric::Calibration;
///
/// let mut calibration = Calibration::<10>::new();
/// for (confidence, correct) in [(0.75, true), (0.75, false), (1.0, true)] {
///     calibration.record(confidence, correct);
/// }
/// // Of the two that were 75 % sure one is right.
/// assert_eq!(calibration.expected_error(), Some(2.0 / 3.0 * 0.25));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration<const BINS: usize> {
    bins: [Sums; BINS],
}

/// What is counted of a bin.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sums {
    samples: u32,
    correct: u32,
    confidence: f64,
}

/// The samples of a range of confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CalibrationBin {
    /// Above this confidence.
    pub low: f32,
    /// Up to this confidence.
    pub high: f32,
    /// How many samples.
    pub samples: u32,
    /// Their mean confidence; 0 without samples.
    pub confidence: f32,
    /// The share of them that was predicted correctly; 0 without samples.
    pub accuracy: f32,
}

impl<const BINS: usize> Calibration<BINS> {
    /// Creates a calibration with nothing counted.
    pub const fn new() -> Self {
        Calibration { bins: [Sums { samples: 0, correct: 0, confidence: 0.0 }; BINS] }
    }

    /// Counts one prediction with its confidence in [0, 1]; below and NaN count as 0, above as 1.
    pub fn record(&mut self, confidence: f32, correct: bool) {
        let confidence = if confidence > 0.0 { confidence.min(1.0) } else { 0.0 };
        let bin = (0..BINS).position(|bin| confidence <= edge::<BINS>(bin + 1));
        if let Some(sums) = bin.and_then(|bin| self.bins.get_mut(bin)) {
            sums.samples = sums.samples.saturating_add(1);
            sums.correct = sums.correct.saturating_add(u32::from(correct));
            sums.confidence += f64::from(confidence);
        }
    }

    /// Returns all bins, those without samples too, from low confidence to high.
    pub fn bins(&self) -> impl Iterator<Item = CalibrationBin> {
        self.bins.iter().enumerate().map(|(bin, sums)| {
            let samples = f64::from(sums.samples.max(1));
            CalibrationBin {
                low: edge::<BINS>(bin),
                high: edge::<BINS>(bin + 1),
                samples: sums.samples,
                confidence: (sums.confidence / samples) as f32,
                accuracy: (f64::from(sums.correct) / samples) as f32,
            }
        })
    }

    /// Returns the expected calibration error; `None` without samples.
    pub fn expected_error(&self) -> Option<f32> {
        let samples: f64 = self.bins.iter().map(|sums| f64::from(sums.samples)).sum();
        let gaps = self.bins.iter().map(|sums| {
            let gap = f64::from(sums.correct) - sums.confidence;
            if gap < 0.0 { -gap } else { gap }
        });
        (samples > 0.0).then(|| (gaps.sum::<f64>() / samples) as f32)
    }
}

impl<const BINS: usize> Default for Calibration<BINS> {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns the lower end of a bin.
fn edge<const BINS: usize>(bin: usize) -> f32 {
    bin as f32 / BINS as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_holds_its_upper_end() {
        let mut calibration = Calibration::<4>::new();
        for confidence in [0.0, 0.25, 0.5, 0.500_1, 1.0, 7.0, f32::NAN, -1.0] {
            calibration.record(confidence, true);
        }
        let samples: [u32; 4] = core::array::from_fn(|bin| calibration.bins[bin].samples);
        assert_eq!(samples, [4, 1, 1, 2]);
        assert_eq!(Calibration::<4>::new().expected_error(), None);
        assert_eq!(Calibration::<0>::new().expected_error(), None);
    }

    #[test]
    fn who_is_sure_and_wrong_is_badly_calibrated() {
        let mut calibration = Calibration::<15>::new();
        (0..10).for_each(|_| calibration.record(1.0, false));
        assert_eq!(calibration.expected_error(), Some(1.0));
        let last = calibration.bins().last().unwrap();
        assert_eq!((last.samples, last.confidence, last.accuracy), (10, 1.0, 0.0));
    }
}
