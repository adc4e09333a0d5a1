//! Networks that somebody else made: read from files of other frameworks, layer by layer.
//!
//! A reader takes the bytes of a file apart and hands each layer with its tensors to a [`Builder`],
//! in PyTorch's layout; the builder knows the shape in front of each layer, compares tensors with
//! what the layer has, and says where something is wrong. What comes out is an [`Imported`]: the
//! layers and numbers of a [model file](crate::file), and notes on what was changed on the way.
//!
//! | file | reader |
//! |---|---|
//! | `safetensors` of a PyTorch `state_dict` | [`Format::Safetensors`] |
//! | ONNX, as `torch.onnx.export` writes it | [`Format::Onnx`] |
//! | `.keras` of Keras 3, and of 2.12 and later | [`Format::Keras`] |
//! | `.h5` with a whole model, of Keras 2 and 3 | [`Format::Hdf5`] |
//!
//! A file may claim anything. What it has is counted before memory is taken for it
//! ([`FILE_LIMIT`], [`TENSOR_LIMIT`], [`NUMBER_LIMIT`], [`LAYER_LIMIT`]), numbers that are not
//! finite are refused, and nothing in it is executed.

mod builder;
mod ending;
mod error;
mod format;
mod keras;
mod numbers;
mod onnx;
mod places;
mod preprocessing;
mod safetensors;
mod tensor;
mod window;

use std::io;
use std::path::{Path, PathBuf};

use trimpot::spec::Dims;

pub use self::builder::{BatchNormTensors, Builder};
pub use self::ending::{Binary, Ending};
pub use self::error::{FoundModule, ImportError};
pub use self::format::Format;
pub use self::numbers::Precision;
pub use self::tensor::Tensor;
pub use self::window::Window;
use crate::file::{About, StoredModel};
use crate::layers::Layers;
use crate::{memory, source};

/// The largest file that is read, in bytes.
pub const FILE_LIMIT: u64 = 1 << 30;
/// The most tensors of a file, or nodes of its graph.
pub const TENSOR_LIMIT: usize = 1 << 14;
/// The most numbers of all tensors, and between two layers.
pub const NUMBER_LIMIT: usize = 1 << 28;
/// The most layers of a network.
pub const LAYER_LIMIT: usize = 1 << 12;

/// What is said of a file beside its bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// The network, where the file has tensors only. Its statistics are not used.
    pub network: Option<Layers>,
    /// What the original has behind that network.
    pub ending: Option<Ending>,
    /// What becomes of one output that tells two classes apart.
    pub binary: Binary,
    /// The shape of a sample, where the file leaves it open.
    pub input: Option<Dims>,
    /// The names of modules with tensors, in the order of the network, where the file does not tell
    /// it. Empty if it is not said.
    pub order: Vec<String>,
    /// The folder of the file, for one whose numbers are in others beside it. [`read`] knows it.
    pub folder: Option<PathBuf>,
}

/// A network that was read from the file of another framework.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The layers with their constants.
    pub layers: Layers,
    /// The parameters.
    pub parameters: Vec<f32>,
    /// The place in the file that each layer comes from: the name of a module or a node. As many as
    /// there are specs, those of preprocessing included; empty for a layer without one.
    pub places: Vec<String>,
    /// What the user should know: conversions, tensors that were left out, what was assumed.
    pub notes: Vec<String>,
    /// The names of the classes in the order of the outputs; none, if the file does not say them.
    pub classes: Vec<String>,
    /// What the original has behind the outputs, which was left out: they are logits.
    pub ending: Option<Ending>,
    /// Whether the original has channels last, in samples and in outputs that are no vectors: see
    /// [`channels_first`].
    pub channels_last: bool,
    /// The coarsest type of the numbers in the file, or in which it says that its layers compute: the
    /// original rounds to it. [`Precision::F32`], if none is coarser.
    pub precision: Precision,
}

impl Imported {
    /// Returns the model as a file has it.
    #[must_use]
    pub fn into_model(self, about: About) -> StoredModel {
        StoredModel { layers: self.layers, parameters: self.parameters, about }
    }
}

/// Returns a sample, or outputs, of this shape, from numbers with their channels last: as Keras has
/// them, `height × width × channels`.
///
/// ```
/// use trimpot::spec::Dims;
/// use trimpot_model::import::channels_first;
///
/// let sample = channels_first(Dims::rows(2, 3), &[1.0, -1.0, 2.0, -2.0, 3.0, -3.0]);
/// assert_eq!(sample, [1.0, 2.0, 3.0, -1.0, -2.0, -3.0]);
/// ```
#[must_use]
pub fn channels_first(dims: Dims, numbers: &[f32]) -> Vec<f32> {
    let channels = match dims.sizes() {
        [_] => 1,
        _ => dims.channels() as usize,
    };
    let of = |channel| numbers.iter().skip(channel).step_by(channels).copied();
    (0..channels).flat_map(of).collect()
}

/// Reads a file of any [`Format`], which its content or the ending of its name tells.
///
/// # Errors
/// If the file cannot be read, is of no such format, or holds no network that there are layers for.
pub fn read(file: &Path, request: &Request) -> Result<Imported, ImportError> {
    let (_, length) = source::open(file)?;
    if length > FILE_LIMIT {
        return Err(ImportError::Limit { what: "bytes", found: length, limit: FILE_LIMIT });
    }
    // The bytes, the numbers of tensors, and those of the network.
    memory::check(length.saturating_mul(5)).map_err(io::Error::other)?;
    let bytes = source::read(file)?;
    let ending = file.extension().and_then(|ending| ending.to_str());
    let folder = file.parent().map(Path::to_owned);
    let request = Request { folder, ..request.clone() };
    Format::of(&bytes, ending)?.read(&bytes, &request)
}
