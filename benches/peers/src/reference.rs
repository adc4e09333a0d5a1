//! What the result should be, in `f64`.

mod backpropagation;

use anyhow::{Result, ensure};

use self::backpropagation::add_gradient;
use crate::case::{Case, LossName, LossWork, OptimizerName, TrainingWork, Work};

/// The value, and the gradient or the parameters after a pass.
pub struct Reference {
    value: f64,
    numbers: Vec<f64>,
}

/// How far a value may be away, relative to the reference: plain sums of 16 Mi `f32` are not exact.
const VALUE: f64 = 1e-3;
/// How far an element of a gradient may be away, relative to the largest.
const GRADIENT: f64 = 3e-5;
/// How far a parameter may be away after a pass, relative to the largest.
const PARAMETER: f64 = 1e-3;
/// The same with Adam, which makes whole steps of gradients that are rounding errors alone.
const ADAM: f64 = 2e-2;

impl Reference {
    pub fn of(case: &Case) -> Result<Self> {
        match case.work {
            Work::Loss(work) => loss(case, &work),
            Work::Training(work) => training(case, &work),
        }
    }

    /// Returns an error if a contender computed something else.
    pub fn check(&self, case: &Case, value: f64, numbers: &[f32]) -> Result<()> {
        let bound = match case.work {
            Work::Loss(_) => GRADIENT,
            Work::Training(work) if work.optimizer == OptimizerName::Adam => ADAM,
            Work::Training(_) => PARAMETER,
        };
        let (expected, found) = (self.numbers.len(), numbers.len());
        ensure!(expected == found, "{found} numbers, not {expected}");
        let scale = self.numbers.iter().fold(0.0_f64, |scale, number| scale.max(number.abs()));
        let mut worst = 0.0_f64;
        for (&expected, &found) in self.numbers.iter().zip(numbers) {
            let distance = (expected - f64::from(found)).abs();
            ensure!(distance.is_finite(), "computes {found} instead of {expected:.3e}");
            worst = worst.max(distance);
        }
        ensure!(worst <= bound * scale, "gradient or parameters off by {:.1e}", worst / scale);
        let off = (value - self.value).abs() / self.value.abs();
        ensure!(off <= VALUE, "value {value:.6} instead of {:.6}", self.value);
        Ok(())
    }
}

fn wide(numbers: Vec<f32>) -> Vec<f64> {
    numbers.into_iter().map(f64::from).collect()
}

fn loss(case: &Case, work: &LossWork) -> Result<Reference> {
    let prediction = wide(case.floats("prediction")?);
    if work.loss == LossName::CrossEntropy {
        return Ok(cross_entropy(&prediction, &case.labels()?, work.columns));
    }
    let target = wide(case.floats("target")?);
    if work.loss == LossName::Dice {
        return Ok(dice(&prediction, &target));
    }
    let at = |p: f64, t: f64| match work.loss {
        LossName::Mse => ((p - t) * (p - t), 2.0 * (p - t)),
        LossName::Huber if (p - t).abs() < 1.0 => (0.5 * (p - t) * (p - t), p - t),
        LossName::Huber => ((p - t).abs() - 0.5, (p - t).signum()),
        LossName::Hinge if t * p < 1.0 => (1.0 - t * p, -t),
        LossName::Hinge => (0.0, 0.0),
        _ => (p.max(0.0) - p * t + (-p.abs()).exp().ln_1p(), 1.0 / (1.0 + (-p).exp()) - t),
    };
    let share = 1.0 / prediction.len() as f64;
    let (values, derivatives): (Vec<f64>, Vec<f64>) =
        prediction.iter().zip(&target).map(|(&p, &t)| at(p, t)).unzip();
    let value = values.iter().sum::<f64>() * share;
    Ok(Reference {
        value,
        numbers: derivatives.into_iter().map(|derivative| derivative * share).collect(),
    })
}

