//! What a tuner learns: what a sample's target is, the loss, what a network that knows nothing
//! loses, what a prediction says, and what is counted.

mod anomaly;
mod classification;
mod regression;
mod spec;

use core::fmt;

pub use anomaly::{AnomalyDetection, AnomalyScores, Condition, Inspection};
pub(crate) use classification::Undecided;
pub use classification::{ClassScores, Classification, Label};
pub use regression::{Estimate, Regression, ValueScores, of_output};
pub use spec::{Reference, TaskSpec};

use trimpot::threshold::Rule;
use trimpot_link::{Response, Target};

use crate::{Error, Metrics, StartError};

/// What a [`Tuner`](crate::Tuner) learns.
///
/// | task | target | prediction | replayed | a network that knows nothing |
/// |---|---|---|---|---|
/// | [`Classification`] | [`Label`], or a `u32` | [`Prediction`](crate::Prediction) | class by class | has outputs 0 |
/// | [`Regression`] | numbers | [`Estimate`] | as one group | has the mean of the judges' targets for outputs |
/// | [`AnomalyDetection`] | [`Condition`] | [`Inspection`] | as one group | has the mean of the judges for outputs; an embedding, 0 |
///
/// What a network that knows nothing loses in the mean of all judges is the scale of the
/// [tolerance](crate::Settings::with_tolerance); what it loses on a sample, or in the mean if its
/// outputs are a mean, is the most that a sample counts when parameters are judged.
///
/// The trait is sealed: its methods are what the one implementation of learning, judging, replay
/// and storage asks of each task.
pub trait Task: sealed::Sealed {
    /// What a sample is known to be.
    type Target<'t>: Copy;
    /// What a prediction says.
    type Prediction<'t>;
    /// Scores of the samples that were evaluated.
    type Scores;
    /// What is counted for them beside words in memory.
    type Counts: Copy + Default + fmt::Debug;

    /// Returns what it is, as data.
    fn spec(&self) -> TaskSpec;

    /// Returns what the task needs of memory.
    fn sizes(&self) -> TaskSizes;

    /// Returns a number that tells what is stored for this task from what is stored for others. 0
    /// for classes that are all in use.
    fn code(&self) -> u32;

    /// Fails if the task is undefined for samples of so many features and so many outputs.
    ///
    /// # Errors
    /// [`StartError::Outputs`].
    fn check(&self, inputs: usize, outputs: usize) -> Result<(), StartError>;

    /// Writes the state of a network that has learned nothing, and forgets what was predicted.
    fn initialize(&mut self, numbers: &mut [f32]) {
        let _ = numbers;
    }

    /// Returns how many classes of `outputs` are in use; none if outputs are no classes.
    fn classes(&self, numbers: &[f32], outputs: usize) -> Option<usize> {
        let _ = (numbers, outputs);
        None
    }

    /// Uses the classes up to this one.
    fn open(&self, numbers: &mut [f32], class: usize) {
        let _ = (numbers, class);
    }

    /// Returns whether a number of the state of a network with so many outputs can be this.
    fn can_be(&self, index: u32, number: f32, outputs: usize) -> bool {
        let _ = (index, outputs);
        number.is_finite()
    }

    /// Writes the numbers of a target to `values`.
    ///
    /// # Errors
    /// If there is no such target.
    fn place(
        &self,
        state: State<'_>,
        target: Self::Target<'_>,
        values: &mut [f32],
    ) -> Result<Placed, Error>;

    /// Fails if a sample of this condition is not to be learned.
    ///
    /// # Errors
    /// [`Error::Anomalous`].
    fn admit(
        &self,
        state: State<'_>,
        condition: Condition,
        features: &[f32],
        outputs: &[f32],
        gradient: &mut [f32],
    ) -> Result<(), Error> {
        let _ = (state, condition, features, outputs, gradient);
        Ok(())
    }

    /// Fails if nothing can be learned yet.
    ///
    /// # Errors
    /// [`Error::NotCalibrated`].
    fn check_ready(&self, state: State<'_>) -> Result<(), Error> {
        let _ = state;
        Ok(())
    }

    /// Returns the loss of a sample's outputs, and writes the gradient with respect to them.
    fn loss(
        &self,
        state: State<'_>,
        sample: Sample<'_>,
        outputs: &[f32],
        gradient: &mut [f32],
    ) -> f32;

