//! `.keras`: a zip archive with the layers as JSON and the numbers in HDF5.

use std::io::{self, Cursor, Read};

use serde_json::Value;
use zip::ZipArchive;
use zip::result::ZipError;

use crate::import::{FILE_LIMIT, ImportError};
use crate::memory;

pub(super) const METADATA: &str = "metadata.json";
pub(super) const CONFIG: &str = "config.json";
pub(super) const WEIGHTS: &str = "model.weights.h5";
/// In how many bytes at the end of an archive its directory is looked for.
pub(super) const DIRECTORY: usize = 1 << 16;

/// How many times its size the entries of an archive have at most. Keras does not compress them;
/// whoever does makes less of JSON, which is the smaller part, and little less of numbers.
const RATIO: u64 = 100;

/// The entries of an archive.
pub(super) struct Archive<'f> {
    zip: ZipArchive<Cursor<&'f [u8]>>,
    limit: u64,
}

impl<'f> Archive<'f> {
    pub(super) fn new(bytes: &'f [u8]) -> Result<Self, ImportError> {
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
        let limit = (bytes.len() as u64).saturating_mul(RATIO).min(FILE_LIMIT);
        Ok(Archive { zip, limit })
    }

    /// Returns an entry. What it says of its size is not believed.
    pub(super) fn bytes(&mut self, name: &str) -> Result<Vec<u8>, ImportError> {
        let entry = self.zip.by_name(name).map_err(|error| match error {
            ZipError::FileNotFound => {
                ImportError::at(name, "it is not in the archive, so this is no model of Keras")
            }
            error => damaged(error),
        })?;
        if entry.size() > entry.compressed_size() {
            memory::check(entry.size().min(self.limit)).map_err(io::Error::other)?;
        }
        let mut bytes = Vec::new();
        let read = entry.take(self.limit + 1).read_to_end(&mut bytes);
        read.map_err(|error| ImportError::at(name, format!("it is damaged: {error}")))?;
        match bytes.len() as u64 > self.limit {
            true => Err(ImportError::limit("bytes in an entry", bytes.len(), self.limit as usize)),
            false => Ok(bytes),
        }
    }

    pub(super) fn json(&mut self, name: &str) -> Result<Value, ImportError> {
        parsed(name, &self.bytes(name)?)
    }
}

/// Returns JSON. Objects are not more than 128 levels deep, or it is refused.
pub(super) fn parsed(name: &str, bytes: &[u8]) -> Result<Value, ImportError> {
    serde_json::from_slice(bytes).map_err(|error| ImportError::at(name, error))
}

fn damaged(error: ZipError) -> ImportError {
    ImportError::Damaged { at: None, what: error.to_string() }
}
