//! Windows of convolutions and pools, as attributes say them.

use super::array::Constant;
use super::graph::{Graph, Node};
use crate::import::{ImportError, Window};

/// Zeros before and behind each direction that a node in front puts there; empty for none.
#[derive(Default)]
pub(super) struct Padding(Vec<[u32; 2]>);

impl Padding {
    /// Returns that of a `Pad`, whose pads are an input: first all before, then all behind.
    pub(super) fn of(node: &Node, graph: &Graph, sample: &[usize]) -> Result<Self, ImportError> {
        let mode = node.text("mode", "constant")?;
        let is_zero = match node.input(2) {
            Some(_) => graph.constant(node, 2).and_then(Constant::single) == Some(0.0),
            None => true,
        };
        if mode != "constant" || !is_zero {
            return Err(node.error("what is put around is read if it is zeros"));
        }
        let Some(Constant::Integers(pads)) = graph.constant(node, 1) else {
            return Err(node.error("its pads are no constant"));
        };
        let rank = sample.len() + 1;
        let axes = match (node.input(3), graph.constant(node, 3)) {
            (None, _) => (0..rank as i64).collect(),
            (Some(_), Some(Constant::Integers(axes))) => axes.numbers.clone(),
            (Some(_), _) => return Err(node.error("its axes are no constant")),
        };
        if pads.numbers.len() != 2 * axes.len() {
            let what = format!("it has {} pads for {} axes", pads.numbers.len(), axes.len());
            return Err(node.error(what));
        }
        let mut padding = vec![[0; 2]; rank];
        for (place, &axis) in axes.iter().enumerate() {
            let axis = super::array::axis(axis, rank).map_err(|what| node.error(what))?;
            for (side, at) in [place, place + axes.len()].into_iter().enumerate() {
                let pad = pads.numbers[at];
                padding[axis][side] =
                    u32::try_from(pad).map_err(|_| node.error(format!("a pad is {pad}")))?;
            }
        }
        match padding.split_off(2.min(rank)) {
            behind if padding.iter().all(|sides| *sides == [0; 2]) => Ok(Padding(behind)),
            _ => Err(node.error("zeros are put around channels or samples")),
        }
    }

    /// Returns the zeros of a direction.
    fn sides(&self, direction: usize) -> [u32; 2] {
        self.0.get(direction).copied().unwrap_or_default()
    }
}

/// Returns what there is to a window of this size on a sample, beside its size. `outside` is the
/// padding of a node in front.
pub(super) fn window(
    node: &Node,
    size: &[usize],
    sample: &[usize],
    outside: &Padding,
) -> Result<Window, ImportError> {
    let directions = size.len();
    let plane = sample.get(1..).unwrap_or_default();
    if plane.len() != directions || directions == 0 {
        let what = format!("its window is {size:?}, but a sample is {sample:?}");
        return Err(node.error(what));
    }
    let counts = |name: &str| -> Result<Vec<u32>, ImportError> {
        let Some(counts) = node.integers(name) else { return Ok(vec![1; directions]) };
        let counts =
            counts.iter().map(|&count| u32::try_from(count).ok().filter(|&count| count > 0));
        match counts.collect::<Option<Vec<_>>>() {
            Some(counts) if counts.len() == directions => Ok(counts),
            _ => Err(node.error(format!("its {name} are not {directions} numbers from 1"))),
        }
    };
    let (stride, dilation) = (counts("strides")?, counts("dilations")?);
    let automatic = node.text("auto_pad", "NOTSET")?;
    let pads = node.integers("pads");
    let mut padding = Vec::new();
    for direction in 0..directions {
        let outer = outside.sides(direction);
        let input =
            plane[direction] as u64 + outer.iter().map(|&side| u64::from(side)).sum::<u64>();
        let step = u64::from(stride[direction]);
        let covered = (size[direction] as u64)
            .saturating_sub(1)
            .saturating_mul(u64::from(dilation[direction]))
            .saturating_add(1);
        let own = match (&automatic[..], pads) {
            ("NOTSET", None) | ("VALID", _) => [0; 2],
            ("NOTSET", Some(pads)) if pads.len() == 2 * directions => {
                let side = |at: usize| u32::try_from(pads[at]);
                let sides =
                    side(direction).and_then(|before| Ok([before, side(direction + directions)?]));
                sides.map_err(|_| node.error(format!("its pads are {pads:?}")))?
            }
            ("SAME_UPPER" | "SAME_LOWER", _) => {
                let moves = input.div_ceil(step).saturating_sub(1);
                let all = moves.saturating_mul(step).saturating_add(covered).saturating_sub(input);
                let all = u32::try_from(all).map_err(|_| node.error("its padding is too wide"))?;
                match &automatic[..] {
                    "SAME_UPPER" => [all / 2, all - all / 2],
                    _ => [all - all / 2, all / 2],
                }
            }
            ("NOTSET", Some(pads)) => {
                let what = format!("it has {} pads for {directions} directions", pads.len());
                return Err(node.error(what));
            }
            (other, _) => return Err(node.error(format!("auto_pad = {other}"))),
        };
        let padded = own.iter().fold(input, |sum, &side| sum + u64::from(side));
        let left = padded.saturating_sub(covered) % step;
        if node.integer("ceil_mode", 0)? != 0 && left != 0 {
            let what = format!(
                "ceil_mode = 1 adds a window at the end of {padded} numbers, which is not all in them"
            );
            return Err(node.error(what));
        }
        let sum = |side: usize| own[side].checked_add(outer[side]);
        let both = sum(0).zip(sum(1)).ok_or_else(|| node.error("its padding is too wide"))?;
        padding.push(both.into());
    }
    Ok(Window { stride, padding, dilation })
}
