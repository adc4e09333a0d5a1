//! Why a file cannot be imported.

use std::fmt::{self, Display, Formatter, Write};
use std::io;

use trimpot::spec::SpecError;

use super::Format;

/// Why a file cannot be imported. It names the tensor, the node or the byte that is wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Read(#[from] io::Error),
    /// The file is of no kind that can be imported.
    #[error("it is none of the files that can be imported: {}{hint}", Format::list())]
    Format {
        /// What it seems to be, and what could be done; empty if that is not known.
        hint: &'static str,
    },
    /// The file is a model file already.
    #[error("it is a model file of Trimpot already, and needs no import")]
    Own,
    /// The file has more of something than is read.
    #[error("it has {found} {what}, and no more than {limit} are read")]
    Limit {
        /// Of what.
        what: &'static str,
        /// How many it has.
        found: u64,
        /// How many it may have.
        limit: u64,
    },
    /// The bytes are damaged.
    #[error("it is damaged{}: {what}", at.map_or(String::new(), |at| format!(" at byte {at}")))]
    Damaged {
        /// Where, if that is known.
        at: Option<u64>,
        /// What is wrong.
        what: String,
    },
    /// A layer or a node cannot be had.
    #[error("`{place}`: {what}")]
    Place {
        /// The name of the module, the node or the tensor.
        place: String,
        /// What is wrong.
        what: String,
    },
    /// A tensor has another shape than its layer.
    #[error("tensor `{tensor}` is {}, but {layer} has {}", shape(found), shape(expected))]
    Shape {
        /// The tensor's name.
        tensor: String,
        /// The layer, in the words of a network that is text.
        layer: String,
        /// The shape that it has.
        expected: Vec<usize>,
        /// The shape that the file has.
        found: Vec<usize>,
    },
    /// A tensor has a number that is infinite or none.
    #[error("tensor `{tensor}` has {number} in place {place}, which is not finite")]
    NotFinite {
        /// The tensor's name.
        tensor: String,
        /// Where, counted from 0, row by row.
        place: usize,
        /// What is there, as `f32`.
        number: f32,
    },
    /// The layers make no network.
    #[error("the layers make no network: {0}")]
    Network(#[from] SpecError),
    /// The file does not say what shape a sample has, and nobody else did.
    #[error("it does not say what shape a sample has")]
    Input,
    /// The file has tensors only, and nobody said the network.
    #[error("it has tensors, and does not say what is between them. In it are\n{}", list(found))]
    Architecture {
        /// The modules that have tensors.
        found: Vec<FoundModule>,
        /// The network as text, as far as tensors tell it: `?` is where something is to be said.
        network: String,
        /// Whether modules are in their order: else it is one that their names suggest.
        is_order_known: bool,
    },
    /// The network that was said has more or fewer layers with tensors than the file.
    #[error(
        "layers with tensors: {expected} in the network, {} in the file:\n{}",
        found.len(),
        list(found)
    )]
    Modules {
        /// How many the network has.
        expected: usize,
        /// The modules that have tensors.
        found: Vec<FoundModule>,
    },
    /// The file does not tell the order of modules that could stand for each other.
    #[error("it does not tell in which order these come, which have the same shapes: {}", names.join(", "))]
    Order {
        /// The names of the modules.
        names: Vec<String>,
        /// All modules with tensors, in an order that their names suggest.
        guess: Vec<String>,
    },
}

impl ImportError {
    /// Creates the error of a count that is too large.
    pub(super) fn limit(what: &'static str, found: usize, limit: usize) -> Self {
        ImportError::Limit { what, found: found as u64, limit: limit as u64 }
    }

    /// Creates the error of a place.
    pub fn at(place: impl Into<String>, what: impl Display) -> Self {
        ImportError::Place { place: place.into(), what: what.to_string() }
    }
}

/// A module of a file, that is, the tensors whose names begin alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundModule {
    /// What the names of its tensors begin with; empty for tensors without one.
    pub name: String,
    /// What it seems to be, in the words of a network that is text; `?` where its tensors do not tell.
    pub layer: String,
    /// What it may be, where its tensors do not tell.
    pub may_be: Option<&'static str>,
    /// The last part of the names of its tensors, and their shapes.
    pub tensors: Vec<(String, Vec<usize>)>,
}

/// `0  dense 32  weight 32x64, bias 32`.
impl Display for FoundModule {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let name = if self.name.is_empty() { "(no name)" } else { &self.name };
        write!(f, "{name:<16}  {:<16} ", self.layer)?;
        for (number, (name, sizes)) in self.tensors.iter().enumerate() {
            write!(f, "{}{name} {}", if number == 0 { " " } else { ", " }, shape(sizes))?;
        }
        self.may_be.map_or(Ok(()), |what| write!(f, ": {what}"))
    }
}

/// Returns a line for each module.
fn list(found: &[FoundModule]) -> String {
    let mut text = String::new();
    for module in found {
        let _ = writeln!(text, "  {module}");
    }
    text.truncate(text.trim_end().len());
    text
}

/// Returns a shape as text: `8x1x3x3`.
pub(super) fn shape(sizes: &[usize]) -> String {
    match sizes {
        [] => "a single number".to_owned(),
        sizes => sizes.iter().map(usize::to_string).collect::<Vec<_>>().join("x"),
    }
}
