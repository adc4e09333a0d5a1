//! `trimpot board install`: a model with samples, as a factory gives it to a board.

use clap::Args;
use indicatif::HumanCount;
use trimpot_host::board::FactorySamples;
use trimpot_host::dataset::{Data, Dataset, Table};
use trimpot_model::file::ModelTask;

use super::error::BoardCommandError;
use super::folder::Folder;
use crate::evaluate;
use crate::model::{LoadedModel, UseError, text_of};

/// Which model, with which samples, and how the board learns.
#[derive(Args, Clone, Debug)]
pub struct InstallOptions {
    #[command(flatten)]
    pub given: evaluate::Options,
    /// Learning rate of each step, where the network comes over the link [default: that of the
    /// model file, or 0.02]
    #[arg(long, value_name = "NUMBER", help_heading = "Learning")]
    pub learning_rate: Option<f32>,
    /// Samples that are replayed for each that is learned, where the network comes over the link
    /// [default: that of the model file, or 40]
    #[arg(long, value_name = "COUNT", help_heading = "Learning")]
    pub replays: Option<u32>,
}

/// Stores the model with samples of the data as the factory's.
pub fn install(folder: &Folder<'_>, options: &InstallOptions) -> Result<String, BoardCommandError> {
    let InstallOptions { given, learning_rate, replays } = options;
    let evaluate::Options { model: file, data, reading } = given;
    reading.check_without_means().map_err(UseError::Options)?;
    let mut model = LoadedModel::read(file, reading)?;
    if let Some(reason) = why_unable(&model) {
        return Err(BoardCommandError::Unable { model: file.model.clone(), reason });
    }
    let about = &mut model.stored.about;
    about.loss = Some(text_of(&model.loss));
    about.learning_rate = learning_rate.or(about.learning_rate);
    about.replays = replays.or(about.replays);
    about.check().map_err(UseError::Options)?;
    let Data { dataset, .. } = model.data_spec(reading).read(data).map_err(UseError::Data)?;

    let mut board = folder.boot_for(&model.stored)?;
    let description = board.describe()?;
    let each = description.replay.capacity / description.outputs.max(1);
    board.install_samples(&factory_samples(&dataset, each as usize))?;
    let state = super::state(&mut board, "installed:")?;
    let replay = board.describe()?.replay;
    let [pinned, held_out] = [replay.pinned, replay.held_out].map(|count| HumanCount(count.into()));
    Ok(format!("{state}{pinned} samples are pinned, {held_out} held out\n"))
}

/// Returns why a board cannot learn a model; none if it can.
fn why_unable(model: &LoadedModel) -> Option<String> {
    let loss = model.loss.name;
    if model.task != ModelTask::Classes {
        Some(format!("its task is {}, and boards learn classes so far", model.task))
    } else if model.loss.targets.is_some() {
        Some(format!("its loss is {loss}, and boards learn by losses of a class so far"))
    } else {
        None
    }
}

/// Draws samples by chance: of each class a half to be pinned and a half to be held out, but no
/// more than `each`.
fn factory_samples(dataset: &Dataset, each: usize) -> FactorySamples {
    let (pinned, held_out) = dataset.shuffled(0).hold_out(0.5, 0);
    let [(pinned, _), (held_out, _)] = [pinned, held_out].map(|half| half.split_classes(each));
    FactorySamples { range: range(dataset.features()), pinned, held_out }
}

/// Returns the smallest and the largest value of each feature.
fn range(features: &Table) -> [Vec<f32>; 2] {
    let limit = |limit: fn(f32, f32) -> f32| {
        let mut rows = (0..features.rows()).map(|row| features.row(row));
        let first = rows.next().unwrap_or_default().to_vec();
        rows.fold(first, |limits, row| limits.iter().zip(row).map(|(&a, &b)| limit(a, b)).collect())
    };
    [limit(f32::min), limit(f32::max)]
}
