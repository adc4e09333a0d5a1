//! A study in parts on Ray, beside the same one in one run.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{command, python, workspace};

/// The release that `docs/study_ray.py` is tested with.
const PACKAGES: [&str; 1] = ["ray==2.60.0"];
/// A study of a second.
const STUDY: [&str; 8] = [
    "hidden-layers",
    "optimizer",
    "--quick",
    "--seeds=3",
    "--points=2",
    "--ram=16K",
    "--data",
    DATA,
];
const DATA: &str = "data/wrist-right.csv";

/// Has `docs/study_ray.py` make a study in two parts: what follows from them is what follows from
/// the same study in one run.
pub fn check() -> Result<()> {
    let target = workspace::root().join("target");
    let folder = target.join("ray");
    let python = python::environment(&folder.join("python"), &PACKAGES)?;
    // Nothing here depends on how quick it is: what tests have built is taken.
    command::run(workspace::build_as_in_tests("trimpot").arg("--target-dir").arg(&target))?;
    let programs = target.join("debug");
    let [one, parts] = ["one", "parts"].map(|name| folder.join(name));
    let mut study = Command::new(programs.join("trimpot"));
    study.current_dir(workspace::root()).arg("study").args(STUDY);
    command::run(study.arg("--overwrite").arg("--out").arg(&one))?;

    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([programs].into_iter().chain(env::split_paths(&path)))?;
    let mut cluster = Command::new(python);
    cluster.current_dir(workspace::root()).env("PATH", path);
    cluster.args(["docs/study_ray.py", "2"]).args(STUDY);
    command::run(cluster.arg("--overwrite").arg("--out").arg(&parts))?;

    let read = |folder: PathBuf| {
        let file = folder.join("results.json");
        fs::read(&file).with_context(|| format!("{} is missing", file.display()))
    };
    ensure!(read(one)? == read(parts)?, "the results differ, in {}", folder.display());
    Ok(())
}
