//! What memory networks take that are types: the plan's bytes, what a pass writes of them, and the
//! stack beside them.

use anyhow::{Context, Result, ensure};

use crate::{board, emulator};

/// The firmware that measures.
const PROGRAM: &str = "memory";
/// How much of the planned bytes a pass may leave as they were, in percent.
const UNUSED: usize = 5;
/// The most that arena and stack take together, for inference and for a step.
const LIMITS: [(&str, [usize; 2]); 4] = [
    ("64-32-10", [800, 1400]),
    ("48-24-12-6-12-24-48", [820, 2100]),
    ("DS-CNN", [64 * 1024, 350 * 1024]),
    ("DS-CNN, head", [64 * 1024, 66 * 1024]),
];

/// A pass of a network: bytes of its arena, how many of them it wrote to, and of the stack.
struct Pass {
    planned: usize,
    written: usize,
    stack: usize,
}

impl Pass {
    fn parse(numbers: &[&str]) -> Result<Self> {
        let numbers = numbers.iter().map(|number| number.parse::<usize>());
        let numbers = numbers.collect::<Result<Vec<_>, _>>().context("a number of bytes")?;
        let [planned, written, stack] = numbers[..] else {
            anyhow::bail!("a pass has three numbers");
        };
        Ok(Pass { planned, written, stack })
    }
}

/// Measures, and compares what is found with the plan.
pub fn check() -> Result<()> {
    emulator::set_up()?;
    let board = board::first()?;
    let messages = emulator::run(&board, PROGRAM)?;
    println!("bytes: planned, written, stack; of inference and of a step");
    let (mut failures, mut seen) = (Vec::new(), Vec::new());
    for message in &messages {
        ensure!(message.level == "info", "{message}");
        let fields: Vec<_> = message.text.split(';').collect();
        let [name, numbers @ ..] = &fields[..] else { continue };
        ensure!(numbers.len() == 6, "{message} has no six numbers");
        let passes = [Pass::parse(&numbers[..3])?, Pass::parse(&numbers[3..])?];
        let [inference, step] = passes
            .each_ref()
            .map(|Pass { planned, written, stack }| format!("{planned:8} {written:8} {stack:6}"));
        println!("{inference}  {step}  {name}");
        let limits = LIMITS.iter().find(|(limited, _)| limited == name).map(|(_, limits)| limits);
        for (number, Pass { planned, written, stack }) in passes.iter().enumerate() {
            if written * 100 < planned * (100 - UNUSED) {
                failures.push(format!("{name} plans {planned} bytes and uses {written}"));
            }
            let (taken, limit) = (planned + stack, limits.map_or(usize::MAX, |l| l[number]));
            if taken > limit {
                failures.push(format!("{name} takes {taken} bytes, more than {limit}"));
            }
        }
        seen.push((*name).to_owned());
    }
    for (name, _) in LIMITS {
        ensure!(seen.iter().any(|seen| seen == name), "{name} was not measured");
    }
    ensure!(seen.len() >= 10, "only {} networks were measured", seen.len());
    ensure!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(())
}
