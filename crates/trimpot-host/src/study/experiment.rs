//! Experiments, as data: what is varied, what is measured, and what people say of it.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::procedure::Procedure;
use super::subject::Subject;
use super::tuned::{Setting, Tuned};

/// What is measured of a run, or follows from its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The share of test samples whose class is predicted.
    TestAccuracy,
    /// The same of the samples that were trained on.
    TrainAccuracy,
    /// The same of the samples that settings are chosen by.
    ValidationAccuracy,
    /// The mean loss of the samples that settings are chosen by.
    ValidationLoss,
    /// Dice's coefficient `2 TP / (2 TP + FP + FN)` of the pixels of all test masks together, each
    /// of them being in the mask if its probability is above ½.
    TestDice,
    /// Intersection over union, `TP / (TP + FP + FN)`, of the same pixels.
    TestIou,
    /// Dice's coefficient of the samples that settings are chosen by.
    ValidationDice,
    /// The share of test samples that are taken for positive which are.
    TestPrecision,
    /// The share of positive test samples which are taken for such.
    TestRecall,
    /// The harmonic mean of both, `2 TP / (2 TP + FP + FN)`.
    TestF1,
    /// The mean precision over recall of test samples: see
    /// [`PrecisionRecall`](crate::precision_recall::PrecisionRecall).
    TestAveragePrecision,
    /// The same of the samples that settings are chosen by.
    ValidationAveragePrecision,
    /// The mean absolute error of test samples.
    TestMae,
    /// The root of the mean squared error of test samples.
    TestRmse,
    /// The coefficient of determination of test samples.
    TestR2,
    /// The median of the absolute errors of the samples that settings are chosen by: what half of
    /// them do not exceed, which a few wrong targets hardly change.
    ValidationMedianError,
    /// The share of test samples of the new sensor whose class a board predicts that has learned
    /// some of that sensor: see [`Lesson`](super::Lesson).
    NewSensorAccuracy,
    /// The same of test samples of the factory's sensor: what is left of what was known.
    OldSensorAccuracy,
    /// The mean of the accuracies for the two sensors on the samples that settings are chosen by.
    BothSensorsAccuracy,
    /// Epochs until 90 % of the validation samples were right; missing if they never were.
    EpochsTo90,
    /// The share of parameters, biases among them, that are smaller than 0.001.
    NearZeros,
    /// Seconds of training for an epoch. The only measure that depends on the machine.
    SecondsAnEpoch,
    /// Numbers that training changes.
    Parameters,
    /// Multiply-adds of a prediction.
    MultiplyAdds,
    /// Bytes of RAM that a board takes to learn: parameters, arena, input, list of layers, stack;
    /// as `trimpot plan` says, without samples to be replayed.
    RamToLearn,
    /// Bytes of RAM that the tuner of a board describes: parameters, arena, and all samples that it
    /// has room for; the list of layers and the stack come on top.
    RamOfBoard,
    /// Instructions of a Cortex-M4F to learn a sample: those of a step, as `trimpot plan` says,
    /// times the steps on it and on what is replayed; of a frozen front those of one pass.
    InstructionsToLearn,
}

impl Measure {
    /// All measures.
    pub const ALL: [Measure; 27] = [
        Measure::TestAccuracy,
        Measure::TrainAccuracy,
        Measure::ValidationAccuracy,
        Measure::ValidationLoss,
        Measure::TestDice,
        Measure::TestIou,
        Measure::ValidationDice,
        Measure::TestPrecision,
        Measure::TestRecall,
        Measure::TestF1,
        Measure::TestAveragePrecision,
        Measure::ValidationAveragePrecision,
        Measure::TestMae,
        Measure::TestRmse,
        Measure::TestR2,
        Measure::ValidationMedianError,
        Measure::NewSensorAccuracy,
        Measure::OldSensorAccuracy,
        Measure::BothSensorsAccuracy,
        Measure::EpochsTo90,
        Measure::NearZeros,
        Measure::SecondsAnEpoch,
        Measure::Parameters,
        Measure::MultiplyAdds,
        Measure::RamToLearn,
        Measure::RamOfBoard,
        Measure::InstructionsToLearn,
    ];

