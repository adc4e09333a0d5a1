//! `trimpot board describe`: which network is on the board, and how it is.

use indicatif::HumanCount;
use trimpot::threshold::Rule;
use trimpot_link::{Description, Origin, Task};
use trimpot_model::file::About;

use super::error::BoardCommandError;
use super::folder::Folder;
use crate::terminal::{digits, plain};

/// Returns what the board says of itself.
pub fn describe(folder: &Folder<'_>) -> Result<String, BoardCommandError> {
    let mut board = folder.boot()?;
    let description = board.describe()?;
    let name = board.address().to_string();
    if description.inputs == 0 {
        let capacity = HumanCount(description.model_capacity.into());
        return Ok(format!(
            "board       {name}\nnetwork     none yet, a model of up to {capacity} bytes fits\n"
        ));
    }
    let (layers, _) = board.read_network()?;
    let about = folder.about(&mut board)?;
    Ok(text(&name, &layers.spec().to_string(), &about, &description))
}

fn text(board: &str, layers: &str, about: &About, description: &Description) -> String {
    let &Description { architecture, fingerprint, generation, ref replay, .. } = description;
    let origin = match description.origin {
        Origin::Blank => "nothing installed".to_owned(),
        Origin::Factory => format!("installed, generation {generation}"),
        Origin::Commit => format!("committed, generation {generation}"),
    };
    let (name, learned) = task(about, description);
    let lines = [
        ("board", board.to_owned()),
        ("network", format!("{layers} ({architecture:08x})")),
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
        ("RAM", format!("{} bytes", count(description.ram))),
        ("frame", format!("{} bytes", count(description.frame))),
        ("damaged", format!("{} stored copies since the boot", count(description.damaged))),
    ];
    lines.iter().map(|(name, value)| format!("{name:<11} {value}\n")).collect()
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
        Task::Values => ("numbers", count(description.outputs)),
        Task::Anomaly => {
            let threshold = about.threshold.map_or("not set".to_owned(), digits);
            let rule = about.rule.unwrap_or(Rule::DEFAULT);
            let votes = about.window.unwrap_or(1);
            ("anomalies", format!("above {threshold}, by {rule}; votes on an alarm: {votes}"))
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
        about.replays.map(|replays| format!("replays {}", count(replays))),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    if said.is_empty() {
        "as its firmware does, since the model says nothing".to_owned()
    } else {
        said.join(", ")
    }
}
