//! Studies: what one choice does, measured with tuned settings and many seeds.
//!
//! An [`Experiment`] compares levels of one choice: losses, depths, optimizers. Of each level
//! settings are tuned first, the learning rate and what else it has, at quasi-random points, by
//! samples that validate; then it is trained with many seeds, each of which draws the split, the
//! order of samples and the initial weights anew. Samples that are tested on are seen by these runs
//! alone, and once. Levels are compared run by run ([`statistics::Improvement`]).
//!
//! Everything follows from the study alone: the same study has the same runs, bit for bit, on any
//! machine, for any number of threads and parts; but for the measures of time.

pub mod altered;
pub mod catalogue;
mod choice;
mod error;
mod experiment;
mod factory;
mod folklore;
mod kind;
mod landscape;
mod lesson;
mod procedure;
mod recipe;
mod record;
mod result;
mod run;
mod scores;
pub mod statistics;
mod subject;
#[cfg(test)]
mod tests;
mod training;
mod tuned;

pub use self::choice::{CHOICE, Choice, NothingFits};
pub use self::error::{RecipeError, StudyError};
pub use self::experiment::{Experiment, Folklore, Level, Measure, Part};
pub use self::factory::Factory;
pub use self::kind::Kind;
pub use self::landscape::Landscape;
pub use self::lesson::Lesson;
pub use self::procedure::Procedure;
pub use self::recipe::Recipe;
pub use self::record::{Record, RunFile, Runs};
pub use self::result::{ExperimentResult, LevelResult, Pair};
pub use self::run::{Progress, Shard};
pub use self::subject::{Draw, Split, Subject};
pub use self::training::{Outcome, Stop};
pub use self::tuned::{Setting, Tuned, point};

/// Experiments, and how thoroughly they are made.
#[derive(Clone, Debug)]
pub struct Study {
    /// The experiments, of different names.
    pub experiments: Vec<Experiment>,
    /// At how many points settings are tried.
    pub points: u32,
    /// With how many seeds the best of them are trained.
    pub seeds: u32,
}

impl Study {
    /// Returns what the runs say of each experiment of which all runs are done.
    pub fn results<'a>(&'a self, runs: &'a Runs) -> Vec<ExperimentResult<'a>> {
        let counts = [self.points, self.seeds];
        let result = |experiment| ExperimentResult::new(experiment, runs, counts);
        self.experiments.iter().filter_map(result).collect()
    }
}