    /// Returns what a network should output for a sample, if a network that knows nothing outputs
    /// the mean of that; none if it outputs 0.
    fn wanted<'s>(&self, sample: Sample<'s>) -> Option<&'s [f32]> {
        let _ = sample;
        None
    }

    /// Returns what the outputs for a sample's features say.
    fn predict<'m>(
        &self,
        state: State<'_>,
        features: &[f32],
        outputs: &'m [f32],
        gradient: &mut [f32],
    ) -> Self::Prediction<'m>;

    /// Completes a prediction by what those before it said, which it joins.
    fn observe(&mut self, prediction: &mut Self::Prediction<'_>) {
        let _ = prediction;
    }

    /// Counts what a prediction says about a sample.
    fn count(
        &self,
        counts: &mut Self::Counts,
        words: &mut [Word],
        placed: Placed,
        values: &[f32],
        prediction: &Self::Prediction<'_>,
    );

    /// Returns the scores of what was counted.
    fn scores(&self, counts: &Self::Counts, words: &[Word]) -> Self::Scores;

    /// Returns how the threshold of anomalies follows from scores; none if there is no threshold.
    fn rule(&self) -> Option<Rule> {
        None
    }

    /// Returns the score of outputs for these features, where `centre` is the mean of outputs.
    fn score(
        &self,
        features: &[f32],
        centre: &[f32],
        outputs: &[f32],
        gradient: &mut [f32],
    ) -> f32 {
        let _ = (features, centre, outputs, gradient);
        f32::NAN
    }

    /// Forgets what was predicted.
    fn forget(&mut self) {}

    /// Returns the target that came over a link; none if it is of another task.
    fn target_of(wire: Target<'_>) -> Option<Self::Target<'_>>;

    /// Returns a prediction as an answer, whose numbers are written to `scratch`; none if they do
    /// not fit.
    fn answer<'s>(prediction: Self::Prediction<'_>, scratch: &'s mut [u8]) -> Option<Response<'s>>;

    /// Returns metrics as an answer.
    fn report(metrics: Metrics<Self::Scores>) -> Response<'static>;
}

/// A number in memory that is bytes: little-endian.
pub type Word = [u8; 4];

/// What a task has learned beside the network's parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct State<'s> {
    /// Numbers that are stored with the parameters.
    pub numbers: &'s [f32],
    /// Groups of samples in use: the first ones.
    pub groups: usize,
    /// Outputs that take part: the first ones.
    pub outputs: usize,
    /// Groups that there can be.
    pub capacity: usize,
}

/// A sample with its target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample<'s> {
    /// The features.
    pub features: &'s [f32],
    /// The numbers of its target, if it has some.
    pub values: &'s [f32],
    /// Its group: of samples that are replayed together.
    pub group: usize,
}

/// What is known of a sample beside numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Its group: of samples that are replayed together.
    pub group: usize,
    /// Whether it is known to be normal; samples of tasks that do not ask are.
    pub condition: Condition,
}

/// What a task needs of memory, beside the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TaskSizes {
    /// Groups of samples, each of which has a buffer of its own.
    pub(crate) groups: Count,
    /// Numbers of a target.
    pub(crate) values: Count,
    /// Numbers that are stored with the parameters.
    pub(crate) state: Count,
    /// Words that are counted.
    pub(crate) words: Count,
    /// Whether scores of samples are sorted.
    pub(crate) sorts: bool,
}

impl TaskSizes {
    /// Those of classes that are all in use.
    pub(crate) const CLASSES: TaskSizes = TaskSizes {
        groups: Count::OUTPUTS,
        values: Count::NONE,
        state: Count::NONE,
        words: Count { fixed: 0, each: classification::WORDS },
        sorts: false,
    };
}

/// So many, and so many more for each output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(crate) struct Count {
    pub fixed: usize,
    pub each: usize,
}

impl Count {
    pub const NONE: Count = Count { fixed: 0, each: 0 };
    pub const ONE: Count = Count { fixed: 1, each: 0 };
    pub const OUTPUTS: Count = Count { fixed: 0, each: 1 };

    /// Returns how many there are for so many outputs.
    pub const fn of(self, outputs: usize) -> usize {
        self.fixed.saturating_add(self.each.saturating_mul(outputs))
    }
}

/// Checks that a loss that needs so many outputs is defined.
pub(crate) fn check_outputs(needed: usize, available: usize) -> Result<(), StartError> {
    if available < needed { Err(StartError::Outputs { needed, available }) } else { Ok(()) }
}

pub(crate) mod sealed {
    /// Implemented for the tasks of this crate.
    pub trait Sealed {}
}
