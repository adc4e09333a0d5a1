//! The graph of a file: nodes in order, and the values between them.

use std::collections::HashMap;

use rten_onnx::onnx::{AttributeProto, DataType, GraphProto, ModelProto, NodeProto};

use super::array::Constant;
use super::fold::Folder;
use super::tensors::Tensors;
use crate::import::ImportError;

/// The sets of operators that are read. From 24 to 28, that of ONNX 1.23, operators that are read take
/// more types than before, and mean the same.
const OPSETS: std::ops::RangeInclusive<i64> = 11..=28;
/// What is wrong with an operator that is not known.
pub(super) const NO_LAYER: &str = "there is no layer for this operator";
/// Operators that read a sequence number by number, with a state.
const RECURRENT: [&str; 3] = ["GRU", "LSTM", "RNN"];

/// The place of a value in [`Graph::values`].
pub(super) type Id = usize;

/// A graph whose output everything leads to.
pub(super) struct Graph {
    /// The set of operators.
    pub opset: i64,
    pub nodes: Vec<Node>,
    pub values: Vec<Value>,
    /// What a sample is.
    pub input: Input,
    /// What comes out.
    pub output: Id,
    /// Names of classes, where the metadata has them as `trimpot export` writes them: a list in JSON
    /// under `classes`.
    pub classes: Vec<String>,
    pub folder: Folder,
}

/// What goes in.
pub(super) struct Input {
    pub id: Id,
    pub data_type: DataType,
    /// The size of each dimension, that of the batch included, where it is fixed. `None` if the
    /// graph does not even say how many there are.
    pub sizes: Option<Vec<Option<usize>>>,
}

/// What goes from node to node.
pub(super) struct Value {
    pub name: String,
    /// Its numbers, if these do not depend on the sample.
    pub constant: Option<Constant>,
    /// The nodes that take it, each once, in order.
    consumers: Vec<usize>,
    /// The node that it comes from.
    pub producer: Option<usize>,
}

/// An operator with its inputs and attributes.
pub(super) struct Node {
    /// How errors call it: by its name, or else that of its output.
    pub place: String,
    /// The operator, with its domain if this is not ONNX's own.
    pub operator: String,
    /// Inputs that are left out are `None`.
    pub inputs: Vec<Option<Id>>,
    /// Outputs that nobody takes are `None`.
    pub outputs: Vec<Option<Id>>,
    attributes: Vec<AttributeProto>,
}

impl Graph {
    /// Creates the graph of a model, with constants folded.
    pub(super) fn new(model: ModelProto, tensors: &mut Tensors) -> Result<Self, ImportError> {
        let opset = opset(&model)?;
        let classes = classes(&model);
        let graph = model.graph.unwrap_or_default();
        let mut builder = Builder::default();
        for tensor in &graph.initializer {
            let constant = tensors.constant(tensor)?;
            builder.define(tensor.name.clone().unwrap_or_default(), Some(constant), None)?;
        }
        let input = builder.input(&graph)?;
        let mut nodes = Vec::with_capacity(graph.node.len());
        for node in graph.node {
            let node = builder.node(nodes.len(), node)?;
            nodes.push(node);
        }
        let output = match &graph.output[..] {
            [output] => builder.id(output.name.as_deref().unwrap_or_default(), "the graph")?,
            outputs => {
                let what = format!("it has {} outputs, and not one", outputs.len());
                return Err(ImportError::at("the graph", what));
            }
        };
        let (values, folder) = (builder.values, Folder::new(tensors.count()));
        let mut graph = Graph { opset, nodes, values, input, output, classes, folder };
        graph.connect();
        graph.check_operators()?;
        for node in 0..graph.nodes.len() {
            graph.fold(node, tensors)?;
        }
        Ok(graph)
    }

    /// Tells values which nodes take them, of those that lead to the output.
    fn connect(&mut self) {
        let mut is_needed = vec![false; self.values.len()];
        is_needed[self.output] = true;
        for (number, node) in self.nodes.iter().enumerate().rev() {
            if !node.outputs.iter().flatten().any(|&output| is_needed[output]) {
                continue;
            }
            for &input in node.inputs.iter().flatten() {
                is_needed[input] = true;
                let consumers = &mut self.values[input].consumers;
                if consumers.last() != Some(&number) {
                    consumers.push(number);
                }
            }
        }
        for value in &mut self.values {
            value.consumers.reverse();
        }
    }

