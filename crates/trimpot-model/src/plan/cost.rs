//! What everything costs that is counted.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use trimpot::layer::kind::Work;
use trimpot::spec::LayerSpec;

use super::counts::Counts;
use super::workload::Pass;

/// The measured costs, written by `cargo xtask cost --overwrite`.
const FILE: &str = include_str!("costs.csv");

/// A line of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// The layer, or what else it is.
    pub layer: String,
    /// In which pass.
    pub pass: Pass,
    /// What it is that costs: one of the [`Counts`], [`STACK`], or [`PLANNED_STEP`].
    pub what: String,
    /// Instructions for each; of memory, bytes.
    pub each: f64,
}

/// In the file, the bytes of stack of a pass through a network with this layer.
pub const STACK: &str = "bytes of stack";
/// In the file, the bytes of a [`PlannedStep`](trimpot::plan::PlannedStep).
pub const PLANNED_STEP: &str = "bytes of a planned step";

/// What layers cost on a Cortex-M4F: instructions, and bytes of stack.
///
/// Measured in the emulator, with the interpreter in `f32`, compiled at opt-level 3.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Costs(BTreeMap<(String, Pass, String), f64>);

impl Costs {
    /// Returns what was measured.
    pub fn measured() -> &'static Self {
        static MEASURED: LazyLock<Costs> = LazyLock::new(|| {
            let mut lines = csv::Reader::from_reader(FILE.as_bytes());
            lines.deserialize().collect::<Result<_, _>>().expect("a test reads the file")
        });
        &MEASURED
    }

    /// Returns what each of something costs. `None` if that was not measured.
    pub fn each(&self, layer: &str, pass: Pass, what: &str) -> Option<f64> {
        self.0.get(&(layer.to_owned(), pass, what.to_owned())).copied()
    }

    /// Returns how many instructions the counts take. `None` if something of it was not measured.
    pub fn instructions(&self, counts: &Counts) -> Option<f64> {
        counts
            .iter()
            .map(|((layer, pass, what), count)| Some(self.each(layer, pass, what)? * count))
            .sum()
    }

    /// Returns how many bytes of stack a pass through these layers takes, with the frame of the
    /// function that calls the interpreter. A layer that was not measured counts as the deepest.
    pub fn stack(&self, layers: &[LayerSpec], pass: Pass) -> usize {
        let stacks = self.0.iter().filter(|((_, of, what), _)| *of == pass && what == STACK);
        let deepest = stacks.map(|(_, &bytes)| bytes).fold(0.0, f64::max);
        let stack = |&layer| self.each(&stack_of(layer), pass, STACK).unwrap_or(deepest);
        layers.iter().map(stack).fold(0.0, f64::max) as usize
    }

    /// Returns how many bytes the planned steps of a network take on a board.
    ///
    /// # Panics
    /// If that was not measured.
    pub fn planned_steps(&self, steps: usize) -> usize {
        let each = self.each("Network", Pass::Inference, PLANNED_STEP);
        steps * each.expect("the board says it of every network") as usize
    }
}

/// Returns what the stack of a layer is listed under: its kind, and which of its kernels a
/// convolution takes. A shortcut is a part of its residual connection.
pub fn stack_of(layer: LayerSpec) -> String {
    let name = match layer {
        LayerSpec::Shortcut(_) => "Residual",
        layer => layer.name(),
    };
    match layer.work() {
        Work::Convolution { channels, groups, .. } if channels == [groups; 2] => {
            format!("{name}, depthwise")
        }
        Work::Convolution { window, .. } if window.size == [1, 1] && window.stride == [1, 1] => {
            format!("{name}, 1x1")
        }
        Work::Convolution { .. }
        | Work::Pool { .. }
        | Work::Nothing
        | Work::Numbers
        | Work::Signs
        | Work::Noise
        | Work::Channels
        | Work::Rows(_)
        | Work::Lookups
        | Work::WeightedSums => name.to_owned(),
    }
}

impl FromIterator<Cost> for Costs {
    fn from_iter<T: IntoIterator<Item = Cost>>(costs: T) -> Self {
        let entry = |cost: Cost| ((cost.layer, cost.pass, cost.what), cost.each);
        Costs(costs.into_iter().map(entry).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All kinds but an activation of the user's own, which nobody can interpret, and the shortcuts
    /// of residual connections.
    #[test]
    fn every_kind_of_layer_was_measured() {
        let costs = Costs::measured();
        macro_rules! check {
            ($($(#[$doc:meta])* $name:ident: $spec:ty;)*) => {$(
                for pass in [Pass::Inference, Pass::Step] {
                    let stack = costs.each(stringify!($name), pass, STACK);
                    let is_measured = !["Custom", "Shortcut"].contains(&stringify!($name));
                    assert_eq!(stack.is_some(), is_measured, stringify!($name));
                }
            )*};
        }
        trimpot::for_each_layer!(check);
        assert!(costs.0.values().all(|each| each.is_finite() && *each >= 0.0));
        assert!(costs.planned_steps(2) > costs.planned_steps(1));
    }
}
