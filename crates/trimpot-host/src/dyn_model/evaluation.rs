//! All scores of a described network on samples that it does not learn from.

use trimpot::metric::{Calibration, ClassScores, RegressionScores};

use super::{Score, Task};
use crate::dataset::Table;
use crate::dyn_network::DynNetwork;

/// How many ranges of confidence a calibration has.
pub const BINS: usize = 10;

/// How a network does, in all scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The mean loss, and the accuracy for classes.
    pub score: Score,
    /// How many samples there are.
    pub samples: usize,
    /// Scores of classes or of numbers.
    pub scores: Scores,
}

/// Scores of what is predicted.
#[derive(Clone, Debug, PartialEq)]
pub enum Scores {
    /// Of classes.
    Classes {
        /// Counts of targets against predictions.
        confusion: ConfusionCounts,
        /// Whether probabilities mean what they say, if outputs are or become such.
        calibration: Option<Calibration<BINS>>,
    },
    /// Of numbers, for each output.
    Numbers(Vec<RegressionScores>),
}

/// Counts of targets against predictions, of any number of classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfusionCounts {
    counts: Vec<u32>,
    /// Predictions are always one of the classes.
    outside: Vec<u32>,
}

impl ConfusionCounts {
    fn new(classes: usize) -> Self {
        ConfusionCounts { counts: vec![0; classes * classes], outside: vec![0; classes] }
    }

    fn record(&mut self, target: usize, predicted: usize) {
        self.counts[target * self.outside.len() + predicted] += 1;
    }

    /// Returns the scores that follow from the counts.
    pub fn scores(&self) -> ClassScores<'_> {
        ClassScores::new(&self.counts, &self.outside).expect("there is a count for each pair")
    }
}

impl Task<'_> {
    /// Returns how a network with these parameters does on all samples, in all scores.
    pub fn evaluate(&self, network: DynNetwork, parameters: &[f32]) -> Evaluation {
        let outputs = network.predict_rows(parameters, &self.features);
        let scores = match (&self.classes, &self.numbers) {
            (Some(classes), _) => self.scores_of_classes(&outputs, classes),
            (None, numbers) => Scores::Numbers(scores_of_numbers(&outputs, numbers.as_ref())),
        };
        Evaluation { score: self.score(network, parameters), samples: self.len(), scores }
    }

    fn scores_of_classes(&self, outputs: &Table, classes: &[u32]) -> Scores {
        let mut confusion = ConfusionCounts::new(outputs.columns.max(2));
        let mut calibration = Calibration::new();
        let probability = self.loss.probability();
        for (row, &class) in classes.iter().enumerate() {
            let outputs = outputs.row(row);
            let predicted = self.loss.class(outputs);
            confusion.record(class as usize, predicted);
            if let Some(probability) = probability {
                let confidence = probability.of_class(outputs, predicted);
                calibration.record(confidence, predicted == class as usize);
            }
        }
        Scores::Classes { confusion, calibration: probability.map(|_| calibration) }
    }
}

fn scores_of_numbers(outputs: &Table, targets: Option<&Table>) -> Vec<RegressionScores> {
    let mut scores = vec![RegressionScores::new(); outputs.columns];
    let pairs = targets.iter().flat_map(|targets| targets.numbers.iter().zip(&outputs.numbers));
    for (index, (&target, &output)) in pairs.enumerate() {
        scores[index % outputs.columns].record(target, output);
    }
    scores
}
