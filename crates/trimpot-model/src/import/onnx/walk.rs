//! The way of a sample through a graph, from layer to layer.
//!
//! A graph is read as a chain: one value at a time, which one node takes. A value goes to several
//! nodes where an activation is spelled out in operators (see [`activation`]), or where a residual
//! connection begins: then one of them adds what becomes of the value to it, or two of them begin
//! ways that end in a sum (see [`Fork`]), of which the sample goes first through the shortcut.
//!
//! Shapes are those of a batch of the size that the graph says, and of one sample where it leaves
//! that open. Operators that change nothing but a shape become a layer only where the next one
//! depends on it.

use std::collections::HashSet;

use trimpot::spec::Dims;

use super::array::{Array, Constant};
use super::fork::Fork;
use super::graph::{Graph, Id, Node};
use super::tensors::{Tensors, is_real};
use super::{activation, layer_norm, layers};
use crate::import::error::shape;
use crate::import::{Builder, ImportError, Imported, Request, TENSOR_LIMIT};

/// Where a sample is on its way.
pub(super) struct Walk {
    graph: Graph,
    tensors: Tensors,
    state: State,
    value: Id,
    /// Residual connections that have begun, the innermost last.
    open: Vec<Residual>,
    /// Nodes that take a value on a way that the sample is not on.
    skipped: HashSet<usize>,
}

/// The layers so far, and the shape of the value that comes out of them.
pub(super) struct State {
    pub builder: Builder,
    /// How many samples the graph takes.
    pub batch: usize,
    /// The shape of a sample, as the graph has it.
    pub shape: Vec<usize>,
}

/// A residual connection.
struct Residual {
    /// The value that is added, or that a shortcut begins with.
    start: Id,
    /// The node that adds it.
    sum: usize,
    /// While a sample is on its way through the shortcut: what comes then.
    shortcut: Option<Behind>,
}

/// What a shortcut has behind it: the other way, from the same value on.
struct Behind {
    /// The shape of the value, as the graph has it.
    shape: Vec<usize>,
    /// The node that takes the value in the shortcut, and the one on the other way.
    heads: [usize; 2],
}

/// Nodes that are one layer, from a value to another.
pub(super) struct Found {
    pub nodes: Vec<usize>,
    pub layer: FoundLayer,
    pub output: Id,
}

/// The layer that several nodes are.
pub(super) enum FoundLayer {
    Activation(trimpot::spec::LayerSpec),
    LayerNorm(layer_norm::LayerNorm),
}

impl Walk {
    /// Creates a walk that begins at the input.
    pub(super) fn new(
        graph: Graph,
        mut tensors: Tensors,
        request: &Request,
    ) -> Result<Self, ImportError> {
        let (value, data_type) = (graph.input.id, graph.input.data_type);
        let name = &graph.values[value].name;
        if !is_real(data_type) {
            let what = format!("its type is {data_type}, and not one of floating-point numbers");
            return Err(ImportError::at(name, what));
        }
        tensors.add_converted(name, data_type);
        let (batch, shape) = input(&graph, request)?;
        let builder = Builder::new(dims(&shape).map_err(|what| ImportError::at(name, what))?)?;
        let state = State { builder, batch, shape };
        let (open, skipped) = (Vec::new(), HashSet::new());
        Ok(Walk { graph, tensors, state, value, open, skipped })
    }

    /// Returns the network that the graph is.
    pub(super) fn imported(mut self) -> Result<Imported, ImportError> {
        while !self.is_at_end()? {
            self.set_shapes()?;
            self.step()?;
        }
        let Walk { tensors, mut state, graph, .. } = self;
        if state.builder.dims().count() != state.builder.dims().channels() as usize
            || state.shape.len() > 1 && state.shape[1..].iter().any(|&size| size != 1)
        {
            state.sync("the output")?;
        }
        state.builder.add_converted(tensors.converted());
        // Of another number they are names of something else. One output tells two classes apart.
        if graph.classes.len() == state.builder.dims().count().max(2) {
            state.builder.set_classes(graph.classes);
        }
        state.builder.finish()
    }

    /// Returns whether the output is reached.
    fn is_at_end(&self) -> Result<bool, ImportError> {
        if self.value != self.graph.output {
            return Ok(false);
        }
        match &self.graph.consumers(self.value)[..] {
            [] => Ok(true),
            nodes => {
                let nodes = self.named(nodes);
                let what = format!("it is the output of the graph, and goes to {nodes}");
                Err(ImportError::at(&self.graph.values[self.value].name, what))
            }
        }
    }

