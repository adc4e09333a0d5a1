//! The steps of the one test command, each a word of its own as well.

use std::env;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};
use clap::ValueEnum;

use crate::expected::Expected;
use crate::toolchain::Toolchain;
use crate::workspace::{self, cargo};
use crate::{
    benchmark, board, browser, command, cost, deny, emulator, firmware, instruction_sets,
    instructions, memory, new, opt_levels, package, panics, python, stack, targets,
};

/// A part of the tests: what it is called, and what it does.
type Step = (&'static str, fn() -> Result<()>);

/// Which steps. Those of boards link most of the time, on one core, and leave the other to those on
/// the PC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Side {
    /// Those that need no board.
    Pc,
    /// Those that build the firmware, and run it; and the count of the host's instructions, since
    /// these are done sooner.
    Boards,
}

impl Side {
    fn steps(self) -> &'static [Step] {
        match self {
            Side::Pc => &[
                ("format", format),
                ("lint", lint),
                ("dependencies", deny::check),
                ("packages", package::check),
                ("tests on the PC", host),
                ("pages in a browser", browser::check),
                ("docs", docs),
                ("Python", python::check),
                ("instruction sets", instruction_sets::check),
                ("other processors", targets::check_sampled),
            ],
            Side::Boards => &[
                ("firmware", firmware::build),
                ("lint of the firmware", firmware::clippy),
                ("no panic", panics::check),
                ("other opt-levels", opt_levels::check_sampled),
                ("stack", stack::check_sampled),
                ("step benchmark", || benchmark::run(Expected::Compared)),
                ("memory", memory::check),
                ("costs", || cost::run(Expected::Compared)),
                ("QEMU tests", qemu),
                ("firmware of trimpot new", new::check_sampled),
                ("instructions", instructions),
            ],
        }
    }

    /// Runs all steps, and says how long each took. What fails does not keep the others from
    /// running: all failures are told at the end.
    fn run(self) -> Result<()> {
        let steps = self.steps();
        let (mut times, mut failures) = (Vec::new(), Vec::new());
        for (number, (name, step)) in (1..).zip(steps) {
            println!("\n=== {number}/{}: {name}", steps.len());
            let start = Instant::now();
            if let Err(error) = step() {
                println!("=== {name} failed: {error:#}");
                failures.push(format!("{name}: {error:#}"));
            }
            times.push((name, start.elapsed().as_secs_f64()));
        }
        println!("\n=== {} of {} steps passed", steps.len() - failures.len(), steps.len());
        for (name, seconds) in &times {
            println!("{seconds:8.1} s  {name}");
        }
        println!("{:8.1} s  together", times.iter().map(|(_, seconds)| seconds).sum::<f64>());
        if board::skipped() > 0 {
            println!("SKIPPED: {} runs on boards that QEMU does not have", board::skipped());
        }
        if let Some(levels) = instruction_sets::compared() {
            println!("{levels}");
        }
        ensure!(failures.is_empty(), "these steps failed:\n  {}", failures.join("\n  "));
        Ok(())
    }
}

/// Runs the steps of one side; or those of both, side by side. Those of boards then are another
/// process, whose output is shown when all of it is there.
pub fn test(only: Option<Side>) -> Result<()> {
    if let Some(side) = only {
        return side.run();
    }
    // What both need, before both install it. Whoever lacks it is told by the steps that need it.
    let set_up = set_up();
    let folder = workspace::root().join("target");
    fs::create_dir_all(&folder)?;
    let log = folder.join("boards.log");
    let output = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
    let mut boards = Command::new(env::current_exe()?);
    boards.args(["test", "--only", "boards"]).stdout(output.try_clone()?).stderr(output);
    println!("the tests of boards run beside those on the PC, into {}", log.display());
    let boards = boards.spawn().context("the tests of boards cannot be started")?;
    let mut boards = Running(boards);
    let pc = Side::Pc.run();
    let status = boards.0.wait()?;
    println!("\n=== the tests of boards\n{}", String::from_utf8_lossy(&fs::read(&log)?));
    let boards = if status.success() { Ok(()) } else { Err(anyhow!("{status}")) };
    verdict([("set-up", set_up), ("on the PC", pc), ("of boards", boards)])
}

