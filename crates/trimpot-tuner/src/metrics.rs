//! How it is going.

use trimpot::metric::ConfusionMatrix;
use trimpot_link::Response;

/// What is counted between two [`Request::ClearMetrics`](trimpot_link::Request::ClearMetrics).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metrics<const O: usize> {
    evaluated: ConfusionMatrix<O>,
    /// Samples whose outputs were not finite: none of them is right.
    undecided: u32,
    learned: u32,
    mean_loss: f32,
    rollbacks: u32,
}

impl<const O: usize> Metrics<O> {
    /// Nothing counted yet.
    pub const fn new() -> Self {
        Metrics {
            evaluated: ConfusionMatrix::new(),
            undecided: 0,
            learned: 0,
            mean_loss: 0.0,
            rollbacks: 0,
        }
    }

    /// Counts from 0 again.
    #[inline(never)]
    pub fn clear(&mut self) {
        *self = Metrics::new();
    }

    /// Counts a prediction; none if an output was not finite.
    pub fn evaluated(&mut self, label: usize, class: Option<usize>) {
        match class {
            Some(class) => self.evaluated.record(label, class),
            None => self.undecided = self.undecided.saturating_add(1),
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

    /// Returns the answer to [`Request::Metrics`](trimpot_link::Request::Metrics).
    pub fn report(&self) -> Response<'static> {
        Response::Metrics {
            samples: self.evaluated.samples().saturating_add(self.undecided),
            correct: self.evaluated.correct(),
            macro_f1: self.evaluated.macro_f1().unwrap_or(0.0),
            learned: self.learned,
            mean_loss: self.mean_loss,
            rollbacks: self.rollbacks,
        }
    }
}
