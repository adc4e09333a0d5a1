//! What rehearsals say together: means, deviations, and what can be told from them.

use trimpot_host::rehearsal::{Measure, Point, Verdict};
use trimpot_host::study::statistics::{Finding, Improvement, mean_and_deviation};

use super::Row;
use crate::terminal::{digits, few};

/// Something of all values: its mean and its deviation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mean {
    pub mean: f64,
    pub deviation: f64,
}

impl Mean {
    /// Returns that of what `value` says of each, where it says something of all.
    pub(super) fn of(rows: &[Row], value: impl Fn(&Row) -> Option<f64>) -> Option<Self> {
        let values: Vec<f64> = rows.iter().map(value).collect::<Option<_>>()?;
        mean_and_deviation(&values).map(|[mean, deviation]| Mean { mean, deviation })
    }

    /// Returns it as a figure of the measure, with its deviation, if there is more than one value.
    pub(super) fn text(self, rows: &[Row]) -> String {
        let (measure, Mean { mean, deviation }) = (measure(rows), self);
        match rows.len() {
            1 => figure(measure, mean),
            _ => {
                let (mean, deviation) = (figure(measure, mean), figure(measure, deviation));
                format!("{} ± {deviation}", mean.trim_end_matches(" %"))
            }
        }
    }
}

/// Returns what the values are measured by.
pub(super) fn measure(rows: &[Row]) -> Measure {
    rows.first().map_or(Measure::Accuracy, |row| row.rehearsed.measure)
}

/// Returns the name of a measure, with its unit, if it has one of its own.
pub(super) const fn title(measure: Measure) -> [&'static str; 2] {
    match measure {
        Measure::Accuracy => ["accuracy", "%"],
        Measure::RootMeanSquaredError => ["root mean squared error", ""],
        Measure::AreaUnderCurve => ["area under the curve (ROC)", ""],
    }
}

/// Returns how many of its units a value of a measure is.
pub(super) fn in_units(measure: Measure, value: f64) -> f64 {
    match measure {
        Measure::Accuracy => 100.0 * value,
        Measure::RootMeanSquaredError | Measure::AreaUnderCurve => value,
    }
}

/// Returns a value of a measure as text.
pub(super) fn figure(measure: Measure, value: f64) -> String {
    match measure {
        Measure::Accuracy => format!("{:.1} %", in_units(measure, value)),
        Measure::RootMeanSquaredError => digits(value as f32),
        Measure::AreaUnderCurve => format!("{value:.3}"),
    }
}

/// What is said of a point of each value's curve, after the same share of its samples.
pub(super) struct Stage {
    /// The mean number of samples.
    pub samples: f64,
    pub tuned: Mean,
    /// None, where it was not trained.
    pub scratch: Option<Mean>,
}

/// Returns the means of all curves, each of which has a point for each share.
pub(super) fn stages(rows: &[Row]) -> Vec<Stage> {
    let points = rows.first().map_or(0, |row| row.rehearsed.points.len());
    let stage = |number: usize| {
        let point = |row: &Row| -> Point { row.rehearsed.points[number] };
        let samples = Mean::of(rows, |row| Some(point(row).samples as f64))?;
        Some(Stage {
            samples: samples.mean,
            tuned: Mean::of(rows, |row| Some(point(row).tuned))?,
            scratch: Mean::of(rows, |row| point(row).scratch),
        })
    };
    (0..points).filter_map(stage).collect()
}

/// Says what the rehearsals show, as far as they do, in sentences. A value of `by` is one of them.
pub(super) fn conclusion(rows: &[Row], by: &str) -> Vec<String> {
    let before: fn(&Row) -> Option<f64> = |row| Some(row.rehearsed.before().tuned);
    let after: fn(&Row) -> Option<f64> = |row| Some(row.rehearsed.after().tuned);
    let scratch: fn(&Row) -> Option<f64> = |row| row.rehearsed.after().scratch;
    let measure = measure(rows);
    let [name, _] = title(measure);
    let mut sentences = Vec::new();
    let texts = [Mean::of(rows, before), Mean::of(rows, after)];
    if let [Some(old), Some(new)] = texts {
        let compared = compared(rows, after, before, by);
        let warning = match finding(rows, after, before) {
            Some(Finding::Worse) => {
                " It does harm here; with a lower --learning-rate, or other samples, it may not."
            }
            _ => "",
        };
        sentences.push(format!(
            "Fine-tuning: {name} {} before, {} after; {compared}.{warning}",
            old.text(rows),
            new.text(rows)
        ));
    }
    if let Some(own) = Mean::of(rows, scratch) {
        let compared = compared(rows, after, scratch, by);
        let mut sentence = format!(
            "From scratch, the same network gets {} from the same samples alone: against that, fine-tuning is {compared}.",
            own.text(rows)
        );
        let finding = finding(rows, after, scratch);
        let of = |value: fn(&Row) -> Option<f64>| Mean::of(rows, value).map(|mean| mean.mean);
        sentence += match finding {
            Some(Finding::Better) => " The factory's model is worth its place.",
            Some(Finding::Worse) => " With so many samples the factory's model is no help.",
            _ if of(scratch) == of(after) || is_better(measure, of(scratch), of(after)) => {
                " Training from scratch on a PC is at least as good here, as far as this tells."
            }
            _ => " That training from scratch on a PC is worse, this does not tell.",
        };
        // What a board can be given before there are many samples.
        let early = |row: &Row| row.rehearsed.points.get(1).copied();
        let few = |row: &Row| Some(early(row)?.tuned);
        let few_own = |row: &Row| early(row)?.scratch;
        if let (Some(tuned), Some(own), Some(samples)) = (
            Mean::of(rows, few),
            Mean::of(rows, few_own),
            Mean::of(rows, |row| Some(early(row)?.samples as f64)),
        ) {
            sentence += &format!(
                " After {:.0} samples it is {} fine-tuned and {} from scratch.",
                samples.mean,
                figure(measure, tuned.mean),
                figure(measure, own.mean)
            );
        }
        sentences.push(sentence);
    }
    let forgotten = [
        Mean::of(rows, |row| row.rehearsed.before().factory),
        Mean::of(rows, |row| row.rehearsed.after().factory),
    ];
    sentences.push(match forgotten {
        [Some(old), Some(new)] => format!(
            "Forgetting: on the factory's data it goes from {} to {}.",
            old.text(rows),
            new.text(rows)
        ),
        _ if has_unjudged(rows) => {
            "Forgetting was not measured: there are no samples of the factory for it.".to_owned()
        }
        _ => "Forgetting was not measured: all samples that the factory holds out judge commits. A larger --hold-out of \
              training, or more samples of the factory, leave some for it."
            .to_owned(),
    });
    sentences.push(guard(rows));
    sentences
}

