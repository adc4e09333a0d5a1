//! Networks as text: what `trimpot train --network` takes.
//!
//! Either sizes, `64-32-10`, with an activation between fully connected layers; or the shape of a
//! sample and layers, `1x28x28 > conv 8 3x3, relu, pool 2, dense 10` (a comma does for `>`). A
//! layer has its name, its own sizes, and settings; what follows from the layer before is not
//! written.

mod activation;
pub mod catalogue;
mod error;
mod layer;
mod range;
mod sizes;
#[cfg(test)]
mod tests;

use std::str::FromStr;

use trimpot::layer::{Dropout, FlattenSpec, FrozenSpec, ResidualSpec, ShortcutSpec};
use trimpot::spec::{Dims, LayerSpec, NetworkSpec, SpecError};

pub use self::activation::Activation;
use self::catalogue::{LAYERS, Written, ways};
pub use self::error::ArchitectureError;
use self::error::Wrong;
use self::layer::Words;
pub use self::layer::written;
pub use self::range::{last, range};
pub use self::sizes::Sizes;
use crate::layers::Layers;
pub use trimpot::layer::kind::ANY;

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
    type Err = ArchitectureError;

    fn from_str(text: &str) -> Result<Self, ArchitectureError> {
        read(text).map_err(|wrong| wrong.of(text))
    }
}

/// Reads sizes; or a shape, `>` or a comma, and layers.
fn read(text: &str) -> Result<Architecture, Wrong<'_>> {
    let (first, listed) = match text.split_once('>') {
        Some((first, rest)) => (first.trim(), items(rest)?),
        None if text.contains(',') => {
            let mut listed = items(text)?;
            (listed.remove(0), listed)
        }
        None => return Sizes::read(text).map(Architecture::Sizes),
    };
    let input = shape(first).map_err(|what| Wrong::new(first, what))?;
    let input = match *input.sizes() {
        [height, width] if first_window_is_square(&listed) => Dims::image(1, height, width),
        _ => input,
    };
    let mut specs = Vec::new();
    append(&listed, input, &mut specs, 0)?;
    let wrong = |what| Wrong::new(text, what);
    let spec = NetworkSpec { input, layers: &specs };
    spec.output().map_err(|error| wrong(error.to_string()))?;
    let layers = Layers::untrained(input, specs);
    if layers.spec().parameters() == 0 {
        return Err(wrong("no layer of it has parameters: there is nothing to train".to_owned()));
    }
    Ok(Architecture::Layers(layers))
}

/// Returns whether the first window of these layers has two directions, such as 3x3.
fn first_window_is_square(items: &[&str]) -> bool {
    let words = |item: &&str| item.replace(['(', ')', ','], " ");
    let text = items.iter().map(words).collect::<Vec<_>>().join(" ");
    let mut words = text.split_whitespace();
    let window = words.find_map(window_of).and_then(|before| words.nth(before));
    window.is_some_and(|window| window.contains('x'))
}

/// Returns how many sizes are written between the name of a layer and its window, if it has one.
fn window_of(name: &str) -> Option<usize> {
    let written = LAYERS.iter().filter_map(|listed| match listed.written {
        Written::As(grammar) => Some(grammar.ways),
        Written::Not { .. } => None,
    });
    let mut ways = written.flatten().map(|way| way.split(' '));
    let mut sizes = ways.find_map(|mut words| (words.next() == Some(name)).then_some(words))?;
    sizes.position(|size| matches!(size, "KERNEL" | "WINDOW"))
}

impl Architecture {
    /// Returns whether there is anything between layers: not in a single one of which the sizes are
    /// given.
    pub fn has_hidden_layers(&self) -> bool {
        match self {
            Architecture::Sizes(sizes) => sizes.count() > 1,
            Architecture::Layers(_) => true,
        }
    }

