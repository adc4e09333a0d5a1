//! How deep the tuner's stack is at each level of optimisation, with little RAM.
//!
//! What the optimiser builds in place at one level goes over the stack at another, so a firmware that has room
//! for its variables may still not boot.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::board::{self, Board};
use crate::emulator::{self, Message};
use crate::{command, elf, firmware, workspace};

const LEVELS: [&str; 4] = ["0", "s", "z", "3"];
const PROGRAM: &str = "tuner";

/// Builds the tuner of each board that QEMU has at each level for so many KiB of RAM, has it learn and
/// commit, and prints its peak stack. Fails if a request fails, or if variables and stack do not fit.
pub fn check(kilobytes: u64) -> Result<()> {
    emulator::set_up()?;
    let mut faults = Vec::new();
    for board in board::emulated("the peak stack")? {
        for level in LEVELS {
            println!("{}: compiling for {kilobytes} KiB of RAM at opt-level {level}", board.name);
            // The linker script puts the stack at the end of RAM unless it is told where.
            let end = format!("-Clink-arg=--defsym=_stack_start=_ram_start+{}", kilobytes * 1024);
            let folder = format!("stack-{level}");
            let built = firmware::build_at(&board, level, &folder, &[PROGRAM], &[end]);
            if let Err(error) = built.and_then(|board| measure(&board)) {
                faults.push(format!("{}, opt-level {level}: {error:#}", board.name));
            }
        }
    }
    ensure!(faults.is_empty(), "{kilobytes} KiB of RAM are not enough:\n  {}", faults.join("\n  "));
    Ok(())
}

/// Runs a board's tuner, and prints what it takes of its RAM.
fn measure(board: &Board) -> Result<()> {
    let program = firmware::program(board, PROGRAM)?;
    let (low, high) =
        (elf::address(&program, "_stack_end")?, elf::address(&program, "_stack_start")?);
    let variables = elf::sizes(&program)?.ram;
    let room = high.checked_sub(low).filter(|&room| room > 0);
    let room = room.with_context(|| format!("variables alone take {variables} bytes"))?;

    let log = board.built.join("stack.log");
    for file in [&log, &log.with_extension("bin")] {
        if file.exists() {
            fs::remove_file(file)?;
        }
    }
    let mut test =
        workspace::cargo(["test", "--quiet", "--test", "qemu_stack", "--", "--include-ignored"]);
    test.env("TRIMPOT_FIRMWARE_DIR", &board.built).env("TRIMPOT_STACK_DIR", &board.built);
    let answered = command::run(&mut test);
    let peak = peak(&emulator::messages(&program, &log)?);
    answered.with_context(|| match peak {
        Some(peak) => format!("{room} bytes are left for the stack, of which {peak} were in use"),
        None => format!("the tuner does not boot: {room} bytes are left for the stack"),
    })?;
    let peak = peak.context("the tuner has logged no stack")?;
    println!("  variables {variables:>7} bytes");
    println!("  stack     {peak:>7} bytes of {room}");
    // All painted words gone: it went deeper, and wrote over variables.
    ensure!(peak < room, "the stack needs more than the {room} bytes that are left for it");
    Ok(())
}

/// The deepest stack that the tuner logged: `stack: 1234 bytes at most, after 64 reads`.
fn peak(messages: &[Message]) -> Option<u64> {
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
        assert_eq!(peak(&log), Some(2048));
        assert_eq!(peak(&messages(&["booted"])), None);
    }
}
