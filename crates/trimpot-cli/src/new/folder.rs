//! The folder that is written.

use std::fs;
use std::io;
use std::path::Path;

use super::File;

/// Checks that the folder does not exist, or is empty.
///
/// # Errors
/// If something is there.
pub fn check(folder: &Path) -> Result<(), String> {
    let shown = folder.display();
    if folder.symlink_metadata().is_err() {
        return Ok(());
    }
    match fs::read_dir(folder) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(format!("{shown} is not empty")),
        },
        Err(error) => Err(format!("{shown} is no folder that can be read: {error}")),
    }
}

/// Writes the files. Where one cannot be written, none are there afterwards.
pub fn write(folder: &Path, files: &[File]) -> io::Result<()> {
    let is_new = !folder.exists();
    if is_new {
        fs::create_dir(folder)?;
    }
    let written = write_all(folder, files);
    if written.is_err() {
        // What cannot be written may be impossible to remove as well: the first error is told.
        let _ = if is_new { fs::remove_dir_all(folder) } else { empty(folder) };
    }
    written
}

fn write_all(folder: &Path, files: &[File]) -> io::Result<()> {
    for (name, text) in files {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().unwrap_or(folder))?;
        fs::write(file, text)?;
    }
    Ok(())
}

/// Removes all that is in a folder.
fn empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tempfile::tempdir;

    use super::*;

    #[test]
    fn all_is_written_or_nothing() {
        let parent = tempdir().unwrap();
        let file = |name, text: &str| (name, text.to_owned());
        let good = [file("a", "1"), file("b/c", "2")];
        // The second one is in a folder that is a file.
        let bad = [file("a", "1"), file("a/c", "2")];
        let folder = parent.path().join("new");
        assert!(write(&folder, &bad).is_err() && !folder.exists());
        fs::create_dir(&folder).unwrap();
        assert!(write(&folder, &bad).is_err() && check(&folder).is_ok());
        write(&folder, &good).unwrap();
        assert_eq!(fs::read_to_string(folder.join("b/c")).unwrap(), "2");
        assert!(check(&folder).unwrap_err().ends_with("is not empty"));
        assert!(check(&folder.join("a")).unwrap_err().contains("is no folder"));
        assert!(check(&parent.path().join("other")).is_ok());
    }
}