    /// Computes what depends on the shape of the value, and on none of its numbers.
    fn set_shapes(&mut self) -> Result<(), ImportError> {
        for node in self.graph.consumers(self.value) {
            let node = &self.graph.nodes[node];
            if node.operator != "Shape" {
                continue;
            }
            let [Some(output)] = node.outputs[..] else { continue };
            let shape = self.state.whole_shape();
            let rank = shape.len() as i64;
            let place =
                |at: i64| (if at < 0 { at.saturating_add(rank) } else { at }).clamp(0, rank);
            let start = place(node.integer("start", 0)?) as usize;
            let end = place(node.integer("end", rank)?) as usize;
            let sizes = shape.get(start..end).unwrap_or_default();
            let sizes = Array::vector(sizes.iter().map(|&size| size as i64).collect());
            self.graph.set_constant(output, Constant::Integers(sizes), &mut self.tensors)?;
        }
        Ok(())
    }

    /// Goes through what comes next: the end of a residual connection, or a layer, in front of
    /// which others may begin.
    fn step(&mut self) -> Result<(), ImportError> {
        let consumers = self.consumers();
        if let Some(residual) = self.open.last_mut()
            && residual.start != self.value
            && consumers == [residual.sum]
        {
            let node = &self.graph.nodes[residual.sum];
            self.state.sync(&node.place)?;
            if let Some(Behind { shape, heads }) = residual.shortcut.take() {
                self.state.builder.end_shortcut(&node.place)?;
                (self.state.shape, self.value) = (shape, residual.start);
                let [done, next] = heads;
                self.skipped.insert(done);
                self.skipped.remove(&next);
                return Ok(());
            }
            self.state.builder.end_residual(&node.place)?;
            self.open.pop();
            self.value = output(node)?;
            return Ok(());
        }
        let found = match layer_norm::find(&self.graph, self.value) {
            Some(found) => Some(found),
            None => activation::find(&self.graph, self.value, &self.skipped)?,
        };
        let found =
            found.filter(|found| found.nodes.iter().all(|node| !self.skipped.contains(node)));
        let nodes: &[usize] = found.as_ref().map_or(&[], |found| &found.nodes);
        // Behind a shortcut the sums that the value goes to are known.
        let is_known = |&node: &usize| {
            self.open.iter().any(|residual| residual.sum == node && residual.start == self.value)
        };
        let rest = consumers.iter().copied();
        let rest = rest.filter(|node| !nodes.contains(node) && !is_known(node));
        let (sums, others): (Vec<_>, Vec<_>) = rest.partition(|&node| {
            is_sum(&self.graph, node) && self.open.iter().all(|residual| residual.sum != node)
        });
        // The one that ends last is around the others.
        for &sum in sums.iter().rev() {
            let place = &self.graph.nodes[sum].place;
            self.state.sync(place)?;
            self.state.builder.begin_residual(place)?;
            self.open.push(Residual { start: self.value, sum, shortcut: None });
        }
        let is_open = |node: usize| self.open.iter().any(|residual| residual.sum == node);
        if found.is_none()
            && let &[one, other] = &others[..]
            && let Some(fork) = Fork::of(&self.graph, [one, other])
            && !is_open(fork.sum)
            && !fork.heads.into_iter().any(is_open)
        {
            let place = &self.graph.nodes[fork.sum].place;
            self.state.sync(place)?;
            self.state.builder.begin_residual(place)?;
            self.state.builder.begin_shortcut(place)?;
            let [_, next] = fork.heads;
            self.skipped.insert(next);
            let shape = self.state.shape.clone();
            let shortcut = Some(Behind { shape, heads: fork.heads });
            self.open.push(Residual { start: self.value, sum: fork.sum, shortcut });
            return Ok(());
        }
        match (found, &others[..]) {
            (Some(Found { nodes, layer, output }), []) => {
                let place = &self.graph.nodes[nodes[0]].place;
                match layer {
                    FoundLayer::Activation(spec) => {
                        self.state.builder.layer(place, spec, Vec::new())?;
                    }
                    FoundLayer::LayerNorm(norm) => {
                        self.state.sync(place)?;
                        self.state.builder.layer_norm(place, norm.tensors, norm.epsilon)?;
                    }
                }
                self.value = output;
                Ok(())
            }
            (None, &[node]) => {
                let node = &self.graph.nodes[node];
                self.value = layers::add(&mut self.state, &self.graph, node, self.value)?;
                Ok(())
            }
            (_, _) if consumers.is_empty() => {
                Err(ImportError::at(self.name(), "it does not lead to the output"))
            }
            (_, _) => {
                let what = format!(
                    "it goes to {}, which is neither a residual connection nor an activation that \
                     there is a layer for",
                    self.named(&consumers)
                );
                Err(ImportError::at(self.name(), what))
            }
        }
    }

