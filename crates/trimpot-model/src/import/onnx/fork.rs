//! Where two ways begin that both have layers, and end in a sum: a residual connection with a
//! shortcut.

use std::collections::BTreeSet;

use super::graph::Graph;
use super::walk::is_sum;

/// A value that two ways begin with.
pub(super) struct Fork {
    /// The node that adds what comes out of them.
    pub sum: usize,
    /// The node that takes the value in the shortcut, and the one on the other way.
    pub heads: [usize; 2],
}

impl Fork {
    /// Returns the fork of a value that goes to these nodes, if there is one. The way of fewer nodes
    /// is the shortcut; of as many, what the sum has second.
    pub(super) fn of(graph: &Graph, heads: [usize; 2]) -> Option<Self> {
        let [one, other] = heads;
        let behind = heads.map(|head| reached(graph, head));
        // Nodes are in an order in which they can be computed.
        let &sum = behind[0].intersection(&behind[1]).next()?;
        if !is_sum(graph, sum) {
            return None;
        }
        let counts = behind.each_ref().map(|nodes| nodes.range(..sum).count());
        let comes_first = |nodes: &BTreeSet<usize>| {
            let first = graph.nodes[sum].input(0);
            nodes.iter().any(|&node| graph.nodes[node].outputs.first().copied().flatten() == first)
        };
        let is_shortcut = match counts[0].cmp(&counts[1]) {
            std::cmp::Ordering::Less => true,
            std::cmp::Ordering::Greater => false,
            std::cmp::Ordering::Equal => !comes_first(&behind[0]),
        };
        Some(Fork { sum, heads: if is_shortcut { [one, other] } else { [other, one] } })
    }
}

/// Returns a node, and those that something of it goes to.
fn reached(graph: &Graph, head: usize) -> BTreeSet<usize> {
    let (mut reached, mut open) = (BTreeSet::from([head]), vec![head]);
    while let Some(node) = open.pop() {
        for output in graph.nodes[node].outputs.iter().flatten() {
            open.extend(graph.consumers(*output).into_iter().filter(|&node| reached.insert(node)));
        }
    }
    reached
}
