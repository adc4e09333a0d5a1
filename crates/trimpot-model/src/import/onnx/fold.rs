//! Nodes that do not depend on the sample: they turn weights, and compute shapes.

use rten_onnx::onnx::DataType;

use super::array::{Array, Constant, axis, each};
use super::graph::Node;
use super::tensors::{Tensors, is_integer, is_real};
use crate::import::ImportError;

/// The most numbers of a shape, or of what becomes one.
const SHAPE_LIMIT: usize = 64;

/// Computes constants, with a limit for what they take.
pub(super) struct Folder {
    /// How many numbers may still be computed.
    left: usize,
}

impl Folder {
    /// Creates one for a file with so many numbers, each of which may be turned twice or so.
    pub(super) fn new(count: usize) -> Self {
        Folder { left: count.saturating_mul(4).saturating_add(1 << 20) }
    }

    /// Returns what a node makes of constants; `None` if it is none of those that are computed.
    pub(super) fn fold(
        &mut self,
        node: &Node,
        inputs: &[Option<&Constant>],
        tensors: &mut Tensors,
    ) -> Result<Option<Constant>, ImportError> {
        let count = inputs.iter().flatten().map(|input| input.len()).max().unwrap_or(0);
        let constant = match folded(node, inputs, tensors) {
            Some(constant) => constant?,
            None => return Ok(None),
        };
        match self.left.checked_sub(count.max(constant.len())) {
            Some(left) => self.left = left,
            None => return Err(node.error("constants take more memory than is reasonable")),
        }
        Ok(Some(constant))
    }
}

/// Returns what a node computes of constants; `None` if it is not known here.
fn folded(
    node: &Node,
    inputs: &[Option<&Constant>],
    tensors: &mut Tensors,
) -> Option<Result<Constant, ImportError>> {
    let result = match (&node.operator[..], inputs) {
        ("Constant", []) => return Some(value(node, tensors)),
        ("Identity", [Some(input)]) => Ok((*input).clone()),
        ("Cast", [Some(input)]) => return Some(cast(node, input)),
        ("Transpose", [Some(input)]) => {
            each!((*input).clone(), array => array.transposed(node.integers("perm")))
        }
        ("Reshape", [Some(input), Some(Constant::Integers(to))]) => {
            let zero_copies = node.attribute("allowzero").and_then(|zero| zero.i) != Some(1);
            each!((*input).clone(), array => array.reshaped(&to.numbers, zero_copies))
        }
        ("Squeeze" | "Unsqueeze", [Some(input), ..]) => {
            let shape = axes(node, inputs.get(1).copied().flatten())
                .and_then(|axes| with_axes(&node.operator, input.shape(), axes.as_deref()));
            shape.map(|shape| {
                let mut constant = (*input).clone();
                match &mut constant {
                    Constant::Reals(array) => array.shape = shape,
                    Constant::Integers(array) => array.shape = shape,
                }
                constant
            })
        }
        (_, [first, ..]) if first.is_some_and(|first| first.len() <= SHAPE_LIMIT) => {
            return of_shapes(node, inputs, tensors);
        }
        _ => return None,
    };
    Some(result.map_err(|what| node.error(what)))
}

/// Returns what a node computes that shapes are computed with.
fn of_shapes(
    node: &Node,
    inputs: &[Option<&Constant>],
    tensors: &mut Tensors,
) -> Option<Result<Constant, ImportError>> {
    let integers = |input: usize| match inputs.get(input) {
        Some(Some(Constant::Integers(array))) if array.numbers.len() <= SHAPE_LIMIT => Some(array),
        _ => None,
    };
    let (first, second) = (integers(0)?, integers(1));
    let array = match (&node.operator[..], second) {
        ("Gather", Some(second)) => gather(node, first, second),
        ("Slice", _) => slice(first, &[1, 2, 3, 4].map(integers)),
        ("Concat", _) => concat(inputs.len(), &integers),
        ("ConstantOfShape", _) => filled(node, first, tensors),
        ("Add", Some(second)) => each_pair(first, second, i64::checked_add),
        ("Sub", Some(second)) => each_pair(first, second, i64::checked_sub),
        ("Mul", Some(second)) => each_pair(first, second, i64::checked_mul),
        ("Div", Some(second)) => each_pair(first, second, i64::checked_div),
        // The sign is the divisor's, so for one that is positive it is what Rust calls Euclid's.
        ("Mod", Some(second))
            if node.integer("fmod", 0).is_ok_and(|fmod| fmod == 0)
                && second.numbers.iter().all(|&divisor| divisor > 0) =>
        {
            each_pair(first, second, i64::checked_rem_euclid)
        }
        _ => return None,
    };
    Some(array.map(Constant::Integers).map_err(|what| node.error(what)))
}

