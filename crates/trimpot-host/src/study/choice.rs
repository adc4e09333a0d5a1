//! What to take, after all: the levels that did best, together, in a network that a board can
//! learn.

use std::cmp::Ordering;
use std::sync::Arc;

use super::experiment::{Experiment, Level, Measure};
use super::recipe::Recipe;
use super::result::ExperimentResult;
use super::statistics::Finding;

/// What a choice takes from a recipe.
type Take = fn(&mut Recipe, &Recipe);

/// The experiment of depths.
const DEPTHS: &str = "hidden-layers";
/// The experiment of optimizers, each of which has its own range of learning rates.
const OPTIMIZERS: &str = "optimizer";

/// The experiments whose best levels go together, and what is taken from these. Those that were
/// made with few samples are not among them.
const CHOICES: [(&str, Take); 5] = [
    (DEPTHS, |choice, best| choice.network.clone_from(&best.network)),
    ("activation", |choice, best| choice.activation = best.activation),
    ("loss", |choice, best| choice.loss.clone_from(&best.loss)),
    (OPTIMIZERS, |choice, best| {
        (choice.optimizer, choice.momentum) = (best.optimizer, best.momentum);
    }),
    ("batch-size", |choice, best| choice.batch = best.batch),
];

/// The name of the experiment that tries them. Its last level is the choice.
pub const CHOICE: &str = "choice";

/// What did best in each experiment, in one recipe.
#[derive(Clone, Debug)]
pub struct Choice<'a> {
    /// The experiments that it is made from, each with the name of the level.
    pub parts: Vec<(&'a Experiment, &'a str)>,
    /// How it is trained, but for the learning rate, which is to be tuned.
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
    /// Returns what did best within so many bytes of RAM, which are [`Measure::RamToLearn`]: a
    /// board goes on by plain gradient descent, whatever the PC has trained with. What is best is
    /// said by samples that validate, since the choice is tested on the others. Of levels that the
    /// runs do not tell from the best one, that with the least RAM is taken, then that with the
    /// best mean. None, if no experiment of the study is about a choice that can be made.
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
        let base = made.first().and_then(|(first, _)| base_of(first.experiment));
        let Some((base, mut recipe)) = base else { return Ok(None) };
        let (mut parts, mut tuned) = (Vec::new(), base.tuned.clone());
        for (result, take) in &made {
            let best = &result.experiment.levels[ranked(result)[0]];
            if let Some(chosen) = best.procedure.recipe() {
                take(&mut recipe, chosen);
                parts.push((result.experiment, best.name.as_str()));
            }
            if result.experiment.name == OPTIMIZERS {
                tuned.clone_from(&best.tuned);
            }
        }
        if let Some(ram) = ram {
            let depths = made.iter().find(|(result, _)| result.experiment.name == DEPTHS);
            let depth = fit(&mut recipe, depths.map(|(result, _)| *result), ram)?;
            let place = parts.iter_mut().find(|(experiment, _)| experiment.name == DEPTHS);
            if let (Some(depth), Some(place)) = (depth, place) {
                place.1 = depth;
            }
        }
        let level = Level { tuned, ..Level::fixed("the choice", recipe) };
        let base = Level { name: "as it began".to_owned(), folklore: None, ..base };
        Ok(Some(Choice { parts, level, base }))
    }

    /// Returns the experiment that tries the choice: what is best alone need not be best together.
    pub fn experiment(&self) -> Option<Experiment> {
        let (first, _) = self.parts.first()?;
        let part =
            |(of, level): &(&Experiment, &str)| format!("{}: {level}", of.title.to_lowercase());
        let parts: Vec<String> = self.parts.iter().map(part).collect();
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

/// Returns the level of an experiment that the others are compared with, and its recipe: the one of
/// Adam, ReLU and cross-entropy, which is among the levels of all but the depths, where it is the
/// first one.
fn base_of(experiment: &Experiment) -> Option<(Level, Recipe)> {
    let recipes = experiment.levels.iter().filter_map(|level| {
        let recipe = level.procedure.recipe()?;
        Some((level.clone(), recipe.clone()))
    });
    let is_base = |(_, recipe): &(Level, Recipe)| {
        recipe.optimizer == "adam"
            && recipe.loss == "cross_entropy"
            && recipe.activation == Default::default()
            && recipe.batch.get() == 32
    };
    recipes.clone().find(is_base).or_else(|| recipes.clone().next())
}

/// Takes the best depth with which a recipe learns in so many bytes of RAM, and returns the name of
/// its level; the network of the recipe, if there are no depths.
fn fit<'a>(
    recipe: &mut Recipe,
    depths: Option<&ExperimentResult<'a>>,
    ram: usize,
) -> Result<Option<&'a str>, NothingFits> {
    let needs = |recipe: &Recipe| {
        recipe.measure(Measure::RamToLearn).map_or(usize::MAX, |bytes| bytes as usize)
    };
    let mut least = needs(recipe);
    let Some(depths) = depths else {
        return if least <= ram { Ok(None) } else { Err(NothingFits { ram, least }) };
    };
    for level in ranked(depths) {
        let level = &depths.experiment.levels[level];
        let Some(deep) = level.procedure.recipe() else { continue };
        recipe.network.clone_from(&deep.network);
        least = least.min(needs(recipe));
        if needs(recipe) <= ram {
            return Ok(Some(&level.name));
        }
    }
    Err(NothingFits { ram, least })
}

/// Returns the levels of an experiment in the order in which they would be taken: first those that
/// the runs do not tell from the best one, of these that with the least RAM; then the others, the
/// better ones first.
fn ranked(result: &ExperimentResult<'_>) -> Vec<usize> {
    let measure = result.experiment.subject.tuned_by();
    let levels = &result.levels;
    let needs = |level: usize| levels[level].procedure.recipe()?.measure(Measure::RamToLearn);
    let mean = |level: usize| {
        let summary = levels[level].summaries.get(&measure);
        summary.map_or(f64::NEG_INFINITY, |summary| measure.goodness(summary.mean))
    };
    let mut order: Vec<usize> = (0..levels.len()).collect();
    order.sort_by(|&a, &b| mean(b).total_cmp(&mean(a)));
    let Some(&best) = order.first() else { return order };
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
