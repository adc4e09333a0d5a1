//! dfdx, with its own losses where it has them. Class labels are rows of probabilities.

use anyhow::{Context, Result, anyhow, bail};
use dfdx::losses::{
    binary_cross_entropy_with_logits_loss, cross_entropy_with_logits_loss, huber_loss, mse_loss,
};
use dfdx::nn::modules::{Linear, ReLU};
use dfdx::nn::{BuildModule, ModuleMut};
use dfdx::optim::{Adam, AdamConfig, Optimizer, Sgd, SgdConfig};
use dfdx::prelude::*;

use crate::case::{Case, LossName, OptimizerName, TrainingWork, Work};
use crate::contender::{Run, RunResult};
use crate::network::Network;

pub fn prepare(case: &Case) -> Result<Box<dyn Run>> {
    let device = Cpu::default();
    Ok(match case.work {
        Work::Loss(work) if work.loss == LossName::CrossEntropy => {
            let shape = (work.rows, work.columns);
            let target = one_hot(&case.labels()?, work.columns);
            Box::new(Loss {
                function: cross_entropy_with_logits_loss,
                prediction: device.tensor_from_vec(case.floats("prediction")?, shape),
                target: device.tensor_from_vec(target, shape),
                last: None,
            })
        }
        Work::Loss(work) => Box::new(Loss {
            function: elementwise(work.loss),
            prediction: device.tensor_from_vec(case.floats("prediction")?, (work.columns,)),
            target: device.tensor_from_vec(case.floats("target")?, (work.columns,)),
            last: None,
        }),
        Work::Training(work) => match work.network {
            Network::Dense { inputs: 64, hidden: 32, outputs: 10 } => {
                Box::new(Training::<64, 32, 10>::new(case, work)?)
            }
            Network::Dense { inputs: 784, hidden: 128, outputs: 10 } => {
                Box::new(Training::<784, 128, 10>::new(case, work)?)
            }
            _ => bail!("this network is not compiled in"),
        },
    })
}

type Traced<S> = Tensor<S, f32, Cpu, OwnedTape<f32, Cpu>>;
type Untraced<S> = Tensor<S, f32, Cpu>;
type Value = Traced<Rank0>;

fn elementwise(loss: LossName) -> fn(Traced<(usize,)>, Untraced<(usize,)>) -> Value {
    match loss {
        LossName::Mse => mse_loss,
        LossName::Huber => |prediction, target| huber_loss(prediction, target, 1.0),
        LossName::Hinge => {
            |prediction, target| ((prediction * target).negate() + 1.0).relu().mean()
        }
        LossName::Dice => |prediction, target| {
            let total = prediction.with_empty_tape().sum::<Rank0, _>() + target.clone().sum();
            let common = (prediction * target).sum::<Rank0, _>() * 2.0 + 1.0;
            (common / (total + 1.0)).negate() + 1.0
        },
        _ => binary_cross_entropy_with_logits_loss,
    }
}

fn one_hot(labels: &[u32], classes: usize) -> Vec<f32> {
    let mut rows = vec![0.0; labels.len() * classes];
    for (row, &label) in rows.chunks_exact_mut(classes).zip(labels) {
        row[label as usize] = 1.0;
    }
    rows
}

struct Loss<S: Shape> {
    function: fn(Traced<S>, Untraced<S>) -> Value,
    prediction: Untraced<S>,
    target: Untraced<S>,
    last: Option<(f32, Untraced<S>)>,
}

impl<S: Shape> Run for Loss<S> {
    fn once(&mut self) -> Result<()> {
        self.last = None;
        let value = (self.function)(self.prediction.leaky_trace(), self.target.clone());
        let number = value.array();
        let gradients = value.backward();
        self.last = Some((number, gradients.get(&self.prediction)));
        Ok(())
    }

    fn result(&mut self) -> Result<RunResult> {
        let (value, gradient) = self.last.as_ref().context("nothing was run")?;
        Ok(RunResult { value: f64::from(*value), numbers: gradient.as_vec() })
    }
}

type Layers<const I: usize, const H: usize, const O: usize> =
    ((Linear<I, H, f32, Cpu>, ReLU), Linear<H, O, f32, Cpu>);

