//! A model as the bytes that a board takes: its network, what it is for, how it learns, its
//! numbers.

use trimpot::spec::LayerSpec;
use trimpot::threshold::Rule;
use trimpot_link::{Error, ModelPart};
use trimpot_model::file::{About, Latents, ModelTask, StoredModel};
use trimpot_model::layers::Layers;
use trimpot_model::plan::Trained;
use trimpot_tuner::model_image::{ModelHeader, Purpose, write_network};
use trimpot_tuner::{LatentFormat, Reference, TaskSpec};

use super::error::BoardError;
use crate::loss;

/// Returns the model as bytes, and its layers: what is in front of those that are trained is
/// frozen.
pub(super) fn image(model: &StoredModel) -> Result<(Layers, Vec<u8>), BoardError> {
    let unable = |reason: String| {
        let network = model.layers.spec().to_string();
        BoardError::Network { network, reason }
    };
    let mut frozen = model.clone();
    let trained = model.about.trained.unwrap_or_default();
    frozen.freeze(trained).map_err(|error| unable(error.to_string()))?;
    let StoredModel { layers, parameters, about } = &frozen;

    let loss = about.loss.as_deref().map(|text| loss::of_text(text, layers.outputs())).transpose();
    let loss = loss.map_err(|error| unable(error.to_string()))?;
    let task = task(about, layers.outputs());
    if let Some(loss) = &loss {
        loss.check_for_boards(task.kind())?;
    }
    if loss.as_ref().is_some_and(|loss| !loss.class_weights.is_empty()) {
        return Err(unable("boards have no class weights".to_owned()));
    }
    if loss.as_ref().is_some_and(|loss| !loss.plus.is_empty()) {
        return Err(unable("boards have no sums of losses".to_owned()));
    }
    let mut loss_settings = Vec::new();
    if let Some(loss) = &loss {
        loss.loss.for_each_setting(&mut |_, value| loss_settings.push(value));
    }
    let optimizer = about.optimizer_and_batch();
    let optimizer_settings =
        optimizer.map(|(optimizer, _)| optimizer.settings()).unwrap_or_default();
    // What is learned is no text: the board says it itself.
    let texts = About { centre: Vec::new(), ..about.clone() }.texts();
    let texts: Vec<_> = texts.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect();
    let purpose = Purpose {
        task,
        loss: loss.as_ref().map_or("", |loss| loss.name),
        loss_settings: &loss_settings,
        learning_rate: about.learning_rate,
        replays: about.replays,
        optimizer: optimizer.map_or("", |(optimizer, _)| optimizer.name()),
        optimizer_settings: &optimizer_settings,
        batch: optimizer.and(about.batch),
        trained: trained.of_unfrozen(),
        latents: latents(about),
        texts: &texts,
    };
    let mut network = Vec::new();
    let specs = |visit: &mut dyn FnMut(LayerSpec)| layers.specs.iter().copied().for_each(visit);
    write_network(layers.input, &specs, &purpose, &mut |run| network.extend_from_slice(run))
        .map_err(|error| unable(error.to_string()))?;
    // What is learned of anomalies beside the parameters is the threshold, and the centre behind it.
    let mut state = Vec::new();
    if let Some(threshold) = about.threshold {
        state.push(threshold);
        state.extend(&about.centre);
    }
    let header = ModelHeader {
        network: network.len() as u32,
        constants: layers.constants.len() as u32,
        parameters: parameters.len() as u32,
        state: state.len() as u32,
    };
    let mut image = header.encode().to_vec();
    image.extend(network);
    for (part, numbers) in [
        (ModelPart::Constants, &layers.constants[..]),
        (ModelPart::Parameters, parameters),
        (ModelPart::State, &state),
    ] {
        if let Some(index) = numbers.iter().position(|number| !number.is_finite()) {
            let index = index as u32;
            return Err(unable(Error::ModelNumber { part, index }.to_string()));
        }
    }
    let numbers = layers.constants.iter().chain(parameters).chain(&state);
    image.extend(numbers.flat_map(|number| number.to_le_bytes()));
    Ok((frozen.layers, image))
}

/// Returns what is learned. Classes with names are in use; outputs without one are for those to
/// come.
fn task(about: &About, outputs: usize) -> TaskSpec {
    match about.task {
        Some(ModelTask::Numbers) => TaskSpec::Values,
        Some(ModelTask::Anomalies) => TaskSpec::Anomalies {
            reference: match about.centre.as_slice() {
                [] => Reference::Sample,
                _ => Reference::Centre,
            },
            rule: about.rule.unwrap_or(Rule::DEFAULT),
            window: about.window.unwrap_or(1),
        },
        Some(ModelTask::Classes) | None => {
            let named = about.classes.len();
            let first = (1..outputs).contains(&named).then_some(named as u16);
            TaskSpec::Classes { first }
        }
    }
}

/// Returns how a board with a model for this keeps what its frozen front makes of samples: unless the
/// model says so, as numbers where outputs are compared with them, or where a front was frozen for
/// the board. `None` if it keeps features.
pub fn latents(about: &About) -> Option<LatentFormat> {
    match about.latents {
        Some(Latents::None) => None,
        Some(Latents::F32) => Some(LatentFormat::F32),
        Some(Latents::U8) => Some(LatentFormat::U8),
        Some(Latents::I8) => Some(LatentFormat::I8),
        None => {
            let is_head = matches!(about.trained, Some(Trained::Head(_)));
            let is_compared = about.task == Some(ModelTask::Anomalies);
            (is_head || is_compared).then_some(LatentFormat::F32)
        }
    }
}

#[cfg(test)]
mod tests {
    use trimpot_model::architecture::{Architecture, Between};

    use super::*;

    #[test]
    fn a_loss_that_boards_do_not_have_is_refused() {
        let layers = "4-2".parse::<Architecture>().unwrap().layers(Between::default()).unwrap();
        let image = |task, loss: &str| {
            let (task, loss) = (Some(task), Some(loss.to_owned()));
            let about = About { task, loss, ..About::default() };
            let parameters = vec![0.0; layers.spec().parameters()];
            image(&StoredModel { layers: layers.clone(), parameters, about })
        };
        let (classes, numbers) = (ModelTask::Classes, ModelTask::Numbers);
        assert!(image(numbers, "bce").is_ok());
        for (task, loss, says) in [
            (numbers, "bce + dice", "boards have no sums of losses"),
            (classes, "cross_entropy class_weights=1,2", "boards have no class weights"),
        ] {
            let error = image(task, loss).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
