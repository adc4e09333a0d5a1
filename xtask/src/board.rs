//! The boards: each is a package of the firmware's workspace that says `[package.metadata.board]`.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::emulator::Emulated;
use crate::{command, workspace};

/// A board, as its `Cargo.toml` describes it.
#[derive(Clone, Debug)]
pub struct Board {
    /// The package, and the folder of its programs.
    pub name: String,
    /// The target that it is compiled for.
    pub target: String,
    /// How QEMU emulates it; `None` where QEMU does not have it.
    pub machine: Option<Machine>,
    /// The folder of the package.
    pub folder: PathBuf,
    /// The folder of the finished programs.
    pub built: PathBuf,
    /// The names of its programs.
    pub programs: Vec<String>,
    /// The features that programs need, where they need any.
    pub features: HashMap<String, Vec<String>>,
    /// The most that each measured figure may be.
    pub limits: Vec<(String, u64)>,
    /// The deepest that the stack of programs may be at each level of optimisation.
    pub stack_limits: Vec<StackLimit>,
    /// The most instructions that the benchmark's step (a) may take at each other level.
    pub level_limits: Vec<(String, u64)>,
}

/// The deepest that the stack of a program may be.
#[derive(Clone, Debug, PartialEq)]
pub struct StackLimit {
    /// Which program.
    pub program: String,
    /// The `opt-level` that it is compiled at.
    pub level: String,
    /// Bytes.
    pub bytes: u64,
}

/// A board in QEMU.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// QEMU's name of the board.
    pub name: String,
    /// The size of the memory that plays the part of flash, which QEMU keeps in a file.
    pub flash_bytes: u64,
}

impl Machine {
    /// Returns what QEMU calls it.
    pub fn emulated(&self) -> Emulated<'_> {
        Emulated::arm(&self.name)
    }
}

impl Board {
    /// Returns how QEMU emulates the board: an error where it does not.
    pub fn machine(&self) -> Result<&Machine> {
        let machine = self.machine.as_ref();
        machine.with_context(|| {
            format!("QEMU does not have {}: its Cargo.toml says no `machine`", self.name)
        })
    }
}

/// Returns all boards.
pub fn all() -> Result<Vec<Board>> {
    let mut cargo = Command::new(workspace::cargo_program());
    cargo.args(["metadata", "--no-deps", "--format-version", "1"]);
    let metadata = command::output(cargo.current_dir(workspace::firmware()))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists packages")?;
    packages
        .iter()
        .filter(|package| package["metadata"]["board"].is_object())
        .map(|package| {
            read(package).with_context(|| format!("the board in {}", package["manifest_path"]))
        })
        .collect()
}

/// How many runs in QEMU were left out.
static SKIPPED: AtomicUsize = AtomicUsize::new(0);

/// Returns the boards that QEMU has, for a run of something there. Others are counted as skipped,
/// and named.
pub fn emulated(what: &str) -> Result<Vec<Board>> {
    let (emulated, others): (Vec<_>, Vec<_>) =
        all()?.into_iter().partition(|board| board.machine.is_some());
    for board in others {
        println!("SKIPPED: {what} on {}, which QEMU does not have", board.name);
        SKIPPED.fetch_add(1, Ordering::Relaxed);
    }
    Ok(emulated)
}

/// Returns how many runs in QEMU were left out so far, because it does not have the board.
pub fn skipped() -> usize {
    SKIPPED.load(Ordering::Relaxed)
}

/// Returns the board that is meant where none is named: the first that QEMU has.
pub fn first() -> Result<Board> {
    let mut boards = all()?.into_iter().filter(|board| board.machine.is_some());
    boards.next().context("the firmware's workspace has no board that QEMU has")
}

fn read(package: &Value) -> Result<Board> {
    let board = &package["metadata"]["board"];
    let string = |value: &Value, what: &str| {
        value.as_str().map(str::to_owned).with_context(|| format!("there is no {what}"))
    };
    let targets = package["targets"].as_array().context("a package has targets")?;
    let programs = targets.iter().filter(|target| target["kind"][0] == "bin");
    let name_of = |target: &Value| string(&target["name"], "name of a program");
    let features = programs.clone().filter_map(|target| {
        let features = target["required-features"].as_array()?.iter();
        let features = features.map(|feature| string(feature, "name of a feature"));
        Some(name_of(target).and_then(|name| Ok((name, features.collect::<Result<_>>()?))))
    });
    let limits = |table: &Value| {
        let limits = table.as_object().into_iter().flatten().map(|(name, limit)| {
            let limit = limit.as_u64().with_context(|| format!("limit {name} is not a number"))?;
            Ok::<_, anyhow::Error>((name.clone(), limit))
        });
        limits.collect::<Result<Vec<_>>>()
    };
    let mut stack_limits = Vec::new();
    for (program, levels) in board["stack-limits"].as_object().into_iter().flatten() {
        let of_level = |(level, bytes)| StackLimit { program: program.clone(), level, bytes };
        stack_limits.extend(limits(levels)?.into_iter().map(of_level));
    }
    let machine = |name| {
        let flash_bytes = board["flash-bytes"].as_u64().context("there are no flash-bytes")?;
        Ok::<_, anyhow::Error>(Machine { name: string(name, "machine")?, flash_bytes })
    };
    let manifest = PathBuf::from(string(&package["manifest_path"], "manifest_path")?);
    let name = string(&package["name"], "name")?;
    Ok(Board {
        target: string(&board["target"], "target")?,
        machine: board.get("machine").map(machine).transpose()?,
        folder: manifest.parent().context("a manifest is in a folder")?.to_owned(),
        built: workspace::programs(&name),
        name,
        features: features.collect::<Result<_>>()?,
        programs: programs.map(name_of).collect::<Result<_>>()?,
        limits: limits(&board["limits"])?,
        stack_limits,
        level_limits: limits(&board["level-limits"])?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package(board: Value) -> Value {
        json!({
            "name": "my-board",
            "manifest_path": "/firmware/my-board/Cargo.toml",
            "targets": [
                {"kind": ["bin"], "name": "tuner"},
                {"kind": ["bin"], "name": "roots", "required-features": ["roots"]},
                {"kind": ["lib"], "name": "my_board"},
            ],
            "metadata": {"board": board},
        })
    }

    #[test]
    fn a_board_that_qemu_lacks_says_no_machine() {
        let _ = workspace::find();
        let board = read(&package(json!({"target": "thumbv6m-none-eabi"}))).unwrap();
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        assert_eq!((board.machine.as_ref(), board.programs), (None, names(&["tuner", "roots"])));
        assert_eq!(board.features, HashMap::from([("roots".to_owned(), names(&["roots"]))]));

        let both = json!({"target": "thumbv6m-none-eabi", "machine": "microbit", "flash-bytes": 4});
        let machine = Machine { name: "microbit".to_owned(), flash_bytes: 4 };
        assert_eq!(read(&package(both)).unwrap().machine, Some(machine));
        // A machine's flash memory has a size.
        let one = json!({"target": "thumbv6m-none-eabi", "machine": "microbit"});
        assert!(read(&package(one)).is_err());
    }
}
