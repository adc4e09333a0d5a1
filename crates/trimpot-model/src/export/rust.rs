//! A module of Rust: a model as a network that is a type, with its numbers in statics.

mod front_end;
mod layer;

use trimpot::spec::{Dims, LayerList};

use self::layer::Types;
use super::{ExportError, Node, description, extractor, line, nodes, table};
use crate::file::StoredModel;

/// Layers that follow each other in one `Chain!`; more are chains of chains, since the compiler
/// goes only so deep.
const CHAINED: usize = 24;

/// What the numbers of a table need not be like.
const NUMBERS: &str = "#[rustfmt::skip]\n#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = \"numbers that were learned\")]";

/// Returns how the front end of such a module is used, as Markdown, where samples of the network are
/// rows of features, and each is an `input` to which this is done; none, if the model has none.
///
/// # Errors
/// If the front end is another network's.
pub fn front_end_usage(model: &StoredModel, does: &str) -> Result<Option<String>, ExportError> {
    let features = model.layers.input.count() as u32;
    let usage = |made| front_end::usage(&made, Dims::vector(features), "rust", does);
    Ok(extractor(model)?.map(usage))
}

/// Returns a module of Rust for `no_std` with the network of a model: the types `Input`, `Layers`
/// and `Network`; the statics `LAYERS` and `PARAMETERS`, with all numbers; a function `network` that
/// puts both together; names of classes, features and targets, and the threshold of anomalies; the
/// front end, if there is one, as the static `FRONT`, with the types `FrontFramer` and
/// `FrontSpectrogram`. It predicts the bits that the model does. `source` is where the model is from.
///
/// Statistics, frozen numbers and settings are checked when the module is compiled. It has no inner
/// attributes, so `include!` takes it as well.
///
/// # Errors
/// If the layers make no network, or there is no type for one of them.
pub fn rust(model: &StoredModel, source: &str) -> Result<String, ExportError> {
    let nodes = nodes(model)?;
    let (count, limit) = (model.layers.specs.len(), LayerList::CAPACITY);
    if count > limit {
        return Err(ExportError::TooManyLayers { layers: count, limit });
    }
    let mut types = Types::default();
    let layers = nodes.iter().map(|node| types.of_layer(node)).collect::<Result<Vec<_>, _>>()?;
    let (listed, values) = layers.into_iter().unzip();
    let input = types.shape(model.layers.input);

    let front_end = extractor(model)?;
    let front_end = front_end.map(|made| front_end::items(&made, model.layers.input));

    let mut text = String::new();
    for described in description(model, source, &nodes).into_iter().chain(how_to_use()) {
        line(&mut text, format!("// {described}"));
    }
    line(&mut text, format!("\n#[rustfmt::skip]\nuse trimpot::layer::{{{}}};", types.layers()));
    line(&mut text, format!("#[rustfmt::skip]\nuse trimpot::shape::{{{}}};", types.shapes()));
    if let Some((_, used)) = &front_end {
        let used = used.join(", ");
        line(&mut text, format!("#[rustfmt::skip]\nuse trimpot::spectrum::{{{used}}};"));
    }
    line(&mut text, format!("\n/// The shape of a sample: `{}`.", array(model.layers.input)));
    line(&mut text, format!("pub type Input = {input};"));
    line(&mut text, "\n/// The layers.\n#[rustfmt::skip]");
    line(&mut text, format!("pub type Layers = {};", chain("trimpot::Chain!", listed)));
    line(&mut text, "\n/// The layers with their parameters, and the memory of their passes.");
    line(&mut text, "pub type Network = trimpot::network!(Layers; from Input);");
    line(
        &mut text,
        "\n/// The layers, with their settings and the numbers that training does not change.",
    );
    line(&mut text, "#[rustfmt::skip]");
    line(&mut text, format!("pub static LAYERS: Layers = {};", chain("trimpot::chain!", values)));
    line(&mut text, "\n/// Returns the network with these parameters.");
    line(&mut text, "pub fn network() -> Network {\n    Network::new(LAYERS, PARAMETERS)\n}");
    text.extend(front_end.map(|(items, _)| items));
    names(&mut text, model);
    text.push_str(&types.items);
    line(&mut text, "\n/// The parameters, layer by layer.");
    let parameters: Vec<_> =
        nodes.iter().filter(|node| !node.is_frozen()).flat_map(Node::parameters).collect();
    numbers(&mut text, "pub static PARAMETERS", model.parameters.len());
    for (name, tensor) in parameters {
        let sizes: Vec<String> = tensor.sizes.iter().map(u32::to_string).collect();
        line(&mut text, format!("    // {name}: {}", sizes.join(" x ")));
        text.push_str(&table(tensor.numbers, ""));
    }
    line(&mut text, "];");
    Ok(text)
}

fn how_to_use() -> impl Iterator<Item = String> {
    const TEXT: &str = "
To use it, put it beside the sources of a crate that depends on `trimpot`, as `src/model.rs`:

    #[allow(dead_code, reason = \"not all of it is used\")]
    mod model;

    // In RAM, to be trained:
    let mut network = model::network();
    let output = network.predict::<f32>(&input);

    // Or from flash memory, as it is:
    let mut arena = [0.0_f32; model::Network::INFERENCE_VALUES];
    let planned = trimpot::network::Planned::<model::Input, _>::new(&model::LAYERS);
    let output = planned.predict(&model::PARAMETERS, &input, &mut arena)?;

What features go through first, and units of outputs, are layers as all others.";
    TEXT.lines().map(str::to_owned)
}

/// Appends what the model says beside its numbers.
fn names(text: &mut String, model: &StoredModel) {
    let about = &model.about;
    for (name, what, names) in [
        ("CLASSES", "classes, in the order of the outputs", &about.classes[..]),
        ("FEATURES", "features, in the order of the inputs", &about.features),
        ("TARGETS", "targets, in the order of the outputs", about.target_names()),
    ] {
        if !names.is_empty() {
            line(text, format!("\n/// The names of the {what}.\n#[rustfmt::skip]"));
            line(text, format!("pub static {name}: [&str; {}] = [", names.len()));
            names.iter().for_each(|name| line(text, format!("    {name:?},")));
            line(text, "];");
        }
    }
    if let Some(threshold) = about.threshold {
        line(text, "\n/// The threshold: what scores above it is anomalous.");
        line(text, "#[allow(clippy::approx_constant, reason = \"it was measured\")]");
        line(text, format!("pub const THRESHOLD: f32 = {threshold:?};"));
    }
    if !about.centre.is_empty() {
        line(text, "\n/// The centre that outputs are compared with.");
        numbers(text, "pub static CENTRE", about.centre.len());
        line(text, format!("{}];", table(&about.centre, "")));
    }
}

/// Appends the first lines of a table.
fn numbers(text: &mut String, item: &str, count: usize) {
    line(text, NUMBERS);
    line(text, format!("{item}: [f32; {count}] = ["));
}

/// Returns layers one after another, as a type or as a value.
fn chain(name: &str, mut layers: Vec<String>) -> String {
    while layers.len() > CHAINED {
        let chains = layers.chunks(CHAINED).map(|some| chain(name, some.to_vec()));
        layers = chains.collect();
    }
    match &layers[..] {
        [only] => only.clone(),
        layers => format!("{name}[\n    {},\n]", layers.join(",\n").replace('\n', "\n    ")),
    }
}

/// Returns a shape as an array.
fn array(dims: Dims) -> String {
    dims.sizes().iter().rev().fold("f32".to_owned(), |inner, size| format!("[{inner}; {size}]"))
}
