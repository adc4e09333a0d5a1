//! Builds the firmware.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::board::{self, Board};
use crate::toolchain::Toolchain;
use crate::{command, workspace};

/// The level of the firmware's own profile.
const LEVEL: &str = "3";
/// The core, as the README advises to compile it where the rest of a firmware has to be small.
const CORE: [&str; 2] = ["trimpot", "trimpot-vfp"];

/// Builds all programs of all boards, and puts them where [`program`] finds them.
pub fn build() -> Result<()> {
    for board in board::all()? {
        let toolchain = Toolchain::find(&board.target)?;
        println!("{}: compiling with {toolchain}", board.name);
        let mut cargo = toolchain.cargo("build", &board.target)?;
        command::run(cargo.args(["--release", "--package", &board.name]))?;
        fetch(&board)?;
    }
    Ok(())
}

/// Builds those of these programs that the board has at another `opt-level`, and returns the board
/// with these alone. They are in the folder of that name among its finished programs.
///
/// `z-3` is a firmware at `z` whose profile has [`CORE`] at 3.
pub fn build_at(board: &Board, level: &str, programs: &[&str]) -> Result<Board> {
    let mut board = board.clone();
    board.programs.retain(|program| programs.contains(&program.as_str()));
    board.built = board.built.join(level);
    let (level, dependencies) = match level.split_once('-') {
        Some((level, dependencies)) => (level, Some(dependencies)),
        None => (level, None),
    };
    let mut cargo = Toolchain::find(&board.target)?.cargo("build", &board.target)?;
    cargo.args(["--quiet", "--release", "--package", &board.name, "--no-default-features"]);
    for program in &board.programs {
        cargo.args(["--bin", program]);
        if let Some(features) = board.features.get(program) {
            cargo.args(["--features", &features.join(",")]);
        }
    }
    if level != LEVEL {
        // `core` is not compiled again: with rustup it comes as it is, and here it stays at the
        // default level.
        cargo.args(["--config", "profile.release.package.core.opt-level=3"]);
        cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", level);
        if let Some(level) = dependencies {
            for package in CORE {
                let setting = format!("profile.release.package.{package}.opt-level={level}");
                cargo.args(["--config", &setting]);
            }
        }
        // As cargo's profile for development has it, which is where level 0 comes from.
        cargo.env("CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS", (level == "0").to_string());
    }
    command::run(&mut cargo)?;
    fetch(&board)?;
    Ok(board)
}

/// Puts the board's programs where [`program`] finds them.
fn fetch(board: &Board) -> Result<()> {
    let built = workspace::firmware().join("target").join(&board.target).join("release");
    fs::create_dir_all(&board.built)?;
    for name in &board.programs {
        let (from, to) = (built.join(name), board.built.join(name));
        fs::copy(&from, &to).with_context(|| format!("copying {}", from.display()))?;
    }
    println!("{}: {} in {}", board.name, board.programs.join(", "), board.built.display());
    Ok(())
}

/// Lints all boards and what they use.
pub fn clippy() -> Result<()> {
    let boards = board::all()?;
    for board in &boards {
        let mut clippy = Toolchain::find(&board.target)?.cargo("clippy", &board.target)?;
        clippy.args(["--workspace", "--exclude", workspace::FINGERPRINTS]);
        // Another board's drivers may be for another processor.
        for other in boards.iter().filter(|other| other.name != board.name) {
            clippy.args(["--exclude", &other.name]);
        }
        command::run(clippy.args(["--", "-D", "warnings"]))?;
    }
    Ok(())
}

/// Returns where a finished program of a board is.
pub fn program(board: &Board, name: &str) -> Result<PathBuf> {
    let path = board.built.join(name);
    fs::metadata(&path)
        .with_context(|| format!("there is no {}: run `cargo xtask firmware`", path.display()))?;
    Ok(path)
}
