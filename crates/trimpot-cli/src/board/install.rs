//! `trimpot board install`: a model with samples, as a factory gives it to a board.

use clap::Args;
use trimpot_host::dataset::Data;
use trimpot_model::file::{About, ModelTask};
use trimpot_tuner::Condition;

use super::error::BoardCommandError;
use super::factory;
use super::folder::{Folder, is_firmware};
use crate::data;
use crate::learning::{LearningOptions, PaceOptions};
use crate::model::{LoadedModel, UseError, UseOptions};

/// Which model, with which samples, and how the board learns.
#[derive(Args, Clone, Debug)]
pub struct InstallOptions {
    #[command(flatten)]
    pub given: UseOptions,
    #[command(flatten)]
    pub learning: LearningOptions,
    #[command(flatten)]
    pub pace: PaceOptions,
}

/// Stores the model with samples of the data as the factory's.
pub fn install(folder: &Folder<'_>, options: &InstallOptions) -> Result<String, BoardCommandError> {
    let InstallOptions { given, learning, pace } = options;
    let mut model = LoadedModel::for_samples(given)?;
    let (data, reading) = (&given.samples.data, &given.samples.reading);
    let mut spec = model.data_spec(reading);
    if model.task == ModelTask::Anomalies {
        // As in training.
        spec.conditions = Some(reading.conditions(Condition::Normal, Some(&model.stored.about)));
    }
    let Data { dataset, .. } = data::read(&spec, data).map_err(UseError::Data)?;
    model.stored.about.loss = Some(model.loss.text());
    pace.set(&mut model.stored.about);
    learning.set(&mut model.stored, model.task).map_err(UseError::Options)?;

    factory::check(&dataset).map_err(UseError::Options)?;

    let mut board = folder.boot_for(&model.stored)?;
    let each = board.describe()?.replay.pinned_capacity as usize;
    let chosen = factory::choose(&dataset, model.stored.about.held_out, each);
    board.write_samples(&chosen.samples)?;
    if model.task == ModelTask::Anomalies && model.stored.about.threshold.is_none() {
        board.calibrate()?;
    }
    board.install_memory()?;
    let state = super::state(&mut board, "installed:")?;
    let left_out = match is_firmware(&mut board)? {
        true => left_out(&model.stored.about),
        false => String::new(),
    };
    Ok(state + &left_out + &chosen.text(board.describe()?.replay))
}

/// Returns what a model says of learning that a board does not take whose network is firmware.
fn left_out(about: &About) -> String {
    let texts = about.learning_texts();
    if texts.is_empty() {
        return String::new();
    }
    let texts: Vec<_> = texts.iter().map(|(key, text)| format!("{key} {text}")).collect();
    format!("how the board learns is its firmware's, and not the model's: {}\n", texts.join(", "))
}
