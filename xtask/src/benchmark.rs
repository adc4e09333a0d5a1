//! The step benchmark: what it computes, and what that costs.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::board::{self, Board};
use crate::emulator::{self, Control, Emulated, Message};
use crate::expected::Expected;
use crate::{elf, firmware};

/// Runs `step` and `footprint` on all boards, prints the figures, and fails if a result is another
/// than `step.out` says or a figure is above the board's limit.
pub fn run(expected: Expected) -> Result<()> {
    emulator::set_up()?;
    for board in board::emulated("the step benchmark")? {
        let costs = results(&board, expected)?;
        let mut figures = costs.iter().map(figure).collect::<Result<Vec<_>>>()?;
        figures.extend(footprint(&board)?.figures());
        judge(&board, &figures)?;
    }
    Ok(())
}

/// Runs `step`, whose results must be those of `step.out`, and returns what it says of its costs.
pub fn results(board: &Board, expected: Expected) -> Result<Vec<Message>> {
    let messages = emulator::run(board, "step")?;
    let (results, costs): (Vec<_>, Vec<_>) =
        messages.into_iter().partition(|message| message.level != "debug");
    compare(board, &results, expected)?;
    Ok(costs)
}

/// Prints the results, which must be those of `step.out`.
fn compare(board: &Board, results: &[Message], expected: Expected) -> Result<()> {
    let file = board.folder.join("src/bin/step.out");
    let found: String = results.iter().map(|message| format!("{message}\n")).collect();
    print!("{found}");
    let expected = expected.text(&file, &found)?;
    ensure!(found == expected, "{} expected other results:\n{expected}", file.display());
    Ok(())
}

/// A figure: its name, its value, its unit.
pub type Figure = (String, u64, String);

/// Reads a message such as `(a) step: 15000 instructions`.
pub fn figure(message: &Message) -> Result<Figure> {
    let parts = message.text.split_once(": ").and_then(|(name, rest)| {
        let (value, unit) = rest.split_once(' ')?;
        Some((name.to_owned(), value.parse().ok()?, unit.to_owned()))
    });
    parts.with_context(|| format!("not a figure: {message}"))
}

/// Prints the figures beside their limits. Every figure has a limit, and every limit a figure.
fn judge(board: &Board, figures: &[Figure]) -> Result<()> {
    println!("{}: figure, limit", board.name);
    let mut exceeded = Vec::new();
    for (name, value, unit) in figures {
        let limit = board.limits.iter().find(|(limited, _)| limited == name);
        let (_, limit) = limit.with_context(|| format!("{name} has no limit in Cargo.toml"))?;
        println!("  {name:26} {value:>9} {limit:>9} {unit}");
        if value > limit {
            exceeded.push(name.as_str());
        }
    }
    for (limited, _) in &board.limits {
        let measured = figures.iter().any(|(name, ..)| name == limited);
        ensure!(measured, "{limited} has a limit, but was not measured");
    }
    ensure!(exceeded.is_empty(), "above the limit: {}", exceeded.join(", "));
    Ok(())
}

/// What the least program that learns takes: network (a), its initialisation, one step and one
/// inference.
#[derive(Clone, Copy, Debug)]
pub struct Footprint {
    /// Bytes of flash.
    pub flash: u64,
    /// Bytes of RAM with the stack at its peak.
    pub ram: u64,
}

impl Footprint {
    fn figures(self) -> [Figure; 2] {
        let bytes = |name: &str, value| (name.to_owned(), value, "bytes".to_owned());
        [bytes("flash", self.flash), bytes("RAM with stack", self.ram)]
    }
}

/// Runs `footprint` on the board.
pub fn footprint(board: &Board) -> Result<Footprint> {
    footprint_of(board.machine()?.emulated(), &firmware::program(board, "footprint")?)
}

/// Runs such a program: one with the symbols `RESULT`, `_stack_start` and `_stack_end`, that paints
/// its stack.
pub fn footprint_of(machine: Emulated<'_>, program: &Path) -> Result<Footprint> {
    let sizes = elf::sizes(program)?;
    let result = elf::address(program, "RESULT")?;
    let (low, high) =
        (elf::address(program, "_stack_end")?, elf::address(program, "_stack_start")?);

    let mut qemu = Control::start(machine, program)?;
    let mut polls = 0;
    while qemu.words(result, result + 4)? == [0] {
        polls += 1;
        ensure!(polls < 10_000, "footprint has not ended");
    }
    let stack = qemu.words(low, high)?;
    let untouched = stack.iter().take_while(|&&word| word == PAINT).count();
    ensure!(0 < untouched && untouched < stack.len(), "the stack of footprint is not painted");
    let stack = 4 * (stack.len() - untouched) as u64;
    Ok(Footprint { flash: sizes.flash, ram: sizes.ram + stack })
}

/// What `cortex-m-rt` paints the stack with.
const PAINT: u32 = 0xCCCC_CCCC;

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> Message {
        Message { level: "debug", text: text.to_owned() }
    }

    #[test]
    fn figures_are_read() {
        let read = figure(&message("(a) step: 15000 instructions")).expect("a figure");
        assert_eq!(read, ("(a) step".to_owned(), 15_000, "instructions".to_owned()));
        assert!(figure(&message("booted")).is_err());
    }
}