    /// Returns the layers.
    ///
    /// # Errors
    /// If something is to be between layers that are listed already, or dropout has no valid p.
    pub fn layers(&self, between: Between) -> Result<Layers, String> {
        match self {
            Architecture::Sizes(sizes) => {
                let dropout = between.dropout.map(Dropout::new).transpose();
                let dropout = dropout.map_err(|error| error.to_string())?;
                let activation = between.activation.unwrap_or_default();
                Ok(sizes.layers(activation, between.output_activation, dropout))
            }
            Architecture::Layers(_) if between != Between::default() => {
                Err("what is between layers goes with sizes, such as 64-32-10: where layers are listed, \
                     activations and dropout are among them"
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
         shape of a sample, and layers with commas between them, such as \"1x28x28 > conv 8 3x3, relu, \
         pool 2, dense 10\". A shape is one size, channels x length, or channels x height x width; two \
         sizes before a window of two, such as 3x3, are an image of one channel. Layers: {}. Windows have stride=, padding= (a number, one for each direction or side, \
         or same), dilation=; conv has groups=; relu6 is hard_tanh low=0 high=6",
        ways()
    )
}

/// Cuts a text at the commas that are in no parentheses.
fn items(text: &str) -> Result<Vec<&str>, Wrong<'_>> {
    let (mut items, mut depth, mut start) = (Vec::new(), 0_u32, 0);
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => {
                let without = || Wrong::new(&text[at..=at], "there is a `)` without a `(`");
                depth = depth.checked_sub(1).ok_or_else(without)?;
            }
            ',' if depth == 0 => {
                items.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    if depth > 0 {
        let open = text.find('(').map_or(text, |at| &text[at..=at]);
        return Err(Wrong::new(open, "there is a `(` without a `)`"));
    }
    items.push(text[start..].trim());
    match items.iter().find(|item| item.is_empty()) {
        Some(empty) => Err(Wrong::new(empty, "there is no layer before or behind a comma")),
        None => Ok(items),
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
fn append_named<'t>(
    items: &[&'t str],
    specs: &mut Vec<LayerSpec>,
    depth: usize,
) -> Result<(), Wrong<'t>> {
    check_depth(items, depth)?;
    for item in items {
        let around: [(&str, Around); 3] = [
            ("Residual", |layers| LayerSpec::Residual(ResidualSpec { layers })),
            ("Shortcut", |layers| LayerSpec::Shortcut(ShortcutSpec { layers })),
            ("Frozen", |layers| LayerSpec::Frozen(FrozenSpec { layers })),
        ];
        match around.into_iter().find(|(name, _)| item.starts_with(name)) {
            None => specs.push(Words::of_type(item)?.layer_of_type()?),
            Some((name, spec)) => {
                let before = specs.len();
                specs.push(spec(0));
                append_named(&inside(item, name)?.unwrap_or_default(), specs, depth + 1)?;
                set_inside(specs, before);
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
fn check<'t>(dims: Dims, word: &'t str) -> Result<(), Wrong<'t>> {
    match dims.count() {
        ..=MOST => Ok(()),
        _ => {
            let what = format!("{dims} are more numbers than the {MOST} that there may be");
            Err(Wrong::new(word, what))
        }
    }
}

/// Returns an error if layers are too deep inside of others. Before the list is whole: a text can
/// be deeper than the stack.
fn check_depth<'t>(items: &[&'t str], depth: usize) -> Result<(), Wrong<'t>> {
    if depth > NetworkSpec::MAX_DEPTH {
        let error = SpecError::TooDeep { limit: NetworkSpec::MAX_DEPTH };
        return Err(Wrong::new(items.first().copied().unwrap_or_default(), error.to_string()));
    }
    Ok(())
}

/// Appends layers, the first of which gets this input, and which are so deep inside of others.
/// Returns their output.
fn append<'t>(
    items: &[&'t str],
    input: Dims,
    specs: &mut Vec<LayerSpec>,
    depth: usize,
) -> Result<Dims, Wrong<'t>> {
    check_depth(items, depth)?;
    check(input, items.first().copied().unwrap_or_default())?;
    let mut dims = input;
    for item in items {
        let before = specs.len();
        if let Some(layers) = inside(item, "residual")? {
            specs.push(LayerSpec::Residual(ResidualSpec { layers: 0 }));
            let (first, others) = layers.split_first().expect("there is no list without items");
            match inside(first, "shortcut")? {
                Some(shortcut) => {
                    specs.push(LayerSpec::Shortcut(ShortcutSpec { layers: 0 }));
                    append(&shortcut, dims, specs, depth + 2)?;
                    set_inside(specs, before + 1);
                    append(others, dims, specs, depth + 1)?;
                }
                None => {
                    append(&layers, dims, specs, depth + 1)?;
                }
            }
            set_inside(specs, before);
        } else if inside(item, "shortcut")?.is_some() {
            return Err(Wrong::new(item, SpecError::Shortcut.to_string()));
        } else {
            let words = Words::new(item)?;
            if words.name() == "dense" && dims.sizes().len() > 1 {
                specs.push(LayerSpec::Flatten(FlattenSpec));
            }
            specs.push(words.layer(dims)?);
        }
        let network = NetworkSpec { input: dims, layers: &specs[before..] };
        dims = network.output().map_err(|error| Wrong::new(item, error.to_string()))?;
        check(dims, item)?;
    }
    Ok(dims)
}

/// Sets how many layers are inside of one: all that come behind it.
fn set_inside(specs: &mut [LayerSpec], at: usize) {
    let layers = (specs.len() - at - 1) as u32;
    specs[at] = specs[at].with_inside(layers);
}

/// Returns the layers in the parentheses behind a name, if it is this one.
fn inside<'t>(item: &'t str, name: &str) -> Result<Option<Vec<&'t str>>, Wrong<'t>> {
    let Some(rest) = item.strip_prefix(name).map(str::trim_start) else { return Ok(None) };
    match rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inside) => Ok(Some(items(inside)?)),
        None => {
            let what = format!("{name} has layers in parentheses, as in {name}(relu)");
            Err(Wrong::new(item, what))
        }
    }
}
