//! Files that hold what a check must find: `--overwrite` writes them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// What becomes of the file with what a check must find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// What is found is compared with it.
    Compared,
    /// What is found is written to it.
    Overwritten,
}

impl Expected {
    /// Returns what `--overwrite` asks for.
    pub fn new(overwrite: bool) -> Self {
        if overwrite { Expected::Overwritten } else { Expected::Compared }
    }

    /// Returns what the file says must be found. Overwritten, that is what has been found.
    pub fn text(self, file: &Path, found: &str) -> Result<String> {
        let context = || file.display().to_string();
        if self == Expected::Overwritten {
            fs::write(file, found).with_context(context)?;
            println!("written: {}", file.display());
        }
        fs::read_to_string(file).with_context(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_changes_only_where_it_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("step.out");
        assert!(Expected::Compared.text(&file, "new").is_err());
        fs::write(&file, "old").unwrap();
        assert_eq!(Expected::new(false).text(&file, "new").unwrap(), "old");
        assert_eq!(Expected::new(true).text(&file, "new").unwrap(), "new");
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
    }
}
