//! Training on the host: many samples at a time, on several threads, with the bits of a board.
//!
//! A step goes forward and backward through the samples of a batch, a block of lanes at a time, and
//! stores what the gradient is made of. Then it adds the gradient and the loss up over the samples,
//! in their order, which is that of a board that adds up a batch one by one. Blocks and parameters
//! are shared among threads; no sum is. So a run has the same bits on any machine, for any number of
//! lanes and any number of threads. Where a network normalises its batches, all blocks halt at each
//! normalisation to measure them (`dyn_model/batch_norm.rs`).

mod blocks;
pub mod checkpoint;
mod config;
mod epoch;
mod gradient;
mod step;
mod tape;
mod trainable;

use std::time::Instant;

use trimpot::ParameterError;
use trimpot::loss::Loss;
use trimpot::network::Model;
use trimpot::optimizer::Optimizer;
use trimpot::random::{Random, hash};
use trimpot::shape::Vector;

use crate::block::SampleTarget;
use crate::dataset::Samples;
use step::{Steps, steps};

pub use blocks::Blocks;
pub(crate) use blocks::Memory;
pub use config::TrainConfig;
pub use epoch::{Epoch, Still};
pub(crate) use gradient::Batch;
pub use step::Clipping;
pub use tape::Tape;
pub(crate) use tape::{Sums, TapeSink};
pub use trainable::{Compiled, Totals, Trainable};
pub(crate) use trainable::{Judged, seeds};

/// Returns a number of steps as schedules, optimizers and averages count them: after the last one
/// that they can count, they stay what they are.
fn counted(steps: u64) -> u32 {
    u32::try_from(steps).unwrap_or(u32::MAX)
}

/// Why training ended early.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum TrainError {
    /// The loss or a parameter is no longer finite. The network has the parameters from the end of
    /// the epoch before.
    #[error(
        "training diverged in epoch {epoch}, step {step}: loss {loss} at a learning rate of {learning_rate}"
    )]
    Diverged {
        /// The epoch.
        epoch: u32,
        /// Its step.
        step: u64,
        /// The mean loss of the step's samples.
        loss: f32,
        /// The learning rate.
        learning_rate: f32,
    },
    /// The config said to stop. The network has the parameters from the end of the epoch before.
    #[error("training was interrupted in epoch {epoch}, before step {step}")]
    Interrupted {
        /// The epoch.
        epoch: u32,
        /// Its step that was next.
        step: u64,
    },
    /// A setting is out of range, such as a learning rate of the schedule.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
}

/// Where a run stands between two epochs: all that is needed to go on with the same bits.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// Epochs that are done.
    pub epochs: u32,
    /// Steps that are done.
    pub steps: u64,
    /// The weights: the parameters, and behind them the statistics that training measures.
    pub parameters: Vec<f32>,
    /// What the optimizer remembers: the first number of all parameters, then the second one, and
    /// so on.
    pub state: Vec<Vec<f32>>,
    /// The average of the weights, if the config has one.
    pub average: Vec<f32>,
}

/// A run of training, an epoch at a time.
#[derive(Debug)]
pub struct Trainer<L, O> {
    model: L,
    optimizer: O,
    config: TrainConfig,
    stepper: Box<dyn Steps<L, O>>,
    order: Vec<usize>,
    epochs: u32,
    steps: u64,
    average: Vec<f32>,
    /// Weights and average from the end of the last epoch.
    good: Vec<f32>,
    good_average: Vec<f32>,
    /// Why the epoch before has changed nothing, if so.
    still: Option<Still>,
}

impl<L: Trainable + Send, O: Optimizer + Send + Sync> Trainer<L, O> {
    /// Creates a trainer at epoch 0. It computes on the current [level](trimpot::lanes::Level).
    pub fn new(model: L, optimizer: O, config: TrainConfig) -> Self {
        let good = model.weights().to_vec();
        let average = if config.average.is_some() { good.clone() } else { Vec::new() };
        Trainer {
            stepper: steps(model.parameters()),
            good_average: average.clone(),
            average,
            order: Vec::new(),
            epochs: 0,
            steps: 0,
            model,
            optimizer,
            config,
            good,
            still: None,
        }
    }

