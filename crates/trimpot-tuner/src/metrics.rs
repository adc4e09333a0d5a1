//! How it is going.

use trimpot_link::Response;

/// How it is going, since the metrics were cleared.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Metrics {
    /// Samples evaluated.
    pub samples: u32,
    /// Those that were right.
    pub correct: u32,
    /// F1 score, the mean over the classes that occur; 0 if none does.
    pub macro_f1: f32,
    /// Samples learned.
    pub learned: u32,
    /// Mean loss of the learned samples, each before its step.
    pub mean_loss: f32,
    /// How often the tuner has returned to stored parameters by itself.
    pub rollbacks: u32,
}

impl From<Metrics> for Response<'_> {
    fn from(metrics: Metrics) -> Self {
        let Metrics { samples, correct, macro_f1, learned, mean_loss, rollbacks } = metrics;
        Response::Metrics { samples, correct, macro_f1, learned, mean_loss, rollbacks }
    }
}

/// Of a class, as little-endian bytes: how often it was the label, how often it was predicted, and
/// how often it was both.
pub type Tally = [[u8; 4]; crate::sizes::TALLIES];

/// What is counted beside the tallies of classes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Samples whose outputs were not finite: none of them is right.
    undecided: u32,
    learned: u32,
    mean_loss: f32,
    rollbacks: u32,
}

impl Progress {
    /// Counts from 0 again.
    pub fn clear(&mut self, tallies: &mut [Tally]) {
        *self = Progress::default();
        tallies.fill([[0; 4]; 3]);
    }

    /// Counts a prediction; none if an output was not finite.
    pub fn evaluated(&mut self, tallies: &mut [Tally], label: u32, class: Option<u32>) {
        let Some(class) = class else {
            self.undecided = self.undecided.saturating_add(1);
            return;
        };
        for (tally, index) in tallies.iter_mut().zip(0..) {
            let [targets, predictions, hits] = tally;
            let is = (index == label, index == class);
            for (count, counts) in [(targets, is.0), (predictions, is.1), (hits, is.0 && is.1)] {
                if counts {
                    *count = u32::from_le_bytes(*count).saturating_add(1).to_le_bytes();
                }
            }
        }
    }

    /// Counts a learned sample. The mean is a running one: a sum would stop growing.
    pub fn learned(&mut self, loss: f32) {
        self.learned = self.learned.saturating_add(1);
        self.mean_loss += (loss - self.mean_loss) / self.learned as f32;
    }

    /// Counts a return to stored parameters.
    pub fn rolled_back(&mut self) {
        self.rollbacks = self.rollbacks.saturating_add(1);
    }

    /// Returns how it is going.
    pub fn metrics(&self, tallies: &[Tally]) -> Metrics {
        let (mut samples, mut correct) = (self.undecided, 0_u32);
        let (mut sum, mut classes) = (0.0, 0_u32);
        for tally in tallies {
            let [targets, predictions, hits] = tally.map(u32::from_le_bytes);
            samples = samples.saturating_add(targets);
            correct = correct.saturating_add(hits);
            let both = u64::from(targets).saturating_add(u64::from(predictions));
            if both > 0 {
                sum += u64::from(hits).saturating_mul(2) as f32 / both as f32;
                classes = classes.saturating_add(1);
            }
        }
        let macro_f1 = if classes > 0 { sum / classes as f32 } else { 0.0 };
        let &Progress { learned, mean_loss, rollbacks, .. } = self;
        Metrics { samples, correct, macro_f1, learned, mean_loss, rollbacks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trimpot::metric::ConfusionMatrix;
    use trimpot::random::Random;

    #[test]
    fn scores_are_those_of_the_confusion_matrix() {
        for classes in 1..6 {
            let (mut matrix, mut tallies) = (ConfusionMatrix::<6>::new(), [[[0; 4]; 3]; 6]);
            let (mut progress, mut random) = (Progress::default(), Random::new(classes));
            for count in 1..200 {
                let mut class = || random.below(classes as usize) as u32;
                let (label, predicted) = (class(), class());
                matrix.record(label as usize, predicted as usize);
                progress.evaluated(&mut tallies, label, Some(predicted));
                let metrics = progress.metrics(&tallies);
                assert_eq!((metrics.samples, metrics.correct), (count, matrix.correct()));
                assert_eq!(Some(metrics.macro_f1), matrix.macro_f1());
            }
            progress.evaluated(&mut tallies, 0, None);
            assert_eq!(progress.metrics(&tallies).samples, 200, "what is undecided is wrong");
            progress.clear(&mut tallies);
            let metrics = progress.metrics(&tallies);
            assert_eq!((metrics.samples, metrics.macro_f1), (0, 0.0));
        }
    }
}
