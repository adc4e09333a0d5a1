//! Words that ask a board about samples, and what it says.

use std::path::Path;

use trimpot_host::board::Board;
use trimpot_host::dataset::{Data, Table};
use trimpot_host::dyn_model::Task;
use trimpot_model::output;

use super::error::BoardCommandError;
use super::folder::{Folder, Installed, LoadedBoard};
use crate::data::SampleOptions;
use crate::evaluate::Report;
use crate::model::{LoadedModel, UseError};
use crate::predict;

/// Returns what the board says of the samples, as CSV.
pub fn predict(folder: &Folder<'_>, samples: &SampleOptions) -> Result<String, BoardCommandError> {
    let SampleOptions { data, reading } = samples;
    let LoadedBoard { mut board, model, .. } = folder.loaded(reading)?;
    let features = model.data_spec(reading).read_features(data).map_err(UseError::Data)?;
    let outputs = outputs(&mut board, &model, &features.features)?;
    Ok(predict::shown(predict::table(&model, &features.rows, &outputs)))
}

/// Returns all scores of the board's outputs.
pub fn evaluate(folder: &Folder<'_>, samples: &SampleOptions) -> Result<String, BoardCommandError> {
    let SampleOptions { data, reading } = samples;
    let LoadedBoard { mut board, model, .. } = folder.loaded(reading)?;
    let Data { dataset, dropped, .. } =
        model.data_spec(reading).read(data).map_err(UseError::Data)?;
    let outputs = outputs(&mut board, &model, dataset.features())?;
    let task = Task::new(&model.loss, dataset, outputs.columns);
    let report = Report {
        name: data.display().to_string(),
        evaluation: task.evaluate_outputs(&outputs),
        loss: model.loss.name,
        classes: model.stored.about.classes,
        dropped,
    };
    Ok(report.to_string())
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
    let Installed { mut board, model, .. } = folder.installed()?;
    model.save(file)?;
    super::state(&mut board, &format!("{}:", file.display()))
}
