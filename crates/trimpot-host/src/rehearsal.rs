//! Rehearsals: what a board will learn of a user, a sensor or a month, found out on the PC.
//!
//! A [`Rehearsal`] lets a [simulated board](crate::board) learn from samples one by one, over the
//! same frames as any board: so parameters, refusals and what becomes of the commit are those of
//! the device, bit for bit. Beside it the same network learns the same samples from scratch, as a
//! PC would do it. How samples are [split] into those that are learned and those that test, and
//! [what it costs](cost) on a board, is here, too.

pub mod cost;
mod scratch;
pub mod split;
#[cfg(test)]
mod tests;

use trimpot::ParameterError;
use trimpot::spec::SpecError;
use trimpot_link::Error;
use trimpot_model::file::{ModelTask, StoredModel};
use trimpot_model::plan::TooFewLayers;

use crate::board::{Board, BoardAddress, BoardError, BoardTarget, Commit, FactorySamples, Learned};
use crate::dataset::Dataset;
use crate::dyn_model::Task;
use crate::dyn_network::DynNetwork;
use crate::loss::{self, LossError, NamedLoss};
use crate::study::Stop;

/// A board in its factory, and what it is going to meet.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    /// The model that is installed; it says how the board learns.
    pub model: StoredModel,
    /// The factory's samples that the model has learned: some are replayed. There may be none.
    pub factory_learned: Dataset,
    /// Those that it has not: some judge commits, and on the others it is measured what is
    /// forgotten. There may be none; then replayed ones judge, and without these, nobody: a board
    /// that runs any model file stores nothing.
    pub factory_others: Dataset,
    /// The smallest and the largest value of each feature, where the factory has no samples.
    pub range: [Vec<f32>; 2],
    /// What the board learns, in this order.
    pub learned: Dataset,
    /// What it is tested on.
    pub tested: Dataset,
    /// The randomness of training from scratch.
    pub seed: u32,
}

/// What became of a board.
#[derive(Clone, Debug, PartialEq)]
pub struct Rehearsed {
    /// How it did before the first sample, and after an eighth of them, a quarter, a half, and all.
    pub points: Vec<Point>,
    /// What the guard said of the parameters in the end.
    pub verdict: Verdict,
    /// Passes forward and backward, over samples that were learned and over replayed ones.
    pub passes: u64,
    /// Steps of an optimizer by the gradients of these; none in place.
    pub updates: u64,
    /// Samples that were refused, far outside of the range that was installed.
    pub refused: usize,
    /// How often the board returned to stored parameters, because something was not finite.
    pub returns: usize,
    /// The parameters after the last sample, before the commit: those of layers that are not
    /// frozen.
    pub parameters: Vec<f32>,
    /// Bytes of RAM, as the board says them.
    pub ram: usize,
}

/// Accuracies after so many samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// How many samples the board was given.
    pub samples: usize,
    /// Of the board, on the samples that it is tested on.
    pub tuned: f64,
    /// Of the same network, trained from scratch on the same samples; none without samples, or if
    /// they are too few for it.
    pub scratch: Option<f64>,
    /// Of the board, on the factory's samples; none, if there are none.
    pub factory: Option<f64>,
}

/// What a commit does with the parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// They are stored.
    Stored,
    /// They do too badly on what the factory wants remembered: the board returns to those that it
    /// came with.
    Rejected {
        /// The mean loss on the samples that judge.
        loss: f32,
        /// That which is tolerated.
        tolerated: f32,
    },
    /// There is nothing to judge by, so a board that runs any model file stores nothing.
    Unjudged,
}

