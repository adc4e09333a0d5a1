//! `trimpot board describe`: which network is on the board, and how it is.

use indicatif::HumanCount;
use trimpot::threshold::Rule;
use trimpot_link::{Description, ModelCopies, Origin, Task};
use trimpot_model::file::About;
use trimpot_model::layers::Layers;

use super::error::BoardCommandError;
use super::folder::{Folder, NoNetwork};
use crate::terminal::{counted, digits, plain};

/// Returns what the board says of itself.
pub fn describe(folder: &Folder<'_>) -> Result<String, BoardCommandError> {
    let mut board = folder.boot()?;
    let description = board.describe()?;
    let name = board.address().to_string();
    if description.inputs == 0 {
        let capacity = counted(description.model_capacity, "byte");
        let none = match NoNetwork::of(description.model_copies) {
            NoNetwork::NotInstalled => "none yet",
            NoNetwork::Damaged => {
                "none, its model is damaged: `trimpot board install MODEL DATA` installs it again"
            }
            NoNetwork::Unable => {
                "none, its model cannot run on this firmware: `trimpot board install MODEL DATA` installs another"
            }
        };
        return Ok(format!(
            "board       {name}\nnetwork     {none}, a model of up to {capacity} fits\n"
        ));
    }
    let (layers, _) = board.read_network()?;
    let about = folder.about(&mut board)?;
    Ok(text(&name, &layers, &about, &description))
}

fn text(board: &str, layers: &Layers, about: &About, description: &Description) -> String {
    let &Description { architecture, fingerprint, generation, ref replay, .. } = description;
    let origin = match description.origin {
        Origin::Blank => "nothing installed".to_owned(),
        Origin::Factory => format!("installed, generation {generation}"),
        Origin::Commit => format!("committed, generation {generation}"),
    };
    let (name, learned) = task(about, description);
    let front_end = about.extractor(layers.input).ok().flatten();
    let lines = [
        ("board", board.to_owned()),
        ("network", format!("{} ({architecture:08x})", layers.spec())),
        ("front end", front_end.map_or(String::new(), |made| made.to_string())),
        ("features", count(description.inputs)),
        (name, learned),
        ("loss", about.loss.clone().unwrap_or_else(|| "that of the firmware".to_owned())),
        ("learning", learning(about)),
        ("parameters", format!("{}, {fingerprint:08x}", count(description.parameters))),
        ("origin", origin),
        (
            "samples",
            format!(
                "{} pinned and {} learned ones are replayed, {} fit; {} held out",
                count(replay.pinned),
                count(replay.learned),
                count(replay.capacity),
                count(replay.held_out)
            ),
        ),
        ("RAM", counted(description.ram, "byte")),
        ("frame", counted(description.frame, "byte")),
        ("model", copies(description.model_copies)),
        ("damaged", format!("stored copies since the boot: {}", count(description.damaged))),
    ];
    let lines = lines.iter().filter(|(_, value)| !value.is_empty());
    lines.map(|(name, value)| format!("{name:<11} {value}\n")).collect()
}

/// Returns how many copies of the model there are, and what became of those that were damaged;
/// nothing, where the network is firmware.
fn copies(copies: ModelCopies) -> String {
    let ModelCopies { intact, damaged } = copies;
    let text = counted(intact, "copy") + " in flash memory";
    match (intact, damaged) {
        (0, _) => String::new(),
        (1, 0) => text + ", the other is written at the next boot",
        (1, _) => text + "; the other is damaged: `trimpot board install MODEL DATA` writes both",
        (_, 0) => text,
        (_, _) => text + "; one was damaged, and is mended",
    }
}

fn count(number: u32) -> String {
    HumanCount(number.into()).to_string()
}

/// Returns what is learned: its name, and what is known of it.
fn task(about: &About, description: &Description) -> (&'static str, String) {
    match description.task {
        Task::Classes => {
            let mut text = count(description.classes);
            if !about.classes.is_empty() {
                text += &format!(": {}", plain(&about.classes.join(", ")));
            }
            let room = description.outputs.saturating_sub(description.classes);
            if room > 0 {
                text += &format!("; room for {} more", count(room));
            }
            ("classes", text)
        }
        Task::Values => {
            let mut text = count(description.outputs);
            if !about.target_names().is_empty() {
                text += &format!(": {}", plain(&about.target_names().join(", ")));
            }
            ("numbers", text)
        }
        Task::Anomaly => {
            let threshold = about.threshold.map_or("not set".to_owned(), digits);
            let rule = about.rule.unwrap_or(Rule::DEFAULT);
            let votes = about.window.unwrap_or(1);
            let what = if about.centre.is_empty() { "" } else { "distances " };
            ("anomalies", format!("{what}above {threshold}, by {rule}; votes on an alarm: {votes}"))
        }
    }
}

/// Returns how the board learns, as far as the model says it.
fn learning(about: &About) -> String {
    let said = [
        about.optimizer.map(|optimizer| optimizer.to_string()),
        about.learning_rate.map(|rate| format!("learning rate {rate}")),
        about.trained.map(|trained| format!("train {trained}")),
        about.latents.map(|latents| format!("latents {latents}")),
        about.batch.map(|batch| format!("batch {batch}")),
        about.replays.map(|replays| format!("replays {}", count(replays.into()))),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    if said.is_empty() {
        "as its firmware does, since the model says nothing".to_owned()
    } else {
        said.join(", ")
    }
}
