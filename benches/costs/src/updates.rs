//! What steps of optimizers cost.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::num::NonZeroU8;
use trimpot::optimizer::OPTIMIZERS;
use trimpot_model::file::BoardOptimizer;
use trimpot_model::plan::{Counts, update};

/// What lines of optimizers begin with.
pub const PREFIX: &str = "update;";

/// What the board says of a step: see the firmware's `cost`.
#[derive(Clone, Debug, Deserialize)]
pub struct Line {
    _prefix: String,
    pub optimizer: String,
    pub parameters: usize,
    pub samples: NonZeroU8,
    pub instructions: f64,
}

/// What a step does, and what that takes.
pub struct Update {
    pub line: Line,
    pub counts: Counts,
}

/// Reads what the board has measured of all optimizers.
pub fn measured(lines: &[&str]) -> Result<Vec<Update>> {
    let lines: Vec<Line> = crate::read(&lines.join("\n"))?;
    for spec in OPTIMIZERS {
        let is_measured = lines.iter().any(|line| line.optimizer == spec.name);
        ensure!(is_measured, "the board has not measured {}", spec.name);
    }
    let update = |line: Line| {
        let optimizer = BoardOptimizer::named(&line.optimizer);
        let optimizer = optimizer.with_context(|| format!("nobody knows {}", line.optimizer))?;
        Ok(Update { counts: update(optimizer, line.parameters, line.samples), line })
    };
    lines.into_iter().map(update).collect()
}
