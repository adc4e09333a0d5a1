//! What learning costs on a board: instructions, counted for each kind of layer in an emulator.

use trimpot::spec::LayerSpec;
use trimpot_model::file::StoredModel;
use trimpot_model::plan::{Method, PlannedLoss, instructions_behind};

use super::RehearsalError;
use crate::board::latents;

/// Returns the instructions on a [measured core](trimpot_model::plan::MEASURED_CORE) by which a board
/// with this model learns so many samples in so many passes forward and backward: each pass takes
/// those of a step in place, without what an optimizer other than plain descent takes beside it.
/// Where latents are kept, the frozen front is computed once for each sample. None, if a layer was
/// not measured.
///
/// # Errors
/// If the layers make no network.
pub fn instructions(
    model: &StoredModel,
    samples: usize,
    passes: u64,
) -> Result<Option<f64>, RehearsalError> {
    let trained = model.about.trained.unwrap_or_default();
    let mut model = model.clone();
    model.freeze(trained)?;
    let method = Method { loss: PlannedLoss::CrossEntropy, trained: trained.of_unfrozen() };
    let front = match model.layers.specs.first() {
        Some(LayerSpec::Frozen(frozen)) if latents(&model.about).is_some() => {
            1 + frozen.layers as usize
        }
        _ => 0,
    };
    let instructions = instructions_behind(model.layers.spec(), front, method)?;
    Ok(instructions.map(|[once, of_step]| samples as f64 * once + passes as f64 * of_step))
}
