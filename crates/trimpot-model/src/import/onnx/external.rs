//! Weights that are in files beside the model.

use std::collections::HashMap;
use std::io;
use std::path::{Component, Path, PathBuf};

use rten_onnx::onnx::TensorProto;

use crate::import::{FILE_LIMIT, ImportError};
use crate::{memory, source};

/// The files beside a model, each read once.
pub(super) struct External {
    folder: Option<PathBuf>,
    files: HashMap<String, Vec<u8>>,
    /// How many bytes may still be read.
    left: u64,
}

impl External {
    /// Creates those of a folder. Where none is known, nothing is read.
    pub(super) fn new(folder: Option<&Path>) -> Self {
        External { folder: folder.map(Path::to_owned), files: HashMap::new(), left: FILE_LIMIT }
    }

    /// Returns the bytes of a tensor, all that it claims.
    pub(super) fn bytes(&mut self, name: &str, tensor: &TensorProto) -> Result<&[u8], ImportError> {
        let value = |key: &str| {
            let mut entries = tensor.external_data.iter();
            entries.find(|entry| entry.key.as_deref() == Some(key))?.value.as_deref()
        };
        let number = |key: &str| match value(key).map(str::parse::<usize>) {
            None => Ok(None),
            Some(Ok(number)) => Ok(Some(number)),
            Some(Err(_)) => Err(ImportError::at(name, format!("its {key} is no number"))),
        };
        let location = value("location").ok_or_else(|| {
            ImportError::at(name, "it does not say in which file its numbers are")
        })?;
        let (offset, length) = (number("offset")?.unwrap_or(0), number("length")?);
        let bytes = self.file(location).map_err(|what| {
            ImportError::at(name, format!("its numbers are in the file `{location}`: {what}"))
        })?;
        let from = bytes.get(offset..);
        let found = match length {
            Some(length) => from.and_then(|bytes| bytes.get(..length)),
            None => from,
        };
        found.ok_or_else(|| {
            let length = length.map_or(String::new(), |length| format!("{length} bytes "));
            let what = format!(
                "its numbers are {length}from byte {offset} of `{location}`, which has {} bytes",
                bytes.len()
            );
            ImportError::at(name, what)
        })
    }

    /// Returns the bytes of a file.
    fn file(&mut self, location: &str) -> Result<&[u8], String> {
        if !self.files.contains_key(location) {
            let file = self.path(location)?;
            let says = |error: io::Error| error.to_string();
            let (_, length) = source::open(&file).map_err(says)?;
            self.left = self.left.checked_sub(length).ok_or_else(|| {
                format!("it has {length} bytes; no more than {FILE_LIMIT} are read in all")
            })?;
            // The bytes, the numbers of tensors, and those of the network.
            memory::check(length.saturating_mul(4)).map_err(|error| error.to_string())?;
            self.files.insert(location.to_owned(), source::read(&file).map_err(says)?);
        }
        Ok(&self.files[location])
    }

    /// Returns where a file is, which must be in the folder, also behind links.
    fn path(&self, location: &str) -> Result<PathBuf, String> {
        let outside = "it is outside of the model's folder";
        let is_inside =
            |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        if !Path::new(location).components().all(is_inside) {
            return Err(outside.to_owned());
        }
        let folder = self.folder.as_ref().ok_or("the model's folder is not known")?;
        // The folder of a file that is named without one.
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let real = |path: &Path| path.canonicalize().map_err(|error| error.to_string());
        let file = real(&folder.join(location))?;
        match file.starts_with(real(folder)?) {
            true => Ok(file),
            false => Err(outside.to_owned()),
        }
    }
}
