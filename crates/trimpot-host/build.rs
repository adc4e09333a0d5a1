//! Puts the source files of the losses into the program: their documentation is the catalogue.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const LOSSES: &str = "../trimpot/src/loss";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed={LOSSES}");
    let mut files = Vec::new();
    rust_files(Path::new(LOSSES), &mut files)?;
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(LOSSES)?.to_string_lossy().replace('\\', "/");
        writeln!(list, "({name:?}, {:?}),", fs::read_to_string(&file)?)?;
    }
    list.push(']');
    let out = env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?;
    Ok(fs::write(Path::new(&out).join("loss_sources.rs"), list)?)
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            rust_files(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}
