//! Experiments on the loss where accuracy does not tell: masks, a rare class, wrong targets.

use super::{ADAM_LEARNING_RATES, Base, batch};
use crate::study::experiment::{Experiment, Level, Measure};
use crate::study::recipe::Recipe;

/// How many samples of other classes there are to one of the class that is rare.
pub const OTHERS_TO_ONE: usize = 50;
/// The share of targets that are wrong.
pub const OUTLIERS: f64 = 0.05;
/// What wrong targets are multiplied with.
pub const OUTLIER_FACTOR: f32 = 10.0;

/// How many samples of an MLP a tile of a picture stands for, which takes so much longer.
const SAMPLES_A_TILE: usize = 20;

impl Base {
    /// Of masks alone: losses of pixels, of overlap, and of both.
    pub(super) fn segmentation(&self) -> Experiment {
        let rows = self.subject.most_rows();
        let level = |name: &str, loss: &str, last: &str| {
            let network = format!(
                "{} > conv 8 3x3 padding=same, relu, conv 8 3x3 padding=same dilation=2, relu, conv 1 1x1{last}",
                self.subject.input,
            );
            let recipe = Recipe {
                network,
                loss: loss.to_owned(),
                batch: batch(8),
                epochs: self.effort.epochs(SAMPLES_A_TILE * rows),
                ..self.recipe(&[])
            };
            Level::new(name, recipe, SEGMENTATION_LEARNING_RATES)
        };
        let sigmoid = ", sigmoid";
        let levels = vec![
            level("cross-entropy", "bce_with_logits", ""),
            level("Dice", "dice", sigmoid),
            level("Jaccard", "jaccard", sigmoid),
            level("Tversky", "tversky alpha=0.3 beta=0.7", sigmoid),
            level("cross-entropy + Dice", "bce + dice", sigmoid),
        ];
        Experiment {
            measure: Measure::TestDice,
            others: vec![Measure::TestIou],
            ..self.experiment(
                "segmentation",
                "Segmentation",
                "Which pixels belong to a nucleus: two layers of eight filters, and one that joins them. Losses of \
                 overlap are of each tile; Dice and IoU of all test pixels together, at a probability of ½; settings \
                 are chosen by Dice. Tversky counts a missed pixel 0.7, a wrong one 0.3, after Salehi et al. 2017. \
                 All tiles are of one picture, its lower quarter is tested on.",
                levels,
            )
        }
    }

    /// Of a rare class alone: what makes up for its rareness.
    pub(super) fn imbalance(&self) -> Experiment {
        let level = |name: &str, loss: &str| {
            Level::new(
                name,
                Recipe { loss: loss.to_owned(), ..self.recipe(&[32]) },
                ADAM_LEARNING_RATES,
            )
        };
        // Samples divided by twice those of the class.
        let all = (OTHERS_TO_ONE + 1) as f64;
        let (common, rare) = (all / (2 * OTHERS_TO_ONE) as f64, all / 2.0);
        let levels = vec![
            level("cross-entropy", "cross_entropy"),
            level(
                "weighted cross-entropy",
                &format!("cross_entropy class_weights={common},{rare}"),
            ),
            level("focal", "focal gamma=2"),
        ];
        Experiment {
            measure: Measure::TestAveragePrecision,
            others: vec![Measure::TestPrecision, Measure::TestRecall, Measure::TestF1],
            ..self.experiment(
                "imbalance",
                "Imbalance",
                format!(
                    "One sample to {OTHERS_TO_ONE} is positive. Levels are compared, and settings chosen, by \
                     average precision, which is of all thresholds; precision, recall and F1 are of the usual one. \
                     Weights are by inverse frequency: {common} and {rare}."
                ),
                levels,
            )
        }
    }

    /// Of numbers alone, some of which are wrong: which losses do not mind.
    pub(super) fn outliers(&self) -> Experiment {
        let level = |name: &str, loss: &str| {
            let recipe = Recipe { loss: loss.to_owned(), batch: batch(16), ..self.recipe(&[16]) };
            Level::new(name, recipe, ADAM_LEARNING_RATES)
        };
        let levels = vec![
            level("mean squared", "mse"),
            level("Huber", "huber delta=1"),
            level("mean absolute", "mae"),
            level("quantile ½", "quantile quantile=0.5"),
        ];
        Experiment {
            measure: Measure::TestMae,
            others: vec![Measure::TestRmse, Measure::TestR2],
            ..self.experiment(
                "outliers",
                "Outliers",
                format!(
                    "{:.0} % of the targets that are learned from or validate are multiplied with \
                     {OUTLIER_FACTOR}; those that are tested on are right. Settings are chosen by the median of \
                     absolute errors, which wrong targets hardly change. The quantile loss at ½ is half the mean \
                     absolute one: a check that what is alike is found so.",
                    100.0 * OUTLIERS
                ),
                levels,
            )
        }
    }
}

/// Where rates of few weights that many pixels share are tried.
const SEGMENTATION_LEARNING_RATES: [f64; 2] = [1e-3, 1e-1];
