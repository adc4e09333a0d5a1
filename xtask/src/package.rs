//! The crates that are published: what is in them, and the oldest compiler that they promise.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::{command, workspace};

/// What a package holds beside its sources.
const FILES: [&str; 4] = ["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];
/// What the manifest of a package says of it.
const KEYS: [&str; 7] =
    ["description", "documentation", "license", "readme", "repository", "rust_version", "edition"];

/// Makes the packages, of which later ones take earlier ones from among them, and has what is in
/// them checked by the oldest compiler here that is as new as they promise. Checks what they hold.
pub fn check() -> Result<()> {
    let published = published()?;
    let names: Vec<&str> = published.iter().map(|package| text(package, "name")).collect();
    for package in &published {
        inspect(package).with_context(|| format!("the package {}", text(package, "name")))?;
    }
    println!("packages: {}", names.join(", "));
    package(
        &names,
        oldest_compiler(text(published.first().context("no package")?, "rust_version"))?,
    )
}

/// Makes packages, and has the compiler check what is in them: as a workspace of their own, where
/// those that others need are these.
///
/// What is unpacked is as old as this run: Cargo would take what is as old as in the run before for
/// the same. Code is made of the same sources in the tests, not here.
fn package(names: &[&str], compiler: &str) -> Result<()> {
    let target = workspace::root().join("target");
    let folder = target.join("packages");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let words = ["package", "--all-features", "--allow-dirty", "--no-verify", "--quiet"];
    let mut cargo = workspace::cargo(words);
    cargo.arg("--target-dir").arg(&folder);
    command::run(cargo.args(names.iter().flat_map(|name| ["--package", name])))?;

    let mut manifest = "[workspace]\nresolver = \"3\"\nmembers = [\"*-*.*.*\"]\n".to_owned();
    manifest += "[patch.crates-io]\n";
    for file in std::fs::read_dir(folder.join("package"))? {
        let file = file?.path();
        if file.extension().is_some_and(|extension| extension == "crate") {
            let mut tar = Command::new("tar");
            tar.args(["-x", "-z", "-m", "-C"]).arg(&folder).arg("-f").arg(&file);
            command::run(&mut tar)?;
            let unpacked = file.file_stem().and_then(|stem| stem.to_str()).context("a name")?;
            let (name, _) = unpacked.rsplit_once('-').context("a package has a version")?;
            manifest += &format!("{name} = {{ path = \"{unpacked}\" }}\n");
        }
    }
    std::fs::write(folder.join("Cargo.toml"), manifest)?;
    std::fs::copy(workspace::root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    // Dependencies are those of the lints, where these have compiled them alike.
    // Each by itself: another's features of a dependency are not its own.
    for name in names {
        let mut check = workspace::cargo(["check", "--all-features", "--package", name]);
        check.arg("--target-dir").arg(&target).current_dir(&folder).env("RUSTC", compiler);
        command::run(&mut check)?;
    }
    Ok(())
}

/// Returns the members of the workspace that are published, as `cargo metadata` describes them.
fn published() -> Result<Vec<Value>> {
    let words = ["metadata", "--no-deps", "--format-version", "1"];
    let metadata: Value = serde_json::from_str(&command::output(&mut workspace::cargo(words))?)?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists packages")?;
    // `publish` is an empty list where it is false in the manifest.
    let is_published = |package: &&Value| package["publish"].is_null();
    Ok(packages.iter().filter(is_published).cloned().collect())
}

fn text<'a>(package: &'a Value, key: &str) -> &'a str {
    package[key].as_str().unwrap_or_default()
}

/// Checks what a package says of itself, and what is in it.
fn inspect(package: &Value) -> Result<()> {
    let missing: Vec<_> = KEYS.iter().filter(|key| text(package, key).is_empty()).collect();
    ensure!(missing.is_empty(), "its Cargo.toml does not say: {missing:?}");
    ensure!(package["metadata"]["docs"]["rs"].is_object(), "it has no [package.metadata.docs.rs]");

    let words = ["package", "--allow-dirty", "--list", "--quiet", "--package"];
    let list = command::output(workspace::cargo(words).arg(text(package, "name")))?;
    let files: BTreeSet<&str> = list.lines().collect();
    for file in FILES {
        ensure!(files.contains(file), "there is no {file} in it");
    }
    let folder = Path::new(text(package, "manifest_path")).parent().context("a manifest")?;
    for license in ["LICENSE-APACHE", "LICENSE-MIT"] {
        let (own, root) = (folder.join(license), workspace::root().join(license));
        // A link would be packaged as what it points to, or not at all.
        ensure!(own.symlink_metadata()?.is_file(), "{license} is no file");
        ensure!(std::fs::read(own)? == std::fs::read(root)?, "{license} is not the root's");
    }
    Ok(())
}

/// Returns the oldest compiler here that is as new as the packages promise: the default one, or
/// Debian's. If neither is just as old, that is said.
fn oldest_compiler(promised: &str) -> Result<&'static str> {
    let promised = minor(promised).with_context(|| format!("{promised} is no version"))?;
    let mut found = Vec::new();
    for program in [DEFAULT, "/usr/bin/rustc"] {
        if let Ok(version) = command::output(Command::new(program).arg("--version")) {
            found.extend(minor(&version).map(|minor| (minor, program, version)));
        }
    }
    let Some((oldest, program, version)) =
        found.into_iter().filter(|(minor, ..)| *minor >= promised).min_by_key(|(minor, ..)| *minor)
    else {
        bail!("no compiler here is as new as 1.{promised}, which the packages promise")
    };
    if oldest > promised {
        println!("SKIPPED: 1.{promised}, which the packages promise: the oldest here is {version}");
    }
    println!("checking the packages with {version}");
    Ok(program)
}

const DEFAULT: &str = "rustc";

/// 96 of "rustc 1.96.0 (…)", and of "1.96".
fn minor(version: &str) -> Option<u32> {
    version.split('.').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_published_is_what_others_are_to_use() {
        let _ = workspace::find();
        let published = published().unwrap();
        let names: BTreeSet<&str> = published.iter().map(|package| text(package, "name")).collect();
        let expected = [
            "trimpot",
            "trimpot-cli",
            "trimpot-host",
            "trimpot-link",
            "trimpot-model",
            "trimpot-tuner",
            "trimpot-vfp",
            "trimpot-x86",
        ];
        assert_eq!(names, expected.into());
    }

    #[test]
    fn a_package_that_says_nothing_of_itself_is_refused() {
        let error = inspect(&serde_json::json!({ "name": "empty" })).unwrap_err().to_string();
        assert!(error.contains("\"documentation\""), "{error}");
    }
}
