//! What the runs of an experiment say.

use std::collections::BTreeMap;

use super::experiment::{Experiment, Level, Measure};
use super::procedure::Procedure;
use super::record::{Record, Runs};
use super::statistics::{Finding, Improvement, Summary};
use super::subject::Draw;

/// What the runs of a level say.
#[derive(Clone, Debug)]
pub struct LevelResult<'a> {
    /// The level.
    pub level: &'a Level,
    /// How it was trained: with the values of what is tuned that did best.
    pub procedure: Procedure,
    /// The runs in which settings were tried, in order.
    pub points: Vec<&'a Record>,
    /// The runs with the best of these, in the order of seeds.
    pub seeds: Vec<&'a Record>,
    /// What was measured in them.
    pub summaries: BTreeMap<Measure, Summary>,
}

/// Two levels of an experiment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The number of the first one.
    pub a: usize,
    /// The number of the second one, which is larger.
    pub b: usize,
    /// How often the first one is better.
    pub improvement: Improvement,
}

/// What the runs of an experiment say.
#[derive(Clone, Debug)]
pub struct ExperimentResult<'a> {
    /// The experiment.
    pub experiment: &'a Experiment,
    /// Its levels.
    pub levels: Vec<LevelResult<'a>>,
    /// Each two of them.
    pub pairs: Vec<Pair>,
}

impl<'a> LevelResult<'a> {
    /// Returns what was measured in each run with a seed; NaN where it is missing.
    pub fn values(&self, measure: Measure) -> Vec<f64> {
        let value = |record: &&Record| record.outcome.values.get(&measure).copied();
        self.seeds.iter().map(|record| value(record).unwrap_or(f64::NAN)).collect()
    }

    /// Returns the mean of a measure as it is shown, and of how many runs it is, if not of all:
    /// `2.7 (12 of 30)`. Training that never got there has no number.
    pub fn shown(&self, measure: Measure) -> String {
        let Some(summary) = self.summaries.get(&measure) else {
            return if measure == Measure::EpochsTo90 { "never" } else { "–" }.to_owned();
        };
        let mean = measure.show(summary.mean);
        match self.seeds.len() {
            all if measure.is_of_runs() && summary.runs < all => {
                format!("{mean} ({} of {all})", summary.runs)
            }
            _ => mean,
        }
    }

    /// Returns how often the runs of this level do better than those of another one, by a measure.
    /// A run in which there was nothing to measure is worse than one in which there was.
    pub fn improvement(&self, other: &Self, measure: Measure) -> Option<Improvement> {
        let goodness = |level: &Self| -> Vec<f64> {
            let values = level.values(measure).into_iter();
            let goodness = |value: f64| match value.is_nan() {
                true => f64::NEG_INFINITY,
                false => measure.goodness(value),
            };
            values.map(goodness).collect()
        };
        Improvement::of(&goodness(self), &goodness(other))
    }

    /// Returns the values of what is tuned.
    pub fn tuned(&self) -> &[f32] {
        self.seeds.first().map_or(&[], |record| &record.tuned)
    }

    /// Returns what was tuned, and to what: `learning-rate 0.01, l1 0.0001`; and whether that is at
    /// an edge of the range that was tried, beyond which there may be better ones.
    pub fn settings(&self) -> String {
        let settings = self.level.tuned.iter().zip(self.tuned());
        let text = settings.map(|(tuned, &value)| {
            let edge = if tuned.is_at_edge(value) { " (at the edge)" } else { "" };
            format!("{} {value}{edge}", tuned.setting.name())
        });
        text.collect::<Vec<_>>().join(", ")
    }

    fn new(
        experiment: &'a Experiment,
        level: &'a Level,
        runs: &'a Runs,
        [points, seeds]: [u32; 2],
    ) -> Option<Self> {
        let get = |draw| runs.get(experiment.name, &level.name, draw);
        let points: Vec<&Record> = match level.tuned.is_empty() {
            true => Vec::new(),
            false => (0..points).map(|number| get(Draw::Point(number))).collect::<Option<_>>()?,
        };
        let seeds: Vec<&Record> =
            (0..seeds).map(|number| get(Draw::Seed(number))).collect::<Option<_>>()?;
        let procedure = level.procedure_with(&seeds.first()?.tuned);
        let mut result =
            LevelResult { level, procedure, points, seeds, summaries: BTreeMap::new() };
        for measure in Measure::ALL {
            let values: Vec<f64> =
                result.values(measure).into_iter().filter(|value| value.is_finite()).collect();
            let of_network = result.procedure.recipe().and_then(|recipe| recipe.measure(measure));
            let of_network = of_network.and_then(|value| Summary::of(&[value]));
            let summary = Summary::of(&values).or(of_network);
            result.summaries.extend(summary.map(|summary| (measure, summary)));
        }
        Some(result)
    }
}

impl<'a> ExperimentResult<'a> {
    /// Returns what runs say, of so many points and seeds; none, unless all of them are done.
    pub fn new(experiment: &'a Experiment, runs: &'a Runs, counts: [u32; 2]) -> Option<Self> {
        let levels = experiment.levels.iter();
        let levels: Vec<LevelResult<'a>> = levels
            .map(|level| LevelResult::new(experiment, level, runs, counts))
            .collect::<Option<_>>()?;
        let pairs = (0..levels.len()).flat_map(|a| (a + 1..levels.len()).map(move |b| (a, b)));
        let pairs = pairs.filter_map(|(a, b)| {
            let improvement = levels[a].improvement(&levels[b], experiment.measure)?;
            Some(Pair { a, b, improvement })
        });
        Some(ExperimentResult { experiment, pairs: pairs.collect(), levels })
    }

    /// Returns how often a level is better than another one.
    pub fn improvement(&self, a: usize, b: usize) -> Option<Improvement> {
        let find = |a, b| self.pairs.iter().find(|pair| (pair.a, pair.b) == (a, b));
        match (find(a, b), find(b, a)) {
            (Some(pair), _) => Some(pair.improvement),
            (None, Some(pair)) => Some(pair.improvement.reversed()),
            (None, None) => None,
        }
    }

    /// Returns whether a level is better than another one.
    pub fn finding(&self, a: usize, b: usize) -> Finding {
        self.improvement(a, b).map_or(Finding::Undecided, |improvement| improvement.finding())
    }

    /// Returns the number of the level with the best mean, the first of equals.
    pub fn best(&self) -> Option<usize> {
        let measure = self.experiment.measure;
        let mean = |level: &LevelResult| {
            let summary = level.summaries.get(&measure);
            summary.map_or(f64::NEG_INFINITY, |found| measure.goodness(found.mean))
        };
        let means = self.levels.iter().map(mean).enumerate();
        means
            .reduce(|best, other| if other.1 > best.1 { other } else { best })
            .map(|(best, _)| best)
    }

    /// Returns the levels that the best one cannot be told from.
    pub fn rivals_of_best(&self) -> Vec<usize> {
        let Some(best) = self.best() else { return Vec::new() };
        let is_rival =
            |&level: &usize| level != best && self.finding(best, level) != Finding::Better;
        (0..self.levels.len()).filter(is_rival).collect()
    }
}
