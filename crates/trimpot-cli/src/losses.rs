//! The catalogue of losses: what `trimpot losses` lists, explains and draws.
//!
//! Nothing about a loss is written down here a second time. Its name and type are the registry's,
//! [`trimpot::for_each_loss!`]; its shapes and the example for its curve are those of its
//! [description](trimpot::loss::spec); what is said about it are the comments of its
//! [source file](trimpot::loss::spec::LossKind::SOURCE); its curve is what the core computes; the
//! [accuracy](trimpot::loss::accuracy) is what tests hold it to.

mod curve;
mod entry;
mod page;
mod samples;
mod source;
mod terminal;

use std::path::{Path, PathBuf};
use std::{fs, io};

use trimpot::loss::spec::LOSSES;
use trimpot_host::loss::names::{self as loss_names, UnknownLoss};
use trimpot_model::output;

pub use self::curve::Curve;
pub use self::entry::{Entry, Parameter};
pub use self::terminal::{explain, list};

/// Returns all losses of the registry, in its order: family by family.
#[must_use]
pub fn entries() -> Vec<Entry> {
    macro_rules! curves {
        ($($name:ident: $loss:ty;)*) => { [$(samples::curve::<$loss>),*] };
    }
    let curves: [fn() -> Curve; _] = trimpot::for_each_loss!(curves);
    LOSSES.iter().zip(curves).map(|(listed, curve)| Entry::new(listed, curve)).collect()
}

/// Returns the loss of this name, however it is written: `huber`, `HuberLoss`, `nn.HuberLoss`.
///
/// # Errors
/// If there is none: with those that have names like it.
pub fn find(name: &str) -> Result<Entry, CatalogueError> {
    let found = loss_names::find(name)?;
    let entry = entries().into_iter().find(|entry| entry.name == found);
    Ok(entry.expect("the names are the registry's, as the entries are"))
}

/// Writes `NAME.svg` for each loss and `catalogue.html` to a folder, and returns their paths.
/// Nothing is written if one of them cannot be.
///
/// # Errors
/// If a file cannot be written.
pub fn plot(folder: &Path) -> Result<Vec<PathBuf>, CatalogueError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| CatalogueError::Write { path, error }
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let entries = entries();
    let file = |entry: &Entry| folder.join(format!("{}.svg", entry.name));
    let page = folder.join("catalogue.html");
    let files: Vec<PathBuf> = entries.iter().map(file).chain([page]).collect();
    for file in &files {
        output::check(file).map_err(failed(file))?;
    }
    let draw = |entry: Entry| {
        let curve = (entry.curve)();
        let title = format!("{}: value and gradient by x", entry.title);
        let drawing = curve.draw(&title);
        (entry, curve, drawing)
    };
    let drawn: Vec<page::Drawn> = entries.into_iter().map(draw).collect();
    let texts = drawn.iter().map(|(_, _, drawing)| drawing.file()).chain([page::page(&drawn)]);
    for (file, text) in files.iter().zip(texts) {
        output::write(file, text.as_bytes()).map_err(failed(file))?;
    }
    Ok(files)
}

/// The catalogue has no such loss, or cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// There is no such loss.
    #[error(transparent)]
    Unknown(#[from] UnknownLoss),
    /// A file or its folder cannot be written.
    #[error("cannot write {}: {error}", path.display())]
    Write {
        /// The file or the folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_has_its_name_and_its_types_name() {
        for entry in entries() {
            for name in [entry.name.to_owned(), entry.type_name.to_uppercase()] {
                assert_eq!(find(&name).unwrap().name, entry.name);
            }
        }
    }
}
