//! burn on its `flex` backend, with its own losses, layers and optimizers where it has them.

use anyhow::{Context, Result};
use burn::module::{Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::{
    BinaryCrossEntropyLossConfig, CrossEntropyLossConfig, HuberLossConfig, MseLoss, Reduction,
};
use burn::nn::{Linear, LinearConfig, PaddingConfig2d, Relu};
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer, SgdConfig};
use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::case::{Case, LossName, LossWork, OptimizerName, TrainingWork, Work};
use crate::contender::{Run, RunResult};
use crate::network::{Convolution, Layer, Parameters};

pub fn prepare(case: &Case) -> Result<Box<dyn Run>> {
    Ok(match case.work {
        Work::Loss(work) => Box::new(Loss::new(case, &work)?),
        Work::Training(work) => Box::new(Training::new(case, work)?),
    })
}

/// A loss with its target.
type Function = Box<dyn Fn(Tensor<2>) -> Tensor<1>>;

struct Loss {
    function: Function,
    prediction: Tensor<2>,
    last: Option<(Tensor<1>, Tensor<2>)>,
}

impl Loss {
    fn new(case: &Case, work: &LossWork) -> Result<Self> {
        let device = Device::flex().autodiff();
        let shape = [work.rows, work.columns];
        let floats = |what| {
            let data = TensorData::new(case.floats(what)?, shape);
            Ok::<_, anyhow::Error>(Tensor::<2>::from_data(data, &device))
        };
        let prediction = floats("prediction")?.require_grad();
        let target = || floats("target");
        let function: Function = match work.loss {
            LossName::Mse => {
                let target = target()?;
                Box::new(move |p| MseLoss::new().forward(p, target.clone(), Reduction::Mean))
            }
            LossName::Huber => {
                let (target, huber) = (target()?, HuberLossConfig::new(1.0).init());
                Box::new(move |p| huber.forward(p, target.clone(), Reduction::Mean))
            }
            LossName::Hinge => {
                let target = target()?;
                Box::new(move |p| (p * target.clone()).neg().add_scalar(1.0).clamp_min(0.0).mean())
            }
            LossName::Dice => {
                let target = target()?;
                Box::new(move |p| {
                    let common = (p.clone() * target.clone()).sum() * 2.0 + 1.0;
                    let total = p.sum() + target.clone().sum() + 1.0;
                    (common / total).neg() + 1.0
                })
            }
            LossName::Bce => {
                let target = target()?.int();
                let bce = BinaryCrossEntropyLossConfig::new().with_logits(true).init(&device);
                Box::new(move |p| bce.forward(p, target.clone()))
            }
            LossName::CrossEntropy => {
                let labels = labels(&case.labels()?, &device);
                let loss = CrossEntropyLossConfig::new().init(&device);
                Box::new(move |p| loss.forward(p, labels.clone()))
            }
        };
        Ok(Loss { function, prediction, last: None })
    }
}

fn labels(labels: &[u32], device: &Device) -> Tensor<1, Int> {
    let labels: Vec<i32> = labels.iter().map(|&label| label as i32).collect();
    Tensor::from_data(TensorData::new(labels.clone(), [labels.len()]), device)
}

impl Run for Loss {
    fn once(&mut self) -> Result<()> {
        self.last = None;
        let value = (self.function)(self.prediction.clone());
        let mut gradients = value.backward();
        let gradient = self.prediction.grad_remove(&mut gradients).context("no gradient")?;
        self.last = Some((value, gradient));
        Ok(())
    }

    fn result(&mut self) -> Result<RunResult> {
        let (value, gradient) = self.last.clone().context("nothing was run")?;
        Ok(RunResult { value: f64::from(value.into_scalar::<f32>()), numbers: numbers(gradient)? })
    }
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    tensor.into_data().try_to_vec::<f32>().ok().context("not f32")
}

#[derive(Module, Debug)]
struct Layers {
    convolutions: Vec<Conv2d>,
    dense: Vec<Linear>,
    activation: Relu,
}

impl Layers {
    fn forward(&self, features: Tensor<2>) -> Tensor<2> {
        let features =
            if self.convolutions.is_empty() { features } else { self.convolve(features) };
        let [hidden @ .., last] = &self.dense[..] else { return features };
        let relu = |x, layer: &Linear| self.activation.forward(layer.forward(x));
        last.forward(hidden.iter().fold(features, relu))
    }

    fn convolve(&self, features: Tensor<2>) -> Tensor<2> {
        let [samples, _] = features.dims();
        let images = features.reshape([samples, 1, 49, 10]);
        let relu = |x, layer: &Conv2d| self.activation.forward(layer.forward(x));
        let images = self.convolutions.iter().fold(images, relu);
        images.flatten::<3>(2, 3).mean_dim(2).squeeze_dim(2)
    }
}

struct Training {
    work: TrainingWork,
    parameters: Vec<f32>,
    device: Device,
    /// Taken away and put back by each step.
    network: Option<Layers>,
    optimizer: ModuleOptimizer,
    batches: Vec<(Tensor<2>, Tensor<1, Int>)>,
    losses: Vec<Tensor<1>>,
}

