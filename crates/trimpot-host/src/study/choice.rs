//! What to take, after all: the levels that did best, together, in a network that a board can
//! learn.

use std::cmp::Ordering;
use std::sync::Arc;

use super::experiment::{Experiment, Level, Measure};
use super::result::ExperimentResult;
use super::statistics::Finding;

/// What a choice takes from a level.
type Take = fn(&mut Level, &Level);

/// The experiment of depths.
const DEPTHS: &str = "hidden-layers";

/// The experiments whose best levels go together, and what is taken from these. Those that were made
/// with few samples are not among them.
const CHOICES: [(&str, Take); 5] = [
    (DEPTHS, |choice, level| choice.recipe.network.clone_from(&level.recipe.network)),
    ("activation", |choice, level| choice.recipe.activation = level.recipe.activation),
    ("loss", |choice, level| choice.recipe.loss.clone_from(&level.recipe.loss)),
    ("optimizer", |choice, level| {
        (choice.recipe.optimizer, choice.recipe.momentum) =
            (level.recipe.optimizer, level.recipe.momentum);
        choice.tuned.clone_from(&level.tuned);
    }),
    ("batch-size", |choice, level| choice.recipe.batch = level.recipe.batch),
];

/// The name of the experiment that tries them. Its last level is the choice.
pub const CHOICE: &str = "choice";

/// What did best in each experiment, in one recipe.
#[derive(Clone, Debug)]
pub struct Choice<'a> {
    /// The experiments that it is made from, each with the name of the level.
    pub parts: Vec<(&'a Experiment, &'a str)>,
    /// The recipe, whose learning rate is to be tuned.
    level: Level,
    /// What all experiments begin with.
    base: Level,
}

/// No network of a study fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no network of the study learns in {ram} bytes of RAM: the smallest takes {least}")]
pub struct NothingFits {
    /// Bytes of RAM that there are.
    pub ram: usize,
    /// Bytes that the smallest network takes.
    pub least: usize,
}

impl<'a> Choice<'a> {
    /// Returns what did best within so many bytes of RAM, which are [`Measure::RamToLearn`]: a board
    /// goes on by plain gradient descent, whatever the PC has trained with. What is best is said by
    /// samples that validate, since the choice is tested on the others. Of levels that the runs do
    /// not tell from the best one, that with the least RAM is taken, then that with the best mean.
    /// None, if no experiment of the study is about a choice that can be made.
    ///
    /// # Errors
    /// If no depth fits, with what else is chosen.
    pub fn of(
        results: &[ExperimentResult<'a>],
        ram: Option<usize>,
    ) -> Result<Option<Self>, NothingFits> {
        let made = CHOICES.iter().filter_map(|&(name, take)| {
            let result = results.iter().find(|result| result.experiment.name == name)?;
            Some((result, take))
        });
        let made: Vec<(&ExperimentResult<'a>, Take)> = made.collect();
        let Some((first, _)) = made.first() else { return Ok(None) };
        let base = base_of(first.experiment).clone();
        let base = Level { name: "as it began".to_owned(), folklore: None, ..base };
        let level = Level { name: "the choice".to_owned(), ..base.clone() };
        let mut choice = Choice { parts: Vec::new(), level, base };
        for (result, take) in &made {
            let experiment = result.experiment;
            let chosen = &experiment.levels[ranked(result)[0]];
            choice.parts.push((experiment, &chosen.name));
            take(&mut choice.level, chosen);
        }
        // Depths were ranked by themselves: with all that was chosen, another one may be left.
        let Some(ram) = ram else { return Ok(Some(choice)) };
        let depths = made.iter().position(|(result, _)| result.experiment.name == DEPTHS);
        let candidates = match depths {
            Some(at) => ranked(made[at].0).into_iter().map(Some).collect(),
            None => vec![None],
        };
        let mut least = usize::MAX;
        for candidate in candidates {
            if let (Some(at), Some(level)) = (depths, candidate) {
                let (result, take) = made[at];
                let chosen = &result.experiment.levels[level];
                choice.parts[at].1 = &chosen.name;
                take(&mut choice.level, chosen);
            }
            let needs = choice.level.recipe.measure(Measure::RamToLearn);
            let needs = needs.map_or(usize::MAX, |bytes| bytes as usize);
            if needs <= ram {
                return Ok(Some(choice));
            }
            least = least.min(needs);
        }
        Err(NothingFits { ram, least })
    }

    /// Returns the experiment that tries the choice: what is best alone need not be best together.
    pub fn experiment(&self) -> Option<Experiment> {
        let (first, _) = self.parts.first()?;
        let parts: Vec<String> = self
            .parts
            .iter()
            .map(|(of, level)| format!("{}: {level}", of.title.to_lowercase()))
            .collect();
        Some(Experiment {
            name: CHOICE,
            title: "The choice",
            question: format!("What did best, together: {}.", parts.join("; ")),
            subject: Arc::clone(&first.subject),
            levels: vec![self.base.clone(), self.level.clone()],
            measure: Measure::TestAccuracy,
            others: vec![Measure::TrainAccuracy, Measure::Parameters, Measure::RamToLearn],
            folklore_of: None,
        })
    }
}

/// Returns the level of an experiment that the others are compared with: the one of Adam, ReLU and
/// cross-entropy, which is among the levels of all but the depths, where it is the first one.
fn base_of(experiment: &Experiment) -> &Level {
    let is_base = |level: &&Level| {
        let recipe = &level.recipe;
        recipe.optimizer == "adam"
            && recipe.loss == "cross_entropy"
            && recipe.activation == Default::default()
            && recipe.batch.get() == 32
    };
    experiment.levels.iter().find(is_base).unwrap_or(&experiment.levels[0])
}

/// Returns the levels of an experiment in the order in which they would be taken: first those that
/// the runs do not tell from the best one, of these that with the least RAM; then the others, the
/// better ones first.
fn ranked(result: &ExperimentResult<'_>) -> Vec<usize> {
    let measure = result.experiment.subject.kind.tuned_by();
    let levels = &result.levels;
    let needs = |level: usize| levels[level].recipe.measure(Measure::RamToLearn);
    let mean = |level: usize| {
        let summary = levels[level].summaries.get(&measure);
        summary.map_or(f64::NEG_INFINITY, |summary| measure.goodness(summary.mean))
    };
    let mut order: Vec<usize> = (0..levels.len()).collect();
    order.sort_by(|&a, &b| mean(b).total_cmp(&mean(a)));
    let best = order[0];
    let is_told = |level: usize| {
        let improvement = levels[best].improvement(&levels[level], measure);
        improvement.is_some_and(|improvement| improvement.finding() == Finding::Better)
    };
    let (mut alike, others): (Vec<usize>, Vec<usize>) =
        order.into_iter().partition(|&level| !is_told(level));
    // The sort is stable: of the same RAM, the best mean comes first.
    alike.sort_by(|&a, &b| needs(a).partial_cmp(&needs(b)).unwrap_or(Ordering::Equal));
    alike.extend(others);
    alike
}
