//! What rehearsals say together: means, deviations, and what can be told from them.

use trimpot_host::rehearsal::{Point, Verdict};
use trimpot_host::study::statistics::{Finding, Improvement, mean_and_deviation};

use super::Row;

/// A share of something over all values: its mean and deviation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Share([f64; 2]);

impl Share {
    /// Returns that of what `value` says of each, where it says something of all.
    pub(super) fn of(rows: &[Row], value: impl Fn(&Row) -> Option<f64>) -> Option<Self> {
        let values: Vec<f64> = rows.iter().map(value).collect::<Option<_>>()?;
        mean_and_deviation(&values).map(Share)
    }

    pub(super) fn mean(self) -> f64 {
        self.0[0]
    }

    pub(super) fn deviation(self) -> f64 {
        self.0[1]
    }

    /// Returns it with its deviation, if there is more than one value.
    pub(super) fn text(self, rows: &[Row]) -> String {
        match rows.len() {
            1 => percent(self.mean()),
            _ => format!("{:.1} ± {}", 100.0 * self.mean(), percent(self.deviation())),
        }
    }
}

/// Returns a share in percent.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// What is said of a point of each value's curve, after the same share of its samples.
pub(super) struct Stage {
    /// The mean number of samples.
    pub samples: f64,
    pub tuned: Share,
    /// None, where it was not trained.
    pub scratch: Option<Share>,
}

/// Returns the means of all curves, each of which has a point for each share.
pub(super) fn stages(rows: &[Row]) -> Vec<Stage> {
    let points = rows.first().map_or(0, |row| row.rehearsed.points.len());
    let stage = |number: usize| {
        let point = |row: &Row| -> Point { row.rehearsed.points[number] };
        let samples = Share::of(rows, |row| Some(point(row).samples as f64))?;
        Some(Stage {
            samples: samples.mean(),
            tuned: Share::of(rows, |row| Some(point(row).tuned))?,
            scratch: Share::of(rows, |row| point(row).scratch),
        })
    };
    (0..points).filter_map(stage).collect()
}

/// Says what the rehearsals show, as far as they do, in sentences. A value of `by` is one of them.
pub(super) fn conclusion(rows: &[Row], by: &str) -> Vec<String> {
    let before: fn(&Row) -> Option<f64> = |row| Some(row.rehearsed.before().tuned);
    let after: fn(&Row) -> Option<f64> = |row| Some(row.rehearsed.after().tuned);
    let scratch: fn(&Row) -> Option<f64> = |row| row.rehearsed.after().scratch;
    let mut sentences = Vec::new();
    let texts = [Share::of(rows, before), Share::of(rows, after)];
    if let [Some(old), Some(new)] = texts {
        let compared = compared(rows, after, before, by);
        let warning = match finding(rows, after, before) {
            Some(Finding::Worse) => {
                " It does harm here; with a lower --learning-rate, or other samples, it may not."
            }
            _ => "",
        };
        sentences.push(format!(
            "Fine-tuning: accuracy {} before, {} after; {compared}.{warning}",
            old.text(rows),
            new.text(rows)
        ));
    }
    if let Some(own) = Share::of(rows, scratch) {
        let compared = compared(rows, after, scratch, by);
        let mut sentence = format!(
            "From scratch, the same network gets {} from the same samples alone: against that, fine-tuning is {compared}.",
            own.text(rows)
        );
        let finding = finding(rows, after, scratch);
        let of = |value: fn(&Row) -> Option<f64>| Share::of(rows, value).map(Share::mean);
        sentence += match finding {
            Some(Finding::Better) => " The factory's model is worth its place.",
            Some(Finding::Worse) => " With so many samples the factory's model is no help.",
            _ if of(scratch) >= of(after) => {
                " Training from scratch on a PC is at least as good here, as far as this tells."
            }
            _ => " That training from scratch on a PC is worse, this does not tell.",
        };
        // What a board can be given before there are many samples.
        let early = |row: &Row| row.rehearsed.points.get(1).copied();
        let few = |row: &Row| Some(early(row)?.tuned);
        let few_own = |row: &Row| early(row)?.scratch;
        if let (Some(tuned), Some(own), Some(samples)) = (
            Share::of(rows, few),
            Share::of(rows, few_own),
            Share::of(rows, |row| Some(early(row)?.samples as f64)),
        ) {
            sentence += &format!(
                " After {:.0} samples it is {} fine-tuned and {} from scratch.",
                samples.mean(),
                percent(tuned.mean()),
                percent(own.mean())
            );
        }
        sentences.push(sentence);
    }
    let forgotten = [
        Share::of(rows, |row| row.rehearsed.before().factory),
        Share::of(rows, |row| row.rehearsed.after().factory),
    ];
    sentences.push(match forgotten {
        [Some(old), Some(new)] => format!(
            "Forgetting: on the factory's data accuracy goes from {} to {}.",
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
            let stored = Share::of(rows, |row| Some(row.rehearsed.stored()));
            let stored = stored.map_or(String::new(), |share| share.text(rows));
            format!(
                "The guard would have rolled back {rejected} of {all}, whose boards stay as they came: with that, accuracy is {stored}."
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

/// Says for how many values one is larger than another, and whether that tells anything.
fn compared(
    rows: &[Row],
    one: impl Fn(&Row) -> Option<f64>,
    other: impl Fn(&Row) -> Option<f64>,
    by: &str,
) -> String {
    let pairs: Vec<(f64, f64)> =
        rows.iter().filter_map(|row| Some((one(row)?, other(row)?))).collect();
    let better = pairs.iter().filter(|(one, other)| one > other).count();
    let worse = pairs.iter().filter(|(one, other)| one < other).count();
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

fn finding(
    rows: &[Row],
    one: impl Fn(&Row) -> Option<f64>,
    other: impl Fn(&Row) -> Option<f64>,
) -> Option<Finding> {
    let pairs: Vec<(f64, f64)> =
        rows.iter().filter_map(|row| Some((one(row)?, other(row)?))).collect();
    let (one, other): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
    Some(Improvement::of(&one, &other)?.finding())
}
