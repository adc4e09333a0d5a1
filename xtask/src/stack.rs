//! How deep the tuner's stack is at each level of optimisation, on boards with little RAM.
//!
//! What the optimiser builds in place at one level goes over the stack at another, so a firmware
//! whose variables fit may still not boot.

use std::fs;

use anyhow::{Context, Result, ensure};
use object::SectionKind;

use crate::board::{self, Board};
use crate::emulator::{self, Message};
use crate::firmware::Level;
use crate::{command, elf, firmware, workspace};

const PROGRAM: &str = "tuner";
/// All that the program has but its stack, or nearly.
const VARIABLES: [&str; 2] = ["tuner::MEMORY", "tuner::SERVER"];
/// How often the test boots the board: each boot leaves a log.
const BOOTS: u32 = 2;

/// The levels of every test run: no optimisation, the smallest code, and the fastest.
const SAMPLED: [&str; 3] = ["0", "z", "3"];

/// [`check`] at the levels of every test run.
pub fn check_sampled() -> Result<()> {
    check(|level| SAMPLED.contains(&level))
}

/// [`check`] at every level that a board has a limit for.
pub fn check_all() -> Result<()> {
    check(|_| true)
}

/// Builds the tuner of each board that QEMU has at these levels, has it do all that it can be asked
/// for, and prints its peak stack. Fails if an answer is wrong, if the stack is deeper than the
/// board's `Cargo.toml` allows, or if variables take flash memory.
fn check(is_checked: impl Fn(&str) -> bool) -> Result<()> {
    emulator::set_up()?;
    let mut faults = Vec::new();
    for board in board::emulated("the peak stack")? {
        let levels = board.stack_limits.iter().filter(|(level, _)| is_checked(level));
        for (level, limit) in levels {
            println!("{}: compiling at opt-level {level}", board.name);
            let built = firmware::build_at(&board, Level::of_all(level), &[PROGRAM]);
            if let Err(error) = built.and_then(|board| measure(&board, *limit)) {
                faults.push(format!("{}, opt-level {level}: {error:#}", board.name));
            }
        }
    }
    ensure!(
        faults.is_empty(),
        "the tuner does not get by with its RAM:\n  {}",
        faults.join("\n  ")
    );
    Ok(())
}

/// Runs a board's tuner, and prints what it takes of its RAM.
fn measure(board: &Board, limit: u64) -> Result<()> {
    let program = firmware::program(board, PROGRAM)?;
    let (low, high) =
        (elf::address(&program, "_stack_end")?, elf::address(&program, "_stack_start")?);
    for variable in VARIABLES {
        let (section, bytes) = elf::variable(&program, variable)?;
        ensure!(
            section == SectionKind::UninitializedData,
            "{variable}, {bytes} bytes, has initial values in flash memory: it must be all zero"
        );
        println!("  {variable} {bytes:>6} bytes");
    }

    let logs: Vec<_> =
        (1..=BOOTS).map(|boot| board.built.join(format!("stack-{boot}.log"))).collect();
    for log in logs.iter().filter(|log| log.exists()) {
        fs::remove_file(log)?;
    }
    let words = ["test", "--workspace", "--quiet", "--test", "qemu_stack"];
    let mut test = workspace::cargo(words);
    test.args(["--", "--include-ignored"]);
    test.env("TRIMPOT_FIRMWARE_DIR", &board.built).env("TRIMPOT_STACK_DIR", &board.built);
    let free = high.saturating_sub(low);
    command::run(&mut test).with_context(|| format!("{free} bytes are left for the stack"))?;
    let mut peak = 0;
    for log in &logs {
        let deepest = deepest(&emulator::messages(&program, log)?);
        peak = peak.max(deepest.context("the tuner has logged no stack")?);
    }
    let variables = elf::sizes(&program)?.ram;
    println!("  variables {variables:>6} bytes");
    println!("  stack     {peak:>6} bytes, limit {limit}; there are {free}");
    ensure!(peak <= limit, "the stack takes {peak} bytes, more than {limit}");
    // Nothing of the paint is left: it went deeper, and wrote over variables.
    ensure!(peak < free, "the stack needs more than the {free} bytes that are left for it");
    Ok(())
}

/// Returns the deepest stack that the tuner logged: `stack: 1234 bytes at most, after 64 reads`.
fn deepest(messages: &[Message]) -> Option<u64> {
    let figures = messages.iter().filter_map(|message| {
        let (bytes, _) = message.text.strip_prefix("stack: ")?.split_once(" bytes at most")?;
        bytes.parse().ok()
    });
    figures.max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deepest_stack_of_the_log_counts() {
        let messages = |texts: &[&str]| -> Vec<_> {
            let message = |text: &&str| Message { level: "debug", text: (*text).to_owned() };
            texts.iter().map(message).collect()
        };
        let log = messages(&[
            "booted: 3 bytes at most",
            "stack: 1200 bytes at most, after 1 reads",
            "stack: 2048 bytes at most, after 2 reads",
            "the link has failed",
            "stack: 2000 bytes at most, after 4 reads",
            "stack: deep",
        ]);
        assert_eq!(deepest(&log), Some(2048));
        assert_eq!(deepest(&messages(&["booted"])), None);
    }
}
