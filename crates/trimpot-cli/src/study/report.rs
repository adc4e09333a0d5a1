//! What a study says on the terminal.

use std::fmt::Write;

use trimpot_host::study::statistics::Finding;
use trimpot_host::study::{ExperimentResult, Measure};

use crate::table::Table;
use crate::terminal::counted;

/// Returns the tables and sentences of an experiment.
pub(super) fn text(result: &ExperimentResult<'_>) -> String {
    let experiment = result.experiment;
    let mut text = format!("\n{}: {}\n", experiment.title.to_uppercase(), experiment.question);
    let subject = &experiment.subject;
    let tested = counted(subject.tested(), "sample");
    let _ = writeln!(text, "{}, {tested} to test on.\n", subject.name);
    let _ = writeln!(text, "{}", levels(result));
    if let Some(pairs) = pairs(result) {
        let sign = experiment.measure.better_sign();
        let _ = writeln!(text, "P(row {sign} column), with its interval\n{pairs}");
    }
    for sentence in [result.conclusion(), result.verdict()].into_iter().flatten() {
        let _ = writeln!(text, "{sentence}");
    }
    text
}

/// A row a level: what was tuned, what was measured, what people say.
fn levels(result: &ExperimentResult<'_>) -> Table {
    let experiment = result.experiment;
    let has_folklore = result.levels.iter().any(|level| level.level.folklore.is_some());
    let is_tuned = result.levels.iter().any(|level| !level.level.tuned.is_empty());
    let mut headers = vec![experiment.title.to_owned()];
    headers.extend(is_tuned.then(|| "tuned to".to_owned()));
    headers.extend([experiment.measure.to_string(), "deviation".into(), "interval".into()]);
    headers.extend(experiment.others.iter().map(Measure::to_string));
    headers.extend(has_folklore.then(|| "folklore".to_owned()));
    let mut table = Table::new(headers, 1 + usize::from(is_tuned));
    for level in &result.levels {
        let measure = experiment.measure;
        let summary = level.summaries.get(&measure);
        let show = |value: Option<f64>| value.map_or("–".to_owned(), |value| measure.show(value));
        let mut row = vec![level.level.name.clone()];
        if is_tuned {
            row.push(level.settings());
        }
        row.push(level.shown(measure));
        row.push(show(summary.map(|summary| summary.deviation)));
        row.push(summary.map_or("–".to_owned(), |summary| {
            let [low, high] = summary.interval.map(|value| measure.show(value));
            format!("{low} to {high}")
        }));
        for &other in &experiment.others {
            row.push(level.shown(other));
        }
        if has_folklore {
            let said = level.level.folklore.as_ref();
            row.push(said.map_or(String::new(), |folklore| folklore.said.to_owned()));
        }
        table.add(row);
    }
    table
}

/// How often each level is better than each other one; none of more levels than a line can hold.
fn pairs(result: &ExperimentResult<'_>) -> Option<Table> {
    let count = result.levels.len();
    if !(2..=MOST_PAIRED).contains(&count) {
        return None;
    }
    let names = result.levels.iter().map(|level| level.level.name.clone());
    let mut table = Table::new([String::new()].into_iter().chain(names.clone()), 1);
    for (a, name) in names.enumerate() {
        let cell = |b: usize| {
            let Some(improvement) = result.improvement(a, b) else { return String::new() };
            let [low, high] = improvement.interval;
            let mark = match improvement.finding() {
                Finding::Better => " *",
                Finding::Worse | Finding::Undecided => "",
            };
            format!("{:.2} ({low:.2} to {high:.2}){mark}", improvement.probability)
        };
        table.add([name].into_iter().chain((0..count).map(cell)));
    }
    Some(table)
}

/// Levels of which each two are shown.
const MOST_PAIRED: usize = 6;