    /// Returns the nodes that take the value on the way of the sample.
    fn consumers(&self) -> Vec<usize> {
        let consumers = self.graph.consumers(self.value).into_iter();
        consumers.filter(|node| !self.skipped.contains(node)).collect()
    }

    fn name(&self) -> &str {
        &self.graph.values[self.value].name
    }

    /// Returns nodes with their operators.
    fn named(&self, nodes: &[usize]) -> String {
        let node = |&node: &usize| {
            let Node { operator, place, .. } = &self.graph.nodes[node];
            format!("{operator} `{place}`")
        };
        nodes.iter().map(node).collect::<Vec<_>>().join(", ")
    }
}

/// Returns whether a node adds two values that depend on the sample.
pub(super) fn is_sum(graph: &Graph, node: usize) -> bool {
    let node = &graph.nodes[node];
    let depends = |input| node.input(input).is_some() && graph.constant(node, input).is_none();
    node.operator == "Add" && depends(0) && depends(1) && node.input(0) != node.input(1)
}

/// Returns the first output of a node, behind which there are no others that are taken.
pub(super) fn output(node: &Node) -> Result<Id, ImportError> {
    node.outputs.first().copied().flatten().ok_or_else(|| node.error("it has no output"))
}

impl State {
    /// Returns the shape of a batch.
    pub(super) fn whole_shape(&self) -> Vec<usize> {
        [&[self.batch], &self.shape[..]].concat()
    }

    /// Adds the layer that changes the shape, if the next one sees another than comes in.
    pub(super) fn sync(&mut self, place: &str) -> Result<(), ImportError> {
        let dims = dims(&self.shape).map_err(|what| ImportError::at(place, what))?;
        if dims == self.builder.dims() {
            return Ok(());
        }
        match dims.sizes() {
            [_] => self.builder.flatten(place),
            _ => self.builder.reshape(place, dims),
        }
    }

    /// Takes the shape that the last layer gives.
    pub(super) fn take_shape(&mut self) {
        let sizes = self.builder.dims();
        self.shape = sizes.sizes().iter().map(|&size| size as usize).collect();
    }
}

/// Returns the shape of a sample, as the core has it.
fn dims(sizes: &[usize]) -> Result<Dims, String> {
    let size = |&size: &usize| u32::try_from(size).ok();
    let dims = sizes.iter().map(size).collect::<Option<Vec<_>>>();
    dims.and_then(|sizes| Dims::of_sizes(&sizes))
        .ok_or_else(|| format!("a sample is {}, but has one to three dimensions", shape(sizes)))
}

/// Returns the size of a batch, and the shape of a sample: what the graph says and what was
/// requested.
fn input(graph: &Graph, request: &Request) -> Result<(usize, Vec<usize>), ImportError> {
    let requested = request
        .input
        .map(|dims| dims.sizes().iter().map(|&size| size as usize).collect::<Vec<_>>());
    let sizes = match &graph.input.sizes {
        None => return requested.map(|sizes| (1, sizes)).ok_or(ImportError::Input),
        Some(sizes) => sizes,
    };
    let name = &graph.values[graph.input.id].name;
    let [batch, sample @ ..] = &sizes[..] else {
        return Err(ImportError::at(name, "it is a single number, and no batch of samples"));
    };
    let said = sample.iter().copied().collect::<Option<Vec<_>>>();
    let found = match (said, requested) {
        (Some(said), None) => said,
        (None, None) => return Err(ImportError::Input),
        (_, Some(requested)) => {
            let agrees =
                |(said, size): (&Option<usize>, &usize)| said.is_none_or(|said| said == *size);
            if requested.len() != sample.len() || !sample.iter().zip(&requested).all(agrees) {
                let size =
                    |size: &Option<usize>| size.map_or("?".to_owned(), |size| size.to_string());
                let sample = sample.iter().map(size).collect::<Vec<_>>().join("x");
                let what = format!("a sample is {sample}, and not {}", shape(&requested));
                return Err(ImportError::at(name, what));
            }
            requested
        }
    };
    let batch = batch.unwrap_or(1);
    match batch <= TENSOR_LIMIT {
        true => Ok((batch, found)),
        false => Err(ImportError::limit("samples in a batch", batch, TENSOR_LIMIT)),
    }
}
