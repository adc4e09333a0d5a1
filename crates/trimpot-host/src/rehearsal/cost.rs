//! What learning costs on a board: instructions, counted for each kind of layer in an emulator.

use trimpot::spec::LayerSpec;
use trimpot_model::file::{About, ModelTask, StoredModel};
use trimpot_model::plan::{Instructions, Method, PlannedLoss, instructions_behind};

use super::RehearsalError;
use crate::board::latents;

/// What a board does to learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LearningWork {
    /// Samples that are learned.
    pub samples: usize,
    /// Passes forward and backward, over these and over replayed ones.
    pub passes: u64,
    /// Steps of an optimizer to which the gradients of passes are added up; none in place.
    pub updates: u64,
}

/// Returns the loss that a model's costs are counted with: the one of those that were measured which
/// is nearest to its task.
#[must_use]
pub fn planned_loss(about: &About) -> PlannedLoss {
    match about.task {
        None | Some(ModelTask::Classes) => PlannedLoss::CrossEntropy,
        Some(ModelTask::Numbers | ModelTask::Anomalies) => PlannedLoss::Mse,
    }
}

/// Returns the instructions on a [measured core](trimpot_model::plan::MEASURED_CORE) by which a board
/// with this model learns, in the way that the model says. Where latents are kept, the frozen front
/// is computed once for each sample. None, if a layer or the optimizer was not measured.
///
/// # Errors
/// If the layers make no network.
pub fn instructions(
    model: &StoredModel,
    work: LearningWork,
) -> Result<Option<Instructions>, RehearsalError> {
    let trained = model.about.trained.unwrap_or_default();
    let mut model = model.clone();
    model.freeze(trained)?;
    let method = Method {
        loss: planned_loss(&model.about),
        trained: trained.of_unfrozen(),
        optimizer: model.about.optimizer_and_batch(),
    };
    let front = match model.layers.specs.first() {
        Some(LayerSpec::Frozen(frozen)) if latents(&model.about).is_some() => {
            1 + frozen.layers as usize
        }
        _ => 0,
    };
    let instructions = instructions_behind(model.layers.spec(), front, method)?;
    let LearningWork { samples, passes, updates } = work;
    let counts = [samples as f64, passes as f64, updates as f64];
    Ok(instructions
        .map(|each| each.into_iter().zip(counts).map(|(each, count)| each * count).sum()))
}