    /// Returns what is trained.
    pub fn model(&self) -> &L {
        &self.model
    }

    /// Returns whether all epochs of the config are done.
    pub fn is_done(&self) -> bool {
        self.epochs >= self.config.epochs
    }

    /// Returns the average of the weights, if the config has one.
    pub fn average(&self) -> Option<&[f32]> {
        self.config.average.is_some().then_some(&*self.average)
    }

    /// Returns how many epochs are done.
    pub fn epochs(&self) -> u32 {
        self.epochs
    }

    /// Returns how many steps are done.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Returns where the run stands.
    pub fn progress(&self) -> Progress {
        Progress {
            epochs: self.epochs,
            steps: self.steps,
            parameters: self.model.weights().to_vec(),
            state: self.stepper.state(),
            average: self.average.clone(),
        }
    }

    /// Goes on where another run of the same network, data, config and optimizer stood; this one
    /// must be new. Returns whether sizes and counts agree; if not, nothing happens.
    #[must_use]
    pub fn resume(&mut self, progress: &Progress) -> bool {
        let now = self.progress();
        let lengths = |progress: &Progress| {
            let state: Vec<_> = progress.state.iter().map(Vec::len).collect();
            (progress.parameters.len(), state, progress.average.len())
        };
        let steps = u64::from(self.config.steps(self.model.samples()));
        let fits = lengths(&now) == lengths(progress);
        if !fits || progress.steps != u64::from(progress.epochs) * steps {
            return false;
        }
        self.model.weights_mut().copy_from_slice(&progress.parameters);
        self.good.copy_from_slice(&progress.parameters);
        self.stepper.set_state(&progress.state);
        let steps = counted(progress.steps);
        self.optimizer.resume(steps);
        self.config.average = self.config.average.map(|average| average.resume(steps));
        self.average.copy_from_slice(&progress.average);
        self.good_average.copy_from_slice(&progress.average);
        (self.epochs, self.steps) = (progress.epochs, progress.steps);
        true
    }

    /// Goes once through all samples, in an order that is new in every epoch.
    ///
    /// # Errors
    /// If training diverges, is told to stop, or the schedule gives a learning rate that is out of
    /// range. The parameters are those of the end of the epoch before.
    pub fn epoch(&mut self) -> Result<Epoch, TrainError> {
        if rayon::current_num_threads() > 1 && rayon::current_thread_index().is_none() {
            // A thread of the pool hands half of a step over and goes on; another one would sleep
            // until all of it is done, and the halves would change places from step to step.
            rayon::scope(|_| self.pass())
        } else {
            self.pass()
        }
    }

    fn pass(&mut self) -> Result<Epoch, TrainError> {
        let start = Instant::now();
        let samples = self.model.samples();
        let mut random = Random::new(hash(self.config.seed ^ hash::<u32>(self.epochs)));
        // The order depends on the epoch alone, not on those before it.
        self.order.clear();
        self.order.extend(0..samples);
        random.shuffle(&mut self.order);
        let noise = random.next_u32();

        let order = std::mem::take(&mut self.order);
        let mut all = Totals { loss: 0.0, correct: Some(0) };
        let (batch, before) = (self.config.batch.get(), self.steps);
        let mut learning_rate = 0.0_f32;
        for (samples, step) in order.chunks(batch).zip(1..) {
            if self.config.stop.as_ref().is_some_and(|stop| stop()) {
                self.take_back(before);
                return Err(TrainError::Interrupted { epoch: self.epochs + 1, step });
            }
            let totals = self.step(samples, noise)?;
            if !totals.loss.is_finite() {
                let loss = (totals.loss / samples.len() as f64) as f32;
                return Err(self.diverged(step, before, loss));
            }
            all = all.and(totals);
            learning_rate = learning_rate.max(self.optimizer.learning_rate());
        }
        self.order = order;
        if !self.model.weights().iter().all(|parameter| parameter.is_finite()) {
            return Err(self.diverged(self.steps - before, before, f32::NAN));
        }
        self.still = self.still(learning_rate, noise);
        self.good.copy_from_slice(self.model.weights());
        self.good_average.copy_from_slice(&self.average);
        self.epochs += 1;
        let share = 1.0 / samples.max(1) as f64;
        Ok(Epoch {
            number: self.epochs,
            loss: (all.loss * share) as f32,
            accuracy: all.correct.map(|correct| (f64::from(correct) * share) as f32),
            learning_rate: self.optimizer.learning_rate(),
            time: start.elapsed(),
            still: self.still,
        })
    }

