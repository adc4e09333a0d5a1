//! The package: its name, and where it has Trimpot from.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A package, and where it has Trimpot from.
pub struct Package {
    /// Its name.
    pub name: String,
    /// The checkout; none, where the crates are the published ones.
    path: Option<PathBuf>,
}

/// Names that a package must not have: words of the language (Reference, 2.3), crates that are there
/// always, those that it depends on, and folders that Cargo has beside the program.
const TAKEN: &[&str] = &[
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "build",
    "const",
    "continue",
    "core",
    "cortex-m",
    "cortex-m-rt",
    "cortex-m-semihosting",
    "crate",
    "deps",
    "do",
    "dyn",
    "embedded-io",
    "embedded-storage",
    "else",
    "enum",
    "examples",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "incremental",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc-macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "static-cell",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "trimpot",
    "trimpot-tuner",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "vcell",
    "virtual",
    "where",
    "while",
    "yield",
];

/// The most letters of a name, as on crates.io.
const LONGEST: usize = 64;

impl Package {
    /// Creates the package of a folder, with the folder's name unless there is another.
    ///
    /// # Errors
    /// If the name is none of a package, or the checkout is none.
    pub fn new(folder: &Path, name: Option<&str>, path: Option<&Path>) -> Result<Self, String> {
        let (name, of) = match name {
            Some(name) => (name.to_owned(), "--name"),
            None => (of_folder(folder)?, "the name of FOLDER"),
        };
        check(&name).map_err(|reason| {
            let other = if of == "--name" { "" } else { "; --name gives another" };
            format!("{of}, {name:?}, is no name of a package: {reason}{other}")
        })?;
        let path = path.map(checkout).transpose()?;
        Ok(Package { name, path })
    }

    /// Returns whether it has Trimpot's crates from a checkout.
    pub fn is_of_checkout(&self) -> bool {
        self.path.is_some()
    }

    /// Returns the name of its library in code.
    pub fn crate_name(&self) -> String {
        self.name.replace('-', "_")
    }

    /// Returns what `Cargo.toml` says of one of Trimpot's crates.
    pub fn dependency(&self, name: &str) -> String {
        match &self.path {
            // A string of JSON is one of TOML.
            Some(path) => {
                let path = path.join("crates").join(name).to_string_lossy().replace('\\', "/");
                format!("{{ path = {} }}", Value::from(path))
            }
            None => format!("{:?}", env!("CARGO_PKG_VERSION")),
        }
    }
}

/// Returns the name of a folder, which need not exist: `.` has one, too.
fn of_folder(folder: &Path) -> Result<String, String> {
    let whole = if folder.exists() { fs::canonicalize(folder).ok() } else { None };
    let name = whole.as_deref().unwrap_or(folder).file_name();
    match name {
        Some(name) => Ok(name.to_string_lossy().into_owned()),
        None => Err(format!("{} has no name: --name gives one", folder.display())),
    }
}

fn check(name: &str) -> Result<(), String> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return Err("it does not begin with a letter of a to z".to_owned());
    }
    if let Some(other) = name.chars().find(|&letter| !is_part(letter)) {
        return Err(format!("{other:?} is no letter of a to z, digit, - or _"));
    }
    if name.len() > LONGEST {
        return Err(format!("it has more than {LONGEST} letters"));
    }
    if TAKEN.contains(&name.to_lowercase().replace('_', "-").as_str()) {
        return Err("that is a word of Rust or Cargo, or the name of another crate".to_owned());
    }
    Ok(())
}

/// Returns a checkout, as an absolute path.
fn checkout(path: &Path) -> Result<PathBuf, String> {
    let whole = fs::canonicalize(path).ok();
    let whole = whole.filter(|path| path.join("crates/trimpot-tuner/Cargo.toml").is_file());
    whole.ok_or_else(|| format!("--path {}: there is no checkout of Trimpot", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_packages() {
        for name in ["watch", "my-watch_2", "W", "tuner", &"w".repeat(64)] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        let too_long = "w".repeat(65);
        for name in ["", "2watch", "my watch", "uhr\u{e4}", "-a", &too_long].into_iter().chain([
            "match",
            "trimpot_tuner",
            "build",
            "deps",
            "examples",
            "Incremental",
        ]) {
            assert!(check(name).is_err(), "{name}");
        }
        let of = |folder: &str, name| Package::new(Path::new(folder), name, None).map(|it| it.name);
        assert_eq!(of("some where/my-watch", None).as_deref(), Ok("my-watch"));
        assert_eq!(of("2", Some("two")).as_deref(), Ok("two"));
        let error = of("my watch", None).unwrap_err();
        assert!(error.contains("' '") && error.ends_with("--name gives another"), "{error}");
    }
}
