//! A graph that grows, operator by operator.

use std::cell::RefCell;

use rten_onnx::onnx::{AttributeProto, AttributeType, DataType, NodeProto, TensorProto};

use super::{INPUT, OUTPUT};

/// Operators and constants.
#[derive(Default)]
pub(super) struct Graph {
    pub nodes: Vec<NodeProto>,
    pub initializers: Vec<TensorProto>,
}

/// An attribute of an operator.
pub(super) enum Attribute<'a> {
    Int(&'a str, i64),
    Ints(&'a str, Vec<i64>),
    Float(&'a str, f32),
}

impl Graph {
    /// Adds a constant of these sizes, and returns its name.
    pub fn constant(&mut self, name: String, sizes: &[u32], numbers: &[f32]) -> String {
        let dims = sizes.iter().copied().map(i64::from).collect();
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.initializer(name, DataType::FLOAT, dims, bytes)
    }

    /// Adds a constant that is a single number.
    pub fn number(&mut self, name: String, number: f32) -> String {
        self.constant(name, &[], &[number])
    }

    /// Adds a constant that is a row of whole numbers.
    pub fn integers(&mut self, name: String, numbers: &[i64]) -> String {
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.initializer(name, DataType::INT64, vec![numbers.len() as i64], bytes)
    }

    fn initializer(
        &mut self,
        name: String,
        data_type: DataType,
        dims: Vec<i64>,
        bytes: Vec<u8>,
    ) -> String {
        self.initializers.push(TensorProto {
            dims,
            data_type: Some(data_type),
            raw_data: Some(RefCell::new(bytes)),
            name: Some(name.clone()),
            ..TensorProto::default()
        });
        name
    }

    /// Adds an operator of the layer with this path, and returns the name of its output.
    pub fn node(
        &mut self,
        path: &str,
        operator: &str,
        inputs: &[&str],
        attributes: impl IntoIterator<Item = Attribute<'static>>,
    ) -> String {
        let name = |again: usize| match again {
            0 => format!("{path}.{operator}"),
            again => format!("{path}.{operator}_{again}"),
        };
        let is_new = |name: &String| self.nodes.iter().all(|node| node.name.as_ref() != Some(name));
        let name = (0..).map(name).find(is_new).unwrap_or_default();
        self.nodes.push(NodeProto {
            name: Some(name.clone()),
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: vec![name.clone()],
            op_type: Some(operator.to_owned()),
            attribute: attributes.into_iter().map(Attribute::message).collect(),
            ..NodeProto::default()
        });
        name
    }

    /// Makes this value the output of the graph.
    pub fn finish(&mut self, value: &str) {
        if value == INPUT {
            let value = self.node("network", "Identity", &[INPUT], []);
            return self.finish(&value);
        }
        for node in &mut self.nodes {
            for name in node.input.iter_mut().chain(&mut node.output) {
                if name == value {
                    OUTPUT.clone_into(name);
                }
            }
        }
    }
}

impl Attribute<'_> {
    /// Returns whether it has this name.
    pub fn is(&self, other: &str) -> bool {
        let (Attribute::Int(name, _) | Attribute::Ints(name, _) | Attribute::Float(name, _)) = self;
        *name == other
    }

    fn message(self) -> AttributeProto {
        let of = |name: &str, r#type| AttributeProto {
            name: Some(name.to_owned()),
            r#type: Some(r#type),
            ..AttributeProto::default()
        };
        match self {
            Attribute::Int(name, i) => {
                AttributeProto { i: Some(i), ..of(name, AttributeType::INT) }
            }
            Attribute::Ints(name, ints) => AttributeProto { ints, ..of(name, AttributeType::INTS) },
            Attribute::Float(name, f) => {
                AttributeProto { f: Some(f), ..of(name, AttributeType::FLOAT) }
            }
        }
    }
}