/// Passes if all parts did; tells all that did not.
fn verdict<const N: usize>(parts: [(&str, Result<()>); N]) -> Result<()> {
    let failed = parts.into_iter().filter_map(|(part, result)| Some((part, result.err()?)));
    let failures: Vec<_> = failed.map(|(part, error)| format!("{part}: {error:#}")).collect();
    ensure!(failures.is_empty(), "tests failed:\n  {}", failures.join("\n  "));
    Ok(())
}

/// Makes sure that the emulator, the compilers for all processors and the browser are there.
fn set_up() -> Result<()> {
    emulator::set_up()?;
    for board in board::all()? {
        Toolchain::find(&board.target)?;
    }
    targets::set_up()?;
    browser::set_up()
}

/// A process that ends with its owner.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Checks the formatting of all files.
pub fn format() -> Result<()> {
    command::run(&mut cargo(["fmt", "--all", "--check"]))?;
    command::run(cargo(["fmt", "--all", "--check"]).current_dir(workspace::firmware()))
}

/// Clippy for the host, with every warning an error.
pub fn lint() -> Result<()> {
    let words =
        ["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    command::run(&mut cargo(words))?;
    // Tests that `cargo test` leaves to `cargo xtask instruction-sets` are not among all targets.
    let words = ["clippy", "--package", "trimpot", "--package", "trimpot-host", "--test", "level*"];
    command::run(cargo(words).args(["--all-features", "--", "-D", "warnings"]))
}

/// Runs all tests that need neither emulator nor browser, and the examples in the docs.
pub fn host() -> Result<()> {
    command::run(&mut cargo(["test", "--workspace", "--no-fail-fast"]))
}

/// Runs the tests that need an emulator: those of the files `tests/qemu*.rs`.
///
/// They are ignored otherwise. Those that `cargo xtask stack` runs at other levels are measured
/// here at the level of the firmware's own profile.
pub fn qemu() -> Result<()> {
    emulator::set_up()?;
    panics::handler()?;
    for board in board::emulated("the tests")? {
        let mut tests = cargo(["test", "--workspace", "--no-fail-fast", "--test", "qemu*"]);
        tests.args(["--", "--include-ignored", "--nocapture"]);
        stack::watched(&board, &mut tests)?;
    }
    Ok(())
}

/// Runs a program in the emulator, for whoever wants to talk to it.
pub fn serve(program: &str) -> Result<()> {
    emulator::set_up()?;
    firmware::build()?;
    emulator::serve(&board::first()?, program)
}

/// Shows a log of a program, as text.
pub fn logs(program: &str, file: &Path) -> Result<()> {
    emulator::print_log(&board::first()?, program, file)
}

/// Runs the tests that try every number there is: minutes, in release mode.
pub fn sweep() -> Result<()> {
    // All that these packages leave out of the normal run; other packages leave out what needs
    // QEMU.
    let words = ["test", "--release", "--package", "trimpot", "--package", "trimpot-tuner"];
    command::run(cargo(words).args(["--", "--ignored", "--nocapture"]))
}

/// Counts the instructions of the host's kernels, where they can be compared.
fn instructions() -> Result<()> {
    if cfg!(not(all(target_arch = "x86_64", target_os = "linux"))) {
        println!("SKIPPED: instructions are counted on x86-64, where Linux has valgrind");
        return Ok(());
    }
    instructions::run(Expected::Compared)
}

/// Builds the documentation of the libraries, with every warning an error.
pub fn docs() -> Result<()> {
    // The root package's library is the README, for its examples' sake; the command `trimpot` would
    // overwrite the pages of the library of that name.
    let words = ["doc", "--workspace", "--exclude", "trimpot-workspace", "--lib", "--no-deps"];
    let mut docs = cargo(words);
    command::run(docs.arg("--all-features").env("RUSTDOCFLAGS", "-D warnings"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_fails_is_told_and_fails_the_run() {
        let failed = |text: &'static str| Err(anyhow!(text));
        let told = |parts: [(&str, Result<()>); 3]| verdict(parts).unwrap_err().to_string();
        assert!(verdict([("a", Ok(())), ("b", Ok(())), ("c", Ok(()))]).is_ok());
        let one = told([("a", Ok(())), ("b", Ok(())), ("c", failed("no board"))]);
        assert_eq!(one, "tests failed:\n  c: no board");
        let two = told([("a", failed("no emulator")), ("b", Ok(())), ("c", failed("no board"))]);
        assert_eq!(two, "tests failed:\n  a: no emulator\n  c: no board");
    }
}
