//! All scores of a described network on samples that it does not learn from.

use trimpot::metric::{Calibration, ClassScores, RegressionScores};

use super::{Detection, Outputs, Score, Task};
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
    /// Of anomalies.
    Anomalies(Detection),
}

/// Counts of targets against predictions, of any number of classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfusionCounts {
    counts: Vec<u32>,
    /// Predictions that are no class, because an output is not finite.
    outside: Vec<u32>,
}

impl ConfusionCounts {
    /// Creates counts of 0.
    pub fn new(classes: usize) -> Self {
        ConfusionCounts { counts: vec![0; classes * classes], outside: vec![0; classes] }
    }

    /// Counts a sample of class `target`. What is predicted may be no class.
    ///
    /// # Panics
    /// If the target is no class.
    pub fn record(&mut self, target: usize, predicted: usize) {
        let classes = self.outside.len();
        match predicted < classes {
            true => self.counts[target * classes + predicted] += 1,
            false => self.outside[target] += 1,
        }
    }

    /// Returns the scores that follow from the counts.
    pub fn scores(&self) -> ClassScores<'_> {
        ClassScores::new(&self.counts, &self.outside).expect("there is a count for each pair")
    }
}

impl Task<'_> {
    /// Returns how a network with these [weights](DynNetwork::weights) does on all samples, in all
    /// scores.
    pub fn evaluate(&self, network: DynNetwork, weights: &[f32]) -> Evaluation {
        self.evaluate_outputs(&self.outputs(network, weights))
    }

    /// Returns the outputs of a network with these weights for all samples.
    pub(crate) fn outputs(&self, network: DynNetwork, weights: &[f32]) -> Table {
        network.with_weights(weights, |network, parameters| {
            network.predict_rows(parameters, &self.features)
        })
    }

    /// Returns how good these outputs are, one row for each sample, whoever has computed them.
    ///
    /// # Panics
    /// If there are fewer rows than samples.
    pub fn evaluate_outputs(&self, outputs: &Table) -> Evaluation {
        let scores = match (&self.classes, &self.numbers) {
            (Some(classes), _) => self.scores_of_classes(outputs, classes),
            (None, numbers) => Scores::Numbers(scores_of_numbers(outputs, numbers.as_ref())),
        };
        let score = self.score_of(Outputs::Given(outputs));
        Evaluation { score, samples: self.len(), scores }
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
