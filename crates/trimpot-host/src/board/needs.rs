//! What a board needs to learn a model, told before there is one.

use trimpot::plan::{Plan, PlannedStep};
use trimpot_model::file::StoredModel;
use trimpot_tuner::ModelNeeds;

use super::error::BoardError;
use super::flash::FileFlash;
use super::image::image;

/// Memory that a board needs whose network comes over the link, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardNeeds {
    /// RAM, by what it is for: together what the board's
    /// [`Description`](trimpot_link::Description) says. The lists of layers and the stack come on
    /// top.
    pub ram: Vec<(&'static str, usize)>,
    /// Flash memory for the model, which is stored twice, and for what is learned. In erase pages
    /// as long as those of the simulated board.
    pub flash: [(&'static str, usize); 2],
}

impl BoardNeeds {
    /// Returns all bytes of RAM.
    pub fn ram_bytes(&self) -> usize {
        self.ram.iter().map(|(_, bytes)| bytes).sum()
    }

    /// Returns what a board needs for this model: what it compares with its memory when the model
    /// is installed, by the same code. A board keeps all values of a step, and computes none again.
    ///
    /// # Errors
    /// If no board takes the model, because of its layers or of how it learns.
    pub fn of(model: &StoredModel) -> Result<Self, BoardError> {
        let (layers, image) = image(model)?;
        let spec = layers.spec();
        let unable = |reason: String| BoardError::Network { network: spec.to_string(), reason };
        let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
        let trained = model.about.trained.unwrap_or_default().of_unfrozen();
        let plan = Plan::for_training(spec, &mut steps, trained, 0);
        let plan = plan.map_err(|error| unable(error.to_string()))?;
        let needs = ModelNeeds::of(&image, &plan).map_err(|error| unable(error.to_string()))?;
        let [models, learned] = [needs.models::<FileFlash>(), needs.store::<FileFlash>()];
        Ok(BoardNeeds {
            ram: needs.ram_by_part().collect(),
            flash: [
                ("the model, stored twice", models as usize),
                ("what is learned", learned as usize),
            ],
        })
    }
}
