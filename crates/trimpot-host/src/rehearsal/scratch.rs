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
use crate::dataset::Dataset;
use crate::dyn_model::{DynModel, Task};
use crate::dyn_network::DynNetwork;
use crate::loss::NamedLoss;
use crate::study::Stop;
use crate::train::{TrainConfig, TrainError, Trainable, Trainer};

/// Samples of a step.
pub const BATCH: usize = 16;
/// Steps, at least: many times through a few hundred samples.
pub const STEPS: u32 = 1000;
/// The first learning rate of Adam, which falls to 0 as a cosine does.
pub const LEARNING_RATE: f32 = 0.003;

/// Returns the accuracy on the second samples of the network that was trained on the first ones,
/// with new weights; what scales or standardizes features is as in the model. Within, none if there
/// are too few samples for a batch normalisation. None, if it was stopped.
pub(super) fn accuracy(
    model: &StoredModel,
    loss: &NamedLoss,
    samples: [Dataset; 2],
    seed: u32,
    stop: &Stop,
) -> Result<Option<Option<f64>>, RehearsalError> {
    let mut model = model.clone();
    model.unfreeze();
    let outputs = model.layers.outputs();
    let batch = samples[0].len().min(BATCH);
    let [learned, tested] = samples.map(|samples| Task::new(loss, samples, outputs));
    let mut steps = Vec::new();
    let network = DynNetwork::new(&model.layers, &mut steps)?;
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
    let score = tested.score(network, trainer.model().weights());
    Ok(Some(score.accuracy.map(f64::from)))
}
