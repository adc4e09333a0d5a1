//! Training: the host crate's `Trainer`, and for a batch of one `Network::train_step`, as on the
//! board.

use anyhow::{Context, Result, bail, ensure};
use std::num::NonZeroUsize;
use trimpot::layer::{Dense, Relu};
use trimpot::loss::CrossEntropy;
use trimpot::network::Model;
use trimpot::optimizer::{Adam, Optimizer, Sgd};
use trimpot::random::{Random, hash};
use trimpot::shape::Vector;
use trimpot_host::dataset::Samples;
use trimpot_host::train::{Compiled, Progress, TrainConfig, Trainer};

use crate::case::{Case, OptimizerName, TrainingWork};
use crate::contender::{Run, RunResult};

type Small = trimpot::network!(Dense<64, 32>, Relu, Dense<32, 10>; from 64);
type Large = trimpot::network!(Dense<784, 128>, Relu, Dense<128, 10>; from 784);

pub fn prepare(case: &Case, work: TrainingWork) -> Result<Box<dyn Run>> {
    let small = (work.inputs, work.hidden, work.outputs) == (64, 32, 10);
    let large = (work.inputs, work.hidden, work.outputs) == (784, 128, 10);
    Ok(match work.optimizer {
        OptimizerName::Sgd if small && work.batch == 1 => Box::new(Descent::new(case, work)?),
        OptimizerName::Sgd if small => {
            trainer(Small::seeded(1), Sgd::new(work.learning_rate)?, case, work)?
        }
        OptimizerName::Adam if small => {
            trainer(Small::seeded(1), Adam::new(work.learning_rate)?, case, work)?
        }
        OptimizerName::Adam if large => {
            trainer(Large::seeded(1), Adam::new(work.learning_rate)?, case, work)?
        }
        _ => bail!("this network is not compiled in"),
    })
}

/// Returns the rows of a case.
fn rows<const I: usize>(case: &Case) -> Result<Vec<[f32; I]>> {
    Ok(case.floats("features")?.as_chunks().0.to_vec())
}

/// A step in place for every row.
struct Descent {
    work: TrainingWork,
    first: Vec<f32>,
    rows: Vec<[f32; 64]>,
    labels: Vec<u32>,
    network: Small,
    value: f64,
}

impl Descent {
    fn new(case: &Case, work: TrainingWork) -> Result<Self> {
        Ok(Descent {
            work,
            first: case.floats("parameters")?,
            rows: rows(case)?,
            labels: case.labels()?,
            network: Small::seeded(1),
            value: 0.0,
        })
    }
}

impl Run for Descent {
    fn reset(&mut self) -> Result<()> {
        self.network.parameters_mut().copy_from_slice(&self.first);
        Ok(())
    }

    fn once(&mut self) -> Result<()> {
        let (loss, learning_rate) = (CrossEntropy::new(), self.work.learning_rate);
        let rows = self.rows.iter().zip(&self.labels);
        let losses =
            rows.map(|(row, label)| self.network.train_step(&loss, row, label, learning_rate, 0));
        self.value = losses.map(f64::from).sum::<f64>() / self.work.rows as f64;
        Ok(())
    }

    fn result(&mut self) -> Result<RunResult> {
        Ok(RunResult { value: self.value, numbers: self.network.parameters().to_vec() })
    }
}

/// The randomness of the trainer's order.
const SEED: u32 = 1;

/// Returns the rows laid so that the trainer, which goes through them in an order of its own, takes
/// them in that of the case in its first epoch.
fn laid<T: Copy>(rows: &[T]) -> Vec<T> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    Random::new(hash(SEED ^ hash::<u32>(0))).shuffle(&mut order);
    let mut laid = rows.to_vec();
    for (&at, &row) in order.iter().zip(rows) {
        laid[at] = row;
    }
    laid
}

/// A trainer, with what it works on leaked: the process prepares a few cases and ends.
struct Training<M: 'static, O, const I: usize> {
    trainer: Trainer<Compiled<'static, M, CrossEntropy, u32, I>, O>,
    start: Progress,
    value: f64,
}

fn trainer<M, O, const I: usize>(
    network: M,
    optimizer: O,
    case: &Case,
    work: TrainingWork,
) -> Result<Box<dyn Run>>
where
    M: Model<Input = Vector<I>, Output = Vector<10>> + Send + Sync + 'static,
    O: Optimizer + Send + Sync + 'static,
{
    let network = Box::leak(Box::new(network));
    let features = Box::leak(laid(&rows(case)?).into_boxed_slice());
    let classes = Box::leak(laid(&case.labels()?).into_boxed_slice());
    let samples = Samples::new(features, classes)?;
    let loss = Box::leak(Box::new(CrossEntropy::new()));
    network.parameters_mut().copy_from_slice(&case.floats("parameters")?);
    let batch = NonZeroUsize::new(work.batch).context("a batch has samples")?;
    let config = TrainConfig::new(u32::MAX, batch, SEED);
    let trainer = Trainer::new(Compiled::new(network, loss, samples), optimizer, config);
    Ok(Box::new(Training { start: trainer.progress(), trainer, value: 0.0 }))
}

impl<M, O, const I: usize> Run for Training<M, O, I>
where
    M: Model<Input = Vector<I>, Output = Vector<10>> + Send + Sync + 'static,
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
