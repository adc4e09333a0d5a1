//! What models keep of the data that they were trained on, and what follows when they are used:
//! names of features and labels, factors, thresholds of anomalies.

mod anomalies;
mod distance;
mod features;
mod labels;
mod missing;
mod recordings;
mod scale;
mod targets;
mod warnings;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::{TempDir, tempdir};

/// A folder in which commands run.
struct Desk(TempDir);

/// Returns the path of a data set of the project.
fn data(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data").join(name);
    path.to_str().unwrap().to_owned()
}

/// Returns the number in the line that begins with a name.
fn value(text: &str, name: &str) -> f32 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no {name}: {text}"))
}

/// Returns the three numbers in the last line that begins with a name.
fn numbers(text: &str, name: &str) -> [f32; 3] {
    let line = text.lines().rev().find_map(|line| line.strip_prefix(name));
    let line = line.unwrap_or_else(|| panic!("no {name}: {text}"));
    let numbers: Vec<f32> = line.split_whitespace().map(|word| word.parse().unwrap()).collect();
    numbers.try_into().unwrap()
}

impl Desk {
    fn new() -> Self {
        Desk(tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Runs the command; what is between quotes is one argument.
    fn output(&self, arguments: &str) -> Output {
        let program = env::var_os("CARGO_BIN_EXE_trimpot").expect("cargo sets it");
        let mut command = Command::new(program);
        command.current_dir(self.0.path());
        for (number, part) in arguments.split('"').enumerate() {
            match number % 2 {
                0 => command.args(part.split_whitespace()),
                _ => command.arg(part),
            };
        }
        command.output().unwrap()
    }

    /// Returns what it says, if it succeeds.
    fn run(&self, arguments: &str) -> String {
        let output = self.output(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Returns why it fails.
    fn fails(&self, arguments: &str) -> String {
        let output = self.output(arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments}: {error}");
        error
    }
}
