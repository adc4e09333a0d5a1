//! Debian's packages: installed if that is possible here, named if not.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command;

/// Installs the packages. Fails with their names where this is not Debian, or the user not root.
pub fn install(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    if !can_install() {
        bail!("please install these packages (named as in Debian): {names}");
    }
    println!("installing {names}");
    let apt = |words: &[&str]| {
        command::run(Command::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(words))
    };
    apt(&["update", "-q"]).context("Debian's package lists cannot be had")?;
    apt(&[&["install", "-q", "-y", "--no-install-recommends"], packages].concat())
        .with_context(|| format!("please install these packages: {names}"))
}

/// Returns whether packages can be installed without asking anybody.
pub fn can_install() -> bool {
    let root = command::output(Command::new("id").arg("-u")).is_ok_and(|id| id == "0");
    root && Path::new("/etc/debian_version").exists() && Path::new("/usr/bin/apt-get").exists()
}
