//! How it is going.

/// How it is going, since the metrics were cleared.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Metrics<S> {
    /// Scores of the samples that were evaluated: what they are depends on the
    /// [task](crate::Task).
    pub scores: S,
    /// Samples learned.
    pub learned: u32,
    /// Mean loss of the learned samples, each before its step.
    pub mean_loss: f32,
    /// How often the tuner has returned to stored parameters by itself.
    pub rollbacks: u32,
}

/// What is counted of learning.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    learned: u32,
    mean_loss: f32,
    rollbacks: u32,
}

impl Progress {
    /// Counts a learned sample. The mean is a running one: a sum would stop growing.
    pub fn learned(&mut self, loss: f32) {
        self.learned = self.learned.saturating_add(1);
        self.mean_loss += (loss - self.mean_loss) / self.learned as f32;
    }

    /// Counts a return to stored parameters.
    pub fn rolled_back(&mut self) {
        self.rollbacks = self.rollbacks.saturating_add(1);
    }

    /// Returns how it is going, with these scores.
    pub fn metrics<S>(self, scores: S) -> Metrics<S> {
        let Progress { learned, mean_loss, rollbacks } = self;
        Metrics { scores, learned, mean_loss, rollbacks }
    }
}
