//! Layer normalisation, as exporters spell it out before operator set 17:
//! `(x − mean(x)) / √(mean((x − mean(x))²) + ε) · weight + bias`.

use super::array::Constant;
use super::graph::{Graph, Id, Node};
use super::walk::{Found, FoundLayer};
use crate::import::Tensor;

/// A normalisation of rows. Of weight and bias there are both or none.
pub(super) struct LayerNorm {
    pub tensors: [Option<Tensor>; 2],
    pub epsilon: f32,
}

/// Returns the normalisation that a value goes through first.
pub(super) fn find(graph: &Graph, value: Id) -> Option<Found> {
    let pattern = Pattern { graph };
    let (mean, mean_of_row) = pattern.mean_of_rows(value)?;
    let (difference, centred) = pattern.next(value, "Sub")?;
    let operands = [Some(value), Some(mean_of_row)];
    if graph.nodes[difference].inputs != operands {
        return None;
    }
    let (power, square) = pattern.next(centred, "Pow")?;
    if pattern.single(power, 1) != Some(2.0) {
        return None;
    }
    let (variance, mean_of_squares) = pattern.mean_of_rows(square)?;
    let (sum, with_epsilon) = pattern.next(mean_of_squares, "Add")?;
    let epsilon = pattern.single(sum, 1).or_else(|| pattern.single(sum, 0))? as f32;
    let (root, deviation) = pattern.next(with_epsilon, "Sqrt")?;
    let (quotient, normalised) = pattern.next(centred, "Div")?;
    if graph.nodes[quotient].inputs != [Some(centred), Some(deviation)] {
        return None;
    }
    let mut nodes = vec![mean, difference, power, variance, sum, root, quotient];
    let (mut output, mut tensors) = (normalised, [None, None]);
    if let Some((product, scaled, weight)) = pattern.with_row(normalised, "Mul")
        && let Some((shift, shifted, bias)) = pattern.with_row(scaled, "Add")
    {
        nodes.extend([product, shift]);
        (output, tensors) = (shifted, [Some(weight), Some(bias)]);
    }
    // Of what is between, nothing goes elsewhere.
    let inside = |id: Id| graph.consumers(id).iter().all(|node| nodes.contains(node));
    let between = [mean_of_row, centred, square, mean_of_squares, with_epsilon, deviation];
    let layer = FoundLayer::LayerNorm(LayerNorm { tensors, epsilon });
    between.into_iter().all(inside).then_some(Found { nodes, layer, output })
}

/// Nodes by the values that they take.
struct Pattern<'g> {
    graph: &'g Graph,
}

impl Pattern<'_> {
    fn node(&self, node: usize) -> &Node {
        &self.graph.nodes[node]
    }

    /// Returns the node with this operator that a value goes to, and what comes out.
    fn next(&self, value: Id, operator: &str) -> Option<(usize, Id)> {
        let consumers = self.graph.consumers(value);
        let node = consumers.into_iter().find(|&node| self.node(node).operator == operator)?;
        match self.node(node).outputs[..] {
            [Some(output)] => Some((node, output)),
            _ => None,
        }
    }

    /// Returns the node that takes the mean of each row, and what comes out.
    fn mean_of_rows(&self, value: Id) -> Option<(usize, Id)> {
        let (number, output) = self.next(value, "ReduceMean")?;
        let node = self.node(number);
        let axes = match self.graph.constant(node, 1) {
            Some(Constant::Integers(axes)) => &axes.numbers,
            Some(Constant::Reals(_)) => return None,
            None => node.integers("axes")?,
        };
        let keeps = node.integer("keepdims", 1).ok()? != 0;
        (axes == [-1] && keeps).then_some((number, output))
    }

    /// Returns the number that an input of a node is.
    fn single(&self, node: usize, input: usize) -> Option<f64> {
        self.graph.constant(self.node(node), input)?.single()
    }

    /// Returns the node with this operator that a value goes to with a row of numbers.
    fn with_row(&self, value: Id, operator: &str) -> Option<(usize, Id, Tensor)> {
        let (number, output) = self.next(value, operator)?;
        let node = self.node(number);
        let input = usize::from(node.input(0) == Some(value));
        let name = &self.graph.values[node.input(input)?].name;
        match self.graph.constant(node, input)? {
            Constant::Reals(row) if row.shape.len() == 1 => {
                let row = Tensor::new(name, row.shape.clone(), row.numbers.clone()).ok()?;
                (self.graph.consumers(value).len() == 1).then_some((number, output, row))
            }
            _ => None,
        }
    }
}
