//! Kernels that choose their instructions when they run, on all instruction sets that the processor
//! has.
//!
//! Tests are built for the machine's own processor, where nothing is left to choose. These are
//! built for any processor of its architecture. That of the host is made as a user's program is, and
//! searched for operations that are no instructions ([`inlined`]).

mod inlined;

use std::fmt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Result, bail, ensure};
use serde_json::Value;

use crate::command;
use crate::workspace::{self, cargo};

/// How many test programs of levels there are, and what is printed before each, which has one test.
const PROGRAMS: usize = 3;
const PROGRAM: &str = "running 1 test\n";

/// What a test prints before the name of each level, and behind it of one that it left out.
const LEVEL: &str = "level ";
const NOT_RUN: &str = "NOT RUN, ";

static COMPARED: OnceLock<Levels> = OnceLock::new();

/// The packages with tests of levels, and their profiles. That of the host makes what users have.
const CORE: [&str; 2] = ["trimpot", "baseline"];
const HOST: [&str; 2] = ["trimpot-host", "portable"];

/// Runs the tests of levels, and prints which were compared, and which were not. Searches that of
/// the host for operations that are no instructions.
pub fn check() -> Result<()> {
    let mut printed = String::new();
    for of in [CORE, HOST] {
        printed += &command::output(tests(of).args(["--", "--nocapture"]))?;
    }
    println!("{printed}");
    let levels = Levels::read(&printed)?;
    println!("{levels}");
    COMPARED.get_or_init(|| levels);
    if cfg!(target_arch = "x86_64") {
        inlined::check(&program()?)
    } else {
        println!("vectors are chosen at run time on x86-64 alone: there is nothing to search for");
        Ok(())
    }
}

/// `cargo test` with a package's programs of levels. Their folder is their own: other flags, other
/// files.
fn tests([package, profile]: [&str; 2]) -> Command {
    let mut tests = cargo(["test", "--package", package, "--profile", profile]);
    tests.args(["--test", "level*", "--target-dir"]).arg(workspace::root().join("target/baseline"));
    // Symbols of the new kind name what a function is generic over.
    let flags = if cfg!(target_arch = "x86_64") {
        "-C target-cpu=x86-64 -C symbol-mangling-version=v0"
    } else {
        ""
    };
    tests.env("RUSTFLAGS", flags);
    tests
}

/// Returns where the test program of the host is.
fn program() -> Result<PathBuf> {
    let words = ["--no-run", "--message-format", "json-render-diagnostics"];
    let messages = command::output(tests(HOST).args(words))?;
    for message in messages.lines() {
        let message: Value = serde_json::from_str(message)?;
        if let Some(program) = message["executable"].as_str() {
            return Ok(program.into());
        }
    }
    bail!("cargo names no test program of levels")
}

/// Returns the levels of [`check`], if it has passed.
pub fn compared() -> Option<&'static Levels> {
    COMPARED.get()
}

/// What the tests did with each level.
#[derive(Debug, PartialEq)]
pub struct Levels {
    compared: Vec<String>,
    /// Those that were not, and why.
    others: Vec<[String; 2]>,
}

impl Levels {
    /// Reads what the test programs printed, all of which do the same with each level.
    fn read(printed: &str) -> Result<Self> {
        let programs = printed.split(PROGRAM).skip(1).map(Levels::of_program);
        let mut programs = programs.collect::<Result<Vec<_>>>()?;
        let count = programs.len();
        ensure!(count == PROGRAMS, "{count} test programs of levels ran a test, not {PROGRAMS}");
        programs.dedup();
        match programs.pop() {
            Some(levels) if programs.is_empty() => Ok(levels),
            _ => bail!("the test programs did not run on the same levels"),
        }
    }