/// Returns whether a board has nothing to judge commits by, as there are no samples of the factory.
fn has_unjudged(rows: &[Row]) -> bool {
    rows.iter().any(|row| matches!(row.rehearsed.verdict, Verdict::Unjudged))
}

/// Says what the guard does, and what boards refuse.
fn guard(rows: &[Row]) -> String {
    let count =
        |is: fn(&Verdict) -> bool| rows.iter().filter(|row| is(&row.rehearsed.verdict)).count();
    let all = rows.len();
    let mut text = match count(|verdict| matches!(verdict, Verdict::Rejected { .. })) {
        _ if has_unjudged(rows) => {
            "There is nothing to judge commits by, so a board that runs any model file would store nothing: --factory gives it samples."
                .to_owned()
        }
        0 => format!(
            "The guard lets {} be stored.",
            if all == 1 { "it".to_owned() } else { format!("all {all}") }
        ),
        rejected => {
            let stored = Mean::of(rows, |row| Some(row.rehearsed.stored()));
            let stored = stored.map_or(String::new(), |mean| mean.text(rows));
            let which = few(rows.iter().filter_map(rejection).collect()).unwrap_or_default();
            format!(
                "The guard would have rolled back {rejected} of {all} ({which}), whose boards stay as they came: with that, it is {stored}."
            )
        }
    };
    let refused: usize = rows.iter().map(|row| row.rehearsed.refused).sum();
    let returns: usize = rows.iter().map(|row| row.rehearsed.returns).sum();
    if refused > 0 {
        let refused = match refused {
            1 => "A sample was".to_owned(),
            _ => format!("{refused} samples were"),
        };
        text += &format!(" {refused} refused, far outside of the range that a board was given.");
    }
    if returns > 0 {
        let returns = if returns == 1 { "Once".to_owned() } else { format!("{returns} times") };
        text +=
            &format!(" {returns} a board returned to what is stored, as something was not finite.");
    }
    text
}

/// Says by how much a value is rejected, if it is.
fn rejection(row: &Row) -> Option<String> {
    let Verdict::Rejected { loss, tolerated } = row.rehearsed.verdict else { return None };
    Some(format!("{}: loss {} above {}", row.name, digits(loss), digits(tolerated)))
}

/// Says for how many values one is larger than another, and whether that tells anything.
fn compared(
    rows: &[Row],
    one: impl Fn(&Row) -> Option<f64>,
    other: impl Fn(&Row) -> Option<f64>,
    by: &str,
) -> String {
    let pairs: Vec<(f64, f64)> =
        rows.iter().filter_map(|row| Some((one(row)?, other(row)?))).collect();
    let measure = measure(rows);
    let better = pairs.iter().filter(|(one, other)| is_better(measure, one, other)).count();
    let worse = pairs.iter().filter(|(one, other)| is_better(measure, other, one)).count();
    if rows.len() == 1 {
        return match (better, worse) {
            (1, _) => "better".to_owned(),
            (_, 1) => "worse".to_owned(),
            _ => "as good".to_owned(),
        };
    }
    let told = match finding(rows, one, other) {
        Some(Finding::Undecided) | None => ", which does not tell the two apart",
        Some(Finding::Better | Finding::Worse) => "",
    };
    format!("better for {better} and worse for {worse} of {} values of {by}{told}", pairs.len())
}

/// Returns whether a value of a measure is better than another.
fn is_better<T: PartialOrd>(measure: Measure, one: T, other: T) -> bool {
    if measure.is_better_if_larger() { one > other } else { one < other }
}

fn finding(
    rows: &[Row],
    one: impl Fn(&Row) -> Option<f64>,
    other: impl Fn(&Row) -> Option<f64>,
) -> Option<Finding> {
    let pairs: Vec<(f64, f64)> =
        rows.iter().filter_map(|row| Some((one(row)?, other(row)?))).collect();
    let (one, other): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
    let larger = Improvement::of(&one, &other)?;
    let better = if measure(rows).is_better_if_larger() { larger } else { larger.reversed() };
    Some(better.finding())
}
