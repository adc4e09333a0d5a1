//! What operators make of each number by itself.

use std::collections::HashMap;

use trimpot::math::normal_cdf;

use super::graph::{Graph, Id, Node};

/// Returns what a node makes of known numbers. `None`, if its operator does not take each number by
/// itself, or an input is neither known nor a single constant.
pub(super) fn evaluate(
    graph: &Graph,
    node: &Node,
    known: &HashMap<Id, Vec<f64>>,
) -> Option<Vec<f64>> {
    let operand = |input: usize| {
        let id = node.input(input)?;
        match known.get(&id) {
            Some(numbers) => Some(Operand::Numbers(numbers)),
            None => graph.values[id].constant.as_ref()?.single().map(Operand::Constant),
        }
    };
    let first = operand(0)?;
    let count = known.values().next().map_or(0, Vec::len);
    if let Some(of) = unary(graph, node) {
        return Some((0..count).map(|at| of(first.at(at))).collect());
    }
    let second = operand(1)?;
    let of: fn(f64, f64) -> f64 = match &node.operator[..] {
        "Add" => |a, b| a + b,
        "Sub" => |a, b| a - b,
        "Mul" => |a, b| a * b,
        "Div" => |a, b| a / b,
        "Pow" => f64::powf,
        "Min" if node.inputs.len() == 2 => f64::min,
        "Max" if node.inputs.len() == 2 => f64::max,
        "Greater" => |a, b| f64::from(a > b),
        "Less" => |a, b| f64::from(a < b),
        "Where" => {
            let third = operand(2)?;
            let choose = |at: usize| if first.at(at) != 0.0 { &second } else { &third };
            return Some((0..count).map(|at| choose(at).at(at)).collect());
        }
        _ => return None,
    };
    Some((0..count).map(|at| of(first.at(at), second.at(at))).collect())
}

/// Returns whether a node makes one number of one number.
pub(super) fn is_function(graph: &Graph, node: &Node) -> bool {
    unary(graph, node).is_some()
}

/// What a node takes.
enum Operand<'k> {
    Numbers(&'k [f64]),
    Constant(f64),
}

impl Operand<'_> {
    fn at(&self, place: usize) -> f64 {
        match self {
            Operand::Numbers(numbers) => numbers[place],
            Operand::Constant(number) => *number,
        }
    }
}

/// Returns the function of one number that a node is, with its parameters.
fn unary(graph: &Graph, node: &Node) -> Option<Box<dyn Fn(f64) -> f64>> {
    let real = |name, default| node.real(name, default).ok().map(f64::from);
    Some(match &node.operator[..] {
        "Identity" => Box::new(|x| x),
        "Neg" => Box::new(|x: f64| -x),
        "Abs" => Box::new(f64::abs),
        "Reciprocal" => Box::new(f64::recip),
        "Sqrt" => Box::new(f64::sqrt),
        "Exp" => Box::new(f64::exp),
        "Log" => Box::new(f64::ln),
        "Tanh" => Box::new(f64::tanh),
        "Erf" => Box::new(erf),
        "Sigmoid" => Box::new(sigmoid),
        "Softplus" => Box::new(softplus),
        "Softsign" => Box::new(|x| x / (1.0 + x.abs())),
        "Relu" => Box::new(|x| x.max(0.0)),
        "HardSwish" => Box::new(|x| x * (x / 6.0 + 0.5).clamp(0.0, 1.0)),
        "Mish" => Box::new(mish),
        "Swish" => {
            let alpha = real("alpha", 1.0)?;
            Box::new(move |x| x * sigmoid(alpha * x))
        }
        "Selu" if node.attribute("alpha").is_none() && node.attribute("gamma").is_none() => {
            Box::new(selu)
        }
        "LeakyRelu" => {
            let slope = real("alpha", 0.01)?;
            Box::new(move |x| if x < 0.0 { slope * x } else { x })
        }
        "Elu" => {
            let alpha = real("alpha", 1.0)?;
            Box::new(move |x| if x < 0.0 { alpha * x.exp_m1() } else { x })
        }
        "HardSigmoid" => {
            let (alpha, beta) = (real("alpha", 0.2)?, real("beta", 0.5)?);
            Box::new(move |x| (alpha * x + beta).clamp(0.0, 1.0))
        }
        "Gelu" => match &node.text("approximate", "none").ok()?[..] {
            "none" => Box::new(|x| x * 0.5 * (1.0 + erf(x * std::f64::consts::FRAC_1_SQRT_2))),
            "tanh" => Box::new(|x| {
                let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3));
                0.5 * x * (1.0 + inner.tanh())
            }),
            _ => return None,
        },
        "Clip" => {
            let end = |input, default| match node.input(input) {
                Some(_) => graph.constant(node, input)?.single(),
                None => Some(default),
            };
            let (low, high) = (end(1, f64::NEG_INFINITY)?, end(2, f64::INFINITY)?);
            Box::new(move |x| x.max(low).min(high))
        }
        _ => return None,
    })
}

/// `2 Φ(√2 x) − 1`, to the digits of `f32`.
fn erf(x: f64) -> f64 {
    2.0 * f64::from(normal_cdf((x * std::f64::consts::SQRT_2) as f32)) - 1.0
}

fn sigmoid(x: f64) -> f64 {
    (1.0 + (-x).exp()).recip()
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// `x · tanh(softplus(x))`
pub(super) fn mish(x: f64) -> f64 {
    x * softplus(x).tanh()
}

/// That of ONNX, without settings.
pub(super) fn selu(x: f64) -> f64 {
    1.0507009873554805 * if x < 0.0 { 1.6732632423543772 * x.exp_m1() } else { x }
}
