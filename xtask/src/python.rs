//! The host's model files, and exported models, opened by Python's own libraries.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::{command, debian, workspace};

/// Debian's interpreter, where it is there: that of another installation may lack `venv`.
const DEBIAN_PYTHON: &str = "/usr/bin/python3";
/// What reads the files, and what computes with them. Later versions of the runtime are larger
/// downloads than 17 MB.
const PACKAGES: [&str; 3] = ["safetensors", "numpy", "onnxruntime<1.24"];

/// Programs that write files to a folder of this name, and the scripts that read them.
const CHECKS: [[&str; 3]; 2] = [
    ["model_file", "model", "crates/trimpot-host/tests/python/check_model.py"],
    ["exports", "exports", "crates/trimpot-model/tests/python/check_exports.py"],
];

/// Has the host write model files, and export models, and Python read them and compute what the host
/// computes.
pub fn check() -> Result<()> {
    let target = workspace::root().join("target");
    let python = environment(&target.join("python"), &PACKAGES)?;
    // Of the whole workspace, as in the tests: so nothing is compiled again.
    let mut build = workspace::cargo(["build", "--workspace", "--target-dir"]);
    build.arg(&target).args(CHECKS.iter().flat_map(|[program, ..]| ["--example", program]));
    command::run(&mut build)?;
    for [program, folder, script] in CHECKS {
        let folder = target.join(folder);
        command::run(Command::new(target.join("debug/examples").join(program)).arg(&folder))?;
        let script = workspace::root().join(script);
        command::run(Command::new(&python).arg(script).arg(folder))?;
    }
    Ok(())
}

/// Returns the interpreter of an environment with the packages, which is made if it is not there.
pub fn environment(folder: &Path, packages: &[&str]) -> Result<PathBuf> {
    let python = folder.join("bin/python");
    if !python.exists() {
        if !has_venv() {
            debian::install(&["python3-venv"])?;
        }
        command::run(Command::new(interpreter()).args(["-m", "venv"]).arg(folder))
            .context("the environment of Python cannot be made")?;
    }
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    command::run(pip.args(packages))?;
    Ok(python)
}

fn interpreter() -> &'static str {
    if Path::new(DEBIAN_PYTHON).exists() { DEBIAN_PYTHON } else { "python3" }
}

/// Returns whether the interpreter is there, and can make environments with `pip`.
fn has_venv() -> bool {
    let mut python = Command::new(interpreter());
    python.args(["-c", "import venv, ensurepip"]).stderr(Stdio::null());
    python.status().is_ok_and(|status| status.success())
}