    /// Why the parameters are those of the epoch before, to the bit, if they are. Why they began to
    /// be it is asked once: it takes another pass through the samples.
    fn still(&mut self, learning_rate: f32, noise: u32) -> Option<Still> {
        let parameters = &self.model.weights()[..self.model.parameters()];
        let mut pairs = parameters.iter().zip(&self.good);
        if self.order.is_empty() || !pairs.all(|(now, before)| now.to_bits() == before.to_bits()) {
            return None;
        }
        if learning_rate == 0.0 {
            return Some(Still::NoLearningRate);
        }
        self.still.filter(|still| *still != Still::NoLearningRate).or_else(|| {
            let Trainer { stepper, model, config, order, .. } = self;
            let batches = order.chunks(config.batch.get());
            let largest = batches.map(|samples| stepper.largest(model, samples, noise));
            Some(match largest.fold(0.0, f32::max) {
                0.0 => Still::NoGradient,
                gradient => Still::NoStep { gradient, learning_rate },
            })
        })
    }

    /// One step on these samples.
    fn step(&mut self, samples: &[usize], noise: u32) -> Result<Totals, TrainError> {
        if let Some(schedule) = &self.config.schedule {
            self.optimizer.set_learning_rate(schedule.learning_rate(counted(self.steps)))?;
        }
        let Trainer { stepper, model, optimizer, config, .. } = self;
        let totals = stepper.step(model, optimizer, config, samples, noise);
        if !totals.loss.is_finite() {
            return Ok(totals);
        }
        self.steps += 1;
        if let Some(average) = &mut self.config.average {
            average.update(&mut self.average, self.model.weights());
        }
        Ok(totals)
    }

    /// Returns what is said about a step after which not all is finite.
    fn diverged(&mut self, step: u64, before: u64, loss: f32) -> TrainError {
        self.take_back(before);
        TrainError::Diverged {
            epoch: self.epochs + 1,
            step,
            loss,
            learning_rate: self.optimizer.learning_rate(),
        }
    }

    /// Takes back parameters, average and number of steps from the end of the last epoch.
    fn take_back(&mut self, steps: u64) {
        self.model.weights_mut().copy_from_slice(&self.good);
        self.average.copy_from_slice(&self.good_average);
        self.steps = steps;
    }
}

/// Trains `network` on all of the samples, and calls `watch` after every epoch.
///
/// The gradient of a batch is the mean over its samples; the last batch of an epoch may be smaller.
/// The order of samples is new in every epoch.
///
/// The same arguments give the same parameters, bit for bit, on any machine and for any number of
/// threads (those of the current `rayon` pool).
///
/// # Errors
/// Those of [`Trainer::epoch`].
pub fn train<M, C, O, T, const I: usize, const N: usize>(
    network: &mut M,
    loss: &C,
    optimizer: O,
    samples: Samples<'_, I, T>,
    config: TrainConfig,
    mut watch: impl FnMut(&M, Epoch),
) -> Result<(), TrainError>
where
    M: Model<Output = Vector<N>> + Send + Sync,
    C: Loss<Vector<N>, Target = T::Targets> + Sync,
    O: Optimizer + Send + Sync,
    T: SampleTarget,
{
    let mut trainer = Trainer::new(Compiled::new(network, loss, samples), optimizer, config);
    while !trainer.is_done() {
        let epoch = trainer.epoch()?;
        watch(trainer.model().network(), epoch);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
