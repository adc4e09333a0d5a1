//! What a board says of samples, and the model that it reads out.

use std::path::Path;

use trimpot_host::board::{Board, BoardError};
use trimpot_host::dataset::{Data, Features, Table, Targets};
use trimpot_host::dyn_model::{Evaluation, Task};
use trimpot_model::file::ModelTask;
use trimpot_model::output;
use trimpot_tuner::Inspection;

use super::error::BoardCommandError;
use super::folder::{Folder, Installed, LoadedBoard};
use crate::data::{self, SampleOptions};
use crate::evaluate::Report;
use crate::model::{LoadedModel, UseError, ignored_columns};
use crate::predict;
use crate::terminal::complain;

/// Returns what the board says of the samples, as CSV.
pub fn predict(folder: &Folder<'_>, samples: &SampleOptions) -> Result<String, BoardCommandError> {
    let SampleOptions { data, reading } = samples;
    reading.check_without_labels().map_err(UseError::Options)?;
    let LoadedBoard { mut board, model, .. } = folder.loaded(samples)?;
    let spec = model.data_spec(reading);
    let features = data::read_features(&spec, data).map_err(UseError::Data)?;
    let Features { features, rows, ignored, .. } = features;
    // Standard output may be the table.
    ignored_columns(&ignored).iter().for_each(|line| complain(line));
    model.warn_of_features(&features);
    model.coarse_features(&board.rounding(&features)).iter().for_each(|line| complain(line));
    Ok(predict::shown(&match model.task {
        ModelTask::Classes | ModelTask::Numbers => {
            predict::table(&model, &rows, &outputs(&mut board, &model, &features)?)
        }
        ModelTask::Anomalies => {
            predict::inspections_table(&rows, &inspections(&mut board, &features)?)
        }
    }))
}

/// Returns all scores of what the board says of the samples.
pub fn evaluate(folder: &Folder<'_>, samples: &SampleOptions) -> Result<String, BoardCommandError> {
    let SampleOptions { data, reading } = samples;
    let LoadedBoard { mut board, model, .. } = folder.loaded(samples)?;
    let Data { dataset, dropped, ignored, .. } =
        data::read(&model.data_spec(reading), data).map_err(UseError::Data)?;
    model.warn_of(&dataset);
    let rounding = board.rounding(dataset.features());
    model.coarse_features(&rounding).iter().for_each(|line| complain(line));
    let about = &model.stored.about;
    let evaluation = match dataset.targets() {
        Targets::Conditions(conditions) => {
            let inspections = inspections(&mut board, dataset.features())?;
            Evaluation::of_inspections(conditions, &inspections, about.threshold)
        }
        Targets::Classes(_) | Targets::Numbers(_) => {
            let outputs = outputs(&mut board, &model, dataset.features())?;
            Task::new(&model.loss, dataset, outputs.columns).evaluate_outputs(&outputs)
        }
    };
    let report = Report {
        name: data.display().to_string(),
        evaluation,
        loss: model.loss.title(),
        in_deviations: !model.loss.deviations.is_empty(),
        classes: about.classes.clone(),
        targets: about.target_names().to_vec(),
        dropped,
        ignored,
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

/// Asks the board how normal each row is.
fn inspections(board: &mut Board, features: &Table) -> Result<Vec<Inspection>, BoardError> {
    (0..features.rows()).map(|row| board.inspect(features.row(row))).collect()
}

/// Writes a model file of what the board says.
pub fn read(folder: &Folder<'_>, file: &Path) -> Result<String, BoardCommandError> {
    output::check(file).map_err(BoardCommandError::writing(file))?;
    let flash = folder.flash_file();
    let files = [("the board's flash memory", flash.as_path()), ("--output", file)];
    output::check_distinct(&files).map_err(UseError::Options)?;
    let Installed { mut board, model, .. } = folder.installed()?;
    model.save(file)?;
    super::state(&mut board, &format!("{}:", file.display()))
}
