//! Builds the firmware.

use std::path::PathBuf;
use std::{fmt, fs};

use anyhow::{Context, Result};

use crate::board::{self, Board};
use crate::toolchain::Toolchain;
use crate::{command, workspace};

/// The level of the firmware's own profile.
const LEVEL: &str = "3";

/// What is compiled at which `opt-level`.
#[derive(Clone, Copy, Debug)]
pub struct Level<'a> {
    /// All packages.
    pub all: &'a str,
    /// But the library's, as the README advises where a firmware has to be small.
    pub library: Option<&'a str>,
}

/// The packages of the library.
const LIBRARY: [&str; 2] = ["trimpot", "trimpot-vfp"];

impl<'a> Level<'a> {
    /// All packages at one level.
    pub const fn of_all(all: &'a str) -> Self {
        Level { all, library: None }
    }
}

/// `z`, or `z-3` where the library is at 3.
impl fmt::Display for Level<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.all)?;
        self.library.map_or(Ok(()), |level| write!(f, "-{level}"))
    }
}

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
pub fn build_at(board: &Board, level: Level<'_>, programs: &[&str]) -> Result<Board> {
    let mut board = board.clone();
    board.programs.retain(|program| programs.contains(&program.as_str()));
    board.built = board.built.join(level.to_string());
    let mut cargo = Toolchain::find(&board.target)?.cargo("build", &board.target)?;
    cargo.args(["--quiet", "--release", "--package", &board.name, "--no-default-features"]);
    for program in &board.programs {
        cargo.args(["--bin", program]);
        if let Some(features) = board.features.get(program) {
            cargo.args(["--features", &features.join(",")]);
        }
    }
    if level.all != LEVEL {
        // `core` is not compiled again: with rustup it comes as it is, and here it stays at the
        // default level.
        cargo.args(["--config", "profile.release.package.core.opt-level=3"]);
        cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", level.all);
        if let Some(level) = level.library {
            for package in LIBRARY {
                let setting = format!("profile.release.package.{package}.opt-level={level}");
                cargo.args(["--config", &setting]);
            }
        }
        // As cargo's profile for development has it, which is where level 0 comes from.
        cargo.env("CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS", (level.all == "0").to_string());
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
