//! Training: the host crate's `Trainer`, and for a batch of one steps in place, as on the board.

use std::num::NonZeroUsize;

use anyhow::{Context, Result, bail, ensure};
use trimpot::interpreter::Interpreter;
use trimpot::layer::{Dense, Relu, SgdInPlace};
use trimpot::loss::{AnyTarget, CrossEntropy};
use trimpot::network::Model;
use trimpot::optimizer::{Adam, Optimizer, Sgd};
use trimpot::plan::{Plan, PlannedStep};
use trimpot::random::{Noise, Random, hash};
use trimpot::shape::{Image, Vector};
use trimpot_host::dataset::{Dataset, Samples, Table, Targets};
use trimpot_host::dyn_model::{DynModel, Task};
use trimpot_host::dyn_network::DynNetwork;
use trimpot_host::loss::{self, NamedLoss};
use trimpot_host::train::{Compiled, Progress, TrainConfig, Trainable, Trainer};
use trimpot_model::layers::Layers;
use trimpot_parity::typed::KeywordSpotting;

use crate::aligned::{Aligned, Numbers, numbers};
use crate::case::{Case, OptimizerName, TrainingWork};
use crate::contender::{Run, RunResult};
use crate::network::Network;

type Small = trimpot::network!(Dense<64, 32>, Relu, Dense<32, 10>; from 64);
type Large = trimpot::network!(Dense<784, 128>, Relu, Dense<128, 10>; from 784);
type DsCnn = trimpot::network!(KeywordSpotting; from Image<1, 49, 10>);

const SMALL: (usize, usize, usize) = (64, 32, 10);
const LARGE: (usize, usize, usize) = (784, 128, 10);

/// A network that is a type.
pub fn prepare(case: &Case, work: TrainingWork) -> Result<Box<dyn Run>> {
    match work.network {
        Network::Dense { inputs, hidden, outputs } => match (inputs, hidden, outputs) {
            SMALL if is_in_place(&work) => Ok(Box::new(InPlace::new(case, work)?)),
            SMALL => compiled::<_, 64, 10>(Small::seeded(1), case, work),
            LARGE => compiled::<_, 784, 10>(Large::seeded(1), case, work),
            _ => bail!("this network is not compiled in"),
        },
        Network::DsCnn => compiled::<_, 490, 12>(DsCnn::seeded(1), case, work),
    }
}

/// The layers of the same network, as data.
pub fn prepare_data(case: &Case, work: TrainingWork) -> Result<Box<dyn Run>> {
    fn layers<M: Model>(network: &M) -> Layers {
        Layers::of::<M::Input, _>(network.layers())
    }
    let layers = match work.network {
        Network::Dense { inputs, hidden, outputs } => match (inputs, hidden, outputs) {
            SMALL => layers(&Small::seeded(1)),
            LARGE => layers(&Large::seeded(1)),
            _ => bail!("this network is not described"),
        },
        Network::DsCnn => layers(&DsCnn::seeded(1)),
    };
    // Leaked, as is all that a run borrows: the process prepares a few cases and ends.
    let layers: &Layers = Box::leak(Box::new(layers));
    let loss = loss::named("cross_entropy", &[], layers.outputs())?;
    if is_in_place(&work) {
        return Ok(Box::new(InPlaceData::new(layers, loss, case, work)?));
    }
    let features = Table { columns: work.network.inputs(), numbers: case.floats("features")? };
    let order = order(work.rows);
    let numbers =
        laid(&features.numbers.chunks(features.columns).collect::<Vec<_>>(), &order).concat();
    let targets = Targets::Classes(laid(&case.labels()?, &order));
    let samples = Dataset::of_tables(Table { numbers, ..features }, targets, Vec::new())?;
    let task = Box::leak(Box::new(Task::new(Box::leak(Box::new(loss)), samples, layers.outputs())));
    let network = DynNetwork::new(layers, Box::leak(Box::default()))?;
    trainer(DynModel::new(network, case.floats("parameters")?, task), case, work)
}

/// Returns whether each sample is a step of plain gradient descent, which needs no memory for
/// gradients.
fn is_in_place(work: &TrainingWork) -> bool {
    work.batch == 1 && work.optimizer == OptimizerName::Sgd
}

/// A step in place for every row.
struct InPlace {
    work: TrainingWork,
    first: Vec<f32>,
    rows: Numbers<[f32; 64]>,
    labels: Vec<u32>,
    network: Aligned<Small>,
    value: f64,
}

impl InPlace {
    fn new(case: &Case, work: TrainingWork) -> Result<Self> {
        Ok(InPlace {
            work,
            first: case.floats("parameters")?,
            rows: numbers(case.floats("features")?.as_chunks().0),
            labels: case.labels()?,
            network: Aligned(Small::seeded(1)),
            value: 0.0,
        })
    }
}

impl Run for InPlace {
    fn reset(&mut self) -> Result<()> {
        self.network.0.parameters_mut().copy_from_slice(&self.first);
        Ok(())
    }

    fn once(&mut self) -> Result<()> {
        let (loss, learning_rate) = (CrossEntropy::new(), self.work.learning_rate);
        let rows = self.rows.iter().zip(&self.labels);
        let losses =
            rows.map(|(row, label)| self.network.0.train_step(&loss, row, label, learning_rate, 0));
        self.value = losses.map(f64::from).sum::<f64>() / self.work.rows as f64;
        Ok(())
    }

