//! What networks take that are types: the plan's bytes, what a pass writes of them, the stack
//! beside them, and instructions.

use anyhow::{Context, Result, ensure};

use crate::{board, emulator};

/// The firmware that measures.
const PROGRAM: &str = "memory";
/// The most that arena and stack take together, for inference and for a step.
const LIMITS: [(&str, [usize; 2]); 5] = [
    ("64-32-10", [800, 1400]),
    ("48-24-12-6-12-24-48", [820, 2100]),
    ("DS-CNN", [64 * 1024, 350 * 1024]),
    ("DS-CNN, computed again", [64 * 1024, 256 * 1024]),
    ("DS-CNN, head", [64 * 1024, 66 * 1024]),
];

/// The most stack beside the arena, for any network, inference and step: some more than measured.
const STACK: [usize; 2] = [850, 1850];

/// The most instructions, for inference and for a step: some percent more than measured, since
/// compilers differ.
const INSTRUCTIONS: [(&str, [usize; 2]); 2] =
    [("MLPerf autoencoder, batch norm", [450_000, 1_450_000]), ("DS-CNN", [5_300_000, 18_000_000])];

/// The program that measures what learning a sample takes.
const LEARNING: &str = "learn";
/// The most instructions to learn a sample with 40 replays, where a front is frozen: by what is
/// replayed.
const LEARN_LIMITS: [(&str, usize); 3] =
    [("features", 400_000_000), ("latents", 9_000_000), ("latents as bytes", 9_000_000)];

/// A pass of a network: bytes of its arena, how many of them it wrote to, and of the stack;
/// instructions.
struct Pass {
    planned: usize,
    written: usize,
    stack: usize,
    instructions: usize,
}

impl Pass {
    fn parse(numbers: &[&str]) -> Result<Self> {
        let numbers = numbers.iter().map(|number| number.parse::<usize>());
        let numbers = numbers.collect::<Result<Vec<_>, _>>().context("a number of a pass")?;
        let [planned, written, stack, instructions] = numbers[..] else {
            anyhow::bail!("a pass has four numbers");
        };
        Ok(Pass { planned, written, stack, instructions })
    }
}

/// Measures, and compares what is found with the plan.
pub fn check() -> Result<()> {
    emulator::set_up()?;
    let board = board::first()?;
    let messages = emulator::run(&board, PROGRAM)?;
    println!("bytes: planned, written, stack; instructions; of inference and of a step");
    let (mut failures, mut seen) = (Vec::new(), Vec::new());
    for message in &messages {
        ensure!(message.level == "info", "{message}");
        let fields: Vec<_> = message.text.split(';').collect();
        let [name, numbers @ ..] = &fields[..] else { continue };
        ensure!(numbers.len() == 8, "{message} has no eight numbers");
        let passes = [Pass::parse(&numbers[..4])?, Pass::parse(&numbers[4..])?];
        let [inference, step] =
            passes.each_ref().map(|Pass { planned, written, stack, instructions }| {
                format!("{planned:8} {written:8} {stack:6} {instructions:10}")
            });
        println!("{inference}  {step}  {name}");
        let limits = LIMITS.iter().find(|(limited, _)| limited == name).map(|(_, limits)| limits);
        let counts = INSTRUCTIONS.iter().find(|(limited, _)| limited == name);
        for (number, Pass { planned, written, stack, instructions }) in passes.iter().enumerate() {
            if let Some(limit) = counts.map(|(_, limits)| limits[number])
                && *instructions > limit
            {
                failures.push(format!("{name} takes {instructions} instructions, limit {limit}"));
            }
            if written != planned {
                failures.push(format!("{name} plans {planned} bytes and writes {written}"));
            }
            if *stack > STACK[number] {
                failures.push(format!(
                    "{name} takes {stack} bytes of stack, more than {}",
                    STACK[number]
                ));
            }
            let (taken, limit) = (planned + stack, limits.map_or(usize::MAX, |l| l[number]));
            if taken > limit {
                failures.push(format!("{name} takes {taken} bytes, more than {limit}"));
            }
        }
        seen.push((*name).to_owned());
    }
    for (name, _) in LIMITS.iter().chain(&INSTRUCTIONS) {
        ensure!(seen.iter().any(|seen| seen == name), "{name} was not measured");
    }
    ensure!(seen.len() >= 11, "only {} networks were measured", seen.len());
    ensure!(failures.is_empty(), "{}", failures.join("\n"));
    check_learning()
}

/// Measures what learning a sample takes of DS-CNN with a frozen body.
fn check_learning() -> Result<()> {
    let messages = emulator::run(&board::first()?, LEARNING)?;
    println!("instructions and stack of learning a sample; bytes of the tuner, and by default");
    let (mut failures, mut seen) = (Vec::new(), 0);
    for message in &messages {
        ensure!(message.level == "info", "{message}");
        let fields: Vec<_> = message.text.split(';').collect();
        // The tuners log when they start, too.
        let [name, instructions, stack, own, usual] = fields[..] else { continue };
        println!("{instructions:>10} {stack:>6} {own:>8} {usual:>8}  {name}");
        let limit = LEARN_LIMITS.iter().find(|(limited, _)| *limited == name);
        let (_, limit) = limit.with_context(|| format!("{name} has no limit"))?;
        let instructions: usize = instructions.parse().context("a number of instructions")?;
        if instructions > *limit {
            failures.push(format!("{name}: {instructions} instructions to learn, limit {limit}"));
        }
        seen += 1;
    }
    ensure!(seen == LEARN_LIMITS.len(), "only {seen} kinds of replay were measured");
    ensure!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(())
}
