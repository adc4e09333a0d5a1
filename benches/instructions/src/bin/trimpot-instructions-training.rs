//! Steps of training with a batch, of types and of the same networks as data.
//!
//! A program of its own: the losses by name take each loss, and what has several callers is not
//! inlined, so `kernels.rs` would not be what users have.
#![forbid(unsafe_code)]

#[path = "../counting.rs"]
mod counting;

use std::hint::black_box;
use std::num::NonZeroUsize;

use anyhow::{Context, Result};
use trimpot::layer::{Dense, Relu};
use trimpot::loss::CrossEntropy;
use trimpot::network::Model;
use trimpot::optimizer::Adam;
use trimpot::shape::Vector;
use trimpot_host::dataset::{Dataset, Samples};
use trimpot_host::dyn_model::{DynModel, Task};
use trimpot_host::dyn_network::DynNetwork;
use trimpot_host::loss;
use trimpot_host::train::{Compiled, TrainConfig, Trainable, Trainer};
use trimpot_model::layers::Layers;

use trimpot_parity::Source;

use crate::counting::{Visit, count};

/// The network of the demo.
type Digits = trimpot::network!(Dense<64, 32>, Relu, Dense<32, 10>; from 64);

/// The customary one for handwritten digits.
type Customary = trimpot::network!(Dense<784, 128>, Relu, Dense<128, 10>; from 784);

/// Classes of both.
const CLASSES: u32 = 10;

fn main() -> Result<()> {
    count(|visit| {
        of_data(visit, "64-32-10", &Digits::seeded(1), 32)?;
        let mut network = Box::new(Customary::seeded(1));
        of_data(visit, "784-128-10", &*network, 64)?;
        of_type(visit, "784-128-10", &mut *network, 64)
    })
}

/// A step of a type.
fn of_type<M, const I: usize>(
    visit: &mut Visit,
    name: &str,
    network: &mut M,
    batch: usize,
) -> Result<()>
where
    M: Model<Input = Vector<I>, Output = Vector<10>> + Sync + Send,
{
    let (features, classes) = (numbers(I * batch), classes(batch));
    let samples = Samples::new(features.as_chunks::<I>().0, &classes)?;
    let loss = CrossEntropy::new();
    steps(visit, name, Compiled::new(network, &loss, samples), batch)
}

/// A step of a type's layers as data.
fn of_data<M, const I: usize>(
    visit: &mut Visit,
    name: &str,
    network: &M,
    batch: usize,
) -> Result<()>
where
    M: Model<Input = Vector<I>, Output = Vector<10>>,
{
    let features = numbers(I * batch);
    let samples = Dataset::new::<I, u32>(features.as_chunks().0.to_vec(), classes(batch))?;
    let loss = loss::named("cross_entropy", &[], CLASSES as usize)?;
    let task = Task::new(&loss, samples, CLASSES as usize);
    let (layers, mut planned) = (Layers::of::<M::Input, _>(network.layers()), Vec::new());
    let parameters = network.parameters().to_vec();
    let network = DynNetwork::new(&layers, &mut planned)?;
    steps(visit, &format!("{name} as data"), DynModel::new(network, parameters, &task), batch)
}

/// An epoch is one step.
fn steps(visit: &mut Visit, name: &str, model: impl Trainable + Send, batch: usize) -> Result<()> {
    let size = NonZeroUsize::new(batch).context("a batch has samples")?;
    let mut trainer = Trainer::new(model, Adam::new(1e-3)?, TrainConfig::new(u32::MAX, size, 1));
    visit(&format!("training {name}, Adam, batch of {batch}"), &mut || {
        black_box(trainer.epoch()).expect("training goes well");
    });
    Ok(())
}

fn classes(samples: usize) -> Vec<u32> {
    (0..samples as u32).map(|sample| sample % CLASSES).collect()
}

fn numbers(count: usize) -> Vec<f32> {
    let mut source = Source::new(1);
    (0..count).map(|_| source.number()).collect()
}