/// Why there is no rehearsal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RehearsalError {
    /// Boards learn other things too, but this is of classes.
    #[error("classes alone are rehearsed, and the task of the model is {0}")]
    Task(ModelTask),
    /// There is nothing to learn, or nothing to test on.
    #[error("there are no samples to {0}")]
    Empty(&'static str),
    /// The board refuses, or fails.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// The loss cannot be had.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// The network cannot be computed.
    #[error(transparent)]
    Network(#[from] SpecError),
    /// There are fewer layers than are to be trained.
    #[error(transparent)]
    Trained(#[from] TooFewLayers),
    /// A setting is out of range.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// Threads cannot be had.
    #[error("threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// Points of a learning curve, behind that before the first sample: so many parts has the whole.
const PARTS: [usize; 4] = [8, 4, 2, 1];

impl Rehearsal {
    /// Lets a board learn, and measures. None, if it was stopped.
    ///
    /// # Errors
    /// If the model is not for classes, there are no samples, or the board cannot learn the model.
    pub fn run(&self, stop: &Stop) -> Result<Option<Rehearsed>, RehearsalError> {
        match self.model.about.task {
            None | Some(ModelTask::Classes) => {}
            Some(task) => return Err(RehearsalError::Task(task)),
        }
        if self.learned.is_empty() || self.tested.is_empty() {
            let what = if self.learned.is_empty() { "learn" } else { "test on" };
            return Err(RehearsalError::Empty(what));
        }
        let outputs = self.model.layers.outputs();
        let text = self.model.about.loss.as_deref().unwrap_or("cross_entropy");
        let loss = loss::of_text(text, outputs)?;
        let judge = |samples: &Dataset| {
            (!samples.is_empty()).then(|| Task::new(&loss, samples.clone(), outputs))
        };
        // What boards do not train is frozen there, too.
        let mut model = self.model.clone();
        model.freeze(model.about.trained.unwrap_or_default())?;
        let mut steps = Vec::new();
        let network = DynNetwork::new(&model.layers, &mut steps)?;
        let accuracy = |task: &Option<Task<'_>>, parameters: &[f32]| {
            Some(f64::from(task.as_ref()?.score(network, parameters).accuracy?))
        };

        let (mut board, factory) = self.install()?;
        let [tested, factory] = [&self.tested, &factory].map(judge);
        let mut rehearsed = Rehearsed {
            points: Vec::new(),
            verdict: Verdict::Unjudged,
            passes: 0,
            updates: 0,
            refused: 0,
            returns: 0,
            parameters: Vec::new(),
            ram: board.describe()?.ram as usize,
        };
        let batch = self.model.about.optimizer_and_batch();
        let batch = batch.map(|(_, samples)| u32::from(samples.get()));
        let all = self.learned.len();
        for until in [0].into_iter().chain(PARTS.map(|part| all.div_ceil(part))) {
            let last = rehearsed.points.last().copied();
            let from = last.map_or(0, |point| point.samples);
            // Of a few samples some parts are as large as others: the curve has a point of each.
            if let Some(last) = last.filter(|last| last.samples == until) {
                rehearsed.points.push(last);
                continue;
            }
            for (features, target) in BoardTarget::of_samples(&self.learned).take(until).skip(from)
            {
                if stop() {
                    return Ok(None);
                }
                rehearsed.learn(&mut board, features, target, batch)?;
            }
            let parameters = board.read_parameters()?;
            let Some(scratch) = self.scratch(until, &loss, stop)? else { return Ok(None) };
            rehearsed.points.push(Point {
                samples: until,
                tuned: accuracy(&tested, &parameters).unwrap_or(f64::NAN),
                scratch,
                factory: accuracy(&factory, &parameters),
            });
            rehearsed.parameters = parameters;
        }
        rehearsed.verdict = match board.commit() {
            Ok(Commit::Stored { .. } | Commit::Unchanged) => Verdict::Stored,
            Ok(Commit::Rejected { tolerated, loss, .. }) => Verdict::Rejected { loss, tolerated },
            Err(BoardError::Refused(Error::NothingToJudgeBy)) => Verdict::Unjudged,
            Err(error) => return Err(error.into()),
        };
        Ok(Some(rehearsed))
    }

    /// Boots a board, and does what the factory does. Returns also the factory's samples that
    /// neither model nor board ever learn or are judged by.
    fn install(&self) -> Result<(Board, Dataset), BoardError> {
        let mut board = Board::boot(BoardAddress::Forgetful)?;
        board.install_model(&self.model)?;
        let each = board.describe()?.replay.pinned_capacity as usize;
        let (mut samples, rest) =
            FactorySamples::choose(&self.factory_learned, &self.factory_others, each);
        if samples.range[0].is_empty() {
            samples.range = self.range.clone();
        }
        board.write_samples(&samples)?;
        board.install_memory()?;
        Ok((board, rest))
    }

    /// Returns the accuracy of the same network that is trained from scratch on the first samples;
    /// within, none if they are too few for it. None, if it was stopped.
    fn scratch(
        &self,
        samples: usize,
        loss: &NamedLoss,
        stop: &Stop,
    ) -> Result<Option<Option<f64>>, RehearsalError> {
        if samples == 0 {
            return Ok(Some(None));
        }
        let (learned, _) = self.learned.split(samples);
        scratch::accuracy(&self.model, loss, [learned, self.tested.clone()], self.seed, stop)
    }
}

impl Rehearsed {
    /// Lets the board learn a sample, and counts. There is a batch, unless it learns in place.
    fn learn(
        &mut self,
        board: &mut Board,
        features: &[f32],
        target: BoardTarget<'_>,
        batch: Option<u32>,
    ) -> Result<(), BoardError> {
        match board.learn(features, target) {
            Ok(Learned { steps, rolled_back, .. }) => {
                self.passes += u64::from(steps);
                // What is left of a batch in the end makes a step, too.
                self.updates += batch.map_or(0, |samples| u64::from(steps.div_ceil(samples)));
                self.returns += usize::from(rolled_back);
                Ok(())
            }
            Err(BoardError::Refused(Error::OutOfRange { .. })) => {
                self.refused += 1;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Returns how it did before the first sample.
    pub fn before(&self) -> Point {
        self.points.first().copied().expect("there is a point before the first sample")
    }

    /// Returns how it did after the last sample.
    pub fn after(&self) -> Point {
        self.points.last().copied().expect("there is a point before the first sample")
    }

    /// Returns the accuracy of the parameters that the board has after the commit and a power cut:
    /// what it came with, where these were not stored.
    pub fn stored(&self) -> f64 {
        match self.verdict {
            Verdict::Stored => self.after().tuned,
            Verdict::Rejected { .. } | Verdict::Unjudged => self.before().tuned,
        }
    }
}
