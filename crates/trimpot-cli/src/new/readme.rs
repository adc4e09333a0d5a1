//! What the README of a new package says of its model.

use std::fmt::Write;

use trimpot_model::export::{self, ExportError};
use trimpot_model::file::{ModelTask, StoredModel};

use super::board::Template;
use super::learning::Values;
use super::package::Package;
use crate::terminal::in_shell;

/// What is said in front of how a front end is used.
const RECORDINGS: &str = "## Recordings\n\nThe network takes what its front end makes of the samples of a microphone or \
                          another sensor: `FRONT`, `FrontFramer` and `FrontSpectrogram` of `src/model.rs`. In \
                          `src/main.rs`, in place of `measure`, with this in RAM:\n\n";

/// The most classes that a README lists.
const LISTED: usize = 12;

/// Returns what the README says.
///
/// # Errors
/// If the front end is another network's.
pub fn values(
    model: &StoredModel,
    board: Template,
    package: &Package,
    source: &str,
) -> Result<Values, ExportError> {
    let StoredModel { layers, parameters, about } = model;
    let spec = layers.spec();
    let task = match about.task {
        Some(ModelTask::Numbers) => "numbers, one for each output",
        Some(ModelTask::Anomalies) => "what is normal, and what is not",
        Some(ModelTask::Classes) | None => "classes",
    };
    let mut text = format!(
        "| input | {} |\n| layers | {spec} |\n| outputs | {} |\n| parameters | {} |\n| learns | {task} |\n",
        layers.input,
        layers.outputs(),
        parameters.len()
    );
    if let Ok(Some(front_end)) = about.extractor(layers.input) {
        let _ = writeln!(text, "| front end | {front_end} |");
    }
    if (1..=LISTED).contains(&about.classes.len()) {
        let classes: Vec<String> = about.classes.iter().map(|name| shown(name)).collect();
        // To memory, which does not fail.
        let _ = writeln!(text, "| classes | {} |", classes.join(", "));
    }
    let usage = export::front_end_usage(model, "tell(&mut tuner, &input, console);")?;
    let recordings = usage.map_or(String::new(), |usage| format!("{RECORDINGS}{usage}\n"));
    Ok(vec![
        ("about", text),
        ("recordings", recordings),
        ("source", shown(source)),
        ("file", in_shell(source).into_owned()),
        ("board", board.name().to_owned()),
        ("target", board.target().to_owned()),
        ("program", package.name.clone()),
        ("trimpot_version", env!("CARGO_PKG_VERSION").to_owned()),
    ])
}

/// Returns a name as a table of Markdown shows it: names may be anything.
fn shown(name: &str) -> String {
    let escaped = name.escape_debug().to_string();
    let mut text = String::new();
    for letter in escaped.chars() {
        if "\\`*_{}[]<>()#+-.!|@&".contains(letter) && letter != '-' && letter != '.' {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}
