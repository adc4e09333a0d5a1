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

use super::array::{Array, Constant};
use super::fork::Fork;
use super::graph::{Graph, Id, Node};
use super::samples::{are_integers, dims, input};
use super::tensors::Tensors;
use super::{activation, layer_norm, layers};
use crate::import::places::{Turned, say_channels_last};
use crate::import::{Builder, ImportError, Imported, Request};

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
    /// Whether that shape has its channels last: those of the builder's are first.
    pub channels_last: bool,
    /// How the numbers of a vector have changed places.
    pub turned: Option<Turned>,
    /// Whether samples have their channels last; none, if that is the same.
    samples_last: Option<bool>,
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
        let is_integer = are_integers(&graph)?;
        tensors.add_converted(name, data_type);
        let channels_last = layers::is_channels_last(&graph);
        let (batch, shape) = input(&graph, request, channels_last)?;
        let dims = dims(&shape, channels_last).map_err(|what| ImportError::at(name, what))?;
        let mut builder = Builder::new(dims)?;
        builder.set_binary(request.binary);
        if is_integer {
            builder.note(format!("samples are {data_type}, and f32 here"));
        }
        let mut state =
            State { builder, batch, shape, channels_last, turned: None, samples_last: None };
        state.samples_last = state.order();
        if state.samples_last == Some(true) {
            say_channels_last(&mut state.builder, "samples", dims, "the file");
        }
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
        state.sync_output()?;
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

    /// Returns whether channels are last; none, if numbers have the same order when they are first.
    pub(super) fn order(&self) -> Option<bool> {
        let mut sizes = layers::sizes(&self.shape);
        if !self.channels_last {
            sizes.rotate_left(1);
        }
        Turned::of(&sizes).map(|_| self.channels_last)
    }

    /// Adds the layer that outputs have another shape by, and says where their channels are.
    fn sync_output(&mut self) -> Result<(), ImportError> {
        let order = self.order();
        if let (Some(samples), Some(outputs)) = (self.samples_last, order)
            && samples != outputs
        {
            let named = |last| if last { "last" } else { "first" };
            let what = format!(
                "its channels are {}, and those of samples {}: both are read in the same order",
                named(outputs),
                named(samples)
            );
            return Err(ImportError::at("the output", what));
        }
        if order == Some(true) {
            let dims =
                dims(&self.shape, true).map_err(|what| ImportError::at("the output", what))?;
            if dims != self.builder.dims() {
                self.builder.reshape("the output", dims)?;
            }
            say_channels_last(&mut self.builder, "outputs", dims, "the file");
            return Ok(());
        }
        if self.turned.is_some()
            || self.builder.dims().count() != self.builder.dims().channels() as usize
            || self.shape.iter().skip(1).any(|&size| size != 1)
        {
            self.sync("the output")?;
        }
        Ok(())
    }

    /// Adds the layer that changes the shape, if the next one sees another than comes in.
    pub(super) fn sync(&mut self, place: &str) -> Result<(), ImportError> {
        if self.turned.is_some() || self.order() == Some(true) {
            let what = "channels are last in front of it: that is read up to a Transpose that puts them first, and \
                        behind one that puts them last up to a dense layer";
            return Err(ImportError::at(place, what));
        }
        self.channels_last = false;
        let dims = dims(&self.shape, false).map_err(|what| ImportError::at(place, what))?;
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
