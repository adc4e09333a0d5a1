//! Losses over slices: `trimpot::batch`, and `trimpot_host::stream` for what is larger than the
//! caches.

use anyhow::{Result, bail};
use trimpot::batch::{classes, rows, sum};
use trimpot::loss::{
    BinaryCrossEntropyWithLogits, CrossEntropy, Dice, Elementwise, Hinge, Huber, MeanSquaredError,
};
use trimpot_host::stream;

use crate::aligned::{Numbers, numbers};
use crate::case::{Case, LossName, LossWork};
use crate::contender::{Run, RunResult};

pub fn prepare(case: &Case, work: &LossWork) -> Result<Box<dyn Run>> {
    let prediction = numbers(&case.floats("prediction")?);
    let gradient = numbers(&vec![0.0; prediction.len()]);
    if work.loss != LossName::CrossEntropy {
        let target = numbers(&case.floats("target")?);
        let function = function(work.loss);
        return Ok(Box::new(Loss { function, prediction, target, gradient, value: 0.0 }));
    }
    let labels = numbers(&case.labels()?);
    let values = numbers(&vec![0.0; labels.len()]);
    let function = match work.columns {
        10 => few_classes::<10>,
        1000 => many_classes,
        _ => bail!("this number of classes is not compiled in"),
    };
    Ok(Box::new(Rows { function, logits: prediction, labels, gradient, values, value: 0.0 }))
}

/// Writes the gradient, and returns the value.
type Function = fn(&[f32], &[f32], &mut [f32]) -> Result<f32>;

fn function(loss: LossName) -> Function {
    match loss {
        LossName::Mse => |p, t, g| mean(&MeanSquaredError, p, t, g),
        LossName::Huber => |p, t, g| mean(&Huber::default(), p, t, g),
        LossName::Hinge => |p, t, g| mean(&Hinge::default(), p, t, g),
        LossName::Dice => |p, t, g| Ok(stream::mask(&Dice::default(), p, t, g)?),
        _ => |p, t, g| mean(&BinaryCrossEntropyWithLogits::default(), p, t, g),
    }
}

fn mean(loss: &impl Elementwise, p: &[f32], t: &[f32], gradient: &mut [f32]) -> Result<f32> {
    Ok(stream::mean(loss, p, t, gradient)?)
}

struct Loss {
    function: Function,
    prediction: Numbers<f32>,
    target: Numbers<f32>,
    gradient: Numbers<f32>,
    value: f32,
}

impl Run for Loss {
    fn once(&mut self) -> Result<()> {
        self.value = (self.function)(&self.prediction, &self.target, &mut self.gradient)?;
        Ok(())
    }

    fn result(&mut self) -> Result<RunResult> {
        Ok(RunResult { value: f64::from(self.value), numbers: self.gradient.to_vec() })
    }
}

/// Writes gradients and the values of rows.
type RowFunction = fn(&[f32], &[u32], &mut [f32], &mut [f32]) -> Result<()>;

/// Cross-entropy of rows of logits.
struct Rows {
    function: RowFunction,
    logits: Numbers<f32>,
    labels: Numbers<u32>,
    gradient: Numbers<f32>,
    values: Numbers<f32>,
    value: f64,
}

impl Run for Rows {
    fn once(&mut self) -> Result<()> {
        let (gradient, values) = (&mut self.gradient, &mut self.values);
        (self.function)(&self.logits, &self.labels, gradient, values)?;
        self.value = sum(&self.values);
        Ok(())
    }

    fn result(&mut self) -> Result<RunResult> {
        Ok(RunResult { value: self.value, numbers: self.gradient.to_vec() })
    }
}

fn few_classes<const N: usize>(
    logits: &[f32],
    labels: &[u32],
    gradient: &mut [f32],
    values: &mut [f32],
) -> Result<()> {
    let loss = 1.0 / labels.len() as f32 * CrossEntropy::new();
    let (logits, _) = logits.as_chunks::<N>();
    let (gradient, _) = gradient.as_chunks_mut::<N>();
    Ok(rows::gradient(&loss, logits, labels, gradient, values)?)
}

fn many_classes(
    logits: &[f32],
    labels: &[u32],
    gradient: &mut [f32],
    values: &mut [f32],
) -> Result<()> {
    let loss = 1.0 / labels.len() as f32 * CrossEntropy::new();
    Ok(classes::gradient(&loss, logits.len() / labels.len(), logits, labels, gradient, values)?)
}
