//! The machine's own limit for large data: `a = b + s·c`, written past the caches where the
//! processor can. Mean squared error reads and writes as much.

use anyhow::{Result, bail};
use trimpot_roofline::triad;

use crate::case::{Case, LossName, Work};
use crate::contender::{Run, RunResult};

/// From here on data does not fit into any cache, and the triad is a limit.
const LARGE: usize = 1 << 23;

struct Triad {
    sum: Vec<f32>,
    left: Vec<f32>,
    right: Vec<f32>,
    factor: f32,
}

pub fn prepare(case: &Case) -> Result<Box<dyn Run>> {
    match case.work {
        Work::Loss(work) if work.loss == LossName::Mse && work.elements() >= LARGE => {
            let (left, right) = (case.floats("prediction")?, case.floats("target")?);
            Ok(Box::new(Triad { sum: vec![0.0; left.len()], left, right, factor: 3.0 }))
        }
        _ => bail!("only for data beyond the caches"),
    }
}

impl Run for Triad {
    fn once(&mut self) -> Result<()> {
        triad::streaming(&mut self.sum, &self.left, &self.right, self.factor);
        Ok(())
    }

    /// The triad computes no loss: it checks itself and returns none.
    fn result(&mut self) -> Result<RunResult> {
        for ((&sum, &left), &right) in self.sum.iter().zip(&self.left).zip(&self.right) {
            anyhow::ensure!(sum == left + self.factor * right, "{sum} = {left} + 3 · {right}?");
        }
        Ok(RunResult { value: 0.0, numbers: Vec::new() })
    }
}
