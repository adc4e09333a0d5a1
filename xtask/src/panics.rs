//! The firmware cannot panic: no program may contain the code that a panic needs.

use std::path::Path;

use anyhow::{Result, bail, ensure};

use crate::board::{self, Board};
use crate::{elf, emulator, firmware};

/// Parts of the names of functions that only a panic calls.
const MARKS: [&str; 4] = ["core::panicking", "rust_begin_unwind", "unwrap_failed", "expect_failed"];
/// The program that does panic, so that the check is known to find something.
const PANICS: &str = "panics";

/// Checks all programs of all boards.
pub fn check() -> Result<()> {
    board::all()?.iter().try_for_each(check_board)
}

/// Checks these programs of a board.
pub fn check_board(board: &Board) -> Result<()> {
    for name in &board.programs {
        let program = firmware::program(board, name)?;
        let found = marks(&program)?;
        if name == PANICS {
            ensure!(!found.is_empty(), "{PANICS} panics, but the check finds no sign of it");
        } else if !found.is_empty() {
            let sites = elf::panic_sites(&program)?.join("\n  ");
            bail!(
                "{} can panic; it contains {}; from\n  {sites}",
                program.display(),
                found.join(", ")
            );
        }
    }
    let others = board.programs.iter().filter(|&name| name != PANICS);
    let others = others.map(String::as_str).collect::<Vec<_>>().join(", ");
    println!("{}: no panic in {others}", board.name);
    Ok(())
}

/// Runs the program that panics: the board must say so, and start afresh.
pub fn handler() -> Result<()> {
    for board in board::emulated("the panic handler")? {
        let messages = emulator::run(&board, PANICS)?;
        let said = messages
            .iter()
            .any(|message| message.level == "error" && message.text.contains("panicked at"));
        ensure!(said, "{PANICS} panicked on {}, and logged only {messages:?}", board.name);
        println!("{}: a panic is logged, and the board starts afresh", board.name);
    }
    Ok(())
}

fn marks(program: &Path) -> Result<Vec<String>> {
    let mut symbols = elf::symbols(program)?;
    // A program without symbols would pass whatever it does.
    ensure!(symbols.iter().any(|symbol| symbol == "main"), "{} has no symbols", program.display());
    symbols.retain(|symbol| MARKS.iter().any(|mark| symbol.contains(mark)));
    Ok(symbols)
}
