//! Training without files and without a word, as for each value of a rehearsal.

use trimpot::optimizer::Optimizer;
use trimpot_host::dataset::Dataset;
use trimpot_host::dyn_model::{DynModel, Task};
use trimpot_host::dyn_network::DynNetwork;
use trimpot_host::train::{TrainConfig, TrainError, Trainable, Trainer};
use trimpot_model::file::{About, ModelTask, StoredModel};

use super::config;
use super::error::FitError;
use super::optimizer::UsesOptimizer;
use super::options::Options;
use super::start::Start;

/// Trains a model by these options on these samples, with the bits of `trimpot train`.
///
/// # Errors
/// If options do not go together, or training diverges or is interrupted.
pub(crate) fn model(
    options: &Options,
    mut start: Start,
    learned: Dataset,
) -> Result<StoredModel, FitError> {
    start.measure(options, &learned, [&[], &[]])?;
    let loss = options.named_loss(&start)?;
    let task = options.task(&start);
    loss.check(&start.layers, task != ModelTask::Classes)?;
    let loss = loss.for_outputs_of(&start.layers, task);
    let is_detector = task == ModelTask::Anomalies;
    let about = About {
        task: Some(task),
        classes: learned.classes().to_vec(),
        front_end: start.front_end.map(|made| *made.front_end()),
        loss: Some(loss.text()),
        rule: is_detector.then(|| options.rule(&start)),
        window: options.window.filter(|_| is_detector),
        ..About::default()
    };
    let config = config(options, learned.len())?;
    let mut steps = Vec::new();
    let network = DynNetwork::new(&start.layers, &mut steps)
        .map_err(|error| FitError::Options(error.to_string()))?;
    let task = match is_detector {
        true => Task::reconstruction(&loss, learned, network)?,
        false => Task::new(&loss, learned, start.layers.outputs()),
    };
    let mut model = DynModel::new(network, start.parameters(options), &task);
    if let Some(augmentation) = &options.augment {
        model = model.with_augmentation(augmentation)?;
    }
    let weights = options.with_optimizer(Quiet { model, config })?;
    let weights =
        weights.map_err(|source| FitError::Train { source, saved: "no model".to_owned() })?;
    let (layers, parameters) = network.layers_with(&weights);
    Ok(StoredModel { layers, parameters: parameters.to_vec(), about })
}

/// A run of which the last weights matter alone.
struct Quiet<'a> {
    model: DynModel<'a>,
    config: TrainConfig,
}

impl UsesOptimizer for Quiet<'_> {
    type Output = Result<Vec<f32>, TrainError>;

    fn run(self, optimizer: impl Optimizer + Send + Sync) -> Self::Output {
        let mut trainer = Trainer::new(self.model, optimizer, self.config);
        while !trainer.is_done() {
            trainer.epoch()?;
        }
        Ok(trainer.model().weights().to_vec())
    }
}
