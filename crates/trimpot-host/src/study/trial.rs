//! One run of training, and what is measured of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use trimpot::layer::initialization::GlorotUniform;
use trimpot::random::Random;
use trimpot_model::file::ModelTask;
use trimpot_model::standardization::Standardization;

use super::error::RecipeError;
use super::experiment::Measure;
use super::recipe::Recipe;
use super::subject::{Draw, Split, Subject};
use crate::dyn_model::{DynModel, Task};
use crate::dyn_network::DynNetwork;
use crate::loss;
use crate::train::{TrainError, Trainable, Trainer};

/// Parameters that are smaller count as zeros.
const NEAR_ZERO: f32 = 0.001;

/// What is asked between steps: whether to stop.
pub type Stop = Arc<dyn Fn() -> bool + Send + Sync>;

/// What is measured of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The values.
    pub values: BTreeMap<Measure, f64>,
    /// The validation accuracy after each epoch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curve: Vec<f32>,
    /// The epoch in which it diverged, if it did: what is measured is of the epoch before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diverged: Option<u32>,
}

/// Checks that a recipe can be followed with these samples.
///
/// # Errors
/// If it cannot.
pub fn check(recipe: &Recipe, subject: &Subject) -> Result<(), RecipeError> {
    let layers = recipe.layers()?;
    recipe.optimizer()?;
    recipe.config(0)?;
    let (takes, gives) = (layers.input.count(), layers.outputs());
    let (features, classes) = (subject.input.count(), subject.classes);
    if takes != features || !(gives == classes || (gives == 1 && classes == 2)) {
        return Err(RecipeError::Shape { takes, gives, features, classes });
    }
    let mut steps = Vec::new();
    DynNetwork::new(&layers, &mut steps)?;
    if let Some(augmentation) = &recipe.augmentation {
        augmentation.for_input(layers.input)?;
    }
    loss::of_text(&recipe.loss, gives)?.check(&layers, false)?;
    Ok(())
}

/// A run between two epochs.
pub struct Seen<'a> {
    /// The network.
    pub network: DynNetwork<'a>,
    /// Its weights.
    pub weights: &'a [f32],
    /// The samples that settings are chosen by.
    pub validation: &'a Task<'a>,
    /// Whether training is over.
    pub is_last: bool,
}

/// Trains by a recipe, and measures. None, if it was stopped.
///
/// # Errors
/// Those of [`check`].
pub fn run(
    recipe: &Recipe,
    subject: &Subject,
    draw: Draw,
    stop: &Stop,
) -> Result<Option<Outcome>, RecipeError> {
    run_watched(recipe, subject, draw, stop, &mut |_| {})
}

/// Does what [`run`] does, and shows what is trained before the first epoch, and after each.
///
/// # Errors
/// Those of [`check`].
pub fn run_watched(
    recipe: &Recipe,
    subject: &Subject,
    draw: Draw,
    stop: &Stop,
    watch: &mut dyn FnMut(Seen<'_>),
) -> Result<Option<Outcome>, RecipeError> {
    let Split { train, validation, test } = subject.split(draw, recipe.rows);
    let mut layers = recipe.layers()?;
    if recipe.standardize {
        let measured: Standardization = train.standardization(layers.input.channels() as usize);
        layers = measured.before(&layers);
    }
    let outputs = layers.outputs();
    let loss = loss::of_text(&recipe.loss, outputs)?;
    let loss = loss.for_outputs_of(&layers, ModelTask::Classes);
    let [train, validation, test] = [train, validation, test].map(|part| {
        let is_empty = part.is_empty();
        (Task::new(&loss, part, outputs), is_empty)
    });
    let mut steps = Vec::new();
    let network = DynNetwork::new(&layers, &mut steps)?;
    let mut parameters = vec![0.0; network.parameters()];
    let seed = draw.seed();
    layers.spec().initialize(&GlorotUniform, &mut parameters, &mut Random::new(seed));
    let mut config = recipe.config(seed)?;
    let stop = Arc::clone(stop);
    config.stop = Some(Box::new(move || stop()));
    let mut model = DynModel::new(network, parameters, &train.0);
    if let Some(augmentation) = &recipe.augmentation {
        model = model.with_augmentation(augmentation)?;
    }
    let mut trainer = Trainer::new(model, recipe.optimizer()?, config);

    let (mut outcome, mut fastest) = (Outcome::default(), f64::INFINITY);
    let mut show = |weights: &[f32], is_last| {
        watch(Seen { network, weights, validation: &validation.0, is_last });
    };
    show(trainer.model().weights(), false);
    while !trainer.is_done() {
        match trainer.epoch() {
            Ok(epoch) => fastest = fastest.min(epoch.time.as_secs_f64()),
            Err(TrainError::Interrupted { .. }) => return Ok(None),
            Err(TrainError::Diverged { epoch, .. }) => {
                outcome.diverged = Some(epoch);
                show(trainer.model().weights(), true);
                break;
            }
            Err(TrainError::Parameter(error)) => return Err(error.into()),
        }
        show(trainer.model().weights(), trainer.is_done());
        // While settings are tuned, the end alone counts.
        if matches!(draw, Draw::Seed(_)) {
            let score = validation.0.score(network, trainer.model().weights());
            outcome.curve.push(score.accuracy.unwrap_or(0.0));
        }
    }
    let weights = trainer.model().weights();
    let score = validation.0.score(network, weights);
    let mut measure = |measure, value: Option<f64>| {
        outcome
            .values
            .extend(value.filter(|value| value.is_finite()).map(|value| (measure, value)));
    };
    measure(Measure::ValidationLoss, Some(score.loss.into()));
    measure(Measure::ValidationAccuracy, score.accuracy.map(f64::from));
    if matches!(draw, Draw::Seed(_)) {
        let accuracy = |(task, is_empty): &(Task, bool)| {
            let score = (!is_empty).then(|| task.score(network, weights));
            score.and_then(|score| score.accuracy).map(f64::from)
        };
        measure(Measure::TestAccuracy, accuracy(&test));
        measure(Measure::TrainAccuracy, accuracy(&train));
        let parameters = &weights[..network.parameters()];
        let near = parameters.iter().filter(|parameter| parameter.abs() < NEAR_ZERO).count();
        measure(Measure::NearZeros, Some(near as f64 / parameters.len().max(1) as f64));
        measure(Measure::SecondsAnEpoch, Some(fastest));
    }
    let right = outcome.curve.iter().position(|&accuracy| accuracy >= 0.9);
    outcome.values.extend(right.map(|epoch| (Measure::EpochsTo90, (epoch + 1) as f64)));
    Ok(Some(outcome))
}
