//! How deep the stack of the firmware is at each level of optimisation, on boards with little RAM.
//!
//! What the optimiser builds in place at one level goes over the stack at another, so a firmware
//! whose variables fit may still not boot.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use object::SectionKind;

use crate::board::{self, Board};
use crate::emulator::{self, Message};
use crate::firmware::{LEVEL, Level};
use crate::{command, elf, firmware, workspace};

/// A program that logs how deep its stack was.
struct Program {
    name: &'static str,
    /// All that it has but its stack, or nearly.
    variables: &'static [&'static str],
    /// The test that has it do all that it can be asked for, and leaves a log of each boot.
    test: &'static str,
}

const PROGRAMS: [Program; 2] = [
    Program { name: "tuner", variables: &["tuner::MEMORY", "tuner::SERVER"], test: "qemu_stack" },
    Program {
        name: "device",
        variables: &["device::MEMORY", "device::PLANS", "device::SERVER"],
        test: "qemu_board",
    },
];

/// The levels of every test run: no optimisation, and the smallest code. At the level of the
/// firmware's own profile, the tests that need QEMU are [`watched`].
const SAMPLED: [&str; 2] = ["0", "z"];

/// [`check`] at the levels of every test run.
pub fn check_sampled() -> Result<()> {
    check(|level| SAMPLED.contains(&level))
}

/// [`check`] at every level that a board has a limit for.
pub fn check_all() -> Result<()> {
    check(|_| true)
}

/// Builds the programs of each board that QEMU has at these levels, has them do all that they can
/// be asked for, and prints their peak stack. Fails if an answer is wrong, if the stack is deeper
/// than the board's `Cargo.toml` allows, or if variables take flash memory.
fn check(is_checked: impl Fn(&str) -> bool) -> Result<()> {
    emulator::set_up()?;
    let mut faults = Vec::new();
    for board in board::emulated("the peak stack")? {
        for program in &PROGRAMS {
            let limits = board.stack_limits.iter().filter(|limit| limit.program == program.name);
            for limit in limits.filter(|limit| is_checked(&limit.level)) {
                let (name, level) = (program.name, limit.level.as_str());
                println!("{}: compiling {name} at opt-level {level}", board.name);
                let mut test = workspace::cargo(["test", "--workspace", "--quiet", "--test"]);
                test.args([program.test, "--", "--include-ignored"]);
                let built = firmware::build_at(&board, Level::of_all(level), &[name]);
                let measured = built.and_then(|board| watch(&board, level, &[program], &mut test));
                if let Err(error) = measured {
                    faults.push(format!("{} {name}, opt-level {level}: {error:#}", board.name));
                }
            }
        }
    }
    ensure!(
        faults.is_empty(),
        "the firmware does not get by with its RAM:\n  {}",
        faults.join("\n  ")
    );
    Ok(())
}

/// Runs tests of a board whose programs are built at the level of the firmware's own profile, and
/// judges how deep the stack was, as `cargo xtask stack` does.
pub fn watched(board: &Board, tests: &mut Command) -> Result<()> {
    watch(board, LEVEL, &PROGRAMS.each_ref(), tests)
}

/// Runs tests that have these programs of a board do all that they can be asked for, and prints
/// what they take of its RAM.
fn watch(board: &Board, level: &str, programs: &[&Program], tests: &mut Command) -> Result<()> {
    for program in programs {
        variables(board, program)?;
        for log in logs(board, program.name)? {
            fs::remove_file(log)?;
        }
    }
    tests.env("TRIMPOT_FIRMWARE_DIR", &board.built).env("TRIMPOT_STACK_DIR", &board.built);
    command::run(tests)?;
    programs.iter().try_for_each(|program| stack(board, level, program))
}

/// Prints what the variables of a program take, and what they leave for the stack.
fn variables(board: &Board, program: &Program) -> Result<()> {
    let path = firmware::program(board, program.name)?;
    for variable in program.variables {
        let (section, bytes) = elf::variable(&path, variable)?;
        ensure!(
            section == SectionKind::UninitializedData,
            "{variable}, {bytes} bytes, has initial values in flash memory: it must be all zero"
        );
        println!("  {variable} {bytes:>6} bytes");
    }
    println!("  variables {:>6} bytes", elf::sizes(&path)?.ram);
    println!("  {:>6} bytes are left for the stack of {}", free(&path)?, program.name);
    Ok(())
}

/// Returns how many bytes a program leaves for its stack.
fn free(program: &Path) -> Result<u64> {
    let (low, high) =
        (elf::address(program, "_stack_end")?, elf::address(program, "_stack_start")?);
    Ok(high.saturating_sub(low))
}

/// Prints how deep the stack of a program was, by the logs that its test has left.
fn stack(board: &Board, level: &str, program: &Program) -> Result<()> {
    let &Program { name, test, .. } = program;
    let path = firmware::program(board, name)?;
    let limit = board.stack_limits.iter().find(|l| l.program == name && l.level == level);
    let limit = limit.with_context(|| format!("{name} has no limit at {level} in Cargo.toml"))?;
    let mut peak = None;
    for log in logs(board, name)? {
        let deepest = deepest(&emulator::messages(&path, &log)?);
        peak = peak.max(Some(deepest.with_context(|| format!("no stack in {}", log.display()))?));
    }
    let peak = peak.with_context(|| format!("{test} has left no log of {name}"))?;
    let (limit, free) = (limit.bytes, free(&path)?);
    println!("  stack of {name} {peak:>6} bytes, limit {limit}; there are {free}");
    ensure!(peak <= limit, "the stack of {name} takes {peak} bytes, more than {limit}");
    // Nothing of the paint is left: it went deeper, and wrote over variables.
    ensure!(peak < free, "the stack of {name} needs more than {free} bytes, which are left for it");
    Ok(())
}

/// Returns the logs that a test has left: `stack-PROGRAM-BOOT.log`.
fn logs(board: &Board, program: &str) -> Result<Vec<PathBuf>> {
    let begin = format!("stack-{program}-");
    let files = fs::read_dir(&board.built)?.map(|file| Ok(file?.path()));
    let files = files.collect::<Result<Vec<_>>>()?.into_iter();
    let name = |file: &PathBuf| Some(file.file_name()?.to_str()?.starts_with(&begin));
    Ok(files.filter(|file| name(file).unwrap_or(false)).collect())
}

/// Returns the deepest stack that a program logged: `stack: 1234 bytes at most, after 64 answers`.
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
            "stack: 1200 bytes at most, after 1 answers",
            "stack: 2048 bytes at most, after 2 answers",
            "the link has failed",
            "stack: 2000 bytes at most, after 4 answers",
            "stack: deep",
        ]);
        assert_eq!(deepest(&log), Some(2048));
        assert_eq!(deepest(&messages(&["booted"])), None);
    }
}