    /// Returns an error if the output depends on an operator with a state: what an exporter has put in
    /// front of it would be in the way first, and say nothing of it.
    fn check_operators(&self) -> Result<(), ImportError> {
        let is_needed =
            |&output: &Id| output == self.output || !self.values[output].consumers.is_empty();
        let with_state = self.nodes.iter().find(|node| {
            RECURRENT.contains(&&*node.operator) && node.outputs.iter().flatten().any(is_needed)
        });
        with_state.map_or(Ok(()), |node| Err(node.error(NO_LAYER)))
    }

    /// Computes a node whose inputs are constants, if it is one of those that make weights and
    /// shapes.
    fn fold(&mut self, node: usize, tensors: &mut Tensors) -> Result<(), ImportError> {
        let node = &self.nodes[node];
        let [Some(output)] = node.outputs[..] else { return Ok(()) };
        let inputs = node.inputs.iter().map(|input| match input {
            Some(input) => self.values[*input].constant.as_ref().map(Some),
            None => Some(None),
        });
        let Some(inputs) = inputs.collect::<Option<Vec<_>>>() else { return Ok(()) };
        let constant = self.folder.fold(node, &inputs, tensors)?;
        self.values[output].constant = constant;
        Ok(())
    }

    /// Sets what does not depend on a sample after all: its shape. Computes what follows from it.
    pub(super) fn set_constant(
        &mut self,
        value: Id,
        constant: Constant,
        tensors: &mut Tensors,
    ) -> Result<(), ImportError> {
        self.values[value].constant = Some(constant);
        let mut changed = vec![value];
        while let Some(value) = changed.pop() {
            for node in self.values[value].consumers.clone() {
                let output = self.nodes[node].outputs.first().copied().flatten();
                let Some(output) = output.filter(|&output| self.values[output].constant.is_none())
                else {
                    continue;
                };
                self.fold(node, tensors)?;
                if self.values[output].constant.is_some() {
                    changed.push(output);
                }
            }
        }
        Ok(())
    }

    /// Returns the nodes that take a value and are not computed yet, in order.
    pub(super) fn consumers(&self, value: Id) -> Vec<usize> {
        let is_open = |node: &usize| {
            let output = self.nodes[*node].outputs.first().copied().flatten();
            output.is_none_or(|output| self.values[output].constant.is_none())
        };
        self.values[value].consumers.iter().copied().filter(is_open).collect()
    }

    /// Returns the first node that the input goes to alone, behind some that are passed.
    pub(super) fn first_behind(&self, is_passed: impl Fn(&Node) -> bool) -> Option<&Node> {
        let mut value = self.input.id;
        loop {
            let mut consumers = self.consumers(value);
            consumers.retain(|&node| self.nodes[node].operator != "Shape");
            let [node] = consumers[..] else { return None };
            let node = &self.nodes[node];
            if !is_passed(node) {
                return Some(node);
            }
            value = node.outputs.first().copied().flatten()?;
        }
    }

    /// Returns the constant that an input of a node is; `None` if it is left out or none.
    pub(super) fn constant(&self, node: &Node, input: usize) -> Option<&Constant> {
        self.values[node.input(input)?].constant.as_ref()
    }
}

/// Returns the set of operators.
fn opset(model: &ModelProto) -> Result<i64, ImportError> {
    let mut sets = model.opset_import.iter();
    let own = sets.find(|set| is_own(set.domain.as_deref())).and_then(|set| set.version);
    match own {
        Some(version) if OPSETS.contains(&version) => Ok(version),
        Some(version) => {
            let (first, last) = (OPSETS.start(), OPSETS.end());
            let what = format!(
                "its operators are those of set {version}; read are {first} to {last}, the newest that is known"
            );
            Err(ImportError::at("opset_import", what))
        }
        None => Err(ImportError::at("opset_import", "it does not say which operators it has")),
    }
}

