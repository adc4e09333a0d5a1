//! Experiments on the samples: how many there are, and what is done to them.

use trimpot::spec::Dims;

use super::{ADAM_LEARNING_RATES, Base, FEW_ROWS};
use crate::augmentation::Augmentation;
use crate::study::experiment::{Experiment, Level, Measure};
use crate::study::recipe::Recipe;

/// The most rows of the experiment in which their number is varied.
const MOST_ROWS: usize = 100_000;
/// How many times the samples of other experiments it goes through: the largest set often enough.
const PASSES: usize = 5;

impl Base {
    pub(super) fn training_set_size(&self) -> Experiment {
        // As many steps each, so that data are compared, not work.
        let few = self.subject.most_rows().min(MOST_ROWS) / 10;
        let epochs = (PASSES * self.effort.samples / (10 * few.max(1))).clamp(1, 40);
        let level = |times: usize, said, value| {
            let rows = times * few;
            let epochs = u32::try_from(10 / times * epochs).unwrap_or(u32::MAX);
            let recipe = Recipe { rows, epochs, ..self.recipe(&[64]) };
            Level::new(format!("{rows} samples"), recipe, ADAM_LEARNING_RATES).said(said, value)
        };
        let levels = vec![level(1, "0.85", 0.85), level(5, "0.92", 0.92), level(10, "0.94", 0.94)];
        Experiment {
            others: vec![Measure::TrainAccuracy],
            ..self.experiment(
                "training-set-size",
                "Training-set size",
                "A hidden layer of 64 units. The fewer the samples, the more often they are gone through, so \
                 that all levels make as many steps.",
                levels,
            )
        }
    }

    /// Of images alone.
    pub(super) fn augmentation(&self) -> Option<Experiment> {
        let image = self.subject.input;
        let [_, _, _] = image.sizes() else { return None };
        let rows = self.subject.most_rows().min(FEW_ROWS);
        let recipe = Recipe { rows, epochs: self.effort.epochs(rows), ..self.recipe(&[64]) };
        let level = |name: &str, words: Option<&str>| {
            let augmentation = words.map(|words| augmentation(image, words));
            Level::new(name, Recipe { augmentation, ..recipe.clone() }, ADAM_LEARNING_RATES)
        };
        let levels = vec![
            level("none", None).said("0.90", 0.90),
            level("rotation", Some("rotate=15")).said("0.92", 0.92),
            level("scaling", Some("scale=0.1")).said("0.94", 0.94),
            level("flipping", Some("flip")),
            level("shift", Some("shift=1")),
            level("noise", Some("noise=0.1")),
            level("all but flipping", Some("rotate=15,scale=0.1,shift=1,noise=0.1")),
        ];
        Some(Experiment {
            others: vec![Measure::TrainAccuracy],
            ..self.experiment(
                "augmentation",
                "Augmentation",
                format!(
                    "{rows} samples, a hidden layer of 64 units. Rotation by up to 15 degrees, scaling by \
                     up to 10 %, shifts by up to a pixel, noise of deviation 0.1 on grey levels from 0 to 1."
                ),
                levels,
            )
        })
    }
}

/// Returns the augmentation of these words for images of a shape that a network takes as a row.
fn augmentation(image: Dims, words: &str) -> Augmentation {
    let &[channels, height, width] = image.sizes() else { unreachable!("images have three sizes") };
    let augmentation: Augmentation = words.parse().expect("the words are those of the grammar");
    augmentation.with_image(channels, height, width)
}
