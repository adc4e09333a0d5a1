//! A line of the tables: its contenders, and what became of them.

use crate::case::Line;

/// The contenders of the losses, in the table's order.
pub const LOSSES: [&str; 8] =
    ["trimpot", "torch", "torch compiled", "jax", "burn", "candle", "dfdx", "triad"];
/// The contenders of training.
pub const TRAINING: [&str; 8] =
    ["trimpot", "torch", "sklearn", "burn", "candle", "dfdx", "jax", "jax scan"];

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
