//! Graphs of ONNX that tests make.

use std::cell::RefCell;

use rten_onnx::onnx::{
    AttributeProto, DataType, Dimension, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
    TensorProto, TensorShapeProto, TypeProto, TypeProtoTensor, ValueInfoProto,
};
use trimpot_model::import::{Format, ImportError, Imported, Request};

/// A node: `name: operator inputs > output`. An input `-` is left out.
pub(super) fn node(text: &str) -> NodeProto {
    let (name, rest) = text.split_once(": ").unwrap();
    let (inputs, outputs) = rest.split_once(" > ").unwrap();
    let mut words =
        inputs.split(' ').map(|word| if word == "-" { String::new() } else { word.to_owned() });
    NodeProto {
        name: Some(name.to_owned()),
        op_type: words.next(),
        input: words.collect(),
        output: outputs.split(' ').map(str::to_owned).collect(),
        ..NodeProto::default()
    }
}

/// A node with an integer, a text or integers as an attribute.
pub(super) fn with(node: NodeProto, name: &str, value: &str) -> NodeProto {
    let mut attribute = AttributeProto { name: Some(name.to_owned()), ..Default::default() };
    match value.parse() {
        Ok(integer) => attribute.i = Some(integer),
        Err(_) if value.starts_with('[') => {
            let list = value.trim_matches(['[', ']']).split(',');
            attribute.ints = list.map(|integer| integer.parse().unwrap()).collect();
        }
        Err(_) => attribute.s = Some(value.to_owned()),
    }
    NodeProto { attribute: [node.attribute, vec![attribute]].concat(), ..node }
}

pub(super) fn tensor(name: &str, dims: &[i64]) -> TensorProto {
    let count = dims.iter().product::<i64>();
    let numbers = (0..count).flat_map(|number| (0.5 + number as f32 / 16.0).to_le_bytes());
    TensorProto {
        name: Some(name.to_owned()),
        dims: dims.to_vec(),
        data_type: Some(DataType::FLOAT),
        raw_data: Some(RefCell::new(numbers.collect())),
        ..TensorProto::default()
    }
}

pub(super) fn integers(name: &str, numbers: &[i64]) -> TensorProto {
    TensorProto {
        name: Some(name.to_owned()),
        dims: vec![numbers.len() as i64],
        data_type: Some(DataType::INT64),
        int64_data: numbers.to_vec(),
        ..TensorProto::default()
    }
}

/// A value of a shape in which −1 is a size that is open.
pub(super) fn value(name: &str, sizes: &[i64]) -> ValueInfoProto {
    let size = |&size: &i64| match size {
        -1 => Dimension { dim_param: Some("N".to_owned()), dim_value: None },
        size => Dimension { dim_value: Some(size), dim_param: None },
    };
    let shape = Some(TensorShapeProto { dim: sizes.iter().map(size).collect() });
    let tensor_type = Some(TypeProtoTensor { elem_type: Some(DataType::FLOAT), shape });
    let of = TypeProto { tensor_type, ..TypeProto::default() };
    ValueInfoProto { name: Some(name.to_owned()), r#type: Some(of) }
}

/// A model from `x` to `y`.
pub(super) fn model(sizes: &[i64], nodes: Vec<NodeProto>, weights: Vec<TensorProto>) -> ModelProto {
    let graph = GraphProto {
        node: nodes,
        initializer: weights,
        input: vec![value("x", sizes)],
        output: vec![value("y", &[])],
        ..GraphProto::default()
    };
    let set = OperatorSetIdProto { domain: None, version: Some(17) };
    ModelProto {
        ir_version: Some(8),
        graph: Some(graph),
        opset_import: vec![set],
        ..ModelProto::default()
    }
}

/// A dense layer from `x` to `y`, to be changed.
pub(super) fn dense() -> ModelProto {
    model(&[-1, 3], vec![node("fc: Gemm x w > y")], vec![tensor("w", &[3, 2])])
}

pub(super) fn read(model: &ModelProto) -> Result<Imported, ImportError> {
    read_with(model, &Request::default())
}

pub(super) fn read_with(model: &ModelProto, request: &Request) -> Result<Imported, ImportError> {
    Format::Onnx.read(&model.write_buf().unwrap(), request)
}

pub(super) fn error(model: &ModelProto) -> String {
    read(model).unwrap_err().to_string()
}

/// A tensor of one number.
pub(super) fn number(name: &str, number: f32) -> TensorProto {
    let bytes = number.to_le_bytes().to_vec();
    TensorProto { raw_data: Some(RefCell::new(bytes)), ..tensor(name, &[]) }
}
