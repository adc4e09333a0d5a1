//! Words that ask a board about samples, and what it says.

use std::path::{Path, PathBuf};

use clap::Args;
use trimpot_host::board::Board;
use trimpot_host::dataset::{Data, Table};
use trimpot_host::dyn_model::Task;
use trimpot_model::output;

use super::error::BoardCommandError;
use super::folder::Folder;
use crate::data::DataOptions;
use crate::evaluate::Report;
use crate::model::{LoadedModel, UseError};
use crate::predict;

/// Samples for a board.
#[derive(Args, Clone, Debug)]
pub struct Samples {
    /// Samples: `.npz`; or `.csv`, `.tsv` or `.txt` with a line for each; or `-`, which reads such
    /// lines from standard input. Names of classes are those of the model
    #[arg(value_name = "DATA")]
    pub data: PathBuf,
    #[command(flatten)]
    pub reading: DataOptions,
}

impl Samples {
    /// Boots the board, and reads the samples, for the model on it.
    pub(super) fn read(
        &self,
        folder: &Folder<'_>,
    ) -> Result<(Board, LoadedModel, Data), BoardCommandError> {
        let (board, model) = self.model(folder)?;
        let data = model.data_spec(&self.reading).read(&self.data).map_err(UseError::Data)?;
        Ok((board, model, data))
    }

    fn model(&self, folder: &Folder<'_>) -> Result<(Board, LoadedModel), BoardCommandError> {
        self.reading.check_without_means().map_err(UseError::Options)?;
        folder.loaded(&self.reading)
    }

    /// Returns what the board says of the samples, as CSV.
    pub(super) fn predict(&self, folder: &Folder<'_>) -> Result<String, BoardCommandError> {
        let (mut board, model) = self.model(folder)?;
        let spec = model.data_spec(&self.reading);
        let features = spec.read_features(&self.data).map_err(UseError::Data)?;
        let outputs = outputs(&mut board, &model, &features.features)?;
        Ok(predict::shown(predict::table(&model, &features.rows, &outputs)))
    }

    /// Returns all scores of the board's outputs.
    pub(super) fn evaluate(&self, folder: &Folder<'_>) -> Result<String, BoardCommandError> {
        let (mut board, model, Data { dataset, dropped, ignored, .. }) = self.read(folder)?;
        let outputs = outputs(&mut board, &model, dataset.features())?;
        let task = Task::new(&model.loss, dataset, outputs.columns);
        let report = Report {
            name: self.data.display().to_string(),
            evaluation: task.evaluate_outputs(&outputs),
            loss: model.loss.name,
            classes: model.stored.about.classes,
            dropped,
            ignored,
        };
        Ok(report.to_string())
    }
}

/// Asks the board for the outputs for each row.
fn outputs(
    board: &mut Board,
    model: &LoadedModel,
    features: &Table,
) -> Result<Table, BoardCommandError> {
    let mut numbers = Vec::new();
    for row in 0..features.rows() {
        numbers.extend(board.predict(features.row(row))?.outputs);
    }
    Ok(Table { columns: model.stored.layers.outputs(), numbers })
}

/// Writes a model file of what the board says.
pub fn read(folder: &Folder<'_>, file: &Path) -> Result<String, BoardCommandError> {
    output::check(file).map_err(BoardCommandError::writing(file))?;
    let (mut board, model) = folder.installed()?;
    model.save(file)?;
    super::state(&mut board, &format!("{}:", file.display()))
}
