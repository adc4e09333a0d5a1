//! The gate of the host's speed: how many instructions each kernel of `benches/instructions/`
//! takes.
//!
//! Times depend on the machine and on what else it does. The number of instructions hardly does: it
//! is the same from run to run, if the program is built for the same processor. That is x86-64-v3,
//! which has AVX2; valgrind, which counts, knows no AVX-512, so what is built for that is judged by
//! its machine code ([`avx512`]). Another compiler makes other code, so then nothing is judged.

mod avx512;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::expected::Expected;
use crate::{command, debian, workspace};

/// How many percent more instructions a kernel may take than in the baseline.
const ALLOWED: u64 = 3;

/// What the name of a network that is data has more than that of the same one as a type, and how
/// many percent of the type's instructions it may take.
const AS_DATA: (&str, u64) = (" as data", 115);

/// The package, and its programs.
const PACKAGE: &str = "trimpot-instructions";
const PROGRAMS: [&str; 2] = ["trimpot-instructions", "trimpot-instructions-training"];

/// The function around each kernel, as valgrind names it.
const COUNTED: &str = "*::counting::counted";

/// Counts, and compares with the baseline.
pub fn run(expected: Expected) -> Result<()> {
    ensure!(cfg!(target_arch = "x86_64"), "instructions are those of x86-64: count there");
    if command::output(Command::new("valgrind").arg("--version")).is_err() {
        debian::install(&["valgrind"])?;
    }
    let found = count(&workspace::root().join("target/instructions"))?;
    let baseline = expected.text(&baseline(), &found.to_string())?;
    let counted = judge(&Counts::parse(&baseline)?, &found);
    let read = avx512::run(expected);
    counted.and(read)
}

fn baseline() -> PathBuf {
    workspace::root().join("benches/instructions/baseline.txt")
}

/// Builds the programs with these flags, and returns what `rustc --version` says. `target` is a
/// folder of its own: other flags, other files.
fn build(target: &Path, flags: &str) -> Result<String> {
    let words = ["build", "--release", "--package", PACKAGE, "--target-dir"];
    command::run(workspace::cargo(words).arg(target).env("RUSTFLAGS", flags))?;
    command::output(Command::new("rustc").arg("--version"))
}

/// Builds the programs and runs them in valgrind.
fn count(target: &Path) -> Result<Counts> {
    let compiler = build(target, "-C target-cpu=x86-64-v3")?;
    let mut kernels = BTreeMap::new();
    for program in PROGRAMS {
        kernels.extend(run_counted(target, program)?);
    }
    Ok(Counts { compiler, kernels })
}

/// Returns the instructions of each kernel of a program.
fn run_counted(target: &Path, program: &str) -> Result<Vec<(String, u64)>> {
    let profile = target.join(format!("{program}.callgrind"));
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--quiet", "--tool=callgrind", "--combine-dumps=yes"]);
    valgrind.args([format!("--toggle-collect={COUNTED}"), format!("--dump-after={COUNTED}")]);
    valgrind.arg(format!("--callgrind-out-file={}", profile.display()));
    valgrind.arg(target.join("release").join(program));
    let names = command::output(&mut valgrind)?;
    let totals = totals(&fs::read_to_string(profile)?)?;
    let names: Vec<_> = names.lines().map(str::to_owned).collect();
    ensure!(
        names.len() == totals.len(),
        "{} kernels ran, and {} were counted",
        names.len(),
        totals.len()
    );
    Ok(names.into_iter().zip(totals).collect())
}

/// Returns the instructions of each kernel, in the order in which they ran, from callgrind's
/// profile: it has a part for each, and one for the end of the program, where nothing is counted.
fn totals(profile: &str) -> Result<Vec<u64>> {
    let totals = profile.lines().filter_map(|line| line.strip_prefix("totals: "));
    let mut totals = totals.map(str::parse).collect::<Result<Vec<u64>, _>>()?;
    ensure!(totals.pop() == Some(0), "callgrind counted outside of the kernels");
    ensure!(totals.iter().all(|&total| total > 0), "callgrind did not see {COUNTED}");
    Ok(totals)
}

/// The instructions of each kernel: what the baseline's file holds.
#[derive(Clone, Debug, PartialEq)]
struct Counts {
    /// What `rustc --version` says.
    compiler: String,
    kernels: BTreeMap<String, u64>,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.compiler)?;
        self.kernels.iter().try_for_each(|(name, count)| writeln!(f, "{count:>9}  {name}"))
    }
}

impl Counts {
    fn parse(file: &str) -> Result<Self> {
        let mut lines = file.lines();
        let compiler = lines.next().context("the baseline is empty")?.to_owned();
        let kernel = |line: &str| {
            let (count, name) = line.trim_start().split_once("  ")?;
            Some((name.to_owned(), count.parse().ok()?))
        };
        let kernels = lines.map(|line| kernel(line).with_context(|| format!("no count: {line}")));
        Ok(Counts { compiler, kernels: kernels.collect::<Result<_>>()? })
    }
}

