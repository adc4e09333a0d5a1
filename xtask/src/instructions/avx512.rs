//! The gate of the same programs in AVX-512, where nothing that counts knows the instructions:
//! neither valgrind nor QEMU. So what was compiled is judged instead of what runs, on any machine:
//! the [loops over vectors](crate::loops) of each function.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use super::{ALLOWED, PROGRAMS, build};
use crate::expected::Expected;
use crate::loops::{self, VectorLoops};
use crate::workspace;

/// What is built for. Names of functions hold their types, so that each has its own.
const FLAGS: &str = "-C target-cpu=x86-64-v4 -C symbol-mangling-version=v0";

/// Reads the loops, and compares them with the baseline.
pub fn run(expected: Expected) -> Result<()> {
    let found = read(&workspace::root().join("target/instructions-avx512"))?;
    let baseline = expected.text(&baseline(), &found.to_string())?;
    judge(&Loops::parse(&baseline)?, &found)
}

fn baseline() -> PathBuf {
    workspace::root().join("benches/instructions/avx512.txt")
}

fn read(target: &Path) -> Result<Loops> {
    let compiler = build(target, FLAGS)?;
    let mut functions = BTreeMap::new();
    for program in PROGRAMS {
        let found = loops::read(&target.join("release").join(program))?;
        let ours = found.into_iter().filter(|(name, _)| name.contains("trimpot"));
        functions.extend(ours.map(|(name, loops)| (format!("{program}: {name}"), loops)));
    }
    ensure!(!functions.is_empty(), "there are no loops over vectors");
    Ok(Loops { compiler, functions })
}

/// The loops of each function: what the baseline's file holds.
#[derive(Clone, Debug, PartialEq)]
struct Loops {
    /// What `rustc --version` says.
    compiler: String,
    functions: BTreeMap<String, VectorLoops>,
}

impl fmt::Display for Loops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.compiler)?;
        self.functions.iter().try_for_each(|(name, loops)| {
            writeln!(f, "{:>6} {:>5}  {name}", loops.instructions, loops.spills)
        })
    }
}

impl Loops {
    fn parse(file: &str) -> Result<Self> {
        let mut lines = file.lines();
        let compiler = lines.next().context("the baseline is empty")?.to_owned();
        let function = |line: &str| {
            let (instructions, rest) = line.trim_start().split_once(' ')?;
            let (spills, name) = rest.trim_start().split_once("  ")?;
            let loops = VectorLoops {
                instructions: instructions.parse().ok()?,
                spills: spills.parse().ok()?,
            };
            Some((name.to_owned(), loops))
        };
        let functions =
            lines.map(|line| function(line).with_context(|| format!("no counts: {line}")));
        Ok(Loops { compiler, functions: functions.collect::<Result<_>>()? })
    }
}

/// Prints what differs, and fails where loops have become longer than is allowed, or spill more.
/// Another compiler makes other functions, so nothing is judged then.
fn judge(baseline: &Loops, found: &Loops) -> Result<()> {
    if baseline.compiler != found.compiler {
        println!(
            "NOT JUDGED: the baseline is of {}, this is {}.",
            baseline.compiler, found.compiler
        );
        return Ok(());
    }
    let mut above = Vec::new();
    for (name, now) in &found.functions {
        let Some(before) = baseline.functions.get(name) else {
            bail!("{name} is not in the baseline: cargo xtask instructions --overwrite");
        };
        if now != before {
            println!(
                "{:>5} instructions, {:>4} spills; before {:>5}, {:>4}: {name}",
                now.instructions, now.spills, before.instructions, before.spills
            );
        }
        let is_longer = now.instructions * 100 > before.instructions * (100 + ALLOWED);
        if is_longer || now.spills > before.spills {
            above.push(name.as_str());
        }
    }
    for name in baseline.functions.keys() {
        ensure!(found.functions.contains_key(name), "{name} is in the baseline, but not compiled");
    }
    let names = above.join("\n  ");
    ensure!(above.is_empty(), "loops in AVX-512 are longer or spill more:\n  {names}");
    println!("loops over vectors in AVX-512: {} functions, as before", found.functions.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loops(instructions: u64, spills: u64) -> Loops {
        let functions = [("trimpot-x: a::<b, c>".to_owned(), VectorLoops { instructions, spills })];
        Loops { compiler: "rustc 1.95.0".to_owned(), functions: functions.into() }
    }

    #[test]
    fn what_is_written_is_read() {
        let written = loops(123, 4);
        assert_eq!(Loops::parse(&written.to_string()).unwrap(), written);
        assert!(Loops::parse("rustc\n12  a").is_err());
    }

    #[test]
    fn longer_loops_and_spills_fail() {
        let baseline = loops(100, 4);
        assert!(judge(&baseline, &loops(103, 4)).is_ok());
        assert!(judge(&baseline, &loops(90, 0)).is_ok());
        assert!(judge(&baseline, &loops(104, 4)).is_err());
        assert!(judge(&baseline, &loops(100, 5)).is_err());
    }

    #[test]
    fn functions_are_the_same_but_of_another_compiler() {
        let baseline = loops(100, 4);
        let other = |found: Loops| Loops { compiler: "rustc 1.96.0".to_owned(), ..found };
        assert!(judge(&baseline, &other(loops(900, 9))).is_ok());
        let none = Loops { functions: BTreeMap::new(), ..baseline.clone() };
        assert!(judge(&baseline, &other(none)).is_ok());
        assert!(
            judge(&baseline, &Loops { functions: BTreeMap::new(), ..baseline.clone() }).is_err()
        );
        assert!(
            judge(&Loops { functions: BTreeMap::new(), ..baseline.clone() }, &baseline).is_err()
        );
    }
}
