//! No public type, function or trait of a crate names the vectors of `wide`, which may change.

use std::fs;
use std::path::{Path, PathBuf};

/// The one file that names them.
const VECTORS: &str = "crates/trimpot/src/lanes/vector.rs";

/// Returns the sources below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
    let mut files: Vec<_> = entries.flat_map(below).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    files
}

/// Returns the code of a file in which comments are lines, without them.
fn code(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    text.lines().filter(is_code).map(str::to_owned).collect()
}

/// Whether a line says to others what a type, a function or a trait is: the field of a newtype is
/// its own affair, and so is what a constant is made of.
fn is_public(line: &str) -> bool {
    let line = line.trim_start();
    let newtype = line.starts_with("pub struct $") && !line.contains("(pub wide");
    let constant = line.starts_with("const ") && !line.contains(": wide");
    let signature = ["pub ", "impl", "fn ", "type ", "const ", "trait ", "where"];
    let says = signature.iter().any(|word| line.starts_with(word)) || line.contains("->");
    says && !newtype && !constant
}

#[test]
fn the_core_names_the_crate_of_its_vectors_in_one_file() {
    for file in sources(Path::new("crates")).iter().filter(|file| !file.ends_with(VECTORS)) {
        let named = code(file).into_iter().find(|line| line.contains("wide::"));
        assert_eq!(named, None, "{}", file.display());
    }
}

#[test]
fn what_others_see_of_the_vectors_does_not_name_it() {
    let code = code(Path::new(VECTORS));
    let naming: Vec<_> = code.iter().filter(|line| line.contains("wide")).collect();
    assert!(!naming.is_empty(), "{VECTORS} is not made of `wide` any more");
    for line in naming {
        assert!(!is_public(line), "{line}");
    }
}

#[test]
fn what_is_public_is_told_from_what_is_not() {
    for line in [
        "pub use wide::{f32x4, f32x8, f32x16};",
        "    pub struct $float(pub wide::$float);",
        "impl From<wide::f32x8> for f32x8 {",
        "    pub fn inner(self) -> wide::f32x8 {",
        "    const ZERO: wide::f32x8 = wide::f32x8::splat(0.0);",
        "    type Mask = wide::f32x8;",
    ] {
        assert!(is_public(line), "{line}");
    }
    for line in [
        "    pub struct $float(pub(super) wide::$float);",
        "    const ZERO: $float = $float(wide::$float::splat(0.0));",
        "        $float(wide::$float::new(lanes))",
    ] {
        assert!(!is_public(line), "{line}");
    }
}