/// Prints both counts of each kernel, and fails if one is missing or takes too many instructions.
fn judge(baseline: &Counts, found: &Counts) -> Result<()> {
    println!("{:>9} {:>9}  instructions: baseline, now", "", "");
    let mut above = Vec::new();
    for (name, &now) in &found.kernels {
        let Some(&before) = baseline.kernels.get(name) else {
            bail!("{name} is not in the baseline: cargo xtask instructions --overwrite");
        };
        let percent = (now as f64 / before as f64 - 1.0) * 100.0;
        println!("{before:>9} {now:>9} {percent:>+7.2} %  {name}");
        if now * 100 > before * (100 + ALLOWED) {
            above.push(format!("{name} ({percent:+.2} %)"));
        }
    }
    judge_data(found)?;
    for name in baseline.kernels.keys() {
        ensure!(found.kernels.contains_key(name), "{name} is in the baseline, but did not run");
    }
    if baseline.compiler != found.compiler {
        println!(
            "NOT JUDGED: the baseline is of {}, this is {}.",
            baseline.compiler, found.compiler
        );
        println!("Above {ALLOWED} %: {} of {} kernels.", above.len(), found.kernels.len());
        println!("If that is well, cargo xtask instructions --overwrite");
        return Ok(());
    }
    let names = above.join(", ");
    ensure!(above.is_empty(), "more than {ALLOWED} % above the baseline: {names}");
    println!("{} kernels, none more than {ALLOWED} % above the baseline", found.kernels.len());
    Ok(())
}

/// Fails where a network that is data takes too many instructions beside the type.
fn judge_data(found: &Counts) -> Result<()> {
    let (suffix, limit) = AS_DATA;
    for (name, &data) in found.kernels.iter().filter(|(name, _)| name.contains(suffix)) {
        let of_type = name.replace(suffix, "");
        let typed =
            *found.kernels.get(&of_type).with_context(|| format!("{of_type} did not run"))?;
        let percent = data as f64 / typed as f64 * 100.0;
        println!("{percent:.1} % of the type, limit {limit}: {name}");
        ensure!(data * 100 <= typed * limit, "{name} takes {percent:.1} % of the type's");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(compiler: &str, kernels: &[(&str, u64)]) -> Counts {
        let kernels = kernels.iter().map(|&(name, count)| (name.to_owned(), count)).collect();
        Counts { compiler: compiler.to_owned(), kernels }
    }

    #[test]
    fn what_is_written_is_read() {
        let written = counts("rustc 1.95.0 (59807616e 2026-04-14)", &[("a b, c", 7), ("d", 123)]);
        assert_eq!(Counts::parse(&written.to_string()).unwrap(), written);
        assert!(Counts::parse("").is_err());
        assert!(Counts::parse("rustc\nnone  a").is_err());
    }

    #[test]
    fn profiles_are_read() {
        let end = "desc: Trigger: Program termination\ntotals: 0\n";
        let kernels = "part: 1\nsummary: 12\ntotals: 12\npart: 2\ntotals: 34\n";
        assert_eq!(totals(&format!("{kernels}{end}")).unwrap(), [12, 34]);
        assert!(totals(kernels).is_err());
        assert!(totals(&format!("totals: 0\n{end}")).is_err());
    }

    #[test]
    fn more_than_allowed_fails() {
        let baseline = counts("one", &[("a", 1000), ("b", 100)]);
        let now = |a| counts("one", &[("a", a), ("b", 100)]);
        assert!(judge(&baseline, &now(1030)).is_ok());
        assert!(judge(&baseline, &now(500)).is_ok());
        let error = judge(&baseline, &now(1031)).unwrap_err().to_string();
        assert_eq!(error, "more than 3 % above the baseline: a (+3.10 %)");
    }

    #[test]
    fn a_network_that_is_data_is_measured_against_the_type() {
        let both = |typed, data| counts("one", &[("a, b", typed), ("a as data, b", data)]);
        assert!(judge_data(&both(1000, 1150)).is_ok());
        let error = judge_data(&both(1000, 1151)).unwrap_err().to_string();
        assert_eq!(error, "a as data, b takes 115.1 % of the type's");
        assert!(judge_data(&counts("one", &[("a as data, b", 1)])).is_err());
    }

    #[test]
    fn another_compiler_is_not_judged_but_kernels_must_be_the_same() {
        let baseline = counts("one", &[("a", 1000)]);
        assert!(judge(&baseline, &counts("two", &[("a", 2000)])).is_ok());
        for compiler in ["one", "two"] {
            assert!(judge(&baseline, &counts(compiler, &[])).is_err());
            assert!(judge(&baseline, &counts(compiler, &[("a", 1000), ("b", 1)])).is_err());
        }
    }
}
