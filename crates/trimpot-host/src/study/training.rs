//! One run of training, and what is measured of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use trimpot::layer::initialization::GlorotUniform;
use trimpot::random::Random;
use trimpot_model::file::ModelTask;
use trimpot_model::standardization::Standardization;

use super::error::RecipeError;
use super::experiment::{Measure, Part};
use super::kind::Kind;
use super::recipe::Recipe;
use super::scores::Scores;
use super::subject::{Draw, Split, Subject};
use crate::dyn_model::{DynModel, Task};
use crate::dyn_network::DynNetwork;
use crate::loss;
use crate::train::{TrainError, Trainable, Trainer};

/// Parameters that are smaller count as zeros.
const NEAR_ZERO: f32 = 0.001;
/// Points of a curve of precision and recall that are kept.
const MOST_POINTS: usize = 64;

/// What is asked between steps: whether to stop.
pub type Stop = Arc<dyn Fn() -> bool + Send + Sync>;

/// What is measured of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The values.
    pub values: BTreeMap<Measure, f64>,
    /// What settings are chosen by ([`Subject::tuned_by`]) after each epoch, as long as it is a
    /// number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curve: Vec<f32>,
    /// The epoch in which it diverged, if it did: what is measured is of the epoch before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diverged: Option<u32>,
    /// Recall and precision of test samples at thresholds from the highest, thinned; where one
    /// class is rare.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub precision_recall: Vec<[f32; 2]>,
    /// The masks that are predicted of the samples that are [shown](Subject::shown), of the first
    /// seed alone: row by row, `1` where a pixel is in the mask, else `0`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub masks: Vec<String>,
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
    let (features, kind) = (subject.input.count(), subject.kind);
    if takes != features || !kind.fits(gives) {
        return Err(RecipeError::Shape { takes, gives, features, kind });
    }
    let mut steps = Vec::new();
    DynNetwork::new(&layers, &mut steps)?;
    if let Some(augmentation) = &recipe.augmentation {
        augmentation.for_input(layers.input)?;
    }
    loss::of_text(&recipe.loss, gives)?.check(&layers, !kind.is_of_classes())?;
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
    let kind = subject.kind;
    let Split { train, validation, test } = subject.split(draw, recipe.rows);
    let mut layers = recipe.layers()?;
    if recipe.standardize {
        let measured: Standardization = train.standardization(layers.input.channels() as usize);
        layers = measured.before(&layers);
    }
    let outputs = layers.outputs();
    let loss = loss::of_text(&recipe.loss, outputs)?;
    let task = if kind.is_of_classes() { ModelTask::Classes } else { ModelTask::Numbers };
    let loss = loss.for_outputs_of(&layers, task);
    let [train, validation, test] =
        [train, validation, test].map(|part| Task::new(&loss, part, outputs));
    let mut steps = Vec::new();
    let network = DynNetwork::new(&layers, &mut steps)?;
    let mut parameters = vec![0.0; network.parameters()];
    let seed = draw.seed();
    layers.spec().initialize(&GlorotUniform, &mut parameters, &mut Random::new(seed));
    let mut config = recipe.config(seed)?;
    let stop = Arc::clone(stop);
    config.stop = Some(Box::new(move || stop()));
    let mut model = DynModel::new(network, parameters, &train);
    if let Some(augmentation) = &recipe.augmentation {
        model = model.with_augmentation(augmentation)?;
    }
    let mut trainer = Trainer::new(model, recipe.optimizer()?, config);

    let (mut outcome, mut fastest) = (Outcome::default(), f64::INFINITY);
    let mut show = |weights: &[f32], is_last| {
        watch(Seen { network, weights, validation: &validation, is_last });
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
            let scores = Scores::new(kind, &validation, network, trainer.model().weights());
            let value = scores.value(kind.tuned_by()).filter(|value| value.is_finite());
            outcome.curve.extend(value.map(|value| value as f32));
        }
    }
    let weights = trainer.model().weights();
    let [train, validation, test] =
        [&train, &validation, &test].map(|task| Scores::new(kind, task, network, weights));
    let is_seed = matches!(draw, Draw::Seed(_));
    for measure in Measure::ALL {
        let scores = match measure.part() {
            Some(Part::Validation) => &validation,
            Some(Part::Train) if is_seed => &train,
            Some(Part::Test) if is_seed => &test,
            _ => continue,
        };
        let value = scores.value(measure).filter(|value| value.is_finite());
        outcome.values.extend(value.map(|value| (measure, value)));
    }
    if is_seed {
        let parameters = &weights[..network.parameters()];
        let near = parameters.iter().filter(|parameter| parameter.abs() < NEAR_ZERO).count();
        let near = near as f64 / parameters.len().max(1) as f64;
        outcome.values.insert(Measure::NearZeros, near);
        let fastest = fastest.is_finite().then_some((Measure::SecondsAnEpoch, fastest));
        outcome.values.extend(fastest);
    }
    let right = outcome.curve.iter().position(|&accuracy| accuracy >= 0.9);
    let right = right.filter(|_| kind.tuned_by() == Measure::ValidationAccuracy);
    outcome.values.extend(right.map(|epoch| (Measure::EpochsTo90, (epoch + 1) as f64)));
    match kind {
        Kind::Rare if is_seed => {
            let curve = test.precision_recall();
            outcome.precision_recall = curve.map_or_else(Vec::new, |curve| {
                curve
                    .thinned(MOST_POINTS)
                    .into_iter()
                    .map(|point| point.map(|x| x as f32))
                    .collect()
            });
        }
        Kind::Mask(_) if draw == Draw::Seed(0) => {
            let shown = Task::new(&loss, subject.shown(), outputs);
            outcome.masks = Scores::new(kind, &shown, network, weights).masks();
        }
        _ => {}
    }
    Ok(Some(outcome))
}
