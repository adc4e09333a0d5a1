//! What makes features of the recordings of a run.

use trimpot_host::dataset::{DataSpec, STANDARD_INPUT};
use trimpot_model::file::ModelTask;
use trimpot_model::front_end::{Extractor, FrontEnd};
use trimpot_tuner::Condition;

use super::Start;
use crate::terminal::say;
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
    let input = start.layers.input;
    let Some(front_end) = options.front_end else {
        let of_model = start.model.as_ref().map(|model| model.about.extractor(input));
        return Ok(of_model.transpose().map_err(FitError::Options)?.flatten());
    };
    let length = match front_end.length {
        Some(length) => length,
        None => length(options, start, beside)?,
    };
    let wrong = |error: String| FitError::Options(format!("--front-end: {error}"));
    let made = FrontEnd { length: Some(length), ..front_end }.for_input(input).map_err(wrong)?;
    let unheard = made.unheard().map_err(|error| wrong(error.to_string()))?;
    if unheard.len() == front_end.bands() {
        return Err(wrong("features are the same for silence and for a click".to_owned()));
    }
    if !unheard.is_empty() {
        let numbers: Vec<String> = unheard.iter().map(usize::to_string).collect();
        let numbers = numbers.join(", ");
        say(&format!(
            "--front-end: of the bands, {numbers} hear nothing, since no bin is in them: fewer bands or a larger fft"
        ));
    }
    Ok(Some(made))
}

/// Returns how many samples a recording of the data has.
fn length(options: &Options, start: &Start, beside: &[String]) -> Result<usize, FitError> {
    let Options { data, reading, .. } = options;
    // What is no file is read once.
    if data.as_os_str() == STANDARD_INPUT || (data.exists() && !data.is_file()) {
        let what = "--front-end: data that are no file are read once: length=16000 says how many samples a recording \
                    has";
        return Err(FitError::Options(what.to_owned()));
    }
    let task = options.task(start);
    let targets = options.named_loss(start)?.targets.filter(|_| task == ModelTask::Numbers);
    let detects = task == ModelTask::Anomalies;
    let spec = DataSpec {
        conditions: detects.then(|| reading.conditions(Condition::Normal, None)),
        beside: beside.to_vec(),
        ..reading.spec(&start.layers, targets, None)
    };
    Ok(spec.count_features(data)?)
}
