//! Nodes that give a sample another shape, or its numbers another order.
//!
//! Exporters of networks with channels last put a `Transpose` in front of layers that have them first,
//! and one behind them that puts channels last again where the original flattens. Between two such
//! nodes numbers are where the layers here have them. Elsewhere the graph has another order
//! ([`State::channels_last`], [`State::turned`]): in front of all layers, what is scaled or offset goes
//! by channels all the same, and the weight of a dense layer takes the order of its vector.

use super::{Adder, output};
use crate::import::ImportError;
use crate::import::onnx::array::{Constant, axis, resolved};
use crate::import::onnx::fold::{axes, with_axes};
use crate::import::onnx::graph::{Graph, Node};
use crate::import::onnx::walk::State;
use crate::import::places::Turned;

/// Returns whether samples of a graph have their channels last: in front of all layers is a node that
/// puts them first.
pub(in crate::import::onnx) fn is_channels_last(graph: &Graph) -> bool {
    let is_passed = |node: &Node| match &node.operator[..] {
        "Add" | "Cast" | "Div" | "Identity" | "Mul" | "Sub" => true,
        "Unsqueeze" => keeps_last(graph, node),
        _ => false,
    };
    let Some(node) = graph.first_behind(is_passed) else { return false };
    match &node.operator[..] {
        "Transpose" => {
            let axes = node.integers("perm").unwrap_or_default();
            axes.len() > 2 && axes == channels_first(axes.len())
        }
        // Of one channel that is another shape.
        "Reshape" => {
            let sizes = graph.input.sizes.as_deref().unwrap_or_default();
            let sizes = sizes.iter().skip(1).map(|size| size.map(|size| size as i64));
            let to = match node.input(1).and_then(|input| graph.values[input].constant.as_ref()) {
                Some(Constant::Integers(to)) => to.numbers.get(1..).unwrap_or_default(),
                _ => return false,
            };
            match (sizes.collect::<Option<Vec<i64>>>().as_deref(), to) {
                (Some([positions @ .., 1]), [1, to @ ..]) => !to.is_empty() && positions == to,
                _ => false,
            }
        }
        _ => false,
    }
}

/// Returns whether the last size of samples is the last one behind a node that adds sizes of 1.
fn keeps_last(graph: &Graph, node: &Node) -> bool {
    let Ok(Some(axes)) = axes(node, graph.constant(node, 1)) else { return false };
    let rank = graph.input.sizes.as_ref().map_or(0, Vec::len) + axes.len();
    axes.iter().all(|&of| axis(of, rank).is_ok_and(|axis| axis + 1 < rank))
}

/// The axes of a batch in another order, with the last one in front of all others of a sample.
fn channels_first(rank: usize) -> Vec<i64> {
    let rank = rank as i64;
    (0..1).chain(rank - 1..rank).chain(1..rank - 1).collect()
}

/// The reverse.
fn channels_last(rank: usize) -> Vec<i64> {
    (0..1).chain(2..rank as i64).chain(1..2).collect()
}

impl Adder<'_> {
    /// Takes another shape of a sample; the layer for it comes with the next one that sees it.
    pub(super) fn reshape(&mut self) -> Result<(), ImportError> {
        self.constant(1)?;
        let (node, shape) = (self.node, self.state.whole_shape());
        let input = self.graph.constant(node, 1);
        let is_last = output(node)? == self.graph.output && self.state.shape[..] == [1];
        let reshaped = match &node.operator[..] {
            "Flatten" => {
                let from = node.integer("axis", 1)?;
                let behind = axis(from, shape.len()).map_err(|what| node.error(what))?;
                let [batch, rest] = [&shape[..behind], &shape[behind..]];
                Ok([batch, rest].map(|sizes| sizes.iter().product()).to_vec())
            }
            "Reshape" => match input {
                Some(Constant::Integers(to)) => {
                    let zero_copies = node.integer("allowzero", 0)? == 0;
                    resolved(&shape, &to.numbers, zero_copies)
                }
                _ => Err("its shape is no constant".to_owned()),
            },
            operator => {
                axes(node, input).and_then(|axes| with_axes(operator, &shape, axes.as_deref()))
            }
        };
        match &reshaped.map_err(|what| node.error(what))?[..] {
            [batch, sample @ ..] if *batch == self.state.batch && !sample.is_empty() => {
                self.take_order_of(sample)?;
                self.state.shape = sample.to_vec();
                Ok(())
            }
            // A number of each sample, as a regression has it: the vector of one stays one.
            [batch] if *batch == self.state.batch && is_last => Ok(()),
            other => {
                let what = format!("samples become others: a batch {shape:?} becomes {other:?}");
                Err(node.error(what))
            }
        }
    }

    /// Remembers how the numbers of a vector, which was an image with channels last, lie here.
    fn take_order_of(&mut self, sample: &[usize]) -> Result<(), ImportError> {
        let State { turned, shape, .. } = &*self.state;
        let is_turned = turned.is_some() || self.state.order() == Some(true);
        if !is_turned {
            self.state.channels_last = false;
        } else if let [_] = sample {
            let of_vector = turned.or(Turned::of(&sizes(shape)));
            (self.state.turned, self.state.channels_last) = (of_vector, false);
        } else if Turned::of(&sizes(shape)) != Turned::of(&sizes(sample)) {
            let what =
                "numbers would have to change their places: channels are last in front of it";
            return Err(self.node.error(what));
        }
        Ok(())
    }

    /// Puts channels first or last, or moves sizes of 1, as another shape does.
    pub(super) fn transpose(&mut self) -> Result<(), ImportError> {
        let shape = self.state.whole_shape();
        let rank = shape.len();
        let axes = match self.node.integers("perm") {
            Some(axes) => axes.to_vec(),
            None => (0..rank as i64).rev().collect(),
        };
        let mut sorted = axes.clone();
        sorted.sort_unstable();
        if !sorted.into_iter().eq(0..rank as i64) {
            return Err(self.node.error(format!("its perm is {axes:?}, and a batch {shape:?}")));
        }
        if axes.first() != Some(&0) {
            return Err(self.node.error("it moves the axis of the batch"));
        }
        let sample: Vec<usize> = axes[1..].iter().map(|&axis| shape[axis as usize]).collect();
        let moved = axes.iter().filter(|&&axis| axis == 0 || shape[axis as usize] != 1);
        let puts_first = self.state.channels_last && axes == channels_first(rank);
        let moves_ones = self.state.order() != Some(true) && moved.is_sorted();
        if puts_first || moves_ones {
            self.state.channels_last = false;
        } else if !self.state.channels_last && axes == channels_last(rank) {
            self.sync()?;
            self.state.channels_last = true;
        } else {
            let what = format!(
                "its perm is {axes:?}: read are those that put channels first in front of layers or last behind them, \
                 and those that move sizes of 1"
            );
            return Err(self.node.error(what));
        }
        self.state.shape = sample;
        Ok(())
    }
}

/// Returns sizes as the core has them.
pub(in crate::import::onnx) fn sizes(shape: &[usize]) -> Vec<u32> {
    shape.iter().map(|&size| u32::try_from(size).unwrap_or(u32::MAX)).collect()
}