    /// Returns what it is called.
    pub fn name(self) -> &'static str {
        match self {
            Measure::TestAccuracy => "test accuracy",
            Measure::TrainAccuracy => "training accuracy",
            Measure::ValidationAccuracy => "validation accuracy",
            Measure::ValidationLoss => "validation loss",
            Measure::TestDice => "test Dice",
            Measure::TestIou => "test IoU",
            Measure::ValidationDice => "validation Dice",
            Measure::TestPrecision => "test precision",
            Measure::TestRecall => "test recall",
            Measure::TestF1 => "test F1",
            Measure::TestAveragePrecision => "test average precision",
            Measure::ValidationAveragePrecision => "validation average precision",
            Measure::TestMae => "test MAE",
            Measure::TestRmse => "test RMSE",
            Measure::TestR2 => "test R²",
            Measure::ValidationMedianError => "validation median error",
            Measure::NewSensorAccuracy => "new-sensor accuracy",
            Measure::OldSensorAccuracy => "old-sensor accuracy",
            Measure::BothSensorsAccuracy => "validation accuracy, mean of both sensors",
            Measure::EpochsTo90 => "epochs to 90 %",
            Measure::NearZeros => "near zeros",
            Measure::SecondsAnEpoch => "seconds an epoch",
            Measure::Parameters => "parameters",
            Measure::MultiplyAdds => "multiply-adds",
            Measure::RamToLearn => "RAM to learn, bytes",
            Measure::RamOfBoard => "RAM of the board, bytes",
            Measure::InstructionsToLearn => "instructions a sample",
        }
    }

    /// Returns whether it is a share of 1, which is shown as a percentage.
    pub fn is_share(self) -> bool {
        match self {
            Measure::TestAccuracy
            | Measure::TrainAccuracy
            | Measure::ValidationAccuracy
            | Measure::TestDice
            | Measure::TestIou
            | Measure::ValidationDice
            | Measure::TestPrecision
            | Measure::TestRecall
            | Measure::TestF1
            | Measure::TestAveragePrecision
            | Measure::ValidationAveragePrecision
            | Measure::NewSensorAccuracy
            | Measure::OldSensorAccuracy
            | Measure::BothSensorsAccuracy
            | Measure::NearZeros => true,
            Measure::ValidationLoss
            | Measure::TestMae
            | Measure::TestRmse
            | Measure::TestR2
            | Measure::ValidationMedianError
            | Measure::EpochsTo90
            | Measure::SecondsAnEpoch
            | Measure::Parameters
            | Measure::MultiplyAdds
            | Measure::RamToLearn
            | Measure::RamOfBoard
            | Measure::InstructionsToLearn => false,
        }
    }

    /// Returns a value as it is shown: a share as a percentage.
    pub fn show(self, value: f64) -> String {
        match self {
            _ if self.is_share() => format!("{:.2} %", 100.0 * value),
            _ if self.is_count() => format!("{value:.0}"),
            Measure::EpochsTo90 => format!("{value:.1}"),
            _ => format!("{value:.4}"),
        }
    }

    /// Returns whether it is a whole number that may be large.
    pub fn is_count(self) -> bool {
        matches!(
            self,
            Measure::Parameters
                | Measure::MultiplyAdds
                | Measure::RamToLearn
                | Measure::RamOfBoard
                | Measure::InstructionsToLearn
        )
    }

    /// Returns whether the larger of two values is the better one.
    pub fn is_better_higher(self) -> bool {
        self.is_share() || self == Measure::TestR2
    }

    /// Returns whether it is measured of runs, and does not follow from the network.
    pub fn is_of_runs(self) -> bool {
        !matches!(self, Measure::Parameters | Measure::MultiplyAdds | Measure::RamToLearn)
    }

    /// Returns a value such that the larger of two is the better one: of errors, losses and costs
    /// the negative one.
    pub fn goodness(self, value: f64) -> f64 {
        if self.is_better_higher() { value } else { -value }
    }

    /// Returns what stands between the better of two values and the worse one: `>` or `<`.
    pub fn better_sign(self) -> char {
        if self.is_better_higher() { '>' } else { '<' }
    }

    /// Returns which samples it is measured on; none, if it is no score of samples.
    pub fn part(self) -> Option<Part> {
        match self {
            Measure::TestAccuracy
            | Measure::TestDice
            | Measure::TestIou
            | Measure::TestPrecision
            | Measure::TestRecall
            | Measure::TestF1
            | Measure::TestAveragePrecision
            | Measure::TestMae
            | Measure::TestRmse
            | Measure::TestR2
            | Measure::NewSensorAccuracy
            | Measure::OldSensorAccuracy => Some(Part::Test),
            Measure::TrainAccuracy => Some(Part::Train),
            Measure::ValidationAccuracy
            | Measure::ValidationLoss
            | Measure::ValidationDice
            | Measure::ValidationAveragePrecision
            | Measure::ValidationMedianError
            | Measure::BothSensorsAccuracy => Some(Part::Validation),
            Measure::EpochsTo90
            | Measure::NearZeros
            | Measure::SecondsAnEpoch
            | Measure::Parameters
            | Measure::MultiplyAdds
            | Measure::RamToLearn
            | Measure::RamOfBoard
            | Measure::InstructionsToLearn => None,
        }
    }

    /// Returns whether the same study has the same value on any machine.
    pub fn is_reproducible(self) -> bool {
        self != Measure::SecondsAnEpoch
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A part of the samples of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Those that are learned from.
    Train,
    /// Those that settings are chosen by.
    Validation,
    /// Those that are scored once, at the end.
    Test,
}