enum AnyOptimizer<const I: usize, const H: usize, const O: usize> {
    Sgd(Sgd<Layers<I, H, O>, f32, Cpu>),
    Adam(Adam<Layers<I, H, O>, f32, Cpu>),
}

type Batch<const I: usize, const O: usize> =
    (Untraced<(usize, Const<I>)>, Untraced<(usize, Const<O>)>);

struct Training<const I: usize, const H: usize, const O: usize> {
    work: TrainingWork,
    first: Vec<f32>,
    network: Layers<I, H, O>,
    gradients: Option<Gradients<f32, Cpu>>,
    optimizer: AnyOptimizer<I, H, O>,
    batches: Vec<Batch<I, O>>,
    value: f64,
}

impl<const I: usize, const H: usize, const O: usize> Training<I, H, O> {
    fn new(case: &Case, work: TrainingWork) -> Result<Self> {
        let device = Cpu::default();
        let features = case.floats("features")?;
        let targets = one_hot(&case.labels()?, O);
        let batches = features.chunks(work.batch * I).zip(targets.chunks(work.batch * O));
        let tensors = |(features, targets): (&[f32], &[f32])| {
            let rows = features.len() / I;
            (
                device.tensor_from_vec(features.to_vec(), (rows, Const)),
                device.tensor_from_vec(targets.to_vec(), (rows, Const)),
            )
        };
        let batches = batches.map(tensors).collect();
        let network = <Layers<I, H, O> as BuildModule<Cpu, f32>>::build(&device);
        let gradients = Some(network.alloc_grads());
        let optimizer = optimizer(&work, &network);
        let first = case.floats("parameters")?;
        Ok(Training { work, first, network, gradients, optimizer, batches, value: 0.0 })
    }
}

fn optimizer<const I: usize, const H: usize, const O: usize>(
    work: &TrainingWork,
    network: &Layers<I, H, O>,
) -> AnyOptimizer<I, H, O> {
    let lr = f64::from(work.learning_rate);
    match work.optimizer {
        OptimizerName::Sgd => {
            AnyOptimizer::Sgd(Sgd::new(network, SgdConfig { lr, ..Default::default() }))
        }
        OptimizerName::Adam => {
            AnyOptimizer::Adam(Adam::new(network, AdamConfig { lr, ..Default::default() }))
        }
    }
}

impl<const I: usize, const H: usize, const O: usize> Run for Training<I, H, O> {
    fn reset(&mut self) -> Result<()> {
        let (weights, last_weights) = (I * H, H * O);
        let (first, last) = self.first.split_at(weights + H);
        let ((layer, _), last_layer) = &mut self.network;
        layer.weight.copy_from(&first[..weights]);
        layer.bias.copy_from(&first[weights..]);
        last_layer.weight.copy_from(&last[..last_weights]);
        last_layer.bias.copy_from(&last[last_weights..]);
        self.optimizer = optimizer(&self.work, &self.network);
        Ok(())
    }

    fn once(&mut self) -> Result<()> {
        let mut total = 0.0;
        for (features, targets) in &self.batches {
            let gradients = self.gradients.take().context("there are gradients")?;
            let logits = self.network.forward_mut(features.trace(gradients));
            let value = cross_entropy_with_logits_loss(logits, targets.clone());
            total += f64::from(value.array()) * features.shape().0 as f64;
            let mut gradients = value.backward();
            match &mut self.optimizer {
                AnyOptimizer::Sgd(sgd) => sgd.update(&mut self.network, &gradients),
                AnyOptimizer::Adam(adam) => adam.update(&mut self.network, &gradients),
            }
            .map_err(|error| anyhow!("{error:?}"))?;
            self.network.zero_grads(&mut gradients);
            self.gradients = Some(gradients);
        }
        self.value = total / self.work.rows as f64;
        Ok(())
    }

    fn result(&mut self) -> Result<RunResult> {
        let ((layer, _), last_layer) = &self.network;
        let numbers = [
            layer.weight.as_vec(),
            layer.bias.as_vec(),
            last_layer.weight.as_vec(),
            last_layer.bias.as_vec(),
        ]
        .concat();
        Ok(RunResult { value: self.value, numbers })
    }
}
