//! What an imported model is for.

use trimpot::spec::LayerSpec;
use trimpot_host::loss::{self, LossError};
use trimpot_model::architecture;
use trimpot_model::file::{About, ModelTask};
use trimpot_model::import::{Binary, Imported};
use trimpot_model::layers::Layers;

use super::{ImportCommandError, Options, outputs};
use crate::advice;

/// Returns what becomes of one output that tells two classes apart: it stays one for numbers, and for a
/// loss that one output is enough for.
pub(super) fn binary(options: &Options) -> Result<Binary, LossError> {
    let loss = options.loss.as_ref().map(|name| loss::named(name, &[], 1)).transpose()?;
    let is_of_one = loss.is_some_and(|loss| loss.loss.least_outputs() == 1);
    Ok(match options.task {
        _ if is_of_one => Binary::OneOutput,
        Some(ModelTask::Numbers) => Binary::OneOutput,
        Some(ModelTask::Classes) => Binary::TwoLogits,
        _ if options.classes.len() == 2 => Binary::TwoLogits,
        _ => Binary::IfSaid,
    })
}

/// Returns what the model is for, as options and file say it.
pub(super) fn of(options: &Options, imported: &Imported) -> Result<About, ImportCommandError> {
    let wrong = |what: String| ImportCommandError::Options(what);
    let classes = match options.classes.as_slice() {
        [] => imported.classes.clone(),
        said => said.to_vec(),
    };
    let count = imported.layers.outputs();
    check_names(&classes).map_err(wrong)?;
    // A single output tells two classes apart.
    if !classes.is_empty() && classes.len() != count.max(2) {
        let what =
            format!("--classes are {}, but the network has {}", classes.len(), outputs(count));
        return Err(wrong(what));
    }
    let is_of_classes =
        imported.ending.is_some() || !classes.is_empty() || is_binary(&imported.layers);
    let task = options.task.or(is_of_classes.then_some(ModelTask::Classes));
    if task == Some(ModelTask::Numbers) && !classes.is_empty() {
        return Err(wrong("--task numbers has no names of classes".to_owned()));
    }
    if task == Some(ModelTask::Numbers) && imported.ending.is_some() {
        let what = "--task numbers does not go with a softmax at the end, which is left out: what comes out are \
                    logits of classes";
        return Err(wrong(what.to_owned()));
    }
    let loss = match (&options.loss, task) {
        (Some(name), _) => Some(name.as_str()),
        (None, task) => task.map(|task| default_loss(task, imported)),
    };
    let loss = loss.map(|name| loss::named(name, &[], count)).transpose()?;
    if let Some(loss) = &loss {
        loss.check(&imported.layers, task == Some(ModelTask::Numbers))?;
    }
    let loss = loss.map(|loss| loss.text());
    Ok(About { task, classes, loss, ..About::default() })
}

/// Returns the loss that a network for this task was trained with most probably.
fn default_loss(task: ModelTask, imported: &Imported) -> &'static str {
    let binary = advice::binary_loss(&imported.layers);
    match task {
        ModelTask::Classes if imported.ending.is_some() => "cross_entropy",
        ModelTask::Classes if imported.layers.outputs() == 1 || binary == "bce" => binary,
        ModelTask::Classes => "cross_entropy",
        ModelTask::Numbers | ModelTask::Anomalies => "mse",
    }
}

/// Returns whether there is one output, behind a sigmoid: the probability of the second class.
fn is_binary(layers: &Layers) -> bool {
    layers.outputs() == 1 && matches!(architecture::last(layers), Some(LayerSpec::Sigmoid(_)))
}

/// Checks that classes have names, and each its own.
fn check_names(classes: &[String]) -> Result<(), String> {
    let wrong = |what: String| Err(format!("{what}: --classes names each, and no two alike"));
    for (at, class) in classes.iter().enumerate() {
        if class.trim().is_empty() {
            return wrong(format!("the name of class {at} is empty"));
        }
        if let Some(first) = classes[..at].iter().position(|other| other == class) {
            return wrong(format!("classes {first} and {at} have the same name, `{class}`"));
        }
    }
    Ok(())
}