/// What people say of a level.
#[derive(Clone, Debug, PartialEq)]
pub struct Folklore {
    /// The figure, as it is said: `0.92`, `45 minutes`.
    pub said: &'static str,
    /// The figure.
    pub value: f64,
}

/// One of the ways of which an experiment says what they do.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// What it is called.
    pub name: String,
    /// How it is trained, but for what is tuned.
    pub procedure: Procedure,
    /// What is tuned.
    pub tuned: Vec<Tuned>,
    /// What people say that it does.
    pub folklore: Option<Folklore>,
}

impl Level {
    /// Returns a level whose learning rate is tuned.
    pub fn new(name: impl Into<String>, procedure: impl Into<Procedure>, rates: [f64; 2]) -> Self {
        let tuned = vec![Tuned { setting: Setting::LearningRate, range: rates }];
        Level { tuned, ..Level::fixed(name, procedure) }
    }

    /// Returns a level of which nothing is tuned.
    pub fn fixed(name: impl Into<String>, procedure: impl Into<Procedure>) -> Self {
        let (name, procedure) = (name.into(), procedure.into());
        Level { name, procedure, tuned: Vec::new(), folklore: None }
    }

    /// Tunes another setting as well.
    #[must_use]
    pub fn tuning(mut self, setting: Setting, range: [f64; 2]) -> Self {
        self.tuned.push(Tuned { setting, range });
        self
    }

    /// Adds what people say.
    #[must_use]
    pub fn said(mut self, said: &'static str, value: f64) -> Self {
        self.folklore = Some(Folklore { said, value });
        self
    }

    /// Returns how it is trained with these values of what is tuned.
    pub fn procedure_with(&self, values: &[f32]) -> Procedure {
        let mut procedure = self.procedure.clone();
        let tuned = self.tuned.iter().zip(values);
        tuned.for_each(|(tuned, &value)| procedure.set(tuned.setting, value));
        procedure
    }
}

/// A question, and the ways that are compared to answer it.
#[derive(Clone, Debug)]
pub struct Experiment {
    /// What the command calls it: `learning-rate`.
    pub name: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What it asks, and how, in a sentence or two.
    pub question: String,
    /// The data.
    pub subject: Arc<Subject>,
    /// What is compared.
    pub levels: Vec<Level>,
    /// What levels are compared by.
    pub measure: Measure,
    /// What else is shown.
    pub others: Vec<Measure>,
    /// What the figures of the folklore are of, if not of the measure that levels are compared by.
    pub folklore_of: Option<Measure>,
}
