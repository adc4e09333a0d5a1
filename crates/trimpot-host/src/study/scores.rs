//! What is measured of the outputs for samples.

#[cfg(test)]
mod tests;

use std::cell::OnceCell;

use trimpot::metric::RegressionScores;

use super::experiment::Measure;
use super::kind::Kind;
use crate::dataset::Table;
use crate::dyn_model::{ConfusionCounts, Score, Task};
use crate::dyn_network::DynNetwork;
use crate::precision_recall::PrecisionRecall;

/// How a network does on a part of the samples: computed when it is asked for, the outputs once.
pub(super) struct Scores<'a> {
    kind: Kind,
    task: &'a Task<'a>,
    network: DynNetwork<'a>,
    weights: &'a [f32],
    score: OnceCell<Score>,
    outputs: OnceCell<Table>,
}

impl<'a> Scores<'a> {
    pub fn new(
        kind: Kind,
        task: &'a Task<'a>,
        network: DynNetwork<'a>,
        weights: &'a [f32],
    ) -> Self {
        let (score, outputs) = (OnceCell::new(), OnceCell::new());
        Scores { kind, task, network, weights, score, outputs }
    }

    /// Returns a measure of these samples, whichever part they are; none, if it is not of their
    /// kind or has no meaning, as precision where nothing is taken for positive.
    pub fn value(&self, measure: Measure) -> Option<f64> {
        match (self.kind, measure) {
            (_, Measure::ValidationLoss) => Some(self.score().loss.into()),
            (
                Kind::Classes(_) | Kind::Rare,
                Measure::TestAccuracy | Measure::TrainAccuracy | Measure::ValidationAccuracy,
            ) => self.score().accuracy.map(f64::from),
            (Kind::Rare, Measure::TestPrecision) => {
                self.counts().scores().precision(1).map(f64::from)
            }
            (Kind::Rare, Measure::TestRecall) => self.counts().scores().recall(1).map(f64::from),
            (Kind::Rare, Measure::TestF1)
            | (Kind::Mask(_), Measure::TestDice | Measure::ValidationDice) => {
                self.counts().scores().f1(1).map(f64::from)
            }
            (Kind::Rare, Measure::TestAveragePrecision | Measure::ValidationAveragePrecision) => {
                self.precision_recall().map(|curve| curve.average_precision())
            }
            (Kind::Mask(_), Measure::TestIou) => intersection_over_union(&self.counts()),
            (Kind::Number, Measure::TestMae) => self.numbers().mae().map(f64::from),
            (Kind::Number, Measure::TestRmse) => self.numbers().rmse().map(f64::from),
            (Kind::Number, Measure::TestR2) => self.numbers().r2().map(f64::from),
            (Kind::Number, Measure::ValidationMedianError) => median(
                self.pairs().map(|(target, output)| f64::from((output - target).abs())).collect(),
            ),
            _ => None,
        }
    }

    /// Returns precision and recall of class 1 of two; none for other samples.
    pub fn precision_recall(&self) -> Option<PrecisionRecall> {
        let is_positive: Vec<bool> = self.task.classes()?.iter().map(|&class| class == 1).collect();
        let outputs = self.outputs();
        // Of two outputs the difference: what a softmax makes of them rises with it.
        let score = |row: &[f32]| match row {
            &[no, yes] => yes - no,
            row => row.first().copied().unwrap_or(f32::NAN),
        };
        let scores: Vec<f32> = (0..outputs.rows()).map(|row| score(outputs.row(row))).collect();
        PrecisionRecall::new(&scores, &is_positive)
    }

    /// Returns the mask of each sample, row by row: `1` where a pixel is in it, else `0`.
    pub fn masks(&self) -> Vec<String> {
        let outputs = self.outputs();
        let pixel = |&output: &f32| if self.is_in_mask(output) { '1' } else { '0' };
        (0..outputs.rows()).map(|row| outputs.row(row).iter().map(pixel).collect()).collect()
    }

    fn score(&self) -> Score {
        *self.score.get_or_init(|| self.task.score(self.network, self.weights))
    }

    fn outputs(&self) -> &Table {
        self.outputs.get_or_init(|| self.task.outputs(self.network, self.weights))
    }

    fn is_in_mask(&self, output: f32) -> bool {
        self.task.loss().class(&[output]) == 1
    }

    /// Returns all targets that are numbers, each with its output.
    fn pairs(&self) -> impl Iterator<Item = (f32, f32)> {
        let targets = self.task.numbers().map_or(&[][..], |targets| &targets.numbers);
        targets.iter().copied().zip(self.outputs().numbers.iter().copied())
    }

    /// Counts targets against predictions: of samples, or of the pixels of their masks.
    fn counts(&self) -> ConfusionCounts {
        let mut counts = ConfusionCounts::new(2);
        match self.task.classes() {
            Some(classes) => {
                let outputs = self.outputs();
                for (row, &class) in classes.iter().enumerate() {
                    counts.record(class as usize, self.task.loss().class(outputs.row(row)));
                }
            }
            None => self.pairs().for_each(|(target, output)| {
                counts.record(usize::from(target > 0.5), usize::from(self.is_in_mask(output)));
            }),
        }
        counts
    }

    fn numbers(&self) -> RegressionScores {
        let mut scores = RegressionScores::new();
        self.pairs().for_each(|(target, output)| scores.record(target, output));
        scores
    }
}

/// Returns what is class 1 in both, as a share of what is in either; none, if nothing is.
fn intersection_over_union(counts: &ConfusionCounts) -> Option<f64> {
    let count = |target, predicted| f64::from(counts.scores().count(target, predicted));
    let union = count(1, 1) + count(0, 1) + count(1, 0);
    (union > 0.0).then(|| count(1, 1) / union)
}

/// Returns the median: of an even number of values the mean of the two in the middle; none without
/// values.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    let upper = *values.get(half)?;
    Some(if values.len().is_multiple_of(2) { 0.5 * (values[half - 1] + upper) } else { upper })
}
