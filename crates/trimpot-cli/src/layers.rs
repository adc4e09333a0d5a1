//! `trimpot layers`: the layers that a network can have, listed or explained.
//!
//! Nothing about a layer is written down here: names and short texts are those of the core's
//! registry, grammar and shape rules those of the layer's own file ([`trimpot::layer::kind`]), and
//! what is said of an example is what the core computes.

use std::fmt::Write;

use strsim::levenshtein;
use trimpot::spec::LayerSpec;
use trimpot_model::architecture::catalogue::{self, Grammar, ListedLayer, Written};

use crate::terminal::{counted, wrap};

/// There is no layer of a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no layer {name}; the nearest names are {}", nearest.join(", "))]
pub struct UnknownLayer {
    /// What was asked for.
    pub name: String,
    /// Names that look like it, the nearest first.
    pub nearest: Vec<&'static str>,
}

/// Returns all layers: how each is written, and what it is.
#[must_use]
pub fn list() -> String {
    let mut text = String::new();
    let all = catalogue::LAYERS;
    let written = |listed: &&ListedLayer| matches!(listed.written, Written::As(_));
    for (heading, activations) in [("LAYERS", false), ("ACTIVATIONS", true)] {
        let _ = writeln!(text, "{heading}\n");
        let family = all.iter().filter(|listed| listed.is_activation() == activations);
        for listed in family.filter(written) {
            let Written::As(grammar) = listed.written else { continue };
            let ways = grammar.ways.join(", ");
            let _ = writeln!(text, "  {ways} ({}{})", listed.name, pytorch(grammar, ", nn."));
            wrap(&mut text, 6, listed.summary);
        }
        text.push('\n');
    }
    let _ = writeln!(text, "NOT IN A TEXT\n");
    for listed in all.iter().filter(|listed| !written(listed)) {
        let Written::Not { reason } = listed.written else { continue };
        let _ = writeln!(text, "  {}", listed.name);
        wrap(&mut text, 6, &format!("{} {reason}", listed.summary));
    }
    let _ = writeln!(
        text,
        "\n{} layers. `trimpot layers NAME` explains one; a network of them is what `trimpot train \
         --network` takes.",
        all.len()
    );
    text
}

/// Returns all there is to know about the layers of a name: `conv`, `Conv2d`, `nn.Conv2d`.
///
/// # Errors
/// If there is none.
pub fn explain(name: &str) -> Result<String, UnknownLayer> {
    let found = catalogue::find(name);
    if found.is_empty() {
        return Err(unknown(name));
    }
    let texts = found.iter().map(explain_one);
    Ok(texts.collect::<Vec<_>>().join("\n"))
}

fn explain_one(listed: &ListedLayer) -> String {
    let grammar = match listed.written {
        Written::As(grammar) => grammar,
        Written::Not { reason } => {
            let mut text = format!("{}: {}\n", listed.name, listed.summary);
            wrap(&mut text, 2, reason);
            return text;
        }
    };
    let mut text = format!("{}: {}\n", grammar.ways.join(", "), listed.summary);
    let _ = writeln!(text, "trimpot::layer::{}{}", listed.name, pytorch(grammar, ", PyTorch nn."));
    text.push_str("\nSHAPES\n");
    wrap(&mut text, 2, grammar.shapes);
    let Ok(figures) = catalogue::figures(grammar) else { return text };
    let settings = settings(grammar, figures.layer);
    if !settings.is_empty() {
        text.push_str("\nSETTINGS\n");
        wrap(&mut text, 2, &settings.join(", "));
    }
    let Grammar { example, .. } = grammar;
    let _ = write!(
        text,
        "\nEXAMPLE\n  --network \"{example}\"\n  Its last layer makes {} of {}, with {}.\n",
        figures.output,
        figures.input,
        counted(figures.parameters, "parameter")
    );
    text
}

/// Returns the name in PyTorch, with what is before it; nothing, if there is none.
fn pytorch(grammar: Grammar, before: &str) -> String {
    let name = Some(grammar.pytorch).filter(|name| !name.is_empty());
    name.map_or(String::new(), |name| format!("{before}{name}"))
}

/// Returns the settings of a layer with their defaults; what is written as a size is none.
fn settings(grammar: Grammar, layer: LayerSpec) -> Vec<String> {
    let is_size = |name: &str| {
        let words = grammar.ways.iter().flat_map(|way| way.split(' '));
        words.into_iter().any(|word| word == name.to_ascii_uppercase())
    };
    let arguments = layer.arguments();
    let settings = arguments.iter().filter(|argument| !is_size(argument.name));
    settings
        .filter_map(|argument| Some(format!("{}={}", argument.name, argument.default?)))
        .collect()
}

fn unknown(name: &str) -> UnknownLayer {
    let wanted = name.to_ascii_lowercase();
    let mut names: Vec<&str> = catalogue::LAYERS.iter().flat_map(names_of).collect();
    names.sort_by_cached_key(|name| levenshtein(&name.to_ascii_lowercase(), &wanted));
    names.dedup();
    names.truncate(3);
    UnknownLayer { name: name.to_owned(), nearest: names }
}

fn names_of(listed: &ListedLayer) -> Vec<&'static str> {
    match listed.written {
        Written::As(grammar) => grammar.names().collect(),
        Written::Not { .. } => vec![listed.name],
    }
}
