//! Trimpot against its rivals: `benches/peers/`, and what it needs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::{command, workspace};

/// Programs that must be there, what for, and where they come from on Debian.
const PROGRAMS: [(&str, &str, &str); 3] = [
    ("python3", "the rivals in Python", "python3"),
    ("g++", "`torch.compile`", "g++"),
    ("taskset", "one core for all", "util-linux"),
];

/// Sets everything up, measures, and writes `docs/peers.md`. With `only`, measures the lines whose
/// name contains it, and leaves that page alone.
pub fn run(only: Option<&str>) -> Result<()> {
    let missing: Vec<_> = PROGRAMS.iter().filter(|(program, ..)| !starts(program)).collect();
    for (program, purpose, package) in &missing {
        eprintln!("{program} is missing, for {purpose}: on Debian, `apt-get install {package}`");
    }
    ensure!(missing.is_empty(), "please install what is missing");

    let target = workspace::root().join("target/peers");
    let python = python(&target.join("venv"))?;
    let mut peers = Command::new(workspace::cargo_program());
    peers.current_dir(folder()).args(["run", "--release", "--quiet", "--", "contest"]);
    peers.arg(target.join("data")).env("PEERS_PYTHON", python);
    let report = if only.is_some() { target.join("peers.md") } else { page()? };
    command::run(peers.arg(&report).args(only))?;
    println!("written: {}", report.display());
    Ok(())
}

fn folder() -> PathBuf {
    workspace::root().join("benches/peers")
}

fn page() -> Result<PathBuf> {
    let docs = workspace::root().join("docs");
    fs::create_dir_all(&docs)?;
    Ok(docs.join("peers.md"))
}

/// Returns an interpreter with the rivals' packages, in an environment of its own. They take some 6
/// GB: the default package of PyTorch has the libraries for graphics cards with it. pip's own
/// settings hold, such as `PIP_EXTRA_INDEX_URL` for an index with the small one.
fn python(environment: &Path) -> Result<PathBuf> {
    let python = environment.join("bin/python");
    if !python.exists() {
        let mut venv = Command::new("python3");
        command::run(venv.args(["-m", "venv"]).arg(environment))
            .context("is venv missing? On Debian, `apt-get install python3-venv`")?;
    }
    println!("setting up the rivals in Python, in {}", environment.display());
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--requirement"]);
    command::run(pip.arg(folder().join("requirements.txt")))?;
    Ok(python)
}

fn starts(program: &str) -> bool {
    let mut version = Command::new(program);
    version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    version.status().is_ok()
}
