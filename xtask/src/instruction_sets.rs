//! Kernels that choose their instructions when they run, on all instruction sets that the processor
//! has.
//!
//! Tests are built for the machine's own processor, where nothing is left to choose. These are
//! built for any processor of its architecture.

use std::fmt;
use std::sync::OnceLock;

use anyhow::{Result, ensure};

use crate::command;
use crate::workspace::{self, cargo};

/// What a test prints before the name of each level, and behind it of one that it left out.
const LEVEL: &str = "level ";
const NOT_RUN: &str = "NOT RUN, ";

static COMPARED: OnceLock<Levels> = OnceLock::new();

/// Runs the tests of levels, and prints which were compared, and which were not.
pub fn check() -> Result<()> {
    // A folder of its own: other flags, other files.
    let target = workspace::root().join("target/baseline");
    let packages = ["--package", "trimpot", "--package", "trimpot-host"];
    let mut test = cargo(["test"]);
    test.args(packages).args(["--test", "level*", "--target-dir"]).arg(target);
    test.args(["--", "--nocapture"]);
    let flags = if cfg!(target_arch = "x86_64") { "-C target-cpu=x86-64" } else { "" };
    let printed = command::output(test.env("RUSTFLAGS", flags))?;
    println!("{printed}");
    let levels = Levels::read(&printed)?;
    println!("{levels}");
    COMPARED.get_or_init(|| levels);
    Ok(())
}

/// Returns the levels of [`check`], if it has passed.
pub fn compared() -> Option<&'static Levels> {
    COMPARED.get()
}

/// What the test did with each level.
#[derive(Debug, PartialEq)]
pub struct Levels {
    compared: Vec<String>,
    /// Those that were not, and why.
    others: Vec<[String; 2]>,
}

impl Levels {
    fn read(printed: &str) -> Result<Self> {
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
        ensure!(!levels.compared.is_empty(), "the test of levels names none that it ran");
        Ok(levels)
    }
}

/// Adds what another test may have said already.
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

    fn summary(printed: &str) -> String {
        Levels::read(printed).unwrap().to_string()
    }

    #[test]
    fn levels_that_the_processor_lacks_are_named_at_the_end() {
        let here = "\nrunning 1 test\nlevel sse2: 9 fingerprints, 8 of losses over slices\n\
                    level avx2: 9 fingerprints, 8 of losses over slices\n";
        let all = format!("{here}level avx512: 9 fingerprints\n{here}level avx512: 7 networks\n");
        assert_eq!(summary(&all), "instruction sets: sse2, avx2, avx512 have the same bits");
        let fewer = format!("{here}level avx512: NOT RUN, no such processor\ntest result: ok.\n");
        assert_eq!(
            summary(&fewer),
            "instruction sets: sse2, avx2 have the same bits\n\
             NOT COMPARED: avx512, no such processor"
        );
    }

    #[test]
    fn one_level_alone_is_not_called_compared() {
        let one = "test every_level ... level neon: 9 fingerprints\n\
                   level avx2: NOT RUN, no such processor\n";
        assert_eq!(
            summary(one),
            "instruction sets: neon alone, so nothing was compared\n\
             NOT COMPARED: avx2, no such processor"
        );
    }

    #[test]
    fn a_test_that_names_no_level_fails() {
        assert!(Levels::read("running 0 tests\ntest result: ok.\n").is_err());
        assert!(Levels::read("level avx2: NOT RUN, no such processor\n").is_err());
    }
}
