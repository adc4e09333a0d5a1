//! Networks as text: what `trimpot train --network` takes.
//!
//! Either sizes, `64-32-10`, with an activation between fully connected layers; or the shape of a
//! sample and layers, `1x28x28, conv 8 3x3, relu, pool 2, dense 10`. A layer has its name, its own
//! sizes, and settings; what follows from the layer before is not written.

mod activation;
mod layer;
mod range;
mod sizes;
#[cfg(test)]
mod tests;

use std::str::FromStr;

use trimpot::layer::{Dropout, FlattenSpec, FrozenSpec, ResidualSpec};
use trimpot::spec::{Dims, LayerSpec, NetworkSpec, SpecError};

pub use self::activation::Activation;
use self::layer::{LAYERS, Words};
pub use self::range::{ANY, last, range};
pub use self::sizes::Sizes;
use crate::layers::Layers;

/// What a network is, before it is known what is between fully connected layers.
#[derive(Clone, Debug, PartialEq)]
pub enum Architecture {
    /// Fully connected layers of these sizes.
    Sizes(Sizes),
    /// Layers that are listed.
    Layers(Layers),
}

/// What is between and behind fully connected layers of which the sizes alone are given.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Between {
    /// The activation between layers; ReLU by default.
    pub activation: Option<Activation>,
    /// The activation behind the last layer.
    pub output_activation: Option<Activation>,
    /// The p of dropout after each activation between layers.
    pub dropout: Option<f32>,
}

impl FromStr for Architecture {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if !text.contains(',') {
            return text.parse().map(Architecture::Sizes).map_err(|error: String| {
                let layers = text.chars().any(char::is_alphabetic);
                let more = if layers { ". Layers have commas between them" } else { "" };
                error + more
            });
        }
        let mut items = items(text)?.into_iter();
        let input = shape(items.next().unwrap_or_default())?;
        let mut specs = Vec::new();
        append(&items.collect::<Vec<_>>(), input, &mut specs, 0)?;
        let layers = Layers { input, specs, constants: Vec::new() };
        layers.spec().output().map_err(|error| error.to_string())?;
        if layers.spec().parameters() == 0 {
            return Err("no layer of it has parameters: there is nothing to train".to_owned());
        }
        Ok(Architecture::Layers(layers))
    }
}

impl Architecture {
    /// Returns the layers.
    ///
    /// # Errors
    /// If something is to be between layers that are listed already, or dropout has no valid p.
    pub fn layers(&self, between: Between) -> Result<Layers, String> {
        match self {
            Architecture::Sizes(sizes) => {
                let dropout = between.dropout.map(Dropout::new).transpose();
                let dropout = dropout.map_err(|error| error.to_string())?;
                let activation = between.activation.unwrap_or(Activation::Relu);
                Ok(sizes.layers(activation, between.output_activation, dropout))
            }
            Architecture::Layers(_) if between != Between::default() => {
                Err("--activation, --output-activation and --dropout go with sizes, such as \
                     64-32-10: where layers are listed, these are among them"
                    .to_owned())
            }
            Architecture::Layers(layers) => Ok(layers.clone()),
        }
    }
}

/// Returns what `--help` says of a network.
pub fn help() -> String {
    format!(
        "Sizes of fully connected layers, such as 64-32-10: features, hidden layers, outputs. Or the \
         shape of a sample and layers, such as \"1x28x28, conv 8 3x3, relu, pool 2, dense 10\". \
         Layers: {LAYERS}. Windows have stride=, padding= (a number, one for each direction or side, \
         or same), dilation=; conv has groups="
    )
}

/// Cuts a text at the commas that are in no parentheses.
fn items(text: &str) -> Result<Vec<&str>, String> {
    let (mut items, mut depth, mut start) = (Vec::new(), 0_u32, 0);
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1).ok_or("there is a `)` without a `(`")?,
            ',' if depth == 0 => {
                items.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    if depth > 0 {
        return Err("there is a `(` without a `)`".to_owned());
    }
    items.push(text[start..].trim());
    match items.iter().any(|item| item.is_empty()) {
        true => Err(format!("`{text}`: there is no layer before or behind a comma")),
        false => Ok(items),
    }
}

