//! Firmware that `trimpot new` makes: it builds as it is, passes its own test in QEMU, and learns what
//! the simulated board learns.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::board::{self, Board};
use crate::toolchain::Toolchain;
use crate::{command, emulator, workspace};

/// A model, and what its board is asked for.
struct Case {
    /// The name of the package.
    name: &'static str,
    /// The words of `trimpot` that make the model, but for its name.
    model: &'static str,
    /// The words of `trimpot board` behind a model's, in order; of all, what is answered is
    /// compared. None, where samples are of nothing that there is.
    asked: &'static [&'static str],
}

/// In every test run.
const SAMPLED: Case = Case {
    name: "classes",
    model: "train --data data/wrist-right.csv --network 12-32-7 --standardize --epochs 20 --hold-out 0.2",
    asked: &[
        "install MODEL data/wrist-right.csv",
        "learn data/wrist-left.csv --commit",
        "evaluate data/wrist-left-test.csv",
    ],
};

/// The others.
const OTHERS: [Case; 7] = [
    Case {
        name: "windows",
        model: "train --data data/wrist-windows.npz --standardize --epochs 5 --hold-out 0.2 --network \
                6x32>conv_12_5,relu,pool_2,conv_12_3,relu,pool_2,dropout_0.2,dense_7",
        asked: &[
            "install MODEL data/wrist-windows.npz",
            "learn data/wrist-windows.npz --features x_left --labels y_left --commit",
            "evaluate data/wrist-windows.npz --features x_test --labels y_test",
        ],
    },
    Case {
        name: "images",
        model: "train --data data/digits8.npz --scale 0.0625 --epochs 1 --network \
                1x8x8>conv_8_3x3,relu,pool_2,dense_10",
        asked: &[],
    },
    Case {
        name: "numbers",
        model: "train --data data/wrist-right.csv --targets 2 --network 6-32-16-2 --standardize --epochs 3 \
                --drop wx_mean --drop wy_mean --drop wz_mean --drop wx_deviation --drop exercise --hold-out 0.2",
        asked: &[
            "install MODEL data/wrist-right.csv",
            "learn data/wrist-left.csv --commit",
            "evaluate data/wrist-left-test.csv",
        ],
    },
    Case {
        name: "normal",
        model: "train --data data/wrist-right.csv --task anomalies --normal upright_row --rule percentile:0.95 \
                --network 12-8-3-8-12 --standardize --epochs 20 --hold-out 0.25",
        asked: &[
            "install MODEL data/wrist-right.csv",
            "learn data/wrist-left.csv --commit",
            "evaluate data/wrist-left-test.csv",
        ],
    },
    Case {
        name: "distance",
        model: "train --data data/wrist-right.csv --task anomalies --normal upright_row --mahalanobis \
                --network 12-12 --standardize --hold-out 0.25",
        asked: &["install MODEL data/wrist-right.csv", "evaluate data/wrist-left-test.csv"],
    },
    // Rows of pixels for recordings: what counts is the front end in the firmware.
    Case {
        name: "recordings",
        model: "train --data data/digits8.npz --front-end powers,sample_rate=8000,fft=16,samples=i16,hop=16 \
                --network 36-16-10 --standardize --epochs 2 --hold-out 0.2",
        asked: &["install MODEL data/digits8.npz"],
    },
    Case {
        name: "imported",
        model: "import crates/trimpot-model/tests/import/keras/images_small.keras",
        asked: &[],
    },
];

/// [`check`] of a model of every test run.
pub fn check_sampled() -> Result<()> {
    check([&SAMPLED])
}

/// [`check`] of all models.
pub fn check_all() -> Result<()> {
    check([&SAMPLED].into_iter().chain(&OTHERS))
}

/// Makes firmware of each model, and has it tested.
fn check<'c>(cases: impl IntoIterator<Item = &'c Case>) -> Result<()> {
    emulator::set_up()?;
    let target = workspace::root().join("target");
    command::run(workspace::build_as_in_tests("trimpot").arg("--target-dir").arg(&target))?;
    let folder = target.join("new");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let desk = Desk { program: target.join("debug/trimpot"), folder, board: board::first()? };
    for case in cases {
        println!("{}: {}", case.name, case.model);
        desk.test(case).with_context(|| format!("the firmware {}", case.name))?;
    }
    Ok(())
}

/// Where firmware is made.
struct Desk {
    program: PathBuf,
    folder: PathBuf,
    board: Board,
}

impl Desk {
    /// Makes firmware of a model, and has it tested.
    fn test(&self, case: &Case) -> Result<()> {
        let path = |name: &str| self.folder.join(name);
        let model = path(&format!("{}.safetensors", case.name));
        command::output(self.trimpot(case.model).arg("--output").arg(&model))?;
        let made = path(case.name);
        let mut new = self.trimpot("new");
        new.arg(&made).arg("--model").arg(&model).args(["--board", &self.board.name]);
        command::run(new.arg("--path").arg(workspace::root()))?;
        // Of the versions that the project's own firmware has.
        fs::copy(workspace::firmware().join("Cargo.lock"), made.join("Cargo.lock"))?;
        let target = workspace::firmware().join("target");
        let mut test = Toolchain::find(&self.board.target)?.cargo("test", &self.board.target)?;
        test.current_dir(&made).env("CARGO_TARGET_DIR", &target).stdin(Stdio::null());
        command::run(test.args(["--quiet", "--release"]))?;

        let firmware = target.join(&self.board.target).join("release").join(case.name);
        for asked in case.asked {
            let asked = asked.replace("MODEL", &model.to_string_lossy());
            let ask = |folder: &str| {
                let mut board = self.trimpot(&format!("board {asked}"));
                board.arg("--folder").arg(path(&format!("{}-{folder}", case.name)));
                board
            };
            let simulated = command::output(&mut ask("simulated"))?;
            let mut emulated = ask("qemu");
            emulated.args(["--board", "qemu", "--firmware"]).arg(&firmware);
            let emulated = command::output(&mut emulated)?;
            ensure!(
                comparable(&emulated) == comparable(&simulated),
                "{asked}: the firmware says\n{emulated}\nand the simulated board\n{simulated}"
            );
        }
        Ok(())
    }

    /// The command with these words, in which `_` in a network stands for a space.
    fn trimpot(&self, words: &str) -> Command {
        let mut command = Command::new(&self.program);
        let word = |word: &str| match word.contains('>') {
            true => word.replace('_', " "),
            false => word.to_owned(),
        };
        command.current_dir(workspace::root()).args(words.split_whitespace().map(word));
        command
    }
}

/// Returns what a board says, but for what firmware alone says: it has stored a model before the first
/// one is installed, and how it learns is its own.
fn comparable(said: &str) -> Vec<&str> {
    let lines = said.lines().filter(|line| !line.starts_with("how the board learns is"));
    lines.map(|line| line.split(", generation").next().unwrap_or(line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_are_not_compared() {
        let said =
            |generation| format!("learned\ncommitted: parameters 7, generation {generation}");
        assert_eq!(comparable(&said(1)), comparable(&said(2)));
        assert_ne!(comparable("learned"), comparable("parameters 7"));
    }
}
