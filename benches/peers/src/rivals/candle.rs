//! candle, with the losses and optimizers of `candle-nn` where it has them.

use anyhow::{Context, Result, bail};
use candle_core::{DType, Device, Tensor, Var};
use candle_nn::loss::{binary_cross_entropy_with_logit, cross_entropy, huber, mse};
use candle_nn::{AdamW, Optimizer, ParamsAdamW, SGD};

use crate::case::{Case, LossName, LossWork, OptimizerName, TrainingWork, Work};
use crate::contender::{Run, RunResult};
use crate::network::Network;

pub fn prepare(case: &Case) -> Result<Box<dyn Run>> {
    Ok(match case.work {
        Work::Loss(work) => Box::new(Loss::new(case, work)?),
        Work::Training(work) => Box::new(Training::new(case, work)?),
    })
}

struct Loss {
    loss: LossName,
    prediction: Var,
    target: Tensor,
    last: Option<(Tensor, Tensor)>,
}

impl Loss {
    fn new(case: &Case, work: LossWork) -> Result<Self> {
        let prediction = case.floats("prediction")?;
        let (prediction, target) = if work.loss == LossName::CrossEntropy {
            let labels = Tensor::from_vec(case.labels()?, work.rows, &Device::Cpu)?;
            ((work.rows, work.columns, prediction), labels)
        } else {
            let target = case.floats("target")?;
            (
                (1, work.columns, prediction),
                Tensor::from_vec(target, (1, work.columns), &Device::Cpu)?,
            )
        };
        let (rows, columns, numbers) = prediction;
        let prediction = Var::from_vec(numbers, (rows, columns), &Device::Cpu)?;
        Ok(Loss { loss: work.loss, prediction, target, last: None })
    }

    fn value(&self) -> candle_core::Result<Tensor> {
        let (prediction, target) = (self.prediction.as_tensor(), &self.target);
        match self.loss {
            LossName::Mse => mse(prediction, target),
            LossName::Huber => huber(prediction, target, 1.0),
            LossName::Hinge => (prediction * target)?.affine(-1.0, 1.0)?.relu()?.mean_all(),
            LossName::Dice => {
                let common = ((prediction * target)?.sum_all()? * 2.0)? + 1.0;
                let total = (prediction.sum_all()? + target.sum_all()?)? + 1.0;
                (common? / total?)?.affine(-1.0, 1.0)
            }
            LossName::Bce => binary_cross_entropy_with_logit(prediction, target),
            LossName::CrossEntropy => cross_entropy(prediction, target),
        }
    }
}

impl Run for Loss {
    fn once(&mut self) -> Result<()> {
        self.last = None;
        let value = self.value()?;
        let gradients = value.backward()?;
        let gradient = gradients.get(&self.prediction).context("no gradient")?.clone();
        self.last = Some((value, gradient));
        Ok(())
    }

    fn result(&mut self) -> Result<RunResult> {
        let (value, gradient) = self.last.as_ref().context("nothing was run")?;
        let numbers = gradient.flatten_all()?.to_vec1()?;
        Ok(RunResult { value: f64::from(value.to_scalar::<f32>()?), numbers })
    }
}

enum AnyOptimizer {
    Sgd(SGD),
    Adam(AdamW),
}

struct Training {
    work: TrainingWork,
    first: Vec<f32>,
    /// `W1`, `b1`, `W2`, `b2`.
    parameters: Vec<Var>,
    optimizer: AnyOptimizer,
    batches: Vec<(Tensor, Tensor)>,
    losses: Vec<Tensor>,
}

impl Training {
    fn new(case: &Case, work: TrainingWork) -> Result<Self> {
        let Network::Dense { inputs, hidden, outputs } = work.network else {
            bail!("convolutions are not written for it");
        };
        let device = &Device::Cpu;
        let features = Tensor::from_vec(case.floats("features")?, (work.rows, inputs), device)?;
        let labels = Tensor::from_vec(case.labels()?, work.rows, device)?;
        let batch = |start: usize| {
            let rows = work.batch.min(work.rows - start);
            Ok((features.narrow(0, start, rows)?, labels.narrow(0, start, rows)?))
        };
        let batches = (0..work.rows).step_by(work.batch).map(batch).collect::<Result<_>>()?;
        let shapes: [&[usize]; 4] = [&[hidden, inputs], &[hidden], &[outputs, hidden], &[outputs]];
        let parameters = shapes
            .map(|shape| Var::zeros(shape, DType::F32, device))
            .into_iter()
            .collect::<candle_core::Result<Vec<_>>>()?;
        let optimizer = optimizer(&work, &parameters)?;
        let first = case.floats("parameters")?;
        Ok(Training { work, first, parameters, optimizer, batches, losses: Vec::new() })
    }

    fn step(&mut self, batch: usize) -> Result<Tensor> {
        let [first, first_bias, last, last_bias] = &self.parameters[..] else {
            unreachable!("there are four");
        };
        let (features, labels) = &self.batches[batch];
        let hidden = features.matmul(&first.t()?)?.broadcast_add(first_bias)?.relu()?;
        let logits = hidden.matmul(&last.t()?)?.broadcast_add(last_bias)?;
        let value = cross_entropy(&logits, labels)?;
        match &mut self.optimizer {
            AnyOptimizer::Sgd(sgd) => sgd.backward_step(&value)?,
            AnyOptimizer::Adam(adam) => adam.backward_step(&value)?,
        }
        Ok(value.detach())
    }
}

fn optimizer(work: &TrainingWork, parameters: &[Var]) -> Result<AnyOptimizer> {
    let learning_rate = f64::from(work.learning_rate);
    Ok(match work.optimizer {
        OptimizerName::Sgd => AnyOptimizer::Sgd(SGD::new(parameters.to_vec(), learning_rate)?),
        OptimizerName::Adam => {
            let settings =
                ParamsAdamW { lr: learning_rate, weight_decay: 0.0, ..ParamsAdamW::default() };
            AnyOptimizer::Adam(AdamW::new(parameters.to_vec(), settings)?)
        }
    })
}

impl Run for Training {
    fn reset(&mut self) -> Result<()> {
        let mut rest = &self.first[..];
        for parameter in &self.parameters {
            let (numbers, after) = rest.split_at(parameter.elem_count());
            parameter.set(&Tensor::from_slice(numbers, parameter.shape(), &Device::Cpu)?)?;
            rest = after;
        }
        self.optimizer = optimizer(&self.work, &self.parameters)?;
        Ok(())
    }

    fn once(&mut self) -> Result<()> {
        self.losses.clear();
        for batch in 0..self.batches.len() {
            let value = self.step(batch)?;
            self.losses.push(value);
        }
        Ok(())
    }

    fn result(&mut self) -> Result<RunResult> {
        let mut value = 0.0;
        for (loss, (_, labels)) in self.losses.iter().zip(&self.batches) {
            value += f64::from(loss.to_scalar::<f32>()?) * labels.elem_count() as f64;
        }
        let mut numbers = Vec::new();
        for parameter in &self.parameters {
            numbers.extend(parameter.flatten_all()?.to_vec1::<f32>()?);
        }
        Ok(RunResult { value: value / self.work.rows as f64, numbers })
    }
}
