//! The catalogue of losses: what `trimpot losses` lists, explains and draws.
//!
//! Nothing about a loss is written down here a second time. Its name and type are the registry's,
//! [`trimpot::for_each_loss!`]; what is said about it are the comments of its source file, which the
//! build puts into the program; its curve is what the core computes; the accuracy is that of the table
//! the tests read.

mod curve;
mod entry;
mod page;
mod samples;
mod source;
mod terminal;

// The table is the testkit's, and the testkit is for tests only: so the file is taken, not the crate.
#[allow(dead_code, reason = "the table also holds the bounds of other things")]
#[path = "../../trimpot-testkit/src/precision.rs"]
mod precision;

use std::path::{Path, PathBuf};
use std::{fs, io};

pub use curve::Curve;
pub use entry::{Entry, Parameter};
pub use terminal::{explain, list};

use crate::report::ReportError;

/// All losses of the registry, in its order: family by family.
#[must_use]
pub fn entries() -> Vec<Entry> {
    macro_rules! entries {
        ($($name:ident: $loss:ty;)*) => {
            vec![$(Entry::new(
                stringify!($name),
                stringify!($loss),
                <$loss as samples::Sampled>::curve,
            )),*]
        };
    }
    trimpot::for_each_loss!(entries)
}

/// The loss of this name; its type's name will do, and so will any case.
pub fn find(name: &str) -> Result<Entry, CatalogueError> {
    let wanted = name.to_lowercase();
    let is = |entry: &Entry| entry.name == wanted || entry.type_name.to_lowercase() == wanted;
    let (mut found, mut others): (Vec<_>, Vec<_>) = entries().into_iter().partition(is);
    found.pop().ok_or_else(|| {
        others.sort_by_cached_key(|other| {
            let by_type = distance(&wanted, &other.type_name.to_lowercase());
            let holds_it = wanted.len() > 2 && other.name.contains(&wanted);
            (!holds_it, by_type.min(distance(&wanted, other.name)))
        });
        let nearest = others.iter().take(3).map(|entry| entry.name).collect();
        CatalogueError::Unknown { name: name.to_owned(), nearest }
    })
}

/// Writes `NAME.svg` for each loss and `catalogue.html` to a folder, and returns their paths.
pub fn plot(folder: &Path) -> Result<Vec<PathBuf>, CatalogueError> {
    let write = |file: String, text: &str| {
        let path = folder.join(file);
        match fs::write(&path, text) {
            Ok(()) => Ok(path),
            Err(error) => Err(CatalogueError::Write { path, error }),
        }
    };
    fs::create_dir_all(folder)
        .map_err(|error| CatalogueError::Write { path: folder.to_owned(), error })?;
    let mut written = Vec::new();
    let mut drawn = Vec::new();
    for entry in entries() {
        let curve = (entry.curve)();
        let svg = curve.draw(entry.name)?;
        written.push(write(format!("{}.svg", entry.name), &svg)?);
        drawn.push((entry, curve, svg));
    }
    written.push(write("catalogue.html".to_owned(), &page::page(&drawn))?);
    Ok(written)
}

/// How many letters must be put in, taken out or replaced to make `a` of `b`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// The catalogue has no such loss, or cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// There is no such loss.
    #[error("there is no loss {name}; the nearest names are {}", nearest.join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
        /// Names that look like it, the nearest first.
        nearest: Vec<&'static str>,
    },
    /// A curve cannot be drawn.
    #[error(transparent)]
    Draw(#[from] ReportError),
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
    fn the_distance_counts_edits() {
        for (a, b, edits) in
            [("huber", "huber", 0), ("hubr", "huber", 1), ("mse", "mae", 1), ("", "ctc", 3)]
        {
            assert_eq!((distance(a, b), distance(b, a)), (edits, edits), "{a} {b}");
        }
    }

    #[test]
    fn a_loss_has_its_name_and_its_types_name() {
        for entry in entries() {
            for name in [entry.name.to_owned(), entry.type_name.to_uppercase()] {
                assert_eq!(find(&name).unwrap().name, entry.name);
            }
        }
    }

    #[test]
    fn what_is_meant_is_among_the_nearest() {
        for (typed, meant) in [("hubber", "huber"), ("crosentropy", "cross_entropy")] {
            let Err(CatalogueError::Unknown { nearest, .. }) = find(typed) else {
                panic!("{typed} is a loss")
            };
            assert_eq!((nearest.len(), nearest[0]), (3, meant), "{nearest:?}");
        }
    }
}
