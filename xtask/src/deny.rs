//! What may come in as a dependency: `deny.toml`, for the packages of every `Cargo.lock`.
//!
//! The file is cargo-deny's. That program checks more, but takes minutes to compile, and a database
//! of known faults from the network. Here is what can be said of a lock file alone: the licence of
//! each package, where it comes from, and that its dependencies have versions.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use spdx::{Expression, Licensee, ParseMode};

use crate::{command, workspace};

/// The only registry that packages come from, as `cargo metadata` names it.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Checks the packages of all workspaces, for all platforms.
pub fn check() -> Result<()> {
    let policy = Policy::read(&fs::read_to_string(workspace::root().join("deny.toml"))?)?;
    let (mut faults, mut unused) = (BTreeSet::new(), policy.names());
    for folder in workspaces()? {
        let mut cargo = Command::new(workspace::cargo_program());
        cargo.args(["metadata", "--locked", "--quiet", "--format-version", "1"]);
        let metadata = command::output(cargo.current_dir(&folder))?;
        let metadata: Value = serde_json::from_str(&metadata)?;
        let packages = metadata["packages"].as_array().context("cargo metadata lists packages")?;
        println!("{}: {} packages", folder.display(), packages.len());
        for package in packages {
            unused.remove(text(package, "name"));
            faults.extend(policy.faults(package));
        }
    }
    faults.extend(
        unused.into_iter().map(|name| format!("{name} is in deny.toml, but in no lock file")),
    );
    let faults: Vec<_> = faults.into_iter().collect();
    ensure!(faults.is_empty(), "deny.toml does not allow this:\n  {}", faults.join("\n  "));
    println!("every licence and source is one that deny.toml allows");
    Ok(())
}

/// Returns the folders with a lock file: the root, and what its workspace leaves out.
fn workspaces() -> Result<Vec<PathBuf>> {
    let root = workspace::root();
    let manifest: toml::Table = fs::read_to_string(root.join("Cargo.toml"))?.parse()?;
    let excluded = manifest["workspace"].get("exclude").and_then(toml::Value::as_array);
    let excluded = excluded.into_iter().flatten().filter_map(toml::Value::as_str);
    Ok(std::iter::once(root.to_owned()).chain(excluded.map(|folder| root.join(folder))).collect())
}

/// What `deny.toml` says.
struct Policy {
    allowed: Vec<Licensee>,
    /// Packages that may have more licences.
    exceptions: Vec<(String, Vec<Licensee>)>,
    /// Packages that do not name their licence, and what it is.
    clarified: Vec<(String, String)>,
}

impl Policy {
    fn read(file: &str) -> Result<Self> {
        let file: toml::Table = file.parse()?;
        let licenses = file.get("licenses").context("deny.toml has no [licenses]")?;
        let list = |name| licenses.get(name).and_then(toml::Value::as_array).into_iter().flatten();
        let string = |table: &toml::Value, name| {
            let string = table.get(name).and_then(toml::Value::as_str);
            string
                .map(str::to_owned)
                .with_context(|| format!("deny.toml: an entry says no `{name}`"))
        };
        let exceptions =
            list("exceptions").map(|entry| Ok((string(entry, "crate")?, allowed(entry)?)));
        let clarified = list("clarify")
            .map(|entry| Ok((string(entry, "crate")?, string(entry, "expression")?)));
        Ok(Policy {
            allowed: allowed(licenses)?,
            exceptions: exceptions.collect::<Result<_>>()?,
            clarified: clarified.collect::<Result<_>>()?,
        })
    }

    /// Returns the packages that it names.
    fn names(&self) -> BTreeSet<&str> {
        let excepted = self.exceptions.iter().map(|(name, _)| name.as_str());
        excepted.chain(self.clarified.iter().map(|(name, _)| name.as_str())).collect()
    }

