//! The boards: each is a package of the firmware's workspace that says `[package.metadata.board]`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{command, workspace};

/// A board, as its `Cargo.toml` describes it.
#[derive(Clone, Debug)]
pub struct Board {
    /// The package, and the folder of its programs.
    pub name: String,
    /// The target that it is compiled for.
    pub target: String,
    /// QEMU's name of the board.
    pub machine: String,
    /// The size of the memory that plays the part of flash, which QEMU keeps in a file.
    pub flash_bytes: u64,
    /// The folder of the package.
    pub folder: PathBuf,
    /// The names of its programs.
    pub programs: Vec<String>,
    /// The most that each measured figure may be.
    pub limits: Vec<(String, u64)>,
}

/// All boards.
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

/// The board that is meant where none is named.
pub fn first() -> Result<Board> {
    all()?.into_iter().next().context("the firmware's workspace has no board")
}

fn read(package: &Value) -> Result<Board> {
    let board = &package["metadata"]["board"];
    let string = |value: &Value, what: &str| {
        value.as_str().map(str::to_owned).with_context(|| format!("there is no {what}"))
    };
    let targets = package["targets"].as_array().context("a package has targets")?;
    let programs = targets
        .iter()
        .filter(|target| target["kind"][0] == "bin")
        .map(|target| string(&target["name"], "name of a program"));
    let limits = board["limits"].as_object().into_iter().flatten().map(|(name, limit)| {
        let limit = limit.as_u64().with_context(|| format!("limit {name} is not a number"))?;
        Ok((name.clone(), limit))
    });
    let manifest = PathBuf::from(string(&package["manifest_path"], "manifest_path")?);
    Ok(Board {
        name: string(&package["name"], "name")?,
        target: string(&board["target"], "target")?,
        machine: string(&board["machine"], "machine")?,
        flash_bytes: board["flash-bytes"].as_u64().context("there are no flash-bytes")?,
        folder: manifest.parent().context("a manifest is in a folder")?.to_owned(),
        programs: programs.collect::<Result<_>>()?,
        limits: limits.collect::<Result<_>>()?,
    })
}
