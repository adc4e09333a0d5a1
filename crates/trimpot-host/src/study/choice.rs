//! What to take, after all: the levels that did best, together, in a network that a board can
//! learn.

use std::sync::Arc;

use super::experiment::{Experiment, Level, Measure};
use super::procedure::Procedure;
use super::recipe::Recipe;
use super::result::ExperimentResult;
use super::tuned::Tuned;

/// The choices that are made together. Those that were measured with few samples are not among
/// them.
const CHOICES: [&str; 5] = ["hidden-layers", "activation", "loss", "optimizer", "batch-size"];

/// The name of the experiment that tries them. Its last level is the choice.
pub const CHOICE: &str = "choice";

/// What did best in each experiment, in one recipe.
#[derive(Clone, Debug)]
pub struct Choice<'a> {
    /// The experiments that it is made from, each with the name of the level.
    pub parts: Vec<(&'a Experiment, &'a str)>,
    /// How it is trained, but for the learning rate, which is to be tuned.
    recipe: Recipe,
    /// What is tuned.
    tuned: Vec<Tuned>,
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
    /// goes on by plain gradient descent, whatever the PC has trained with. Of levels that the
    /// runs do not tell from the best one, that with the least RAM is taken, then that with the
    /// best mean. None, if no experiment of the study is about a choice that can be made.
    ///
    /// # Errors
    /// If no level of an experiment fits.
    pub fn of(
        results: &[ExperimentResult<'a>],
        ram: Option<usize>,
    ) -> Result<Option<Self>, NothingFits> {
        let mut choice: Option<Choice<'a>> = None;
        let made = CHOICES
            .iter()
            .filter_map(|name| results.iter().find(|result| result.experiment.name == *name));
        for result in made {
            let experiment = result.experiment;
            let chosen = best(result, ram)?;
            let level = &experiment.levels[chosen];
            let Procedure::Train(chosen) = &level.procedure else { continue };
            let choice = choice.get_or_insert_with(|| {
                let (base, recipe) = base_of(experiment).unwrap_or((level, chosen));
                let (recipe, tuned) = (recipe.clone(), base.tuned.clone());
                let base = Level { name: "as it began".to_owned(), folklore: None, ..base.clone() };
                Choice { parts: Vec::new(), recipe, tuned, base }
            });
            choice.parts.push((experiment, &level.name));
            let Recipe { network, activation, loss, optimizer, momentum, batch, .. } = chosen;
            let recipe = &mut choice.recipe;
            match experiment.name {
                "hidden-layers" => recipe.network.clone_from(network),
                "activation" => recipe.activation = *activation,
                "loss" => recipe.loss.clone_from(loss),
                "optimizer" => {
                    (recipe.optimizer, recipe.momentum) = (optimizer, *momentum);
                    choice.tuned.clone_from(&level.tuned);
                }
                _ => recipe.batch = *batch,
            }
        }
        Ok(choice)
    }

    /// Returns the experiment that tries the choice: what is best alone need not be best together.
    pub fn experiment(&self) -> Option<Experiment> {
        let (first, _) = self.parts.first()?;
        let parts: Vec<String> = self
            .parts
            .iter()
            .map(|(of, level)| format!("{}: {level}", of.title.to_lowercase()))
            .collect();
        let (recipe, tuned) = (self.recipe.clone(), self.tuned.clone());
        let choice = Level { tuned, ..Level::fixed("the choice", recipe) };
        Some(Experiment {
            name: CHOICE,
            title: "The choice",
            question: format!("What did best, together: {}.", parts.join("; ")),
            subject: Arc::clone(&first.subject),
            levels: vec![self.base.clone(), choice],
            measure: Measure::TestAccuracy,
            others: vec![Measure::TrainAccuracy, Measure::Parameters, Measure::RamToLearn],
            folklore_of: None,
        })
    }
}

/// Returns the level of an experiment that the others are compared with: the one of Adam, ReLU and
/// cross-entropy, which is among the levels of all but the depths, where it is the first one.
fn base_of(experiment: &Experiment) -> Option<(&Level, &Recipe)> {
    let mut trained = experiment.levels.iter().filter_map(|level| match &level.procedure {
        Procedure::Train(recipe) => Some((level, recipe)),
        Procedure::Teach(_) => None,
    });
    let is_base = |(_, recipe): &(&Level, &Recipe)| {
        recipe.optimizer == "adam"
            && recipe.loss == "cross_entropy"
            && recipe.activation == Default::default()
            && recipe.batch.get() == 32
    };
    trained.find(is_base)
}

/// Returns the number of the level to take.
fn best(result: &ExperimentResult<'_>, ram: Option<usize>) -> Result<usize, NothingFits> {
    let needs = |level: usize| {
        let recipe = result.levels[level].procedure.recipe();
        let bytes = recipe.and_then(|recipe| recipe.measure(Measure::RamToLearn));
        bytes.map_or(usize::MAX, |bytes| bytes as usize)
    };
    let fits = |level: &usize| ram.is_none_or(|ram| needs(*level) <= ram);
    let mut left: Vec<usize> = (0..result.levels.len()).filter(fits).collect();
    let mean = |level: usize| {
        let summary = result.levels[level].summaries.get(&result.experiment.measure);
        summary.map_or(f64::NEG_INFINITY, |summary| summary.mean)
    };
    left.sort_by(|&a, &b| mean(b).total_cmp(&mean(a)));
    let Some(&best) = left.first() else {
        let least = (0..result.levels.len()).map(needs).min().unwrap_or(0);
        return Err(NothingFits { ram: ram.unwrap_or(usize::MAX), least });
    };
    let is_told =
        |&level: &usize| result.finding(best, level) == super::statistics::Finding::Better;
    left.retain(|level| !is_told(level));
    // The sort is stable: of the same RAM, the best mean comes first.
    left.sort_by_key(|&level| needs(level));
    Ok(left.first().copied().unwrap_or(best))
}
