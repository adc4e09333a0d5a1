//! Builds the firmware.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::{fmt, fs};

use anyhow::{Context, Result};

use crate::board::{self, Board};
use crate::toolchain::Toolchain;
use crate::{command, workspace};

/// The level of the firmware's own profile.
pub const LEVEL: &str = "3";

/// What is compiled at which `opt-level`.
#[derive(Clone, Copy, Debug)]
pub struct Level<'a> {
    /// All packages, but those of [`SAME_AT_ALL_LEVELS`].
    pub all: &'a str,
    /// But the library's, as the README advises where a firmware has to be small.
    pub library: Option<&'a str>,
}

/// Packages that are at the firmware's own level whatever the others are at: what comes with rustup
/// as it is, and traits, macros and vectors, whose functions are compiled into their callers, at
/// the callers' level. So they are compiled once.
const SAME_AT_ALL_LEVELS: [&str; 6] =
    ["core", "compiler_builtins", "bytemuck", "serde_core", "wide", "zerocopy"];

/// The packages of the library.
const LIBRARY: [&str; 2] = ["trimpot", "trimpot-vfp"];

impl<'a> Level<'a> {
    /// All packages at one level.
    pub const fn of_all(all: &'a str) -> Self {
        Level { all, library: None }
    }

    /// Has cargo compile at this level.
    pub fn set<'c>(&self, cargo: &'c mut Command) -> &'c mut Command {
        let mut set = |of: &str, setting: &str| {
            cargo.args(["--config", &format!("profile.release.{of}.{setting}")]);
        };
        for package in SAME_AT_ALL_LEVELS {
            set(&format!("package.{package}"), &format!("opt-level={LEVEL}"));
            set(&format!("package.{package}"), "debug-assertions=false");
        }
        // What runs on the PC, such as macros.
        set("build-override", "debug-assertions=false");
        if let Some(level) = self.library {
            for package in LIBRARY {
                set(&format!("package.{package}"), &format!("opt-level={level}"));
            }
        }
        cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", self.all);
        // As cargo's profile for development has it, which is where level 0 comes from.
        cargo.env("CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS", (self.all == "0").to_string())
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
        println!("{}: compiling with {}", board.name, Toolchain::find(&board.target)?);
        let programs: Vec<_> = board.programs.iter().map(String::as_str).collect();
        build_at(&board, Level::of_all(LEVEL), &programs)?;
    }
    Ok(())
}

/// Builds those of these programs that the board has at an `opt-level`, and returns the board with
/// these alone. Those of another level than the profile's are in the folder of that name among its
/// finished programs.
///
/// Programs with the same features are built together: so one that others are built with is not
/// compiled again where it is needed alone.
pub fn build_at(board: &Board, level: Level<'_>, programs: &[&str]) -> Result<Board> {
    let mut board = board.clone();
    board.programs.retain(|program| programs.contains(&program.as_str()));
    if level.all != LEVEL {
        board.built = board.built.join(level.to_string());
    }
    let mut of_features = BTreeMap::<_, Vec<_>>::new();
    for program in &board.programs {
        let features = board.features.get(program).map(|features| features.join(","));
        of_features.entry(features).or_default().push(program);
    }
    for (features, programs) in of_features {
        let mut cargo = Toolchain::find(&board.target)?.cargo("build", &board.target)?;
        cargo.args(["--quiet", "--release", "--package", &board.name, "--no-default-features"]);
        cargo.args(features.iter().flat_map(|features| ["--features", features]));
        cargo.args(programs.into_iter().flat_map(|program| ["--bin", program]));
        command::run(level.set(&mut cargo))?;
    }
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
        // In the profile that the firmware is built in, which has compiled `core` and the macros.
        clippy.args(["--release", "--workspace", "--exclude", workspace::FINGERPRINTS]);
        // Another board's drivers may be for another processor.
        for other in boards.iter().filter(|other| other.name != board.name) {
            clippy.args(["--exclude", &other.name]);
        }
        command::run(Level::of_all(LEVEL).set(&mut clippy).args(["--", "-D", "warnings"]))?;
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
