//! Rehearsals: what a board will learn of a user, a sensor or a month, found out on the PC.
//!
//! A [`Rehearsal`] lets a [simulated board](crate::board) learn from samples one by one, over the
//! same frames as any board: so parameters, refusals and what becomes of the commit are those of
//! the device, bit for bit. Beside it the same network learns the same samples from scratch, as a
//! PC would do it. How samples are [split] into those that are learned and those that test, and
//! [what it costs](cost) on a board, is here, too.

pub mod cost;
mod measure;
mod scratch;
pub mod split;
#[cfg(test)]
mod tests;

use trimpot::ParameterError;
use trimpot::spec::SpecError;
use trimpot_link::Error;
use trimpot_model::file::{ModelTask, StoredModel};
use trimpot_model::plan::TooFewLayers;
use trimpot_tuner::Condition;

pub use self::measure::Measure;

use self::measure::Judge;
use crate::board::{Board, BoardAddress, BoardError, BoardTarget, Commit, FactorySamples, Learned};
use crate::dataset::{Dataset, Targets};
use crate::dyn_model::DetectorError;
use crate::dyn_network::DynNetwork;
use crate::loss::{self, LossError};
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
    /// Where anomalies are detected, and the others are normal: anomalous samples of the factory,
    /// which the board never gets. There may be none.
    pub factory_anomalous: Dataset,
    /// The smallest and the largest value of each feature, where the factory has no samples.
    pub range: [Vec<f32>; 2],
    /// What the board learns, in this order; where anomalies are detected, normal samples.
    pub learned: Dataset,
    /// What it is tested on; where anomalies are detected, normal and anomalous samples.
    pub tested: Dataset,
    /// The randomness of training from scratch.
    pub seed: u32,
}

/// What became of a board.
#[derive(Clone, Debug, PartialEq)]
pub struct Rehearsed {
    /// What its points are measured by.
    pub measure: Measure,
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

/// How well the task is done after so many samples, by one [`Measure`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// How many samples the board was given.
    pub samples: usize,
    /// Of the board, on the samples that it is tested on.
    pub tuned: f64,
    /// Of the same network, trained from scratch on the same samples; none without samples, if they
    /// are too few for it, or of a network that detects anomalies by a distance from a centre.
    pub scratch: Option<f64>,
    /// Of the board, on the factory's samples; none, if there are none, or, of anomalies, none of
    /// either kind.
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
    /// There is nothing to learn, or nothing to test on.
    #[error("there are no {0}")]
    Empty(&'static str),
    /// The board refuses, or fails.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// The loss cannot be had.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// The network cannot detect anomalies.
    #[error(transparent)]
    Detector(#[from] DetectorError),
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
    /// If there are no samples, or the board cannot learn the model.
    pub fn run(&self, stop: &Stop) -> Result<Option<Rehearsed>, RehearsalError> {
        self.check_samples()?;
        let measure = Measure::of(self.task());
        let outputs = self.model.layers.outputs();
        let text = self.model.about.loss.as_deref().unwrap_or(match measure {
            Measure::Accuracy => "cross_entropy",
            Measure::RootMeanSquaredError | Measure::AreaUnderCurve => "mse",
        });
        let loss = loss::of_text(text, outputs)?.for_outputs_of(&self.model.layers, self.task());
        let judge = Judge { measure, loss: &loss };
        // What boards do not train is frozen there, too.
        let mut model = self.model.clone();
        model.freeze(model.about.trained.unwrap_or_default())?;
        let mut steps = Vec::new();
        let network = DynNetwork::new(&model.layers, &mut steps)?;

        let (mut board, factory) = self.install()?;
        let mut rehearsed = Rehearsed {
            measure,
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
            let Some(scratch) = self.scratch(until, judge, stop)? else { return Ok(None) };
            let mut of_board = |samples| judge.board((&mut board, network), &parameters, samples);
            rehearsed.points.push(Point {
                samples: until,
                tuned: of_board([&self.tested, &Dataset::default()])?.unwrap_or(f64::NAN),
                scratch,
                factory: of_board([&factory, &self.factory_anomalous])?,
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
        let has_samples = samples.pinned.len() + samples.held_out.len() > 0;
        if self.task() == ModelTask::Anomalies
            && self.model.about.threshold.is_none()
            && has_samples
        {
            board.calibrate()?;
        }
        board.install_memory()?;
        Ok((board, rest))
    }

    fn task(&self) -> ModelTask {
        self.model.about.task.unwrap_or(ModelTask::Classes)
    }

    fn check_samples(&self) -> Result<(), RehearsalError> {
        let empty = |what| Err(RehearsalError::Empty(what));
        match self.tested.targets() {
            _ if self.learned.is_empty() => empty("samples to learn"),
            _ if self.tested.is_empty() => empty("samples to test on"),
            Targets::Conditions(known) if !known.contains(&Condition::Normal) => {
                empty("normal samples to test on")
            }
            Targets::Conditions(known) if !known.contains(&Condition::Anomalous) => {
                empty("anomalous samples to test on")
            }
            _ => Ok(()),
        }
    }

    /// Returns how the same network does that is trained from scratch on the first samples; within,
    /// none if it cannot be. None, if it was stopped.
    fn scratch(
        &self,
        samples: usize,
        judge: Judge<'_>,
        stop: &Stop,
    ) -> Result<Option<Option<f64>>, RehearsalError> {
        if samples == 0 {
            return Ok(Some(None));
        }
        let (learned, _) = self.learned.split(samples);
        scratch::measured(&self.model, judge, [learned, self.tested.clone()], self.seed, stop)
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

    /// Returns how the parameters do that the board has after the commit and a power cut:
    /// what it came with, where these were not stored.
    pub fn stored(&self) -> f64 {
        match self.verdict {
            Verdict::Stored => self.after().tuned,
            Verdict::Rejected { .. } | Verdict::Unjudged => self.before().tuned,
        }
    }
}