impl Training {
    fn new(case: &Case, work: TrainingWork) -> Result<Self> {
        let device = Device::flex().autodiff();
        let (features, classes) = (case.floats("features")?, case.labels()?);
        let inputs = work.network.inputs();
        let batches = features.chunks(work.batch * inputs).zip(classes.chunks(work.batch));
        let tensors = |(features, classes): (&[f32], &[u32])| {
            let data = TensorData::new(features.to_vec(), [classes.len(), inputs]);
            (Tensor::from_data(data, &device), labels(classes, &device))
        };
        Ok(Training {
            work,
            parameters: case.floats("parameters")?,
            batches: batches.map(tensors).collect(),
            device: device.clone(),
            network: None,
            optimizer: optimizer(&work),
            losses: Vec::new(),
        })
    }

    /// Returns the network with its first parameters.
    fn layers(&self) -> Layers {
        let mut layers = Layers { convolutions: vec![], dense: vec![], activation: Relu::new() };
        let mut rest = &self.parameters[..];
        for layer in self.work.network.layers() {
            let Parameters { weights, biases, .. } = layer.parameters();
            let (own, after) = rest.split_at(weights + biases);
            let (weight, bias) = own.split_at(weights);
            rest = after;
            match layer {
                Layer::Dense { inputs, outputs } => {
                    layers.dense.push(self.linear([inputs, outputs], weight, bias));
                }
                Layer::Convolution(convolution) => {
                    layers.convolutions.push(self.convolution(&convolution, weight, bias));
                }
                Layer::Relu | Layer::GlobalAveragePool { .. } => {}
            }
        }
        layers
    }

    /// burn keeps a weight as `[inputs, outputs]`.
    fn linear(&self, [inputs, outputs]: [usize; 2], weight: &[f32], bias: &[f32]) -> Linear {
        let weight = TensorData::new(weight.to_vec(), [outputs, inputs]);
        let weight = Tensor::<2>::from_data(weight, &self.device).transpose();
        // Through data, so that the transpose is no mere view.
        let weight = Tensor::<2>::from_data(weight.into_data(), &self.device);
        let mut linear = LinearConfig::new(inputs, outputs).init(&self.device);
        linear.weight = Param::from_tensor(weight);
        linear.bias = Some(self.bias(bias));
        linear
    }

    fn convolution(&self, layer: &Convolution, weight: &[f32], bias: &[f32]) -> Conv2d {
        let [top, left] = layer.padding;
        let beyond = |axis: usize| {
            let covered = (layer.output[axis] - 1) * layer.stride + layer.kernel[axis];
            covered - layer.input[axis] - layer.padding[axis]
        };
        let mut convolution = Conv2dConfig::new(layer.channels, layer.kernel)
            .with_stride([layer.stride; 2])
            .with_groups(layer.groups)
            .with_padding(PaddingConfig2d::Explicit(top, left, beyond(0), beyond(1)))
            .init(&self.device);
        let weight = TensorData::new(weight.to_vec(), convolution.weight.dims());
        convolution.weight = Param::from_tensor(Tensor::from_data(weight, &self.device));
        convolution.bias = Some(self.bias(bias));
        convolution
    }

    fn bias(&self, bias: &[f32]) -> Param<Tensor<1>> {
        let bias = TensorData::new(bias.to_vec(), [bias.len()]);
        Param::from_tensor(Tensor::from_data(bias, &self.device))
    }
}

fn optimizer(work: &TrainingWork) -> ModuleOptimizer {
    match work.optimizer {
        OptimizerName::Sgd => SgdConfig::new().init(),
        OptimizerName::Adam => AdamConfig::new().with_epsilon(1e-8).init(),
    }
}

impl Run for Training {
    fn reset(&mut self) -> Result<()> {
        self.network = Some(self.layers());
        self.optimizer = optimizer(&self.work);
        Ok(())
    }

    fn once(&mut self) -> Result<()> {
        self.losses.clear();
        let loss = CrossEntropyLossConfig::new().init(&self.device);
        for (features, labels) in &self.batches {
            let network = self.network.take().context("there is a network")?;
            let value = loss.forward(network.forward(features.clone()), labels.clone());
            let gradients = GradientsParams::from_grads(value.backward(), &network);
            let learning_rate = f64::from(self.work.learning_rate);
            self.network = Some(self.optimizer.step(learning_rate, network, gradients));
            self.losses.push(value.inner());
        }
        Ok(())
    }

    fn result(&mut self) -> Result<RunResult> {
        let mut value = 0.0;
        for (loss, (features, _)) in self.losses.iter().zip(&self.batches) {
            value += f64::from(loss.clone().into_scalar::<f32>()) * features.dims()[0] as f64;
        }
        let network = self.network.as_ref().context("there is a network")?;
        let mut parameters = Vec::new();
        for convolution in &network.convolutions {
            parameters.extend(numbers(convolution.weight.val().inner())?);
            let bias = convolution.bias.as_ref().context("a layer has a bias")?;
            parameters.extend(numbers(bias.val().inner())?);
        }
        for linear in &network.dense {
            parameters.extend(numbers(linear.weight.val().inner().transpose())?);
            let bias = linear.bias.as_ref().context("a layer has a bias")?;
            parameters.extend(numbers(bias.val().inner())?);
        }
        Ok(RunResult { value: value / self.work.rows as f64, numbers: parameters })
    }
}
