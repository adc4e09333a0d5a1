//! Which layer comes behind which.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::Value;

use super::config::{Class, Layer, Part, class, short};
use crate::import::ImportError;

/// What a sample goes through, in this order.
#[derive(Debug)]
pub(super) enum Step<'c> {
    /// A layer.
    Layer(Layer<'c>),
    /// What comes in is added to what comes out of the layers that follow, up to their end.
    Begin(String),
    /// The end of the layers that were begun last.
    End(String),
    /// Behind a begin: what comes out of the layers that follow is added instead, up to the turn.
    Shortcut(String),
    /// The end of a shortcut: its input goes into the next layer.
    Turn(String),
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Steps<'c> {
    steps: Vec<Step<'c>>,
    shape: Option<&'c Value>,
}

impl<'c> Steps<'c> {
    /// Returns the steps of a model.
    pub(super) fn of(config: &'c Value) -> Result<Self, ImportError> {
        let model = class(config).ok_or_else(|| {
            ImportError::at("the configuration", "it is no model: it has no class and no layers")
        })?;
        let mut steps = Steps::default();
        match is_model(&model) {
            true => steps.model(&model, &[])?,
            false => {
                let what = "a model of a class of its own is a program; read are Sequential and Functional";
                return Err(ImportError::at(model.name, what));
            }
        }
        Ok(steps)
    }

    pub(super) fn steps(&self) -> &[Step<'c>] {
        &self.steps
    }

