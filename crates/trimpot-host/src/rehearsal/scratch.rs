//! The same network, trained from scratch on the samples that a board learns: what a PC would make
//! of them, without a factory.

use std::num::NonZeroUsize;
use std::sync::Arc;

use trimpot::layer::initialization::GlorotUniform;
use trimpot::optimizer::Adam;
use trimpot::random::Random;
use trimpot::schedule::Cosine;
use trimpot_model::file::StoredModel;

use super::RehearsalError;
use super::measure::{Judge, Measure};
use crate::dataset::Dataset;
use crate::dyn_model::DynModel;
use crate::dyn_network::DynNetwork;
use crate::study::Stop;
use crate::train::{TrainConfig, TrainError, Trainable, Trainer};

/// Samples of a step.
pub const BATCH: usize = 16;
/// Steps, at least: many times through a few hundred samples.
pub const STEPS: u32 = 1000;
/// The first learning rate of Adam, which falls to 0 as a cosine does.
pub const LEARNING_RATE: f32 = 0.003;

/// Returns how the network does the second samples that was trained on the first ones, with new
/// weights; what scales or standardizes features is as in the model. Within, none if there are too
/// few samples for a batch normalisation, or anomalies are told by the distance from a centre, which
/// the model's weights have made. None, if it was stopped.
pub(super) fn measured(
    model: &StoredModel,
    judge: Judge<'_>,
    samples: [Dataset; 2],
    seed: u32,
    stop: &Stop,
) -> Result<Option<Option<f64>>, RehearsalError> {
    let mut model = model.clone();
    match judge.measure {
        Measure::Accuracy | Measure::RootMeanSquaredError => model.unfreeze(),
        Measure::AreaUnderCurve if !model.about.centre.is_empty() => return Ok(Some(None)),
        // What a frozen front makes is what is given back.
        Measure::AreaUnderCurve => model.freeze(model.about.trained.unwrap_or_default())?,
    }
    let batch = samples[0].len().min(BATCH);
    let mut steps = Vec::new();
    let network = DynNetwork::new(&model.layers, &mut steps)?;
    let [learned, tested] = samples;
    let [learned, tested] = [judge.task(learned, network)?, judge.task(tested, network)?];
    let Some(batch) = NonZeroUsize::new(batch).filter(|_| network.check_batch(batch).is_ok())
    else {
        return Ok(Some(None));
    };
    let mut parameters = vec![0.0; network.parameters()];
    model.layers.spec().initialize(&GlorotUniform, &mut parameters, &mut Random::new(seed));
    let dyn_model = DynModel::new(network, parameters, &learned);
    let mut config = TrainConfig::new(0, batch, seed);
    let of_epoch = config.steps(dyn_model.samples());
    config.epochs = STEPS.div_ceil(of_epoch);
    config.schedule =
        Some(Box::new(Cosine::new(LEARNING_RATE, 0.0, config.epochs.saturating_mul(of_epoch))?));
    let stop = Arc::clone(stop);
    config.stop = Some(Box::new(move || stop()));
    let mut trainer = Trainer::new(dyn_model, Adam::new(LEARNING_RATE)?, config);
    while !trainer.is_done() {
        match trainer.epoch() {
            Ok(_) => {}
            Err(TrainError::Interrupted { .. }) => return Ok(None),
            // The weights are those of the epoch before.
            Err(TrainError::Diverged { .. }) => break,
            Err(TrainError::Parameter(error)) => return Err(error.into()),
        }
    }
    Ok(Some(judge.network(network, trainer.model().weights(), &tested)))
}