fn dice(prediction: &[f64], target: &[f64]) -> Reference {
    let common: f64 = prediction.iter().zip(target).map(|(p, t)| p * t).sum();
    let total = prediction.iter().chain(target).sum::<f64>() + 1.0;
    let ratio = (2.0 * common + 1.0) / total;
    let numbers = target.iter().map(|t| (ratio - 2.0 * t) / total).collect();
    Reference { value: 1.0 - ratio, numbers }
}

/// Returns the loss of a row of logits; the row becomes its gradient.
fn softmax(row: &mut [f64], label: usize) -> f64 {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let at_label = row[label] - largest;
    row.iter_mut().for_each(|logit| *logit = (*logit - largest).exp());
    let sum: f64 = row.iter().sum();
    row.iter_mut().for_each(|share| *share /= sum);
    row[label] -= 1.0;
    sum.ln() - at_label
}

fn cross_entropy(logits: &[f64], labels: &[u32], classes: usize) -> Reference {
    let mut numbers = logits.to_vec();
    let mut value = 0.0;
    for (row, &label) in numbers.chunks_exact_mut(classes).zip(labels) {
        value += softmax(row, label as usize);
    }
    let share = 1.0 / labels.len() as f64;
    numbers.iter_mut().for_each(|number| *number *= share);
    Reference { value: value * share, numbers }
}

/// Returns a pass over the rows.
fn training(case: &Case, work: &TrainingWork) -> Result<Reference> {
    let features = wide(case.floats("features")?);
    let labels = case.labels()?;
    let mut parameters = wide(case.floats("parameters")?);
    let mut state = vec![(0.0, 0.0); parameters.len()];
    let mut total = 0.0;
    let (inputs, layers) = (work.network.inputs(), work.network.layers());
    let batches = features.chunks(work.batch * inputs).zip(labels.chunks(work.batch));
    for (step, (features, labels)) in (1..).zip(batches) {
        let mut gradient = vec![0.0; parameters.len()];
        for (input, &label) in features.chunks(inputs).zip(labels) {
            total += add_gradient(&layers, &parameters, input, label as usize, &mut gradient);
        }
        let share = 1.0 / labels.len() as f64;
        gradient.iter_mut().for_each(|gradient| *gradient *= share);
        update(work, step, &mut parameters, &gradient, &mut state);
    }
    Ok(Reference { value: total / work.rows as f64, numbers: parameters })
}

fn update(
    work: &TrainingWork,
    step: i32,
    parameters: &mut [f64],
    gradient: &[f64],
    state: &mut [(f64, f64)],
) {
    let learning_rate = f64::from(work.learning_rate);
    let (first, second) = (1.0 - 0.9_f64.powi(step), 1.0 - 0.999_f64.powi(step));
    for ((parameter, gradient), (mean, square)) in parameters.iter_mut().zip(gradient).zip(state) {
        match work.optimizer {
            OptimizerName::Sgd => *parameter -= learning_rate * gradient,
            OptimizerName::Adam => {
                *mean = 0.9 * *mean + 0.1 * gradient;
                *square = 0.999 * *square + 0.001 * gradient * gradient;
                *parameter -= learning_rate * (*mean / first) / ((*square / second).sqrt() + 1e-8);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::lines;

    /// What is off is noticed: in the value, in one number of many, in their count, and if it is no
    /// number.
    #[test]
    fn another_result_is_an_error() {
        let case = &lines("".as_ref())[0].case;
        let reference = Reference { value: 1.0, numbers: vec![0.5, -2.0, 0.0] };
        let check = |value, numbers: &[f32]| reference.check(case, value, numbers);
        assert!(check(1.0, &[0.5, -2.0, 0.0]).is_ok());
        assert!(check(1.0001, &[0.500_01, -2.0, -0.000_01]).is_ok());
        assert!(check(1.01, &[0.5, -2.0, 0.0]).is_err());
        assert!(check(f64::NAN, &[0.5, -2.0, 0.0]).is_err());
        assert!(check(1.0, &[0.5, -2.0, 0.001]).is_err());
        assert!(check(1.0, &[0.5, f32::NAN, 0.0]).is_err());
        assert!(check(1.0, &[0.5, -2.0]).is_err());
    }
}
