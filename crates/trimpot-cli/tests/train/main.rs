//! The `trimpot train` command.

mod arrays;
mod augmentation;
mod data;
mod files;
mod losses;
mod runs;
mod start;
mod tables;
mod types;

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::{TempDir, tempdir};
use trimpot_host::dataset::{DataSpec, Dataset};

// Cargo runs a test in the folder of its package. A path that is compiled in is another checkout's
// where `target` was copied from there.
const DIGITS: &str = "../../data/digits8.npz";

/// The command with options in one line, and the digits unless they name other data.
fn command(options: &str) -> Command {
    let mut command = Command::new(env::var_os("CARGO_BIN_EXE_trimpot").expect("cargo sets it"));
    command.arg("train");
    if !options.contains("--data") {
        command.args(["--data", DIGITS]);
        // Others scale in their first layer.
        if !options.contains("--standardize") && !options.contains("--init") {
            command.args(["--scale", "0.0625"]);
        }
    }
    // What is between quotes is one argument.
    for (number, part) in options.split('"').enumerate() {
        match number % 2 {
            0 => command.args(part.split_whitespace()),
            _ => command.arg(part),
        };
    }
    command
}

/// What it says, if it succeeds.
fn said(options: &str) -> String {
    let output = command(options).output().unwrap();
    assert!(output.status.success(), "{options}: {}", error_of(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// What it says, if it fails with this code.
fn failed(options: &str, code: i32) -> String {
    let output = command(options).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{options}: {}", error_of(&output));
    error_of(&output)
}

fn error_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn folder() -> (TempDir, impl Fn(&str) -> PathBuf) {
    let folder = tempdir().unwrap();
    let path = folder.path().to_owned();
    (folder, move |name: &str| path.join(name))
}

fn digits() -> Dataset {
    let spec = DataSpec { scale: 0.0625, ..DataSpec::classes(64, 10) };
    spec.read(Path::new(DIGITS)).unwrap().dataset
}
