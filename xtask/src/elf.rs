//! What is in a finished program.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use object::{Object, ObjectSection, ObjectSymbol, SectionKind};

/// Memory that a program needs before it runs, in bytes.
pub struct Sizes {
    /// Flash: vectors, code, constants, and the initial values of variables.
    pub flash: u64,
    /// RAM: variables.
    pub ram: u64,
}

/// Returns how much memory the program takes.
pub fn sizes(path: &Path) -> Result<Sizes> {
    with(path, |elf| {
        let mut sizes = Sizes { flash: 0, ram: 0 };
        for section in elf.sections() {
            match section.kind() {
                SectionKind::Text | SectionKind::ReadOnlyData => sizes.flash += section.size(),
                SectionKind::Data => {
                    sizes.flash += section.size();
                    sizes.ram += section.size();
                }
                SectionKind::UninitializedData => sizes.ram += section.size(),
                _ => {}
            }
        }
        Ok(sizes)
    })
}

/// Returns the address of a symbol.
pub fn address(path: &Path, name: &str) -> Result<u64> {
    Ok(place(path, name)?.0)
}

/// Returns the address of a symbol, and how many bytes are there.
pub fn place(path: &Path, name: &str) -> Result<(u64, u64)> {
    with(path, |elf| {
        let symbol = elf.symbols().find(|symbol| symbol.name() == Ok(name));
        let symbol = symbol.with_context(|| format!("there is no symbol {name}"))?;
        Ok((symbol.address(), symbol.size()))
    })
}

/// Returns what kind of section a variable is in, by its name in the source, and how many bytes it
/// has.
pub fn variable(path: &Path, name: &str) -> Result<(SectionKind, u64)> {
    with(path, |elf| {
        let named = |symbol: &str| format!("{:#}", rustc_demangle::demangle(symbol)) == name;
        let symbol = elf.symbols().find(|symbol| symbol.name().is_ok_and(named));
        let symbol = symbol.with_context(|| format!("there is no variable {name}"))?;
        let section = symbol.section_index().context("a variable is in a section")?;
        Ok((elf.section_by_index(section)?.kind(), symbol.size()))
    })
}

/// Returns the names of all symbols, as in the source.
pub fn symbols(path: &Path) -> Result<Vec<String>> {
    with(path, |elf| {
        let names = elf.symbols().filter_map(|symbol| symbol.name().ok().map(str::to_owned));
        Ok(names.map(|name| format!("{:#}", rustc_demangle::demangle(&name))).collect())
    })
}

/// Returns the places in source files that a panic of the program could name:
/// `file.rs:line:column`.
///
/// Each is a `core::panic::Location` among the constants, and begins with the file's name: its
/// address, its length, then line and column.
pub fn panic_sites(path: &Path) -> Result<Vec<String>> {
    with(path, |elf| {
        let constants =
            elf.sections().filter(|section| section.kind() == SectionKind::ReadOnlyData);
        let constants = constants.map(|section| Ok((section.address(), section.data()?)));
        let constants = constants.collect::<Result<Vec<_>>>()?;
        let mut sites = BTreeSet::new();
        for (_, data) in &constants {
            for words in data.as_chunks::<4>().0.windows(4) {
                let word = |at: usize| u32::from_le_bytes(words[at]);
                let text = constants.iter().find_map(|&(start, data)| {
                    let from = u64::from(word(0)).checked_sub(start)?.try_into().ok()?;
                    let text = data.get(from..)?.get(..word(1) as usize)?;
                    str::from_utf8(text)
                        .ok()?
                        .trim_end_matches('\0')
                        .ends_with(".rs")
                        .then_some(text)
                });
                if let Some(text) = text {
                    let file = String::from_utf8_lossy(text);
                    sites.insert(format!("{file}:{}:{}", word(2), word(3)));
                }
            }
        }
        Ok(sites.into_iter().collect())
    })
}

fn with<R>(path: &Path, read: impl FnOnce(&object::File<'_>) -> Result<R>) -> Result<R> {
    let context = || path.display().to_string();
    let bytes = fs::read(path).with_context(context)?;
    read(&object::File::parse(&*bytes).with_context(context)?).with_context(context)
}