    /// Returns what it does not allow of a package, as `cargo metadata` describes it.
    fn faults(&self, package: &Value) -> Vec<String> {
        let name = text(package, "name");
        let mut faults = Vec::new();
        let mut fault =
            |what: String| faults.push(format!("{name} {}: {what}", text(package, "version")));

        let clarified = self.clarified.iter().find(|(clarified, _)| clarified == name);
        let license = clarified.map(|(_, expression)| expression.as_str());
        match license.or(package["license"].as_str()) {
            None => fault("it names no licence".to_owned()),
            Some(license) => match Expression::parse_mode(license, ParseMode::LAX) {
                Err(error) => {
                    fault(format!("its licence cannot be read: {license}: {}", error.reason))
                }
                Ok(expression) if !self.allows(name, &expression) => {
                    fault(format!("its licence is {license}"))
                }
                Ok(_) => {}
            },
        }
        // Without a source it is of this repository.
        if let Some(source) = package["source"].as_str()
            && source != CRATES_IO
        {
            fault(format!("it comes from {source}"));
        }
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            if text(dependency, "req") == "*" && dependency["path"].is_null() {
                fault(format!("it takes any version of {}", text(dependency, "name")));
            }
        }
        faults
    }

    fn allows(&self, name: &str, license: &Expression) -> bool {
        let exceptions = self.exceptions.iter().filter(|(excepted, _)| excepted == name);
        let exceptions = exceptions.flat_map(|(_, allowed)| allowed);
        let allowed: Vec<_> = self.allowed.iter().chain(exceptions).collect();
        license.evaluate(|required| allowed.iter().any(|allowed| allowed.satisfies(required)))
    }
}

/// Returns the licences of an `allow`.
fn allowed(table: &toml::Value) -> Result<Vec<Licensee>> {
    let list = table.get("allow").and_then(toml::Value::as_array);
    let list = list.context("deny.toml: an entry says no `allow`")?;
    let licenses = list.iter().map(|license| {
        let license = license.as_str().context("deny.toml: a licence is a string")?;
        Licensee::parse(license).with_context(|| format!("deny.toml: {license}"))
    });
    licenses.collect()
}

/// Returns a string of a package, which `cargo metadata` always has.
fn text<'a>(package: &'a Value, name: &str) -> &'a str {
    package[name].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn policy() -> Policy {
        let file = r#"
            [licenses]
            allow = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"]
            [[licenses.exceptions]]
            crate = "colored"
            allow = ["MPL-2.0"]
            [[licenses.clarify]]
            crate = "silent"
            expression = "MIT"
            license-files = []
        "#;
        Policy::read(file).unwrap()
    }

    fn licensed(name: &str, license: Value) -> Vec<String> {
        let package =
            json!({"name": name, "version": "1.0.0", "license": license, "source": CRATES_IO});
        policy().faults(&package)
    }

    #[test]
    fn a_licence_that_is_not_allowed_fails() {
        for allowed in
            ["MIT", "MIT/Apache-2.0", "GPL-3.0-only OR MIT", "(MIT OR Apache-2.0) AND MIT"]
        {
            assert_eq!(licensed("a", json!(allowed)), [""; 0]);
        }
        assert_eq!(licensed("a", json!("Apache-2.0 WITH LLVM-exception")), [""; 0]);
        for refused in ["GPL-3.0-only", "MIT AND GPL-3.0-only", "MPL-2.0", "Apache-2.0 AND Zlib"] {
            assert_eq!(
                licensed("a", json!(refused)),
                [format!("a 1.0.0: its licence is {refused}")]
            );
        }
        assert_eq!(licensed("a", json!(null)), ["a 1.0.0: it names no licence"]);
        assert_eq!(licensed("a", json!("nonsense")).len(), 1);
    }

    #[test]
    fn an_exception_holds_for_its_package_alone() {
        assert_eq!(licensed("colored", json!("MPL-2.0")), [""; 0]);
        assert_eq!(licensed("colorful", json!("MPL-2.0")).len(), 1);
        assert_eq!(licensed("colored", json!("GPL-3.0-only")).len(), 1);
        assert_eq!(licensed("silent", json!(null)), [""; 0]);
        assert_eq!(policy().names(), BTreeSet::from(["colored", "silent"]));
    }

    #[test]
    fn packages_come_from_crates_io_and_with_versions() {
        let faults = |source: Value, dependency: Value| {
            policy().faults(&json!({
                "name": "a", "version": "1.0.0", "license": "MIT",
                "source": source, "dependencies": [dependency],
            }))
        };
        let caret = json!({"name": "b", "req": "^1", "path": null});
        assert_eq!(faults(json!(CRATES_IO), caret.clone()), [""; 0]);
        assert_eq!(faults(json!(null), json!({"name": "b", "req": "*", "path": "/b"})), [""; 0]);
        let git = faults(json!("git+https://example.org/a"), caret);
        assert_eq!(git, ["a 1.0.0: it comes from git+https://example.org/a"]);
        let any = faults(json!(null), json!({"name": "b", "req": "*", "path": null}));
        assert_eq!(any, ["a 1.0.0: it takes any version of b"]);
    }
}
