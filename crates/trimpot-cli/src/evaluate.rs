//! `trimpot evaluate`: how well a model does on a data set.

mod report;

use std::path::PathBuf;

use clap::Args;
use trimpot_host::dataset::Data;
use trimpot_host::dyn_model::Task;
use trimpot_host::dyn_network::DynNetwork;
use trimpot_model::file::ModelTask;

pub use self::report::Report;
use crate::data::DataOptions;
use crate::model::{LoadedModel, ModelOptions, UseError};
use crate::threads;

/// Which model, and on what.
#[derive(Args, Clone, Debug)]
pub struct Options {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its text would be that of the word")]
    pub model: ModelOptions,
    /// Samples: `.npz`; or `.csv`, `.tsv` or `.txt` with a line for each; or `-`, which reads such
    /// lines from standard input. Names of classes are those of the model
    #[arg(value_name = "DATA")]
    pub data: PathBuf,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its text would be that of the word")]
    pub reading: DataOptions,
}

/// Computes all scores of a model on a data set.
///
/// # Errors
/// If the model or the data cannot be read, or do not go together.
pub fn evaluate(options: &Options) -> Result<Report, UseError> {
    options.reading.check_without_means().map_err(UseError::Options)?;
    let model = LoadedModel::read(&options.model, &options.reading)?;
    let Data { dataset, dropped, ignored, .. } =
        model.data_spec(&options.reading).read(&options.data)?;
    let layers = &model.stored.layers;
    let outputs = layers.outputs();
    let mut steps = Vec::new();
    let network = DynNetwork::new(layers, &mut steps)?;
    let pool = threads::pool(threads::cores(), outputs)?;
    let parameters = &model.stored.parameters;
    let evaluation = pool.install(|| match model.task {
        ModelTask::Classes | ModelTask::Numbers => {
            Ok(Task::new(&model.loss, dataset, outputs).evaluate(network, parameters))
        }
        ModelTask::Anomalies => {
            let task = Task::reconstruction(&model.loss, dataset, network)?;
            Ok(task.detect(network, parameters, model.stored.about.threshold))
        }
    });
    let evaluation = evaluation.map_err(UseError::Reconstruction)?;
    Ok(Report {
        name: options.data.display().to_string(),
        loss: model.loss.name,
        classes: model.stored.about.classes,
        evaluation,
        dropped,
        ignored,
    })
}
