//! What is measured of a board: how well it does what it learns.

use trimpot_model::file::ModelTask;

use crate::board::{Board, BoardError};
use crate::dataset::{Dataset, Targets};
use crate::dyn_model::{DetectorError, Evaluation, Scores, Task};
use crate::dyn_network::DynNetwork;
use crate::loss::NamedLoss;

/// How well a task is done, in one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The share of samples whose class is found.
    Accuracy,
    /// Of numbers: the root of the mean of `(y − t)²` over all outputs of all samples, in the unit
    /// of the targets.
    RootMeanSquaredError,
    /// Of anomalies: the probability that an anomalous sample has a higher score than a normal one,
    /// which is the area under the receiver operating characteristic.
    AreaUnderCurve,
}

impl Measure {
    /// Returns that of a task.
    pub const fn of(task: ModelTask) -> Self {
        match task {
            ModelTask::Classes => Measure::Accuracy,
            ModelTask::Numbers => Measure::RootMeanSquaredError,
            ModelTask::Anomalies => Measure::AreaUnderCurve,
        }
    }

    /// Returns whether more of it is better.
    pub const fn is_better_if_larger(self) -> bool {
        match self {
            Measure::Accuracy | Measure::AreaUnderCurve => true,
            Measure::RootMeanSquaredError => false,
        }
    }
}

/// Measures networks and boards.
#[derive(Clone, Copy)]
pub(super) struct Judge<'a> {
    pub measure: Measure,
    pub loss: &'a NamedLoss,
}

impl<'a> Judge<'a> {
    /// Returns the task that these samples are. Of anomalies a network gives samples back.
    pub fn task(&self, samples: Dataset, network: DynNetwork) -> Result<Task<'a>, DetectorError> {
        match self.measure {
            Measure::AreaUnderCurve => Task::reconstruction(self.loss, samples, network),
            Measure::Accuracy | Measure::RootMeanSquaredError => {
                Ok(Task::new(self.loss, samples, network.layers().outputs()))
            }
        }
    }

    /// Returns how well a network with these weights does samples; none, if it cannot be told.
    pub fn network(&self, network: DynNetwork, weights: &[f32], task: &Task<'_>) -> Option<f64> {
        match self.measure {
            Measure::Accuracy => task.score(network, weights).accuracy.map(f64::from),
            Measure::RootMeanSquaredError => {
                let targets = &task.numbers()?.numbers;
                let outputs = task.outputs(network, weights);
                let square = |(target, output): (&f32, &f32)| {
                    let error = f64::from(*output) - f64::from(*target);
                    error * error
                };
                let squares: f64 = targets.iter().zip(&outputs.numbers).map(square).sum();
                Some((squares / targets.len() as f64).sqrt())
            }
            Measure::AreaUnderCurve => area(&task.detect(network, weights, None)),
        }
    }

    /// Returns how well a board does samples, whose parameters are those of a network; none without
    /// samples, or if it cannot be told. Where anomalies are detected, the board is asked, as what it
    /// compares outputs with may be its own, and there may be samples of two kinds in two sets.
    pub fn board(
        &self,
        (board, network): (&mut Board, DynNetwork),
        parameters: &[f32],
        samples: [&Dataset; 2],
    ) -> Result<Option<f64>, BoardError> {
        if self.measure == Measure::AreaUnderCurve {
            return area_of_board(board, samples);
        }
        let samples = samples.into_iter().find(|samples| !samples.is_empty());
        let outputs = network.layers().outputs();
        let task = samples.map(|samples| Task::new(self.loss, samples.clone(), outputs));
        Ok(task.and_then(|task| self.network(network, parameters, &task)))
    }
}

fn area_of_board(board: &mut Board, samples: [&Dataset; 2]) -> Result<Option<f64>, BoardError> {
    let (mut conditions, mut inspections) = (Vec::new(), Vec::new());
    for samples in samples {
        let Targets::Conditions(known) = samples.targets() else { continue };
        conditions.extend_from_slice(known);
        for row in 0..samples.len() {
            inspections.push(board.inspect(samples.features().row(row))?);
        }
    }
    Ok(area(&Evaluation::of_inspections(&conditions, &inspections, None)))
}

fn area(evaluation: &Evaluation) -> Option<f64> {
    match &evaluation.scores {
        Scores::Anomalies(detection) => detection.auc.map(f64::from),
        Scores::Classes { .. } | Scores::Numbers(_) => None,
    }
}
