//! What networks cost on boards: `trimpot plan` is to know it.

use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, ensure};

use crate::expected::Expected;
use crate::firmware::{self, Level};
use crate::{board, command, emulator, workspace};

/// The firmware that measures.
const PROGRAM: &str = "cost";
/// The most instructions, for inference and for a step: less than 1.5 times of what the same
/// network takes as a type, for which `cargo xtask memory` has a limit.
const LIMITS: [(&str, [u64; 2]); 2] =
    [("DS-CNN", [7_000_000, 24_000_000]), ("DS-CNN, computed again", [7_000_000, 31_000_000])];

/// The program that compares and fits.
const FIT: &str = "trimpot-costs";

/// Measures networks in QEMU, and compares what is found with the costs that `trimpot plan` has; or
/// writes these anew.
pub fn run(expected: Expected) -> Result<()> {
    emulator::set_up()?;
    // The costs are of one processor: that of the first board.
    let board = firmware::build_at(&board::first()?, Level::of_all(firmware::LEVEL), &[PROGRAM])?;
    let messages = emulator::run(&board, PROGRAM)?;
    for message in &messages {
        ensure!(message.level == "info", "{message}");
    }
    let found: String = messages.iter().map(|message| format!("{}\n", message.text)).collect();
    for (name, limits) in LIMITS {
        let line = found.lines().find(|line| line.split(';').next() == Some(name));
        let line = line.with_context(|| format!("{name} was not measured"))?;
        let mut counts = line.split(';').skip(1).map(str::parse::<u64>);
        for (pass, limit) in ["an inference", "a step"].into_iter().zip(limits) {
            let count = counts.next().context("a line has numbers")??;
            ensure!(count <= limit, "{name}: {count} instructions for {pass}, limit {limit}");
        }
    }
    let file = board.built.join("cost.csv");
    fs::write(&file, found)?;
    command::run(&mut workspace::build_as_in_tests(FIT))?;
    // Beside this program, which cargo has built in the same way.
    let mut fit = Command::new(env::current_exe()?.with_file_name(FIT));
    fit.current_dir(workspace::root()).arg(&file);
    if expected == Expected::Overwritten {
        fit.arg("--overwrite");
    }
    command::run(&mut fit)
}