/// Returns the constant that a node is.
fn value(node: &Node, tensors: &mut Tensors) -> Result<Constant, ImportError> {
    if let Some(tensor) = node.attribute("value").and_then(|value| value.t.as_ref()) {
        return tensors.constant(tensor).map_err(|error| node.error(error));
    }
    let scalar = |number| Array { shape: Vec::new(), numbers: vec![number] };
    let of = |name| node.attribute(name);
    if let Some(number) = of("value_float").and_then(|value| value.f) {
        Ok(Constant::Reals(scalar(number)))
    } else if let Some(value) = of("value_floats") {
        Ok(Constant::Reals(Array::vector(value.floats.clone())))
    } else if let Some(number) = of("value_int").and_then(|value| value.i) {
        Ok(Constant::Integers(Array { shape: Vec::new(), numbers: vec![number] }))
    } else if let Some(value) = of("value_ints") {
        Ok(Constant::Integers(Array::vector(value.ints.clone())))
    } else {
        Err(node.error("it has no numbers"))
    }
}

/// Returns a constant of another type. Floating-point numbers of all types are those of 32 bits
/// here.
fn cast(node: &Node, input: &Constant) -> Result<Constant, ImportError> {
    let to = DataType(node.integer("to", 0)?.try_into().unwrap_or(0));
    match input {
        Constant::Reals(_) if is_real(to) => Ok(input.clone()),
        Constant::Integers(_) if is_integer(to) => Ok(input.clone()),
        Constant::Integers(array) if is_real(to) => Ok(Constant::Reals(Array {
            shape: array.shape.clone(),
            numbers: array.numbers.iter().map(|&number| number as f32).collect(),
        })),
        _ => Err(node.error(format!("constants are not cast to {to}"))),
    }
}

/// Returns the axes of a node, which are an input since operator set 13, and an attribute before.
pub(super) fn axes(node: &Node, input: Option<&Constant>) -> Result<Option<Vec<i64>>, String> {
    match input {
        Some(Constant::Integers(axes)) => Ok(Some(axes.numbers.clone())),
        Some(Constant::Reals(_)) => Err("its axes are no integers".to_owned()),
        None => Ok(node.integers("axes").map(<[i64]>::to_vec)),
    }
}

/// Returns a shape without some of its sizes, which are 1 (`Squeeze`), or with more of these.
pub(super) fn with_axes(
    operator: &str,
    shape: &[usize],
    axes: Option<&[i64]>,
) -> Result<Vec<usize>, String> {
    let is_squeezed = operator == "Squeeze";
    let Some(axes) = axes else {
        return match is_squeezed {
            true => Ok(shape.iter().copied().filter(|&size| size != 1).collect()),
            false => Err("it has no axes".to_owned()),
        };
    };
    if axes.len() > SHAPE_LIMIT {
        return Err(format!("it has {} axes", axes.len()));
    }
    let rank = if is_squeezed { shape.len() } else { shape.len() + axes.len() };
    let axes = axes.iter().map(|&of| axis(of, rank)).collect::<Result<Vec<_>, _>>()?;
    let mut sizes = shape.iter();
    let mut result = Vec::new();
    for place in 0..rank {
        match (axes.contains(&place), is_squeezed) {
            (true, false) => result.push(1),
            (true, true) if sizes.next() != Some(&1) => {
                return Err(format!("the size of axis {place} is not 1"));
            }
            (true, true) => {}
            (false, _) => result.extend(sizes.next()),
        }
    }
    match result.len() + usize::from(is_squeezed) * axes.len() == rank {
        true => Ok(result),
        false => Err(format!("axes {axes:?} are not different")),
    }
}

