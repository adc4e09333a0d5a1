//! What networks cost on boards: `trimpot plan` is to know it.

use std::process::Command;
use std::{env, fs};

use anyhow::{Result, ensure};

use crate::expected::Expected;
use crate::{board, command, emulator, workspace};

/// The firmware that measures.
const PROGRAM: &str = "cost";
/// The program that compares and fits.
const FIT: &str = "trimpot-costs";

/// Measures networks in QEMU, and compares what is found with the costs that `trimpot plan` has; or
/// writes these anew.
pub fn run(expected: Expected) -> Result<()> {
    emulator::set_up()?;
    // The costs are of one processor: that of the first board.
    let board = board::first()?;
    let messages = emulator::run(&board, PROGRAM)?;
    for message in &messages {
        ensure!(message.level == "info", "{message}");
    }
    let found: String = messages.iter().map(|message| format!("{}\n", message.text)).collect();
    let file = board.built.join("cost.csv");
    fs::write(&file, found)?;
    command::run(&mut workspace::cargo(["build", "--quiet", "--workspace", "--bin", FIT]))?;
    // Beside this program, which cargo has built in the same way.
    let mut fit = Command::new(env::current_exe()?.with_file_name(FIT));
    fit.current_dir(workspace::root()).arg(&file);
    if expected == Expected::Overwritten {
        fit.arg("--overwrite");
    }
    command::run(&mut fit)
}