    /// Returns the shape of a batch, if the file says it.
    pub(super) fn shape(&self) -> Option<&'c Value> {
        self.shape
    }

    /// Adds the steps of a model that is inside of these. JSON bounds how deep they are.
    fn model(&mut self, model: &Class<'c>, path: &[Part<'c>]) -> Result<(), ImportError> {
        let nodes = nodes(model)?;
        match model.name {
            "Sequential" => {
                for node in &nodes {
                    self.node(node, path)?;
                }
            }
            _ => self.graph(model, &nodes, path)?,
        }
        self.shape = self.shape.or(model.config.get("build_input_shape"));
        Ok(())
    }

    /// Adds a layer, or those of a model.
    fn node(&mut self, node: &Node<'c>, path: &[Part<'c>]) -> Result<(), ImportError> {
        let path: Vec<Part> = path.iter().chain([&node.part]).cloned().collect();
        if is_model(&node.class) {
            return self.model(&node.class, &path);
        }
        if node.class.name == "InputLayer" {
            let shape = ["batch_shape", "batch_input_shape"];
            let shape = shape.iter().find_map(|name| node.class.config.get(*name));
            self.shape = self.shape.or(shape);
            return Ok(());
        }
        if self.steps.is_empty() {
            // Keras 2 has it in the first layer.
            self.shape = self.shape.or(node.class.config.get("batch_input_shape"));
        }
        self.steps.push(Step::Layer(Layer::new(&node.class, path)));
        Ok(())
    }

    /// Adds the layers of a graph that is a chain, with ways round some of them.
    fn graph(
        &mut self,
        model: &Class<'c>,
        nodes: &[Node<'c>],
        path: &[Part<'c>],
    ) -> Result<(), ImportError> {
        let name = model.config.get("name").and_then(Value::as_str).unwrap_or(model.name);
        let mut consumers: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, node) in nodes.iter().enumerate() {
            for &input in &node.inputs {
                consumers.entry(input).or_default().push(at);
            }
        }
        let [input, output] = ["input_layers", "output_layers"].map(|setting| {
            let mut names = Vec::new();
            if let Some(value) = model.config.get(setting) {
                tensors(value, &mut names);
            }
            match names[..] {
                [only] => Ok(only),
                _ => {
                    let what = format!("it has {} `{setting}`: networks have one", names.len());
                    Err(ImportError::at(name, what))
                }
            }
        });
        let (mut current, output) = (input?, output?);
        if let Some(node) = nodes.iter().find(|node| node.part.name == current) {
            self.node(node, path)?;
        }
        let place = |node: &Node| {
            let names = path.iter().map(|part| part.name).chain([node.part.name]);
            names.collect::<Vec<_>>().join("/")
        };
        // Where ways round layers end, and what comes behind a shortcut that they are in.
        let mut open: Vec<(usize, Option<Behind<'_>>)> = Vec::new();
        let mut seen = HashSet::new();
        let mut turned = None;
        loop {
            let behind = consumers.get(current).map_or(&[][..], Vec::as_slice);
            let next = match *behind {
                _ if turned.is_some() => turned.take().unwrap_or_default(),
                [] if current == output => break,
                _ if current == output => {
                    let what = "it is the output, and other layers take it, too";
                    return Err(ImportError::at(current, what));
                }
                [only] => only,
                [one, other] => {
                    let is_end =
                        |at: usize| nodes[at].is_sum() && open.iter().all(|&(end, _)| end != at);
                    let (end, next, behind) = match (is_end(one), is_end(other)) {
                        (true, false) => (one, other, None),
                        (false, true) => (other, one, None),
                        _ => match fork(nodes, &consumers, [one, other]) {
                            Some((end, [shortcut, next])) => {
                                (end, shortcut, Some(Behind { start: current, next }))
                            }
                            None => return Err(branches(current)),
                        },
                    };
                    let place = place(&nodes[end]);
                    self.steps.push(Step::Begin(place.clone()));
                    if behind.is_some() {
                        self.steps.push(Step::Shortcut(place));
                    }
                    open.push((end, behind));
                    next
                }
                [] => return Err(ImportError::at(current, "no layer takes what comes out of it")),
                _ => return Err(branches(current)),
            };
            let node = &nodes[next];
            if let Some((end, behind)) = open.last_mut()
                && *end == next
                && let Some(Behind { start, next }) = behind.take()
            {
                self.steps.push(Step::Turn(place(node)));
                (current, turned) = (start, Some(next));
                continue;
            }
            if !seen.insert(next) {
                return Err(ImportError::at(node.part.name, "it comes behind itself"));
            }
            if node.is_sum() {
                if open.pop().is_none_or(|(end, _)| end != next) {
                    return Err(branches(node.part.name));
                }
                self.steps.push(Step::End(place(node)));
            } else if node.inputs.len() == 1 {
                self.node(node, path)?;
            } else {
                let what = format!(
                    "{}: {} tensors go into it; there is only Add, of two, for that",
                    node.class.name,
                    node.inputs.len()
                );
                return Err(ImportError::at(place(node), what));
            }
            current = node.part.name;
        }
        match open.last() {
            Some(&(end, _)) => Err(branches(nodes[end].part.name)),
            None => Ok(()),
        }
    }
}

fn branches(place: &str) -> ImportError {
    let what = "networks are chains of layers, and Add adds to some of them what goes into the first, or what other layers \
                make of that; other branches are not read";
    ImportError::at(place, what)
}

/// What comes behind a shortcut.
struct Behind<'c> {
    /// The layer whose output it begins with.
    start: &'c str,
    /// The first node on the other way.
    next: usize,
}

/// Returns where two ways end that begin with these nodes: in a sum of what comes out of them; and
/// the nodes, that of the shortcut first. This is the way of fewer nodes; of as many, what the sum
/// has first, where Keras's ResNets have it.
fn fork(
    nodes: &[Node<'_>],
    consumers: &HashMap<&str, Vec<usize>>,
    heads: [usize; 2],
) -> Option<(usize, [usize; 2])> {
    let ways = heads.map(|head| reached(nodes, consumers, head));
    let common: BTreeSet<usize> = ways[0].intersection(&ways[1]).copied().collect();
    let comes_from =
        |way: &BTreeSet<usize>, input: &str| way.iter().any(|&node| nodes[node].part.name == input);
    // Others have both ways in front of them, too.
    let is_end = |&&at: &&usize| {
        nodes[at].is_sum() && !nodes[at].inputs.iter().any(|input| comes_from(&common, input))
    };
    let &end = common.iter().find(is_end)?;
    let first = nodes[end].inputs.first()?;
    let counts = ways.each_ref().map(|way| way.difference(&common).count());
    let is_first = counts[0] < counts[1] || counts[0] == counts[1] && comes_from(&ways[0], first);
    let [one, other] = heads;
    Some((end, if is_first { [one, other] } else { [other, one] }))
}

/// Returns a node, and those that something of it goes to.
fn reached(
    nodes: &[Node<'_>],
    consumers: &HashMap<&str, Vec<usize>>,
    head: usize,
) -> BTreeSet<usize> {
    let (mut reached, mut open) = (BTreeSet::from([head]), vec![head]);
    while let Some(node) = open.pop() {
        let behind = consumers.get(nodes[node].part.name).into_iter().flatten();
        open.extend(behind.copied().filter(|&node| reached.insert(node)));
    }
    reached
}

/// A layer or a model among others.
struct Node<'c> {
    part: Part<'c>,
    class: Class<'c>,
    /// The names of those whose outputs it takes.
    inputs: Vec<&'c str>,
}

impl Node<'_> {
    /// Returns whether it adds two tensors.
    fn is_sum(&self) -> bool {
        self.class.name == "Add" && self.inputs.len() == 2
    }
}

