//! Activations, as operators or spelled out in several.
//!
//! Exporters write an activation that has no operator as several: SiLU as `x · sigmoid(x)`, GELU by
//! an error function, in an order of operations that changes from version to version. So what is
//! compared is not the operators, but what they compute: nodes from one value to another that take
//! each number by itself are computed for some numbers, and are the activation that has the same
//! results.

use std::collections::{HashMap, HashSet};

use trimpot::layer::{
    Activation, Elu, Gelu, GeluTanh, HardSigmoid, HardSwish, HardTanh, LeakyRelu, Relu, Sigmoid,
    Silu, Softplus, Softsign, Tanh,
};
use trimpot::spec::LayerSpec;

use super::evaluate::{evaluate, mish, selu};
use super::graph::{Graph, Id, Node};
use super::walk::{Found, FoundLayer, is_sum};
use crate::import::ImportError;

/// The most nodes of an activation. GELU by a hyperbolic tangent has nine.
const NODES: usize = 24;

/// How far results may be apart, relative to those above 1: constants of 16 bits make 3e-5. GELU and
/// its approximation are 5e-4 apart.
const TOLERANCE: f64 = 1e-4;

/// Returns the activation that a value goes through first, but on ways that begin with nodes that
/// are skipped.
///
/// # Errors
/// If it is one that there is no layer for.
pub(super) fn find(
    graph: &Graph,
    value: Id,
    skipped: &HashSet<usize>,
) -> Result<Option<Found>, ImportError> {
    let numbers = numbers(graph);
    let mut known = HashMap::from([(value, numbers.clone())]);
    let mut nodes = Vec::new();
    while nodes.len() < NODES {
        let Some((node, output, results)) = next(graph, &known, &nodes, skipped) else { break };
        nodes.push(node);
        known.insert(output, results);
        let is_own = |node: &usize| nodes.contains(node) || skipped.contains(node);
        if !is_closed(graph, value, output, &known, &is_own) {
            continue;
        }
        let results = &known[&output];
        let is = |of: &dyn Fn(f64) -> f64| {
            numbers.iter().zip(results).all(|(&x, &y)| {
                let expected = of(x);
                (y - expected).abs() <= TOLERANCE * expected.abs().max(1.0)
            })
        };
        if let Some(spec) = with_parameters(graph, &nodes, &is).or_else(|| plain(&is)) {
            let layer = FoundLayer::Activation(spec);
            return Ok(Some(Found { nodes, layer, output }));
        }
        for (name, function) in [("Mish", mish as fn(f64) -> f64), ("SELU", selu)] {
            if is(&function) {
                let what = format!("it computes {name}, which there is no layer for");
                return Err(graph.nodes[nodes[0]].error(what));
            }
        }
    }
    Ok(None)
}

/// Returns the numbers that activations are compared for: near 0, in powers of √2 from 1.2e-4 to 256,
/// and on both sides of all thresholds and ends that the graph has.
fn numbers(graph: &Graph) -> Vec<f64> {
    let near = (-128..=128).map(|sixteenths| f64::from(sixteenths) / 16.0);
    let powers = (-26..=16).map(|halves| 2_f64.powf(f64::from(halves) / 2.0));
    let has_ends =
        |node: &&Node| matches!(&node.operator[..], "Clip" | "Greater" | "Less" | "Max" | "Min");
    let with_ends = graph.nodes.iter().filter(has_ends).take(NODES);
    let ends = with_ends.flat_map(|node| {
        (0..node.inputs.len()).filter_map(|input| graph.constant(node, input)?.single())
    });
    // A bound that no number reaches is none.
    let ends = ends.filter(|end| end.abs() <= 1e6).flat_map(|end| [0.99 * end, end, 1.01 * end]);
    near.chain(powers.chain(ends).flat_map(|x| [-x, x])).collect()
}

/// Returns the first node that takes known values and single constants only, with its output.
fn next(
    graph: &Graph,
    known: &HashMap<Id, Vec<f64>>,
    nodes: &[usize],
    skipped: &HashSet<usize>,
) -> Option<(usize, Id, Vec<f64>)> {
    let mut consumers: Vec<usize> = known.keys().flat_map(|&id| graph.consumers(id)).collect();
    consumers.sort_unstable();
    consumers.dedup();
    consumers.retain(|node| !nodes.contains(node) && !skipped.contains(node));
    consumers.into_iter().find_map(|number| {
        let node = &graph.nodes[number];
        let [Some(output)] = node.outputs[..] else { return None };
        Some((number, output, evaluate(graph, node, known)?))
    })
}

/// Returns whether nodes take nothing but a value, and give nothing but their output. The value may
/// go to a residual connection as well.
fn is_closed(
    graph: &Graph,
    value: Id,
    output: Id,
    known: &HashMap<Id, Vec<f64>>,
    is_own: &dyn Fn(&usize) -> bool,
) -> bool {
    known.keys().filter(|&&id| id != output).all(|&id| {
        let mut outside = graph.consumers(id);
        outside.retain(|node| !is_own(node));
        match id == value {
            true => outside.into_iter().all(|node| is_sum(graph, node)),
            false => outside.is_empty() && id != graph.output,
        }
    })
}

/// Tells whether nodes are this function.
type Is<'a> = &'a dyn Fn(&dyn Fn(f64) -> f64) -> bool;

/// Returns the activation with parameters that nodes are, one of which has these.
fn with_parameters(graph: &Graph, nodes: &[usize], is: Is<'_>) -> Option<LayerSpec> {
    fn checked<A: Activation>(activation: A, is: Is<'_>) -> Option<LayerSpec> {
        is(&|x| f64::from(activation.value(x as f32))).then(|| activation.spec())
    }
    let of = |node: &Node| match &node.operator[..] {
        "LeakyRelu" => {
            let slope = node.real("alpha", 0.01).ok()?;
            checked(LeakyRelu::default().with_negative_slope(slope).ok()?, is)
        }
        "Elu" => checked(Elu::default().with_alpha(node.real("alpha", 1.0).ok()?).ok()?, is),
        "Clip" => {
            let end = |input| graph.constant(node, input)?.single();
            checked(HardTanh::between(end(1)? as f32, end(2)? as f32).ok()?, is)
        }
        _ => None,
    };
    nodes.iter().find_map(|&node| of(&graph.nodes[node]))
}

/// Returns the activation without parameters that this is.
fn plain(is: Is<'_>) -> Option<LayerSpec> {
    macro_rules! first {
        ($($activation:ident),*) => {
            [$((LayerSpec::$activation($activation), |x: f32| $activation.value(x))),*]
                as [(LayerSpec, fn(f32) -> f32); _]
        };
    }
    let all = first![
        Relu,
        Sigmoid,
        Tanh,
        Silu,
        Gelu,
        GeluTanh,
        HardSwish,
        HardSigmoid,
        Softplus,
        Softsign
    ];
    let found = all.into_iter().find(|(_, value)| is(&|x| f64::from(value(x as f32))));
    found.map(|(spec, _)| spec)
}
