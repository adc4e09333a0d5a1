//! How to compile for a Cortex-M, or another processor than the PC's, here.
//!
//! Its `core` library comes with rustup (`rustup target add`), or is built from source with
//! Debian's compiler, for machines that reach Debian's packages but not Rust's own server.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{command, debian, workspace};

/// Set, this variable asks for Debian's compiler even where the target is installed: to try it out.
const PREFER_DEBIAN: &str = "TRIMPOT_DEBIAN_RUSTC";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CLIPPY: &str = "/usr/bin/cargo-clippy";
const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "rust-web-src", "rust-web-clippy"];

/// A compiler with a `core` for a target.
#[derive(Clone, Debug)]
pub enum Toolchain {
    /// The default compiler, with the target installed.
    Installed,
    /// Debian's compiler and source of `core`.
    Debian {
        /// The folder of `rust-lld`, which Debian's compiler does not have.
        linker: PathBuf,
    },
}

impl Toolchain {
    /// Finds one for the target, or sets it up.
    pub fn find(target: &str) -> Result<Self> {
        if env::var_os(PREFER_DEBIAN).is_some() {
            return Self::debian();
        }
        if is_installed(target)? {
            return Ok(Toolchain::Installed);
        }
        if has_debian() || debian::can_install() {
            return Self::debian();
        }
        let added = Command::new("rustup").args(["target", "add", target]).status();
        if added.is_ok_and(|status| status.success()) && is_installed(target)? {
            return Ok(Toolchain::Installed);
        }
        bail!(
            "there is no `core` for {target}: please run `rustup target add {target}`, \
             or, as root on Debian, `apt-get install {}`",
            DEBIAN_PACKAGES.join(" ")
        );
    }

    /// Debian's compiler, which is installed if it is missing.
    fn debian() -> Result<Self> {
        if !has_debian() {
            debian::install(&DEBIAN_PACKAGES)?;
        }
        if !has_debian() {
            bail!(
                "{DEBIAN_RUSTC} with the source of `core`, version 1.{} or later, is not what {} \
                 installed",
                required_minor(),
                DEBIAN_PACKAGES.join(" ")
            );
        }
        let sysroot = command::output(Command::new("rustc").args(["--print", "sysroot"]))?;
        let host = command::output(Command::new("rustc").args(["--print", "host-tuple"]))?;
        let linker = Path::new(&sysroot).join("lib/rustlib").join(host).join("bin");
        if !linker.join("rust-lld").exists() {
            bail!("there is no rust-lld in {}", linker.display());
        }
        Ok(Toolchain::Debian { linker })
    }

    /// Returns what the compiler says of its version.
    pub fn version(&self) -> Result<String> {
        let rustc = match self {
            Toolchain::Installed => "rustc",
            Toolchain::Debian { .. } => DEBIAN_RUSTC,
        };
        command::output(Command::new(rustc).arg("--version"))
    }

    /// `cargo WORD` for the target, in the firmware's workspace. The word is one that compiles.
    pub fn cargo(&self, word: &str, target: &str) -> Result<Command> {
        let mut command = match self {
            // Clippy is tied to its compiler, so Debian's compiler takes Debian's clippy.
            Toolchain::Debian { .. } if word == "clippy" => Command::new(DEBIAN_CLIPPY),
            _ => Command::new(workspace::cargo_program()),
        };
        command.current_dir(workspace::firmware()).args([word, "--target", target]);
        // Flags that somebody set for the PC's processor do not suit the board's.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        command.env_remove("CARGO_TARGET_DIR");
        if let Toolchain::Debian { linker } = self {
            let path = env::var_os("PATH").unwrap_or_default();
            let path = env::join_paths(env::split_paths(&path).chain([linker.clone()]))
                .context("a folder with a colon cannot be in PATH")?;
            command
                .arg("-Zbuild-std=core")
                .env("RUSTC", DEBIAN_RUSTC)
                // Building `core` is an unstable feature of cargo and of the compiler.
                .env("RUSTC_BOOTSTRAP", "1")
                .env("PATH", path);
        }
        Ok(command)
    }
}

impl std::fmt::Display for Toolchain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Toolchain::Installed => write!(f, "the installed target"),
            Toolchain::Debian { .. } => write!(f, "{DEBIAN_RUSTC} and its source of `core`"),
        }
    }
}

/// Returns whether the default compiler has a `core` for the target.
fn is_installed(target: &str) -> Result<bool> {
    let mut rustc = Command::new("rustc");
    let folder = command::output(rustc.args(["--print", "target-libdir", "--target", target]))?;
    Ok(Path::new(&folder).exists())
}

/// Returns whether Debian's compiler, its source and its clippy are there, and new enough.
fn has_debian() -> bool {
    let rustc = |what: &[&str]| command::output(Command::new(DEBIAN_RUSTC).args(what));
    if !Path::new(DEBIAN_RUSTC).exists() || !Path::new(DEBIAN_CLIPPY).exists() {
        return false;
    }
    let source = rustc(&["--print", "sysroot"])
        .is_ok_and(|root| Path::new(&root).join("lib/rustlib/src/rust/library/core").exists());
    let new = rustc(&["--version"])
        .is_ok_and(|version| minor(&version).is_some_and(|minor| minor >= required_minor()));
    source && new
}

/// 96 of "rustc 1.96.0 (…)".
fn minor(version: &str) -> Option<u32> {
    version.split('.').nth(1)?.parse().ok()
}

fn required_minor() -> u32 {
    minor(env!("CARGO_PKG_RUST_VERSION")).expect("Cargo.toml says 1.MINOR")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(minor("rustc 1.96.0 (ac68faa20 2026-05-25)"), Some(96));
        assert_eq!(minor("1.95"), Some(95));
        assert_eq!(minor("rustc"), None);
        assert!(required_minor() >= 95);
    }
}
