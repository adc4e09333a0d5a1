//! Why a model file cannot be read or written.

use std::path::PathBuf;

use safetensors::tensor::SafeTensorError;
use trimpot::ParameterError;

use crate::import::Format;

/// Why a model file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write {}: {source}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is damaged.
    #[error("{}: {source}", file.display())]
    Format {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        source: SafeTensorError,
    },
    /// The file is of another framework.
    #[error("{} is {}, and no model file of Trimpot", file.display(), format.title())]
    Foreign {
        /// The file.
        file: PathBuf,
        /// What it is.
        format: Format,
    },
    /// The file holds another network.
    #[error("{} holds {found}, but {expected} was expected", file.display())]
    Architecture {
        /// The file.
        file: PathBuf,
        /// The layers that were expected.
        expected: String,
        /// The layers that the file names.
        found: String,
    },
    /// The layers of the file cannot be read.
    #[error("cannot read the layers of {}: {reason}", file.display())]
    Layers {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// What the file says of the network cannot be.
    #[error("{}: {reason}", file.display())]
    About {
        /// The file.
        file: PathBuf,
        /// What it says.
        reason: String,
    },
    /// The file does not say what shape a sample has, and nobody else did.
    #[error("{} does not say what shape a sample has", file.display())]
    Shape {
        /// The file.
        file: PathBuf,
    },
    /// A tensor has the wrong shape or type.
    #[error("tensor `{tensor}` of {} is {found}, but must be {expected}", file.display())]
    Tensor {
        /// The file.
        file: PathBuf,
        /// The tensor's name.
        tensor: String,
        /// The type and shape that were expected.
        expected: String,
        /// The type and shape that the file has.
        found: String,
    },
    /// A tensor has a number that is infinite or none.
    #[error("tensor `{tensor}` of {} has {number} in place {place}, which is not finite", file.display())]
    NotFinite {
        /// The file.
        file: PathBuf,
        /// The tensor's name.
        tensor: String,
        /// Where, counted from 0, row by row.
        place: usize,
        /// What is there.
        number: f32,
    },
    /// A tensor of frozen layers has other numbers.
    #[error("tensor `{tensor}` of {} is not what the layers are frozen to", file.display())]
    Frozen {
        /// The file.
        file: PathBuf,
        /// The tensor's name.
        tensor: String,
    },
    /// Statistics are no statistics.
    #[error("{}: {source}", file.display())]
    Statistics {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        source: ParameterError,
    },
}
