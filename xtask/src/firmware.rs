//! Builds the firmware.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::board::{self, Board};
use crate::toolchain::Toolchain;
use crate::{command, targets, workspace};

/// Builds all programs of all boards, and puts them where [`program`] finds them.
pub fn build() -> Result<()> {
    for board in board::all()? {
        let toolchain = Toolchain::find(&board.target)?;
        println!("{}: compiling with {toolchain}", board.name);
        let mut cargo = toolchain.cargo("build", &board.target)?;
        command::run(cargo.args(["--release", "--package", &board.name]))?;

        let built = workspace::firmware().join("target").join(&board.target).join("release");
        let folder = workspace::programs(&board.name);
        fs::create_dir_all(&folder)?;
        for name in &board.programs {
            let (from, to) = (built.join(name), folder.join(name));
            fs::copy(&from, &to).with_context(|| format!("copying {}", from.display()))?;
        }
        println!("{}: {} in {}", board.name, board.programs.join(", "), folder.display());
    }
    Ok(())
}

/// Lints all boards and what they use.
pub fn clippy() -> Result<()> {
    for board in board::all()? {
        let mut clippy = Toolchain::find(&board.target)?.cargo("clippy", &board.target)?;
        clippy.args(["--workspace", "--exclude", targets::PACKAGE, "--", "-D", "warnings"]);
        command::run(&mut clippy)?;
    }
    Ok(())
}

/// Where a finished program of a board is.
pub fn program(board: &Board, name: &str) -> Result<PathBuf> {
    let path = workspace::programs(&board.name).join(name);
    fs::metadata(&path)
        .with_context(|| format!("there is no {}: run `cargo xtask firmware`", path.display()))?;
    Ok(path)
}