    fn result(&mut self) -> Result<RunResult> {
        Ok(RunResult { value: self.value, numbers: self.network.0.parameters().to_vec() })
    }
}

/// The same, of a network that is data.
struct InPlaceData {
    work: TrainingWork,
    interpreter: Interpreter<'static>,
    loss: NamedLoss,
    first: Vec<f32>,
    features: Numbers<f32>,
    labels: Vec<u32>,
    parameters: Numbers<f32>,
    arena: Numbers<f32>,
    value: f64,
}

impl InPlaceData {
    fn new(
        layers: &'static Layers,
        loss: NamedLoss,
        case: &Case,
        work: TrainingWork,
    ) -> Result<Self> {
        let spec = layers.spec();
        let steps = Box::leak(vec![PlannedStep::EMPTY; spec.steps()].into_boxed_slice());
        let plan = Plan::new(spec, steps)?;
        let first = case.floats("parameters")?;
        Ok(InPlaceData {
            work,
            arena: numbers(&vec![0.0; plan.step_values()]),
            interpreter: Interpreter::new(plan, &layers.constants)?,
            loss,
            parameters: numbers(&first),
            first,
            features: numbers(&case.floats("features")?),
            labels: case.labels()?,
            value: 0.0,
        })
    }
}

impl Run for InPlaceData {
    fn reset(&mut self) -> Result<()> {
        self.parameters.copy_from_slice(&self.first);
        Ok(())
    }

    fn once(&mut self) -> Result<()> {
        let mut total = 0.0;
        let rows = self.features.chunks(self.work.network.inputs());
        for (row, &label) in rows.zip(&self.labels) {
            let sink = SgdInPlace::new(&mut self.parameters, self.work.learning_rate);
            let loss = |outputs: &[f32], gradient: &mut [f32]| {
                self.loss.loss.gradient(&[], outputs, AnyTarget::Class(label), gradient)
            };
            let noise = Noise::<f32>::new(0);
            let value = self.interpreter.backpropagate(sink, noise, row, &mut self.arena, loss)?;
            total += f64::from(value?);
        }
        self.value = total / self.work.rows as f64;
        Ok(())
    }

    fn result(&mut self) -> Result<RunResult> {
        Ok(RunResult { value: self.value, numbers: self.parameters.to_vec() })
    }
}

/// The randomness of the trainer's order.
const SEED: u32 = 1;

/// Returns the order in which the trainer takes rows in its first epoch.
fn order(rows: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    Random::new(hash(SEED ^ hash::<u32>(0))).shuffle(&mut order);
    order
}

/// Returns the rows laid so that the trainer, which goes through them in this order, takes them in
/// that of the case.
fn laid<T: Copy>(rows: &[T], order: &[usize]) -> Vec<T> {
    let mut laid = rows.to_vec();
    for (&at, &row) in order.iter().zip(rows) {
        laid[at] = row;
    }
    laid
}

fn compiled<M, const I: usize, const N: usize>(
    network: M,
    case: &Case,
    work: TrainingWork,
) -> Result<Box<dyn Run>>
where
    M: Model<Output = Vector<N>> + Send + Sync + 'static,
{
    let Aligned(network) = Box::leak(Box::new(Aligned(network)));
    let (features, order) = (case.floats("features")?, order(work.rows));
    let features = numbers(&laid(features.as_chunks::<I>().0, &order));
    let features = Box::leak(Box::new(features));
    let classes = Box::leak(laid(&case.labels()?, &order).into_boxed_slice());
    let samples = Samples::new(features, classes)?;
    let loss = Box::leak(Box::new(CrossEntropy::new()));
    trainer(Compiled::new(network, loss, samples), case, work)
}

fn trainer(
    model: impl Trainable + Send + 'static,
    case: &Case,
    work: TrainingWork,
) -> Result<Box<dyn Run>> {
    match work.optimizer {
        OptimizerName::Sgd => training(model, Sgd::new(work.learning_rate)?, case, work),
        OptimizerName::Adam => training(model, Adam::new(work.learning_rate)?, case, work),
    }
}

fn training<L, O>(
    mut model: L,
    optimizer: O,
    case: &Case,
    work: TrainingWork,
) -> Result<Box<dyn Run>>
where
    L: Trainable + Send + 'static,
    O: Optimizer + Send + Sync + 'static,
{
    model.weights_mut().copy_from_slice(&case.floats("parameters")?);
    let batch = NonZeroUsize::new(work.batch).context("a batch has samples")?;
    let trainer = Trainer::new(model, optimizer, TrainConfig::new(u32::MAX, batch, SEED));
    Ok(Box::new(Training { start: trainer.progress(), trainer, value: 0.0 }))
}

/// A pass is an epoch.
struct Training<L, O> {
    trainer: Trainer<L, O>,
    start: Progress,
    value: f64,
}

impl<L, O> Run for Training<L, O>
where
    L: Trainable + Send,
    O: Optimizer + Send + Sync,
{
    // The optimizer goes on counting steps, so the first pass alone is the one to be compared.
    fn reset(&mut self) -> Result<()> {
        ensure!(self.trainer.resume(&self.start), "the sizes agree");
        Ok(())
    }

    fn once(&mut self) -> Result<()> {
        self.value = f64::from(self.trainer.epoch()?.loss);
        Ok(())
    }

    fn result(&mut self) -> Result<RunResult> {
        Ok(RunResult { value: self.value, numbers: self.trainer.progress().parameters })
    }
}
