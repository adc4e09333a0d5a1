//! ONNX: a graph of operators with their weights, as `torch.onnx.export` writes it.
//!
//! | file | does |
//! |---|---|
//! | `wire` | checks the lengths of the file, before it is decoded |
//! | `tensors`, `external` | read weights, of the file and of files beside it |
//! | `graph` | nodes and the values between them |
//! | `fold`, `array` | compute what does not depend on the sample |
//! | `walk` | goes from value to value, through residual connections |
//! | `layers`, `windows` | make a layer of a node |
//! | `activation`, `evaluate`, `layer_norm` | make a layer of several nodes |

mod activation;
mod array;
mod evaluate;
mod external;
mod fold;
mod fork;
mod graph;
mod layer_norm;
mod layers;
mod samples;
mod tensors;
mod walk;
mod windows;
mod wire;

use rten_onnx::onnx::ModelProto;

use self::external::External;
use self::graph::Graph;
use self::tensors::Tensors;
use self::walk::Walk;
use super::{ImportError, Imported, Request};

/// Reads the network that a graph is.
pub(super) fn read(bytes: &[u8], request: &Request) -> Result<Imported, ImportError> {
    wire::check(bytes)?;
    let model = ModelProto::parse_buf(bytes)
        .map_err(|error| ImportError::Damaged { at: None, what: error.to_string() })?;
    let mut tensors = Tensors::new(External::new(request.folder.as_deref()));
    let graph = Graph::new(model, &mut tensors)?;
    Walk::new(graph, tensors, request)?.imported()
}

/// Returns whether bytes begin as a model does: with its version of the format, and then the name of
/// its producer, its operators, its graph or other fields.
pub(super) fn begins(bytes: &[u8]) -> bool {
    matches!(bytes, [8, 1..=32, 0x12 | 0x1a | 0x22 | 0x28 | 0x32 | 0x3a | 0x42, ..])
}
