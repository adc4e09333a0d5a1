//! What a model learns: one task of several, known at run time.

use trimpot::loss::{Class, Values};
use trimpot::output_scale::OutputScale;
use trimpot::threshold::Rule;
use trimpot_link::{Error, Response, Target};

use super::loss::ModelLoss;
use crate::task::{Undecided, check_outputs, sealed};
use crate::{
    AnomalyDetection, AnomalyScores, ClassScores, Classification, Condition, Estimate, Inspection,
    Metrics, Placed, Prediction, Reference, Regression, Sample, StartError, State, Task, TaskSizes,
    TaskSpec, ValueScores, Word,
};

/// The task of a model, with the bits of the type.
#[derive(Clone, Copy, Debug)]
pub enum ModelTask<'m> {
    Classes(Classification<ModelLoss<'m, Class>>),
    Values(Regression<ModelLoss<'m, Values>>),
    Anomalies(AnomalyDetection<ModelLoss<'m, Values>>),
}

/// A prediction of such a task.
pub enum ModelPrediction<'m> {
    Class(Prediction<'m>),
    Values(Estimate<'m>),
    Inspection(Inspection),
}

/// Scores of such a task.
pub enum ModelScores {
    Classes(ClassScores),
    Values(ValueScores),
    Anomalies(AnomalyScores),
}

/// What such a task counts beside words in memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct ModelCounts {
    undecided: Undecided,
    anomalies: AnomalyScores,
}

impl ModelTask<'_> {
    /// Creates the task of a model with a loss of this name and these settings.
    ///
    /// # Errors
    /// [`Error::ModelLoss`].
    pub fn new(
        spec: TaskSpec,
        name: &str,
        settings: impl Iterator<Item = f32>,
    ) -> Result<Self, Error> {
        let kind = spec.kind();
        Ok(match spec {
            TaskSpec::Classes { first } => {
                let task = Classification::new(ModelLoss::new(name, settings, kind)?);
                ModelTask::Classes(first.map_or(task, |first| task.with_classes(first)))
            }
            TaskSpec::Values => {
                ModelTask::Values(Regression::new(ModelLoss::new(name, settings, kind)?))
            }
            TaskSpec::Anomalies { reference, rule, window } => {
                let loss = ModelLoss::new(name, settings, kind)?;
                let task = match reference {
                    Reference::Sample => AnomalyDetection::autoencoder(loss),
                    Reference::Centre => AnomalyDetection::distance(loss),
                };
                ModelTask::Anomalies(task.with_rule(rule).with_window(window))
            }
        })
    }

    /// Counts differences from targets in units of outputs, if there are some.
    pub fn with_scale<'m>(self, scale: Option<OutputScale<'m>>) -> ModelTask<'m>
    where
        Self: 'm,
    {
        match (self, scale) {
            (ModelTask::Values(Regression { loss }), Some(scale)) => {
                ModelTask::Values(Regression::new(loss.with_scale(scale)))
            }
            (task, _) => task,
        }
    }
}

/// Does the same with whichever task it is.
macro_rules! each {
    ($self:ident, $task:ident => $do:expr) => {
        match $self {
            ModelTask::Classes($task) => $do,
            ModelTask::Values($task) => $do,
            ModelTask::Anomalies($task) => $do,
        }
    };
}

/// Returns a target as a task has it.
fn target_of<'t, T: Task>(task: &T, target: Target<'t>) -> Result<T::Target<'t>, crate::Error> {
    let (expected, found) = (task.spec().kind(), target.task());
    T::target_of(target).ok_or(crate::Error::Task { expected, found })
}

impl sealed::Sealed for ModelTask<'_> {}

