//! What makes features of the recordings of a run.

use trimpot_host::dataset::DataSpec;
use trimpot_model::file::ModelTask;
use trimpot_model::front_end::Extractor;
use trimpot_tuner::Condition;

use super::Start;
use crate::train::error::FitError;
use crate::train::options::Options;

/// Returns what `--front-end` makes for the network, or the front end of the model of `--init`. How
/// long a recording is, data say, of which these columns are neither its samples nor labels.
///
/// # Errors
/// If data cannot be read, or the network takes something else.
pub(super) fn of(
    options: &Options,
    start: &Start,
    beside: &[String],
) -> Result<Option<Extractor>, FitError> {
    let Options { data, reading, recordings, .. } = options;
    let input = start.layers.input;
    if let Some(model) = &start.model {
        return model.about.extractor(input).map_err(FitError::Options);
    }
    let task = options.task(start);
    let targets = options.named_loss(start)?.targets.filter(|_| task == ModelTask::Numbers);
    let detects = task == ModelTask::Anomalies;
    let spec = DataSpec {
        conditions: detects.then(|| reading.conditions(Condition::Normal, None)),
        beside: beside.to_vec(),
        ..reading.spec(&start.layers, targets, None)
    };
    Ok(recordings.extractor(data, &spec, Some(input))?)
}
