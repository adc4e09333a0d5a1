//! A desk with a table of samples, and the command.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::{TempDir, tempdir};
use trimpot::random::Random;

/// A folder in which commands run.
pub struct Desk(TempDir);

/// Returns the path of a data set of the project.
pub fn data(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data").join(name);
    path.to_str().unwrap().to_owned()
}

/// Returns the number in the line that begins with a name.
pub fn score(text: &str, name: &str) -> f32 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.trim().split(' ').next());
    number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no {name}: {text}"))
}

/// Samples of twelve features in the hundreds, of three classes with names; the shift is that of a
/// sensor. The classes come in turn.
fn table(samples: usize, shift: f32, seed: u32) -> String {
    let mut random = Random::new(seed);
    let mut text: String = (0..12).map(|feature| format!("f{feature},")).collect();
    text += "kind\n";
    for (index, name) in ["low", "middle", "high"].iter().cycle().take(samples).enumerate() {
        for feature in 0..12 {
            let center = 40.0 * ((index % 3 * (feature + 1)) % 5) as f32;
            let noise = 60.0 * (random.uniform() - 0.5);
            let shift = if feature % 2 == 0 { shift } else { -shift };
            write!(text, "{},", 500.0 + center + noise + shift).unwrap();
        }
        writeln!(text, "{name}").unwrap();
    }
    text
}

impl Desk {
    /// Samples of one sensor, and of a shifted one.
    pub fn new() -> Self {
        let desk = Desk(tempdir().unwrap());
        desk.file("train.csv", &table(240, 0.0, 1));
        desk.file("shifted.csv", &table(90, 110.0, 2));
        desk.file("shifted-test.csv", &table(90, 110.0, 3));
        desk
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn file(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub fn output<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Output {
        let program = env::var_os("CARGO_BIN_EXE_trimpot").expect("cargo sets it");
        Command::new(program).current_dir(self.0.path()).args(arguments).output().unwrap()
    }

    pub fn succeeds<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> String {
        let output = self.output(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn run(&self, arguments: &str) -> String {
        self.succeeds(arguments.split_whitespace())
    }

    pub fn board(&self, arguments: &str) -> String {
        self.run(&format!("board {arguments}"))
    }

    pub fn fails(&self, arguments: &str) -> String {
        let output = self.output(arguments.split_whitespace());
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments}: {error}");
        error
    }

    /// Trains `model.safetensors`.
    pub fn trained(&self, network: &str, options: &[&str]) {
        let scale = ["--scale", "0.001"];
        let scale = if options.contains(&"--standardize") { &[][..] } else { &scale };
        let train = ["train", "--data", "train.csv", "--network", network, "--epochs", "40"];
        let output = ["--output", "model.safetensors"];
        self.succeeds(train.iter().chain(scale).chain(&output).chain(options).copied());
    }

    /// Returns the board's accuracy in percent.
    pub fn accuracy(&self, data: &str) -> f32 {
        score(&self.board(&format!("evaluate {data}")), "accuracy")
    }
}
