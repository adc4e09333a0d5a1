//! Experiments on boards: a network comes from the factory, and meets another sensor.

use std::sync::Arc;

use trimpot_model::plan::Trained;

use super::{Base, Effort, batch};
use crate::study::experiment::{Experiment, Level, Measure};
use crate::study::factory::Factory;
use crate::study::lesson::Lesson;
use crate::study::recipe::Recipe;
use crate::study::subject::Subject;

/// Samples of the new sensor that a board learns.
const SAMPLES: usize = 100;
/// Where learning rates of boards are tried.
const BOARD_RATES: [f64; 2] = [1e-3, 0.3];

/// How a board learns by default, but for the learning rate, which is tuned.
const LESSON: Lesson = Lesson {
    samples: SAMPLES,
    learning_rate: 0.02,
    replays: 40,
    pinned: 20,
    trained: Trained::All,
};

/// All experiments on boards. They share a factory.
pub(super) fn experiments([old, new]: &[Subject; 2], effort: Effort) -> [Experiment; 4] {
    let old = Base { subject: Arc::new(old.clone()), effort };
    let recipe = Recipe { learning_rate: 0.003, batch: batch(64), ..old.recipe(&[32]) };
    let factory = Factory::new(recipe, Subject::clone(&old.subject));
    let base = Base { subject: Arc::new(new.clone().after(factory)), effort };
    [base.board_rate(), base.board_replay(), base.board_pinned(), base.board_trained()]
}

impl Base {
    fn on_board(
        &self,
        name: &'static str,
        title: &'static str,
        question: &str,
        levels: Vec<Level>,
    ) -> Experiment {
        let question = format!(
            "A network of 64-32-10 that the factory trained for another sensor learns {SAMPLES} samples of a \
             new one on the board, one by one. {question} Levels are compared by the new sensor; beside it is what is \
             left of the old one."
        );
        Experiment {
            measure: Measure::NewSensorAccuracy,
            others: vec![
                Measure::OldSensorAccuracy,
                Measure::RamOfBoard,
                Measure::InstructionsToLearn,
            ],
            ..self.experiment(name, title, question, levels)
        }
    }

    fn board_rate(&self) -> Experiment {
        let level = |learning_rate: f32| {
            Level::fixed(learning_rate.to_string(), Lesson { learning_rate, ..LESSON })
        };
        let mut levels = vec![Level::fixed("nothing learned", Lesson { samples: 0, ..LESSON })];
        levels.extend([0.001, 0.003, 0.01, 0.03, 0.1, 0.3].map(level));
        self.on_board(
            "board-rate",
            "Learning rate on the board",
            "Nothing is tuned: rates are as they are.",
            levels,
        )
    }

    fn board_replay(&self) -> Experiment {
        let level = |replays: u16| {
            let name = format!("{replays} replayed");
            Level::new(name, Lesson { replays, ..LESSON }, BOARD_RATES)
        };
        self.on_board(
            "board-replay",
            "Replayed samples",
            "So many steps on samples of the factory, and on those learned last, follow each new one.",
            [0, 5, 10, 20, 40].map(level).into(),
        )
    }

    fn board_pinned(&self) -> Experiment {
        let level = |pinned: u8| {
            let name = format!("{pinned} of each class");
            Level::new(name, Lesson { pinned, ..LESSON }, BOARD_RATES)
        };
        self.on_board(
            "board-pinned",
            "Pinned samples",
            "So many samples of each class come from the factory, to be replayed, and there is room for as many to \
             judge by.",
            [0, 1, 5, 20].map(level).into(),
        )
    }

    fn board_trained(&self) -> Experiment {
        let level = |name: &str, trained: Trained| {
            Level::new(name, Lesson { trained, ..LESSON }, BOARD_RATES)
        };
        self.on_board(
            "board-trained",
            "Layers that are trained",
            "All, the last layer alone, or biases alone.",
            vec![
                level("all", Trained::All),
                level("the last layer", Trained::Head(1)),
                level("biases", Trained::Biases),
            ],
        )
    }
}
