//! ONNX: a model as a graph of operators.

mod graph;
mod layer;
mod message;

use rten_onnx::onnx::{
    DataType, Dimension, TensorShapeProto, TypeProto, TypeProtoTensor, ValueInfoProto,
};
use trimpot::spec::Dims;

use self::graph::Graph;
use super::{ExportError, extractor, nodes};
use crate::file::{self, StoredModel};

/// The version of the operators: the first with `LayerNormalization`.
pub const OPSET: i64 = 17;
/// The version of the format that came with these operators.
const IR_VERSION: i64 = 8;
/// The name of the input: samples of any number, `Nx1x28x28`.
pub const INPUT: &str = "input";
/// The name of the output: a row for each sample.
pub const OUTPUT: &str = "output";

/// Returns a model of ONNX, in its file's format.
///
/// It computes what the model does in deployment: dropout is left out, and preprocessing and units
/// of outputs are operators. Outputs are those of the last layer: no softmax or sigmoid of a loss is
/// behind it. What a model file says beside its numbers is in the metadata, under the same keys:
/// `classes`, `features`, `task`, `loss` …
///
/// A frozen normalisation is a subtraction and a multiplication, since `BatchNormalization` may be
/// computed in a way that loses the digits of features with a large mean. `LayerNormalization` is one
/// operator: how exact it is for rows of little variance depends on who runs it (ONNX Runtime 1.23
/// loses three digits where 1.32 does not).
///
/// # Errors
/// If the layers make no network, or there are no operators for one of them.
pub fn onnx(model: &StoredModel) -> Result<Vec<u8>, ExportError> {
    let nodes = nodes(model)?;
    let mut graph = Graph::default();
    let mut output = INPUT.to_owned();
    for node in &nodes {
        output = graph.layer(node, output, false)?;
    }
    graph.finish(&output);
    let last = nodes.last().map_or(model.layers.input, |node| node.output);
    let texts = file::texts(&model.layers, &model.about);
    let said = "Outputs are those of the last layer: no softmax or sigmoid is behind it.";
    let said = match extractor(model)? {
        None => said.to_owned(),
        Some(_) => format!(
            "{said} Inputs are features: the front end, which makes them of recordings, is not in the graph."
        ),
    };
    message::encode(graph, [value(INPUT, model.layers.input), value(OUTPUT, last)], texts, &said)
}

/// Returns what is said of an input or output.
fn value(name: &str, dims: Dims) -> ValueInfoProto {
    let batch = Dimension { dim_param: Some("N".to_owned()), ..Dimension::default() };
    let size = |&size: &u32| Dimension { dim_value: Some(size.into()), ..Dimension::default() };
    let dim = std::iter::once(batch).chain(dims.sizes().iter().map(size)).collect();
    let tensor =
        TypeProtoTensor { elem_type: Some(DataType::FLOAT), shape: Some(TensorShapeProto { dim }) };
    let r#type = TypeProto { tensor_type: Some(tensor), ..TypeProto::default() };
    ValueInfoProto { name: Some(name.to_owned()), r#type: Some(r#type) }
}
