//! A line of the tables: its contenders, and what became of them.

use crate::case::Line;

/// Trimpot's: of these the first one that has a time is held to the bars.
pub const OURS: [&str; 2] = ["trimpot", "trimpot as data"];
/// The contenders of the losses, in the table's order.
pub const LOSSES: [&str; 8] =
    ["trimpot", "torch", "torch compiled", "jax", "burn", "candle", "dfdx", "triad"];
/// The contenders of training.
pub const TRAINING: [&str; 10] = [
    "trimpot",
    "trimpot as data",
    "torch",
    "torch compiled",
    "sklearn",
    "burn",
    "candle",
    "dfdx",
    "jax",
    "jax scan",
];

/// What became of a contender: its best sample, or why there is none.
pub type Entry = Result<Sample, String>;

/// What a run took.
#[derive(Clone, Copy)]
pub struct Sample {
    pub ns: f64,
    /// Pages of memory that it got from the system: if there are many, its buffers are cold.
    pub faults: f64,
}

/// A line's contenders in their order, and what became of them.
pub struct Comparison {
    pub line: Line,
    pub entries: Vec<(&'static str, Entry)>,
}

impl Comparison {
    /// Returns the time of a contender in the table's unit.
    pub fn time(&self, name: &str) -> Option<f64> {
        let (_, entry) = self.entries.iter().find(|(contender, _)| *contender == name)?;
        entry.as_ref().ok().map(|sample| sample.ns / self.line.per())
    }

    /// Returns Trimpot's time in the table's unit.
    pub fn ours(&self) -> Option<f64> {
        OURS.iter().find_map(|name| self.time(name))
    }
}
