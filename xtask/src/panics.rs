//! The firmware cannot panic: no program may contain the code that a panic needs.

use anyhow::{Result, bail, ensure};

use crate::board::{self, Board};
use crate::{elf, emulator, firmware};

/// Parts of the names of functions that only a panic calls.
const MARKS: [&str; 4] = ["core::panicking", "rust_begin_unwind", "unwrap_failed", "expect_failed"];
/// The program that does panic, so that the check is known to find something.
const PANICS: &str = "panics";

/// Checks all programs of all boards.
pub fn check() -> Result<()> {
    for board in board::all()? {
        for name in &board.programs {
            let found = marks(&board, name)?;
            if name == PANICS {
                ensure!(!found.is_empty(), "{PANICS} panics, but the check finds no sign of it");
            } else if !found.is_empty() {
                bail!("{name} for {} can panic; it contains {}", board.name, found.join(", "));
            }
        }
        let others = board.programs.iter().filter(|&name| name != PANICS);
        let others = others.map(String::as_str).collect::<Vec<_>>().join(", ");
        println!("{}: no panic in {others}", board.name);
    }
    Ok(())
}

/// Runs the program that panics: the board must say so, and start afresh.
pub fn handler() -> Result<()> {
    for board in board::all()? {
        let messages = emulator::run(&board, PANICS)?;
        let said = messages
            .iter()
            .any(|message| message.level == "error" && message.text.contains("panicked at"));
        ensure!(said, "{PANICS} panicked on {}, and logged only {messages:?}", board.name);
        println!("{}: a panic is logged, and the board starts afresh", board.name);
    }
    Ok(())
}

fn marks(board: &Board, name: &str) -> Result<Vec<String>> {
    let mut symbols = elf::symbols(&firmware::program(board, name)?)?;
    // A program without symbols would pass whatever it does.
    ensure!(symbols.iter().any(|symbol| symbol == "main"), "{name} has no symbols");
    symbols.retain(|symbol| MARKS.iter().any(|mark| symbol.contains(mark)));
    Ok(symbols)
}
