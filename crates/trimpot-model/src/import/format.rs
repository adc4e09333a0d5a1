//! Which files can be imported, and how they are told from each other.

use super::{ImportError, Imported, Request, keras, onnx, safetensors};

/// A kind of file that can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// `safetensors`, with the tensors of a PyTorch `state_dict` and no layers.
    Safetensors,
    /// ONNX, with operators and tensors.
    Onnx,
    /// `.keras`: an archive with layers and tensors.
    Keras,
    /// `.h5`, with layers and tensors of Keras.
    Hdf5,
}

impl Format {
    /// All of them.
    pub const ALL: &'static [Self] =
        &[Format::Safetensors, Format::Onnx, Format::Keras, Format::Hdf5];

    /// Returns the ending of its files' names.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Format::Safetensors => "safetensors",
            Format::Onnx => "onnx",
            Format::Keras => "keras",
            Format::Hdf5 => "h5",
        }
    }

    /// Returns what a file of it is called in a sentence.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Format::Safetensors => "a safetensors file without layers, as of a PyTorch state_dict",
            Format::Onnx => "an ONNX file",
            Format::Keras => "a .keras file",
            Format::Hdf5 => "an HDF5 file, as of Keras",
        }
    }

    /// Returns whether a file may be of this format, by its first bytes.
    fn begins(self, bytes: &[u8]) -> bool {
        match self {
            Format::Safetensors => matches!(bytes, [_, _, _, _, _, _, 0, 0, b'{', ..]),
            Format::Onnx => onnx::begins(bytes),
            Format::Keras => keras::is_archive(bytes),
            Format::Hdf5 => bytes.starts_with(keras::HDF5),
        }
    }

    /// Returns the format of a file: that of its content, or else of the ending of its name.
    ///
    /// # Errors
    /// If it is none: with what could be done, where the file is known.
    pub fn of(bytes: &[u8], ending: Option<&str>) -> Result<Self, ImportError> {
        let is_ending = |format: &&Format| {
            ending.is_some_and(|ending| ending.eq_ignore_ascii_case(format.ending()))
        };
        let all = Format::ALL.iter();
        let by_content = all.clone().find(|format| format.begins(bytes));
        let found = by_content.or_else(|| all.clone().find(is_ending)).copied();
        found.ok_or_else(|| ImportError::Format { hint: hint(bytes, ending) })
    }

    /// Reads the bytes of a file of this format.
    ///
    /// # Errors
    /// If they are damaged, hold no network that there are layers for, or say their network and another
    /// is requested.
    pub fn read(self, bytes: &[u8], request: &Request) -> Result<Imported, ImportError> {
        let is_said =
            request.network.is_some() || request.ending.is_some() || !request.order.is_empty();
        if self != Format::Safetensors && is_said {
            let what = "the file says what its layers are and in which order they come, and nothing else is read";
            return Err(ImportError::at("the network", what));
        }
        match self {
            Format::Safetensors => safetensors::read(bytes, request),
            Format::Onnx => onnx::read(bytes, request),
            Format::Keras => keras::read_archive(bytes, request),
            Format::Hdf5 => keras::read_hdf5(bytes, request),
        }
    }

    /// Returns all formats in one line.
    pub(super) fn list() -> String {
        let names = Format::ALL.iter().map(|format| format!(".{}", format.ending()));
        names.collect::<Vec<_>>().join(", ")
    }
}

/// Returns what a file of no such format seems to be, and what could be done.
fn hint(bytes: &[u8], ending: Option<&str>) -> &'static str {
    // PyTorch's files are archives whose first entry is a pickle.
    let is_pickle = bytes.starts_with(b"PK\x03\x04")
        && bytes.get(..256).unwrap_or(bytes).windows(8).any(|name| name == b"data.pkl");
    if is_pickle || matches!(ending, Some("pt" | "pth")) {
        return "; a file of torch.save is a program: in Python, \
                safetensors.torch.save_file(model.state_dict(), \"model.safetensors\") writes one that can";
    }
    ""
}
