//! `trimpot board describe`: which network is on the board, and how it is.

use indicatif::HumanCount;
use trimpot_link::{Description, Origin};
use trimpot_model::file::About;

use super::error::BoardCommandError;
use super::folder::Folder;
use crate::terminal::plain;

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
    let count = |number: u32| HumanCount(number.into());
    let &Description { architecture, fingerprint, generation, ref replay, .. } = description;
    let origin = match description.origin {
        Origin::Blank => "nothing installed".to_owned(),
        Origin::Factory => format!("installed, generation {generation}"),
        Origin::Commit => format!("committed, generation {generation}"),
    };
    let classes = match about.classes.as_slice() {
        [] => count(description.classes).to_string(),
        names => format!("{}: {}", count(description.classes), plain(&names.join(", "))),
    };
    let lines = [
        ("board", board.to_owned()),
        ("network", format!("{layers} ({architecture:08x})")),
        ("features", count(description.inputs).to_string()),
        ("classes", classes),
        ("loss", about.loss.clone().unwrap_or_else(|| "that of the firmware".to_owned())),
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
