//! `trimpot board describe`: which network is on the board, and how it is.

use indicatif::HumanCount;
use trimpot_link::{Description, Origin};

use super::error::BoardCommandError;
use super::folder::Folder;

/// Returns what the board says of itself. Layers are named if they are those of the model in the
/// folder.
pub fn describe(folder: &Folder<'_>) -> Result<String, BoardCommandError> {
    let mut board = folder.boot()?;
    let description = board.describe()?;
    let layers = match folder.model() {
        Ok(model) if board.check_layers(&model.layers).is_ok() => {
            format!("{} ", model.layers.spec())
        }
        Ok(_) => "not that of the model in the folder ".to_owned(),
        Err(BoardCommandError::NotInstalled { .. }) => String::new(),
        Err(error) => return Err(error),
    };
    Ok(text(&board.address().to_string(), &layers, &description))
}

fn text(board: &str, layers: &str, description: &Description) -> String {
    let count = |number: u32| HumanCount(number.into());
    let &Description { architecture, fingerprint, generation, ref replay, .. } = description;
    let origin = match description.origin {
        Origin::Blank => "nothing installed".to_owned(),
        Origin::Factory => format!("installed, generation {generation}"),
        Origin::Commit => format!("committed, generation {generation}"),
    };
    let lines = [
        ("board", board.to_owned()),
        ("network", format!("{layers}({architecture:08x})")),
        ("features", count(description.inputs).to_string()),
        ("classes", count(description.outputs).to_string()),
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