/// Reads layers as a model file names them: `Dense(64, 32), Relu, Dense(32, 10)`.
///
/// # Errors
/// If the text names no layers, or not as a model file does.
pub fn named(text: &str) -> Result<Vec<LayerSpec>, String> {
    let mut specs = Vec::new();
    append_named(&items(text)?, &mut specs, 0)?;
    // The shape of a sample is not in it.
    let read = NetworkSpec { input: Dims::vector(1), layers: &specs }.to_string();
    if read == text { Ok(specs) } else { Err(format!("`{text}` is read as `{read}`")) }
}

/// The spec of a layer with so many others inside.
type Around = fn(u32) -> LayerSpec;

/// Appends layers that are named, and are so deep inside of others.
fn append_named(items: &[&str], specs: &mut Vec<LayerSpec>, depth: usize) -> Result<(), String> {
    if depth > NetworkSpec::MAX_DEPTH {
        return Err(SpecError::TooDeep { limit: NetworkSpec::MAX_DEPTH }.to_string());
    }
    for item in items {
        let around: [(&str, Around); 2] = [
            ("Residual", |layers| LayerSpec::Residual(ResidualSpec { layers })),
            ("Frozen", |layers| LayerSpec::Frozen(FrozenSpec { layers })),
        ];
        match around.into_iter().find(|(name, _)| item.starts_with(name)) {
            None => specs.push(Words::of_type(item)?.layer_of_type()?),
            Some((name, spec)) => {
                let before = specs.len();
                specs.push(spec(0));
                append_named(&inside(item, name)?.unwrap_or_default(), specs, depth + 1)?;
                specs[before] = spec((specs.len() - before - 1) as u32);
            }
        }
    }
    Ok(())
}

/// Reads the shape of a sample: `64`, `3x32`, `1x28x28`.
///
/// # Errors
/// If the text is none.
pub fn shape(text: &str) -> Result<Dims, String> {
    let wrong =
        || format!("`{text}` is no shape of a sample: begin with one, such as 64 or 1x28x28");
    let sizes =
        text.split('x').map(|size| size.trim().parse::<u32>().ok().filter(|&size| size > 0));
    match sizes.collect::<Option<Vec<u32>>>().ok_or_else(wrong)?[..] {
        [size] => Ok(Dims::vector(size)),
        [channels, length] => Ok(Dims::rows(channels, length)),
        [channels, height, width] => Ok(Dims::image(channels, height, width)),
        _ => Err(wrong()),
    }
}

/// Numbers of a sample, between layers and before them: more than any machine trains with.
const MOST: usize = 1 << 28;

/// Returns an error if there are more than [`MOST`].
fn check(dims: Dims, what: &str) -> Result<(), String> {
    match dims.count() {
        ..=MOST => Ok(()),
        _ => Err(format!("`{what}`: {dims} are more numbers than the {MOST} that there may be")),
    }
}

/// Appends layers, the first of which gets this input, and which are so deep inside of others.
/// Returns their output.
fn append(
    items: &[&str],
    input: Dims,
    specs: &mut Vec<LayerSpec>,
    depth: usize,
) -> Result<Dims, String> {
    // Before the list is whole: a text can be deeper than the stack.
    if depth > NetworkSpec::MAX_DEPTH {
        return Err(SpecError::TooDeep { limit: NetworkSpec::MAX_DEPTH }.to_string());
    }
    check(input, items.first().copied().unwrap_or_default())?;
    let mut dims = input;
    for item in items {
        let before = specs.len();
        if let Some(inside) = inside(item, "residual")? {
            specs.push(LayerSpec::Residual(ResidualSpec { layers: 0 }));
            append(&inside, dims, specs, depth + 1)?;
            let layers = (specs.len() - before - 1) as u32;
            specs[before] = LayerSpec::Residual(ResidualSpec { layers });
        } else {
            let words = Words::new(item)?;
            if words.name() == "dense" && dims.sizes().len() > 1 {
                specs.push(LayerSpec::Flatten(FlattenSpec));
            }
            specs.push(words.layer(dims)?);
        }
        let network = NetworkSpec { input: dims, layers: &specs[before..] };
        dims = network.output().map_err(|error| format!("`{item}`: {error}"))?;
        check(dims, item)?;
    }
    Ok(dims)
}

/// Returns the layers in the parentheses behind a name, if it is this one.
fn inside<'t>(item: &'t str, name: &str) -> Result<Option<Vec<&'t str>>, String> {
    let Some(rest) = item.strip_prefix(name).map(str::trim_start) else { return Ok(None) };
    match rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inside) => Ok(Some(items(inside)?)),
        None => Err(format!("`{item}`: {name} has layers in parentheses, as in {name}(relu)")),
    }
}