    fn of_program(printed: &str) -> Result<Self> {
        let mut levels = Levels { compared: Vec::new(), others: Vec::new() };
        for line in printed.lines() {
            // The test's name may be before the first.
            let Some((_, line)) = line.rsplit_once(LEVEL) else { continue };
            let Some((name, done)) = line.split_once(": ") else { continue };
            match done.strip_prefix(NOT_RUN) {
                Some(why) => add(&mut levels.others, [name.to_owned(), why.to_owned()]),
                None => add(&mut levels.compared, name.to_owned()),
            }
        }
        ensure!(!levels.compared.is_empty(), "a test of levels names none that it ran");
        Ok(levels)
    }
}

/// Adds what the test may have said already, of other lanes or threads.
fn add<T: PartialEq>(all: &mut Vec<T>, one: T) {
    if !all.contains(&one) {
        all.push(one);
    }
}

impl fmt::Display for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let compared = self.compared.join(", ");
        match self.compared.len() {
            1 => write!(f, "instruction sets: {compared} alone, so nothing was compared")?,
            _ => write!(f, "instruction sets: {compared} have the same bits")?,
        }
        self.others.iter().try_for_each(|[name, why]| write!(f, "\nNOT COMPARED: {name}, {why}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the three test programs print of some levels: of each that ran, and of each that did
    /// not.
    fn programs(ran: &[&str], not: &[&str]) -> [String; 3] {
        let of_program = |name: &str, done: &[&str]| {
            let ran = ran.iter().flat_map(|level| done.iter().map(move |done| (level, *done)));
            let not = not.iter().map(|level| (level, "NOT RUN, no such processor"));
            let lines: String =
                ran.chain(not).map(|(level, done)| format!("level {level}: {done}\n")).collect();
            // The test's name stays before what it prints first.
            format!("\nrunning 1 test\ntest {name} ... {lines}ok\n\ntest result: ok. 1 passed\n")
        };
        [
            of_program(
                "every_lane_of_every_level_has_the_bits_of_its_sample",
                &["345 outcomes in each of 8 lanes", "345 outcomes in each of 16 lanes"],
            ),
            of_program(
                "every_level_has_the_bits_of_the_baseline",
                &["201 fingerprints, 999 of losses over slices"],
            ),
            of_program(
                "every_level_and_number_of_threads_has_the_bits_of_the_baseline",
                &["12 outcomes, 1 threads", "12 outcomes, 2 threads"],
            ),
        ]
    }

    fn summary(ran: &[&str], not: &[&str]) -> String {
        Levels::read(&programs(ran, not).concat()).unwrap().to_string()
    }

    #[test]
    fn levels_that_the_processor_lacks_are_named_at_the_end() {
        assert_eq!(
            summary(&["baseline", "AVX2", "AVX-512"], &[]),
            "instruction sets: baseline, AVX2, AVX-512 have the same bits"
        );
        assert_eq!(
            summary(&["baseline", "AVX2"], &["AVX-512"]),
            "instruction sets: baseline, AVX2 have the same bits\n\
             NOT COMPARED: AVX-512, no such processor"
        );
    }

    #[test]
    fn one_level_alone_is_not_called_compared() {
        assert_eq!(
            summary(&["baseline"], &["AVX2"]),
            "instruction sets: baseline alone, so nothing was compared\n\
             NOT COMPARED: AVX2, no such processor"
        );
    }

    #[test]
    fn programs_that_do_not_name_the_same_levels_fail() {
        let all = programs(&["baseline", "AVX2"], &["AVX-512"]);
        assert!(Levels::read(&all.concat()).is_ok());
        let others = [
            programs(&["baseline"], &["AVX-512"]),
            programs(&["baseline", "AVX2"], &[]),
            programs(&[], &["baseline", "AVX2", "AVX-512"]),
            programs(&[], &[]),
            [const { String::new() }; 3],
        ];
        for others in others {
            for (place, other) in others.into_iter().enumerate() {
                let mut printed = all.clone();
                printed[place] = other;
                assert!(Levels::read(&printed.concat()).is_err(), "{printed:?}");
            }
        }
    }
}