fn gather(node: &Node, from: &Array<i64>, places: &Array<i64>) -> Result<Array<i64>, String> {
    if node.attribute("axis").and_then(|axis| axis.i).is_some_and(|axis| axis != 0) {
        return Err("shapes are taken from along axis 0".to_owned());
    }
    let count = from.shape.first().copied().unwrap_or(0);
    let rows = places.numbers.iter().map(|&place| axis(place, count));
    let rows = from.rows(&rows.collect::<Result<Vec<_>, _>>()?);
    let shape = [&places.shape, from.shape.get(1..).unwrap_or_default()].concat();
    Ok(Array { shape, ..rows })
}

/// Returns the rows from a start to an end, in steps; along axis 0.
fn slice(
    from: &Array<i64>,
    [starts, ends, axes, steps]: &[Option<&Array<i64>>; 4],
) -> Result<Array<i64>, String> {
    let first = |array: &Option<&Array<i64>>, default: Option<i64>| match array {
        Some(array) if array.numbers.len() == 1 => Ok(array.numbers[0]),
        Some(_) => Err("shapes are cut along one axis".to_owned()),
        None => default.ok_or_else(|| "it has no start and end".to_owned()),
    };
    let [start, end] = [first(starts, None)?, first(ends, None)?];
    let [axis, step] = [first(axes, Some(0))?, first(steps, Some(1))?];
    if (axis != 0 && axis != -(from.shape.len() as i64)) || step == 0 {
        return Err(format!("shapes are cut along axis 0, and not {axis} in steps of {step}"));
    }
    let count = from.shape.first().copied().unwrap_or(0) as i64;
    let (least, most) = if step > 0 { (0, count) } else { (-1, count - 1) };
    let clamped = |at: i64| {
        let at = if at < 0 { at.saturating_add(count) } else { at };
        at.clamp(least, most)
    };
    let (mut at, end) = (clamped(start), clamped(end));
    let mut rows = Vec::new();
    while if step > 0 { at < end } else { at > end } {
        rows.push(at as usize);
        at = at.saturating_add(step);
    }
    Ok(from.rows(&rows))
}

fn concat<'c>(
    count: usize,
    integers: &impl Fn(usize) -> Option<&'c Array<i64>>,
) -> Result<Array<i64>, String> {
    let mut numbers = Vec::new();
    for input in 0..count {
        match integers(input) {
            Some(vector) if vector.shape.len() == 1 => numbers.extend(&vector.numbers),
            _ => return Err("only vectors of integers are put together".to_owned()),
        }
    }
    match numbers.len() <= SHAPE_LIMIT {
        true => Ok(Array::vector(numbers)),
        false => Err(format!("a shape has {} sizes", numbers.len())),
    }
}

fn filled(node: &Node, shape: &Array<i64>, tensors: &mut Tensors) -> Result<Array<i64>, String> {
    let value = node.attribute("value").and_then(|value| value.t.as_ref());
    let value = value.map(|value| tensors.constant(value)).transpose();
    let number = match value.map_err(|error| error.to_string())? {
        Some(Constant::Integers(array)) if array.numbers.len() == 1 => array.numbers[0],
        _ => return Err("it is not filled with an integer".to_owned()),
    };
    match shape.numbers[..] {
        [count] if (0..=SHAPE_LIMIT as i64).contains(&count) => {
            Ok(Array::vector(vec![number; count as usize]))
        }
        _ => Err(format!("it makes {:?} of integers", shape.numbers)),
    }
}

/// Returns the results for pairs; one number is for all.
fn each_pair(
    first: &Array<i64>,
    second: &Array<i64>,
    of: fn(i64, i64) -> Option<i64>,
) -> Result<Array<i64>, String> {
    let (longer, shorter) =
        if first.numbers.len() < second.numbers.len() { (second, first) } else { (first, second) };
    if shorter.numbers.len() != 1 && shorter.shape != longer.shape {
        return Err(format!("{:?} and {:?} are not of one shape", first.shape, second.shape));
    }
    let at = |array: &Array<i64>, place: usize| array.numbers[place % array.numbers.len().max(1)];
    let result = |place| of(at(first, place), at(second, place));
    let numbers = (0..longer.numbers.len()).map(result).collect::<Option<Vec<_>>>();
    let numbers = numbers.ok_or_else(|| "a result is no integer".to_owned())?;
    Ok(Array { shape: longer.shape.clone(), numbers })
}
