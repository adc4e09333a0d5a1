//! The messages of a file, with what `rten-onnx` leaves out: the name of the graph, without which
//! ONNX's own checker refuses it, and texts that describe.

use std::collections::BTreeMap;

use rten_onnx::onnx::{
    GraphProto, ModelProto, OperatorSetIdProto, StringStringEntryProto, ValueInfoProto,
};
use rten_onnx::protobuf::{EncodeMessage, MessageWriter, ProtobufError, ValueWriter, WriteValue};

use super::super::ExportError;
use super::graph::Graph;
use super::{IR_VERSION, OPSET};

/// A graph with its name.
struct NamedGraph(GraphProto);

impl NamedGraph {
    const NAME: u64 = 2;
}

impl EncodeMessage for NamedGraph {
    fn encode_fields<W: WriteValue>(
        &self,
        fields: &mut MessageWriter<W>,
    ) -> Result<(), ProtobufError> {
        fields.write_string(Self::NAME, "network")?;
        self.0.encode_fields(fields)
    }
}

/// A model with a graph that has a name, and with a text.
struct DescribedModel<'a> {
    model: ModelProto,
    graph: NamedGraph,
    text: &'a str,
}

impl DescribedModel<'_> {
    const DOC_STRING: u64 = 6;
    const GRAPH: u64 = 7;
}

impl EncodeMessage for DescribedModel<'_> {
    fn encode_fields<W: WriteValue>(
        &self,
        fields: &mut MessageWriter<W>,
    ) -> Result<(), ProtobufError> {
        self.model.encode_fields(fields)?;
        fields.write_string(Self::DOC_STRING, self.text)?;
        fields.write_message(Self::GRAPH, &self.graph)
    }
}

/// Returns the bytes of a file.
pub(super) fn encode(
    graph: Graph,
    [input, output]: [ValueInfoProto; 2],
    texts: BTreeMap<String, String>,
    text: &str,
) -> Result<Vec<u8>, ExportError> {
    let graph = GraphProto {
        node: graph.nodes,
        initializer: graph.initializers,
        input: vec![input],
        output: vec![output],
        ..GraphProto::default()
    };
    let entry = |(key, value)| StringStringEntryProto { key: Some(key), value: Some(value) };
    let model = ModelProto {
        ir_version: Some(IR_VERSION),
        // Of operators that ONNX itself has.
        opset_import: vec![OperatorSetIdProto {
            domain: Some(String::new()),
            version: Some(OPSET),
        }],
        metadata_props: texts.into_iter().map(entry).collect(),
        producer_name: Some("trimpot".to_owned()),
        producer_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        ..ModelProto::default()
    };
    let mut bytes = Vec::new();
    let described = DescribedModel { model, graph: NamedGraph(graph), text };
    let encoded = described.encode(ValueWriter::new(&mut bytes));
    encoded.map_err(|error| ExportError::Onnx(error.to_string()))?;
    Ok(bytes)
}
