//! The steps of the one test command, each a word of its own as well.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};

use crate::expected::Expected;
use crate::workspace::{self, cargo};
use crate::{
    benchmark, board, command, cost, deny, emulator, firmware, levels, memory, package, panics,
    stack,
};

/// A part of the tests: what it is called, and what it does.
type Step = (&'static str, fn() -> Result<()>);

const STEPS: [Step; 14] = [
    ("format", format),
    ("lint", lint),
    ("dependencies", deny::check),
    ("packages", package::check),
    ("host tests", host),
    ("firmware", firmware::build),
    ("no panic", panics::check),
    ("other levels", levels::check),
    ("stack", stack::check),
    ("step benchmark", || benchmark::run(Expected::Compared)),
    ("memory", memory::check),
    ("costs", || cost::run(Expected::Compared)),
    ("QEMU tests", qemu),
    ("docs", docs),
];

/// Runs all steps, and says how long each took. What fails does not keep the others from running:
/// all failures are told at the end.
pub fn test() -> Result<()> {
    let (mut times, mut failures) = (Vec::new(), Vec::new());
    for (number, (name, step)) in (1..).zip(STEPS) {
        println!("\n=== {number}/{}: {name}", STEPS.len());
        let start = Instant::now();
        if let Err(error) = step() {
            println!("=== {name} failed: {error:#}");
            failures.push(format!("{name}: {error:#}"));
        }
        times.push((name, start.elapsed().as_secs_f64()));
    }
    println!("\n=== {} of {} steps passed", STEPS.len() - failures.len(), STEPS.len());
    for (name, seconds) in &times {
        println!("{seconds:8.1} s  {name}");
    }
    println!("{:8.1} s  together", times.iter().map(|(_, seconds)| seconds).sum::<f64>());
    if board::skipped() > 0 {
        println!("SKIPPED: {} runs on boards that QEMU does not have", board::skipped());
    }
    ensure!(failures.is_empty(), "these steps failed:\n  {}", failures.join("\n  "));
    Ok(())
}

/// Checks the formatting of all files.
pub fn format() -> Result<()> {
    command::run(&mut cargo(["fmt", "--all", "--check"]))?;
    command::run(cargo(["fmt", "--all", "--check"]).current_dir(workspace::firmware()))
}

/// Clippy, with every warning an error.
pub fn lint() -> Result<()> {
    let words =
        ["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    command::run(&mut cargo(words))?;
    firmware::clippy()
}

/// Runs all tests that need no emulator, and the examples in the docs.
pub fn host() -> Result<()> {
    command::run(&mut cargo(["test", "--workspace", "--no-fail-fast"]))
}

/// Runs the tests that need an emulator: those of the files `tests/qemu*.rs`.
///
/// They are ignored otherwise, and fail where `TRIMPOT_FIRMWARE_DIR` is not set.
pub fn qemu() -> Result<()> {
    emulator::set_up()?;
    panics::handler()?;
    for board in board::emulated("the tests")? {
        let mut tests = cargo(["test", "--workspace", "--no-fail-fast", "--test", "qemu*"]);
        tests.args(["--", "--include-ignored", "--nocapture"]);
        command::run(tests.env("TRIMPOT_FIRMWARE_DIR", board.built))?;
    }
    Ok(())
}

/// Runs the tuner in the emulator, for whoever wants to talk to it.
pub fn serve() -> Result<()> {
    emulator::set_up()?;
    firmware::build()?;
    emulator::serve(&board::first()?)
}

/// Shows a log of the tuner, as text.
pub fn logs(file: &Path) -> Result<()> {
    emulator::print_log(&board::first()?, file)
}

/// Runs the tests that try every number there is: minutes, in release mode.
pub fn sweep() -> Result<()> {
    // All that these packages leave out of the normal run; other packages leave out what needs
    // QEMU.
    let words = ["test", "--release", "--package", "trimpot", "--package", "trimpot-tuner"];
    command::run(cargo(words).args(["--", "--ignored", "--nocapture"]))
}

/// Builds the documentation of the libraries, with every warning an error.
pub fn docs() -> Result<()> {
    // The root package's library is the README, for its examples' sake; the command `trimpot` would
    // overwrite the pages of the library of that name.
    let words = ["doc", "--workspace", "--exclude", "trimpot-workspace", "--lib", "--no-deps"];
    let mut docs = cargo(words);
    command::run(docs.arg("--all-features").env("RUSTDOCFLAGS", "-D warnings"))
}