impl Task for ModelTask<'_> {
    type Target<'t> = Target<'t>;
    type Prediction<'t> = ModelPrediction<'t>;
    type Scores = ModelScores;
    type Counts = ModelCounts;

    fn spec(&self) -> TaskSpec {
        each!(self, task => task.spec())
    }

    fn sizes(&self) -> TaskSizes {
        each!(self, task => task.sizes())
    }

    fn code(&self) -> u32 {
        each!(self, task => task.code())
    }

    fn check(&self, inputs: usize, outputs: usize) -> Result<(), StartError> {
        each!(self, task => task.check(inputs, outputs))?;
        check_outputs(each!(self, task => task.loss.least()), outputs)
    }

    fn initialize(&mut self, numbers: &mut [f32]) {
        each!(self, task => task.initialize(numbers));
    }

    fn classes(&self, numbers: &[f32], outputs: usize) -> Option<usize> {
        each!(self, task => task.classes(numbers, outputs))
    }

    fn open(&self, numbers: &mut [f32], class: usize) {
        each!(self, task => task.open(numbers, class));
    }

    fn can_be(&self, index: u32, number: f32, outputs: usize) -> bool {
        each!(self, task => task.can_be(index, number, outputs))
    }

    fn place(
        &self,
        state: State<'_>,
        target: Target<'_>,
        values: &mut [f32],
    ) -> Result<Placed, crate::Error> {
        each!(self, task => task.place(state, target_of(task, target)?, values))
    }

    fn admit(
        &self,
        state: State<'_>,
        condition: Condition,
        features: &[f32],
        outputs: &[f32],
        gradient: &mut [f32],
    ) -> Result<(), crate::Error> {
        each!(self, task => task.admit(state, condition, features, outputs, gradient))
    }

    fn check_ready(&self, state: State<'_>) -> Result<(), crate::Error> {
        each!(self, task => task.check_ready(state))
    }

    fn loss(
        &self,
        state: State<'_>,
        sample: Sample<'_>,
        outputs: &[f32],
        gradient: &mut [f32],
    ) -> f32 {
        each!(self, task => task.loss(state, sample, outputs, gradient))
    }

    fn wanted<'s>(&self, sample: Sample<'s>) -> Option<&'s [f32]> {
        each!(self, task => task.wanted(sample))
    }

    fn predict<'m>(
        &self,
        state: State<'_>,
        features: &[f32],
        outputs: &'m [f32],
        gradient: &mut [f32],
    ) -> ModelPrediction<'m> {
        match self {
            ModelTask::Classes(task) => {
                ModelPrediction::Class(task.predict(state, features, outputs, gradient))
            }
            ModelTask::Values(task) => {
                ModelPrediction::Values(task.predict(state, features, outputs, gradient))
            }
            ModelTask::Anomalies(task) => {
                ModelPrediction::Inspection(task.predict(state, features, outputs, gradient))
            }
        }
    }

    fn observe(&mut self, prediction: &mut ModelPrediction<'_>) {
        if let (ModelTask::Anomalies(task), ModelPrediction::Inspection(inspection)) =
            (self, prediction)
        {
            task.observe(inspection);
        }
    }

    fn count(
        &self,
        counts: &mut ModelCounts,
        words: &mut [Word],
        placed: Placed,
        values: &[f32],
        prediction: &ModelPrediction<'_>,
    ) {
        match (self, prediction) {
            (ModelTask::Classes(task), ModelPrediction::Class(prediction)) => {
                task.count(&mut counts.undecided, words, placed, values, prediction);
            }
            (ModelTask::Values(task), ModelPrediction::Values(prediction)) => {
                task.count(&mut (), words, placed, values, prediction);
            }
            (ModelTask::Anomalies(task), ModelPrediction::Inspection(prediction)) => {
                task.count(&mut counts.anomalies, words, placed, values, prediction);
            }
            // Each task predicts what is its own.
            _ => {}
        }
    }

    fn scores(&self, counts: &ModelCounts, words: &[Word]) -> ModelScores {
        match self {
            ModelTask::Classes(task) => ModelScores::Classes(task.scores(&counts.undecided, words)),
            ModelTask::Values(task) => ModelScores::Values(task.scores(&(), words)),
            ModelTask::Anomalies(task) => {
                ModelScores::Anomalies(task.scores(&counts.anomalies, words))
            }
        }
    }

    fn rule(&self) -> Option<Rule> {
        each!(self, task => task.rule())
    }

    fn score(
        &self,
        features: &[f32],
        centre: &[f32],
        outputs: &[f32],
        gradient: &mut [f32],
    ) -> f32 {
        each!(self, task => task.score(features, centre, outputs, gradient))
    }

    fn forget(&mut self) {
        each!(self, task => task.forget());
    }

    /// Whether it is of this task, is seen when it is placed.
    fn target_of(wire: Target<'_>) -> Option<Target<'_>> {
        Some(wire)
    }

    fn answer<'s>(prediction: ModelPrediction<'_>, scratch: &'s mut [u8]) -> Option<Response<'s>> {
        type Loss<T> = ModelLoss<'static, T>;
        match prediction {
            ModelPrediction::Class(prediction) => {
                Classification::<Loss<Class>>::answer(prediction, scratch)
            }
            ModelPrediction::Values(estimate) => {
                Regression::<Loss<Values>>::answer(estimate, scratch)
            }
            ModelPrediction::Inspection(inspection) => {
                AnomalyDetection::<Loss<Values>>::answer(inspection, scratch)
            }
        }
    }

    fn report(metrics: Metrics<ModelScores>) -> Response<'static> {
        let Metrics { scores, learned, mean_loss, rollbacks } = metrics;
        match scores {
            ModelScores::Classes(scores) => Classification::<ModelLoss<Class>>::report(Metrics {
                scores,
                learned,
                mean_loss,
                rollbacks,
            }),
            ModelScores::Values(scores) => Regression::<ModelLoss<Values>>::report(Metrics {
                scores,
                learned,
                mean_loss,
                rollbacks,
            }),
            ModelScores::Anomalies(scores) => {
                AnomalyDetection::<ModelLoss<Values>>::report(Metrics {
                    scores,
                    learned,
                    mean_loss,
                    rollbacks,
                })
            }
        }
    }
}
