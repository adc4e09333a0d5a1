//! What a tuner learns: what a sample's target is, the loss, what a network that knows nothing
//! loses, what a prediction says, and what is counted.

mod classification;

use core::fmt;

pub use classification::{ClassScores, Classification, Label};

use crate::{Error, StartError};

/// What a [`Tuner`](crate::Tuner) learns.
///
/// | task | target | prediction | samples are replayed |
/// |---|---|---|---|
/// | [`Classification`] | [`Label`], or a `u32` | [`Prediction`](crate::Prediction) | class by class |
///
/// The trait is sealed: its methods are what the one implementation of learning, judging, replay and
/// storage asks of each task.
pub trait Task: sealed::Sealed {
    /// What a sample is known to be.
    type Target<'t>: Copy;
    /// What a prediction says.
    type Prediction<'t>;
    /// Scores of the samples that were evaluated.
    type Scores;
    /// What is counted for them beside words in memory.
    type Counts: Copy + Default + fmt::Debug;

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

    /// Writes the state of a network that has learned nothing.
    fn initialize(&self, state: &mut [f32]);

    /// Returns how many groups of samples there are of `most`: those from 0 on that are in use.
    fn groups(&self, state: &[f32], most: usize) -> usize;

    /// Writes the numbers of a target to `values`. Returns the sample's group.
    ///
    /// # Errors
    /// If there is no such target.
    fn place(
        &self,
        state: State<'_>,
        target: Self::Target<'_>,
        values: &mut [f32],
    ) -> Result<usize, Error>;

    /// Returns the loss of a sample's outputs, and writes the gradient with respect to them.
    fn loss(
        &self,
        state: State<'_>,
        sample: Sample<'_>,
        outputs: &[f32],
        gradient: &mut [f32],
    ) -> f32;

    /// Returns what the outputs for a sample's features say.
    fn predict<'m>(
        &self,
        state: State<'_>,
        features: &[f32],
        outputs: &'m [f32],
    ) -> Self::Prediction<'m>;

    /// Counts what a prediction says about a sample of this group.
    fn count(
        &self,
        counts: &mut Self::Counts,
        words: &mut [Word],
        group: usize,
        prediction: &Self::Prediction<'_>,
    );

    /// Returns the scores of what was counted.
    fn scores(&self, counts: &Self::Counts, words: &[Word]) -> Self::Scores;
}

/// A number in memory that is bytes: little-endian.
pub type Word = [u8; 4];

/// What a task has learned beside the network's parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct State<'s> {
    /// Numbers that are stored with the parameters.
    pub numbers: &'s [f32],
    /// Groups in use: the first ones.
    pub groups: usize,
}

/// A sample with its target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample<'s> {
    /// The features.
    pub features: &'s [f32],
    /// The numbers of its target, if it has some.
    pub values: &'s [f32],
    /// Its group: of samples that are replayed and counted together.
    pub group: usize,
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
}

impl TaskSizes {
    /// Those of classes that are all in use.
    pub(crate) const CLASSES: TaskSizes = TaskSizes {
        groups: Count { fixed: 0, each: 1 },
        values: Count::NONE,
        state: Count::NONE,
        words: Count { fixed: 0, each: classification::WORDS },
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

    /// Returns how many there are for so many outputs.
    pub const fn of(self, outputs: usize) -> usize {
        self.fixed.saturating_add(self.each.saturating_mul(outputs))
    }
}

mod sealed {
    /// Implemented for the tasks of this crate.
    pub trait Sealed {}
}
