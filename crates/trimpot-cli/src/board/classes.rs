//! Names of classes that a board has met since its model was installed.
//!
//! The board knows how many classes are in use, and the names that came with its model. Those of
//! classes that came later are in a file of its folder, with all names in the order of the classes.

use std::io::ErrorKind;
use std::path::Path;

use trimpot_model::{output, source};

use super::error::BoardCommandError;

/// Makes the names of a model those of the classes in use: with later ones from the file, and
/// numbers for those that are not there.
///
/// # Errors
/// If the file is there, and cannot be read.
pub fn complete(
    file: &Path,
    names: &mut Vec<String>,
    in_use: usize,
) -> Result<(), BoardCommandError> {
    let known = names.len();
    if known < in_use {
        let reading = |reason: String| BoardCommandError::Names { file: file.to_owned(), reason };
        let all: Vec<String> = match source::read(file) {
            Ok(text) => {
                serde_json::from_slice(&text).map_err(|error| reading(error.to_string()))?
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(reading(error.to_string())),
        };
        names.extend(all.into_iter().skip(known));
        names.extend((names.len()..in_use).map(|class| class.to_string()));
    }
    names.truncate(in_use);
    Ok(())
}

/// Writes the names of all classes.
///
/// # Errors
/// If the file cannot be written.
pub fn write(file: &Path, names: &[String]) -> Result<(), BoardCommandError> {
    let text = serde_json::to_string(names).expect("names are text");
    output::write(file, text.as_bytes()).map_err(BoardCommandError::writing(file))
}
