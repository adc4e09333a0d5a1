//! `trimpot evaluate`: how well a model does on a data set.

mod report;

use trimpot_host::dataset::Data;
use trimpot_host::dyn_model::Task;
use trimpot_host::dyn_network::DynNetwork;
use trimpot_model::file::ModelTask;

pub use self::report::Report;
pub(crate) use self::report::numbers;
use crate::data::{self, SampleOptions};
use crate::model::{LoadedModel, UseError, UseOptions};
use crate::threads;

/// Computes all scores of a model on a data set.
///
/// # Errors
/// If the model or the data cannot be read, or do not go together.
pub fn evaluate(options: &UseOptions) -> Result<Report, UseError> {
    let model = LoadedModel::for_samples(options)?;
    let SampleOptions { data, reading } = &options.samples;
    let Data { dataset, dropped, ignored, .. } = data::read(&model.data_spec(reading), data)?;
    model.warn_of(&dataset);
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
            let task = Task::detection(&model.loss, dataset, network, &model.stored.about.centre)?;
            Ok(task.detect(network, parameters, model.stored.about.threshold))
        }
    });
    let evaluation = evaluation.map_err(UseError::Reconstruction)?;
    Ok(Report {
        name: data.display().to_string(),
        loss: model.loss.title(),
        in_deviations: !model.loss.deviations.is_empty(),
        targets: model.stored.about.target_names().to_vec(),
        classes: model.stored.about.classes,
        evaluation,
        dropped,
        ignored,
    })
}
