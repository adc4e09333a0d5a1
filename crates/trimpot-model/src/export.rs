//! Models for other programs: as Rust, as a header of C, as ONNX, as a state of PyTorch's.
//!
//! Each function returns what is to be written, and writes nothing. Weights are those of the model,
//! to the bit: text has as many digits as it takes to read the same `f32` again. (In ONNX alone, the
//! numbers of a frozen normalisation are put together: see there.)
//!
//! | function | returns |
//! |---|---|
//! | [`rust`](fn@rust) | a module: the network as a type, and its numbers in statics |
//! | [`front_end_usage`] | what a program does with the front end of that module |
//! | [`c_header`](fn@c_header) | a header: all tensors as arrays, the layers as a comment |
//! | [`onnx`](fn@onnx) | a model of opset 17 |
//! | [`state_dict`] | tensors with the names that an `nn.Sequential` gives them, and that module |

mod c_header;
mod nodes;
mod onnx;
mod rust;
mod state_dict;

use std::fmt::Write;

use trimpot::spec::SpecError;

pub use self::c_header::c_header;
use self::nodes::{Node, nodes};
pub use self::onnx::{INPUT, OPSET, OUTPUT, onnx};
pub use self::rust::{front_end_usage, rust};
pub use self::state_dict::{StateDict, state_dict};
use crate::file::StoredModel;
use crate::front_end::Extractor;

/// Why a model cannot be exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The layers make no network.
    #[error("the network cannot be exported: {0}")]
    Network(#[from] SpecError),
    /// There is nothing in the format that does what a layer does.
    #[error("{layer} cannot be exported as {format}: {reason}")]
    Layer {
        /// The layer with its number: `2, Custom`.
        layer: String,
        /// The format.
        format: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// There are too many layers for a type.
    #[error("a network that is a type has at most {limit} layers, and this one has {layers}")]
    TooManyLayers {
        /// How many there are.
        layers: usize,
        /// How many there may be.
        limit: usize,
    },
    /// The front end is another network's.
    #[error("{0}")]
    FrontEnd(String),
    /// A file of tensors cannot be made.
    #[error(transparent)]
    Tensors(#[from] safetensors::SafeTensorError),
    /// A message of ONNX cannot be made.
    #[error("ONNX: {0}")]
    Onnx(String),
}

impl ExportError {
    fn of_layer(node: &Node<'_>, format: &'static str, reason: &'static str) -> Self {
        ExportError::Layer { layer: node.to_string(), format, reason }
    }
}

/// Returns what makes features of recordings, if a front end does.
fn extractor(model: &StoredModel) -> Result<Option<Extractor>, ExportError> {
    model.about.extractor(model.layers.input).map_err(ExportError::FrontEnd)
}

/// Returns what the first comment of a text says, line by line: where the model is from, its layers
/// with the shapes that they give, and what it is for.
fn description(model: &StoredModel, source: &str, nodes: &[Node<'_>]) -> Vec<String> {
    let StoredModel { layers, parameters, about } = model;
    let mut lines = vec![
        format!("Exported from {source:?} by Trimpot {}.", env!("CARGO_PKG_VERSION")),
        String::new(),
        format!("input        {}", layers.input),
    ];
    describe(nodes, "layers       ", &mut lines);
    lines.push(format!("outputs      {}", layers.outputs()));
    lines.push(format!("parameters   {}", parameters.len()));
    lines.push(format!("constants    {}", layers.constants.len()));
    lines.push(format!("fingerprint  {:08x}", layers.spec().fingerprint(&layers.constants)));
    lines.extend(about.task.map(|task| format!("task         {}", task.name())));
    lines.extend(about.front_end.map(|front_end| format!("front end    {front_end}")));
    lines.extend(about.loss.as_ref().map(|loss| format!("loss         {}", loss.escape_debug())));
    lines
}

fn describe(nodes: &[Node<'_>], first: &str, lines: &mut Vec<String>) {
    const OTHERS: &str = "             ";
    for (node, start) in nodes.iter().zip(std::iter::once(first).chain(std::iter::repeat(OTHERS))) {
        lines.push(format!("{start}{node} -> {}", node.output));
        describe(&node.inside, OTHERS, lines);
    }
}

/// Returns numbers with commas behind them, in lines that are no wider than 100 columns.
fn table(numbers: &[f32], suffix: &str) -> String {
    const WIDTH: usize = 100;
    let mut text = String::new();
    let mut column = WIDTH;
    for number in numbers {
        let number = format!("{number:?}{suffix},");
        if column + 1 + number.len() > WIDTH {
            let start = if text.is_empty() { "    " } else { "\n    " };
            text.push_str(start);
            column = 4;
        } else {
            text.push(' ');
            column += 1;
        }
        column += number.len();
        text.push_str(&number);
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// Appends a line to a text.
fn line(text: &mut String, line: impl AsRef<str>) {
    // To memory, which does not fail.
    let _ = writeln!(text, "{}", line.as_ref().trim_end());
}