fn is_model(class: &Class<'_>) -> bool {
    matches!(class.name, "Sequential" | "Functional" | "Model")
        && class.config.get("layers").is_some_and(Value::is_array)
}

/// Returns what is in a model, in the order of the file.
fn nodes<'c>(model: &Class<'c>) -> Result<Vec<Node<'c>>, ImportError> {
    let layers = model.config.get("layers").and_then(Value::as_array);
    let mut counts: HashMap<String, u32> = HashMap::new();
    let mut nodes = Vec::new();
    for value in layers.into_iter().flatten() {
        let class = class(value)
            .ok_or_else(|| ImportError::at(model.name, format!("{} is no layer", short(value))))?;
        let name = class.config.get("name").or_else(|| value.get("name")).and_then(Value::as_str);
        let name = name.unwrap_or(class.name);
        let group = snake(class.name);
        let count = counts.entry(group.clone()).or_default();
        let group = if *count == 0 { group } else { format!("{group}_{count}") };
        *count += 1;
        let mut inputs = Vec::new();
        match value.get("inbound_nodes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice) {
            [] => {}
            [node] => tensors(node, &mut inputs),
            _ => {
                let what =
                    "it is used more than once: layers of a network have tensors of their own";
                return Err(ImportError::at(name, what));
            }
        }
        nodes.push(Node { part: Part { name, group }, class, inputs });
    }
    Ok(nodes)
}

/// Adds the layers that tensors of a graph come from: `["name", 0, 0]` in Keras 2, and objects with
/// a history in Keras 3.
fn tensors<'c>(value: &'c Value, names: &mut Vec<&'c str>) {
    match value {
        Value::Array(values) => match values.as_slice() {
            [Value::String(name), Value::Number(_), Value::Number(_), ..] => names.push(name),
            values => values.iter().for_each(|value| tensors(value, names)),
        },
        Value::Object(object) => match class(value) {
            Some(Class { name: "__keras_tensor__", config }) => {
                if let Some(history) = config.get("keras_history") {
                    tensors(history, names);
                }
            }
            _ => object.values().for_each(|value| tensors(value, names)),
        },
        _ => {}
    }
}

/// Returns the name of a class as an archive has it: `Conv2DTranspose` is `conv2d_transpose`.
fn snake(class: &str) -> String {
    let letters: Vec<char> = class.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
    let mut name = String::new();
    for (at, &letter) in letters.iter().enumerate() {
        let is_lower = |at: usize| letters.get(at).is_some_and(char::is_ascii_lowercase);
        if at > 0 && letter.is_ascii_uppercase() && (is_lower(at - 1) || is_lower(at + 1)) {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::snake;

    #[test]
    fn classes_have_the_names_that_keras_gives_their_groups() {
        for (class, name) in [
            ("Dense", "dense"),
            ("Conv2DTranspose", "conv2d_transpose"),
            ("DepthwiseConv1D", "depthwise_conv1d"),
            ("BatchNormalization", "batch_normalization"),
            ("PReLU", "p_re_lu"),
            ("ELU", "elu"),
            ("MaxPooling2D", "max_pooling2d"),
        ] {
            assert_eq!(snake(class), name);
        }
    }
}
