//! Where things are.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result};

static ROOT: OnceLock<PathBuf> = OnceLock::new();

/// Finds the project's root folder, for [`root`]: the nearest one, upwards from where cargo says
/// that xtask's sources are or else from the current folder, that holds `xtask/Cargo.toml`.
///
/// The path is not compiled in: a `target` that was copied from another checkout would work on that
/// one.
pub fn find() -> Result<()> {
    let start = match env::var_os("CARGO_MANIFEST_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => env::current_dir().context("there is no current folder")?,
    };
    let root = holder(&start)
        .with_context(|| format!("no folder from {} upwards holds {MANIFEST}", start.display()))?;
    // A second search, as tests of one process may make, finds the same folder.
    let _ = ROOT.set(root.to_owned());
    Ok(())
}

/// Returns the nearest folder, upwards from this one, that holds xtask.
fn holder(start: &Path) -> Option<&Path> {
    start.ancestors().find(|folder| folder.join(MANIFEST).is_file())
}

const MANIFEST: &str = "xtask/Cargo.toml";

/// The package of the firmware's workspace that is for processors that are no boards.
pub const FINGERPRINTS: &str = "fingerprints";

/// The package of the firmware's workspace that has Trimpot called by C.
pub const BOARD_PEERS: &str = "trimpot-board-peers";

/// Returns the project's root folder.
///
/// # Panics
/// Where [`find`] has not found it.
pub fn root() -> &'static Path {
    ROOT.get().expect("`main` has found the root folder")
}

/// Returns the firmware's workspace.
pub fn firmware() -> PathBuf {
    root().join("firmware")
}

/// Returns where a board's finished programs are put, for QEMU tests and for the `trimpot` command.
pub fn programs(board: &str) -> PathBuf {
    root().join("target/firmware").join(board)
}

/// Returns which cargo to use: the one that runs this program.
pub fn cargo_program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// `cargo WORDS` in the root folder.
pub fn cargo<'a>(words: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(cargo_program());
    command.current_dir(root()).args(words);
    command
}

/// `cargo build` of a program, with the features that its dependencies have in the tests: so nothing that
/// these have compiled is compiled again. Cargo takes them where it builds a test of the workspace,
/// which is a small one.
pub fn build_as_in_tests(program: &str) -> Command {
    cargo(["build", "--workspace", "--bin", program, "--test", "public_types"])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_checkout_is_the_one_around_the_sources_wherever_the_program_was_built() {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy");
        for inside in ["xtask/src", "firmware/app"] {
            fs::create_dir_all(copy.join(inside)).unwrap();
        }
        fs::write(copy.join(MANIFEST), "").unwrap();
        // The firmware's workspace has a manifest as well.
        fs::write(copy.join("firmware/Cargo.toml"), "[workspace]").unwrap();
        for inside in ["", "xtask", "xtask/src", "firmware/app"] {
            assert_eq!(holder(&copy.join(inside)), Some(copy.as_path()));
        }
        assert_eq!(holder(folder.path()), None);
    }
}
