//! The machine's own limit for losses of single elements: `a = b + s·c`, which reads and writes as
//! much. Beyond the caches it is written past them, where the processor can.

use anyhow::{Result, bail};
use trimpot_roofline::triad;

use crate::aligned::{Numbers, numbers};
use crate::case::{Case, LossName, Work};
use crate::contender::{Run, RunResult};

/// From here on data does not fit into any cache.
const LARGE: usize = 1 << 23;

struct Triad {
    sum: Numbers<f32>,
    left: Numbers<f32>,
    right: Numbers<f32>,
    factor: f32,
}

pub fn prepare(case: &Case) -> Result<Box<dyn Run>> {
    match case.work {
        Work::Loss(work)
            if matches!(work.loss, LossName::Mse | LossName::Huber | LossName::Hinge) =>
        {
            let left = numbers(&case.floats("prediction")?);
            let right = numbers(&case.floats("target")?);
            Ok(Box::new(Triad { sum: left.clone(), left, right, factor: 3.0 }))
        }
        _ => bail!("is no limit of it"),
    }
}

impl Run for Triad {
    fn once(&mut self) -> Result<()> {
        let is_large = self.sum.len() >= LARGE;
        let triad = if is_large { triad::streaming } else { triad::plain };
        triad(&mut self.sum, &self.left, &self.right, self.factor);
        Ok(())
    }

    /// The triad computes no loss: it checks itself and returns none.
    fn result(&mut self) -> Result<RunResult> {
        for ((&sum, &left), &right) in self.sum.iter().zip(&*self.left).zip(&*self.right) {
            anyhow::ensure!(sum == left + self.factor * right, "{sum} = {left} + 3 · {right}?");
        }
        Ok(RunResult { value: 0.0, numbers: Vec::new() })
    }
}