/// Returns the names of classes, if the metadata has them.
fn classes(model: &ModelProto) -> Vec<String> {
    let of_classes =
        model.metadata_props.iter().find(|said| said.key.as_deref() == Some("classes"));
    let text = of_classes.and_then(|said| said.value.as_deref());
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Returns whether a domain is that of ONNX's own operators.
fn is_own(domain: Option<&str>) -> bool {
    matches!(domain, None | Some("" | "ai.onnx"))
}

/// Values by their names.
#[derive(Default)]
struct Builder {
    values: Vec<Value>,
    ids: HashMap<String, Id>,
}

impl Builder {
    fn define(
        &mut self,
        name: String,
        constant: Option<Constant>,
        producer: Option<usize>,
    ) -> Result<Id, ImportError> {
        let id = self.values.len();
        if self.ids.insert(name.clone(), id).is_some() {
            return Err(ImportError::at(name, "two values have this name"));
        }
        self.values.push(Value { name, constant, consumers: Vec::new(), producer });
        Ok(id)
    }

    fn id(&self, name: &str, place: &str) -> Result<Id, ImportError> {
        self.ids.get(name).copied().ok_or_else(|| {
            ImportError::at(place, format!("it takes `{name}`, which nothing in front of it gives"))
        })
    }

    /// Adds the input: the one that is no initializer.
    fn input(&mut self, graph: &GraphProto) -> Result<Input, ImportError> {
        let name = |name: &Option<String>| name.clone().unwrap_or_default();
        let inputs = graph.input.iter().filter(|input| !self.ids.contains_key(&name(&input.name)));
        let inputs: Vec<_> = inputs.collect();
        let [input] = inputs[..] else {
            let what = format!("it has {} inputs, and not one", inputs.len());
            return Err(ImportError::at("the graph", what));
        };
        let tensor = input.r#type.as_ref().and_then(|of| of.tensor_type.as_ref());
        let sizes = tensor.and_then(|tensor| tensor.shape.as_ref()).map(|shape| {
            let size = |size: i64| usize::try_from(size).ok().filter(|&size| size > 0);
            shape.dim.iter().map(|dim| dim.dim_value.and_then(size)).collect()
        });
        let data_type = tensor.and_then(|tensor| tensor.elem_type).unwrap_or(DataType(0));
        let id = self.define(name(&input.name), None, None)?;
        Ok(Input { id, data_type, sizes })
    }

    fn node(&mut self, number: usize, node: NodeProto) -> Result<Node, ImportError> {
        let named = |name: &Option<String>| name.clone().filter(|name| !name.is_empty());
        let place = named(&node.name).or_else(|| node.output.first().cloned()).unwrap_or_default();
        let operator = node.op_type.unwrap_or_default();
        let operator = match node.domain {
            Some(domain) if !is_own(Some(&domain)) => format!("{domain}.{operator}"),
            _ => operator,
        };
        let input = |name: &String| match name.is_empty() {
            true => Ok(None),
            false => self.id(name, &place).map(Some),
        };
        let inputs = node.input.iter().map(input).collect::<Result<_, _>>()?;
        let outputs = node.output.into_iter().map(|name| match name.is_empty() {
            true => Ok(None),
            false => self.define(name, None, Some(number)).map(Some),
        });
        let outputs = outputs.collect::<Result<_, _>>()?;
        Ok(Node { place, operator, inputs, outputs, attributes: node.attribute })
    }
}

impl Node {
    /// Returns an input, unless it is left out.
    pub(super) fn input(&self, input: usize) -> Option<Id> {
        self.inputs.get(input).copied().flatten()
    }

    /// Returns the error that something about the node is wrong.
    pub(super) fn error(&self, what: impl std::fmt::Display) -> ImportError {
        ImportError::at(&self.place, format!("{}: {what}", self.operator))
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&AttributeProto> {
        self.attributes.iter().find(|attribute| attribute.name.as_deref() == Some(name))
    }

    /// Returns an integer, or the default.
    pub(super) fn integer(&self, name: &str, default: i64) -> Result<i64, ImportError> {
        self.value_of(name, default, |attribute| attribute.i)
    }

    /// Returns a number, or the default.
    pub(super) fn real(&self, name: &str, default: f32) -> Result<f32, ImportError> {
        self.value_of(name, default, |attribute| attribute.f)
    }

    /// Returns a text, or the default.
    pub(super) fn text(&self, name: &str, default: &str) -> Result<String, ImportError> {
        self.value_of(name, default.to_owned(), |attribute| attribute.s.clone())
    }

    /// Returns integers, if there are any.
    pub(super) fn integers(&self, name: &str) -> Option<&[i64]> {
        self.attribute(name).map(|attribute| &attribute.ints[..])
    }

    fn value_of<T>(
        &self,
        name: &str,
        default: T,
        value: impl Fn(&AttributeProto) -> Option<T>,
    ) -> Result<T, ImportError> {
        match self.attribute(name) {
            None => Ok(default),
            Some(attribute) => value(attribute)
                .ok_or_else(|| self.error(format!("its attribute `{name}` is of another type"))),
        }
    }
}
