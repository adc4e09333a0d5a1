//! The report of a study: one page that needs nothing else.

mod predicted;

use maud::{Markup, html};
use trimpot_host::study::statistics::{Finding, mean_and_deviation};
use trimpot_host::study::{ExperimentResult, Landscape, LevelResult, Measure, Setting, Study};

use crate::pages::plot::{self, Axis, DotPlot, LinePlot, Runs, Series};
use crate::pages::{Page, Section, figures, scrolled};
use crate::terminal::counted;

/// Landscapes of the levels of an experiment, by its name and that of the level.
pub(super) type Landscapes = Vec<(&'static str, String, Landscape)>;

/// The experiments whose levels have landscapes: those that change what the loss is of.
pub(super) const WITH_LANDSCAPES: [&str; 4] = ["hidden-layers", "activation", "optimizer", "loss"];

/// Curves that can be told apart.
const MOST_CURVES: usize = 8;

/// Returns the page of these results.
pub(super) fn page(
    study: &Study,
    results: &[ExperimentResult<'_>],
    landscapes: &Landscapes,
    runs: usize,
) -> String {
    let names: Vec<String> =
        results.iter().map(|result| result.experiment.title.to_lowercase()).collect();
    let mut sections = vec![method(study)];
    sections.extend(results.iter().map(|result| section(result, landscapes)));
    let subject = results.first().map_or("", |result| &result.experiment.subject.name);
    Page {
        title: "Trimpot study".to_owned(),
        eyebrow: format!("Trimpot study · {subject} · {}", counted(runs, "run")),
        heading: format!("What they really do: {}", names.join(", ")),
        lead: html! {
            p {
                "Each choice with its own best learning rate, where that is not what is asked, and with "
                (counted(study.seeds, "seed")) ", compared run by run. Beside it what a popular article \
                 says, which names no data."
            }
            ul {
                @for result in results {
                    @if let Some(sentence) = result.conclusion() {
                        li { a href={ "#" (result.experiment.name) } { (result.experiment.title) } ": " (sentence) }
                    }
                }
            }
        },
        search: None,
        sections,
    }
    .html()
}

/// Says how it was done.
fn method(study: &Study) -> Section {
    let content = html! {
        p {
            "Of each level the learning rate, and what else it has to be set, is tuned at "
            (counted(study.points, "quasi-random point")) ", by validation samples. Then it is trained with "
            (counted(study.seeds, "seed")) "; each draws the split, the order of samples and the initial weights \
             anew, the same for all levels. Test samples are scored once, by these runs alone."
        }
        p {
            "Intervals are 95 % ones: of means by bootstrap, of P(A > B) exact. P(A > B) is the share of seeds \
             with which A did better than B; where its interval has ½ in it, the runs do not tell the two apart. \
             Each pair is looked at by itself: of twenty pairs that are alike, one may seem not to be. What is tuned \
             is tuned once, on one split: how much that adds is not in the intervals."
        }
    };
    Section::new("method", "Method", content)
}

fn section(result: &ExperimentResult<'_>, landscapes: &Landscapes) -> Section {
    let experiment = result.experiment;
    let subject = &experiment.subject;
    let mut more: Vec<Markup> = curves(result).into_iter().collect();
    more.extend(tuning(result));
    let predicted: Vec<Markup> = [predicted::precision_recall(result), predicted::masks(result)]
        .into_iter()
        .flatten()
        .collect();
    let surfaces: Vec<Markup> = landscapes
        .iter()
        .filter(|(name, ..)| *name == experiment.name)
        .map(|(_, level, landscape)| surface(level, landscape))
        .collect();
    let content = html! {
        p { (experiment.question) " " (subject.name) ", " (counted(subject.tested(), "sample")) " to test on." }
        @for sentence in [result.conclusion(), result.verdict()].into_iter().flatten() {
            p { (sentence) }
        }
        (dots(result))
        (scrolled(&format!("{}: figures", experiment.title), &table(result)))
        @if result.levels.len() > 1 {
            h3 { "How often one is better than another" }
            (scrolled(&format!("{}: {}", experiment.title, better(result)), &pairs(result)))
        }
        @if !predicted.is_empty() {
            h3 { "What is predicted" }
            (figures(&predicted))
        }
        @if !more.is_empty() {
            h3 { "How it came" }
            (figures(&more))
        }
        @if !surfaces.is_empty() {
            h3 { "Loss landscapes" }
            p {
                "The validation loss around the last weights of the first seed, in the two directions in which \
                 training moved most, normalised filter by filter (Li et al. 2018); and the way that it took."
            }
            (figures(&surfaces))
        }
    };
    Section::new(experiment.name, experiment.title, content)
}

/// Returns a value on an axis: shares in percent.
fn scaled(measure: Measure, value: f64) -> f64 {
    if measure.is_share() { 100.0 * value } else { value }
}

fn axis(measure: Measure) -> Axis {
    let unit = if measure.is_share() { ", %" } else { "" };
    Axis::linear(&format!("{measure}{unit}"))
}

/// Every run a dot.
fn dots(result: &ExperimentResult<'_>) -> Markup {
    let experiment = result.experiment;
    let mut measures = vec![experiment.measure];
    let beside = [Measure::TrainAccuracy, Measure::OldSensorAccuracy];
    measures.extend(beside.into_iter().filter(|measure| experiment.others.contains(measure)));
    let runs = |level: &LevelResult<'_>, measure: Measure| {
        let values = level.values(measure).into_iter().map(|value| scaled(measure, value));
        let summary = level.summaries.get(&measure);
        let of = |value: Option<f64>| value.map_or(f64::NAN, |value| scaled(measure, value));
        Runs {
            values: values.collect(),
            mean: of(summary.map(|summary| summary.mean)),
            interval: [0, 1].map(|end| of(summary.map(|summary| summary.interval[end]))),
        }
    };
    let is_comparable = experiment.folklore_of.is_none();
    let levels = result.levels.iter().map(|level| plot::Level {
        name: level.level.name.clone(),
        groups: measures.iter().map(|&measure| runs(level, measure)).collect(),
        reference: (level.level.folklore.as_ref())
            .filter(|_| is_comparable)
            .map(|folklore| scaled(experiment.measure, folklore.value)),
    });
    let label = if measures.len() > 1 { "accuracy, %".to_owned() } else { String::new() };
    let plot = DotPlot {
        title: format!("{} by {}", experiment.measure, experiment.title.to_lowercase()),
        axis: if label.is_empty() { axis(experiment.measure) } else { Axis::linear(&label) },
        groups: measures.iter().map(Measure::to_string).collect(),
        interval: "mean and 95 % interval".to_owned(),
        reference: "folklore".to_owned(),
        levels: levels.collect(),
    };
    plot.draw().figure(&html! { "Every run is a dot." })
}

/// The mean of all seeds after each epoch, with one deviation around it; none without epochs, or
/// of more levels than can be told apart.
fn curves(result: &ExperimentResult<'_>) -> Option<Markup> {
    let has_epochs = result
        .levels
        .iter()
        .any(|level| level.seeds.iter().any(|run| !run.outcome.curve.is_empty()));
    if result.levels.len() > MOST_CURVES || !has_epochs {
        return None;
    }
    let measure = result.experiment.subject.tuned_by();
    let series = |level: &LevelResult<'_>| {
        let epochs = level.seeds.iter().map(|run| run.outcome.curve.len()).max().unwrap_or(0);
        let (mut points, mut band) = (Vec::new(), Vec::new());
        for epoch in 0..epochs {
            let at = level.seeds.iter().filter_map(|run| run.outcome.curve.get(epoch));
            let values: Vec<f64> = at.map(|&value| scaled(measure, value.into())).collect();
            let Some([mean, deviation]) = mean_and_deviation(&values) else { continue };
            let x = (epoch + 1) as f64;
            points.push((x, mean));
            band.push((x, mean - deviation, mean + deviation));
        }
        Series { name: level.level.name.clone(), points, band }
    };
    let title =
        format!("{measure} after each epoch, by {}", result.experiment.title.to_lowercase());
    let series = result.levels.iter().map(series).collect();
    let plot = LinePlot::new(&title, Axis::linear("epoch"), axis(measure), series);
    Some(plot.draw().figure(&html! { "Mean of the seeds, and one deviation around it." }))
}

/// What settings are chosen by, at each learning rate that was tried.
fn tuning(result: &ExperimentResult<'_>) -> Option<Markup> {
    let measure = result.experiment.subject.tuned_by();
    let series = |level: &LevelResult<'_>| {
        let tuned = &level.level.tuned;
        let at = tuned.iter().position(|tuned| tuned.setting == Setting::LearningRate)?;
        let point = |run: &&trimpot_host::study::Record| {
            let value = run.outcome.values.get(&measure)?;
            Some((f64::from(*run.tuned.get(at)?), scaled(measure, *value)))
        };
        let mut points: Vec<(f64, f64)> = level.points.iter().filter_map(point).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Some(Series::new(&level.level.name, points))
    };
    let series: Vec<Series> = result.levels.iter().filter_map(series).collect();
    if series.is_empty() || series.len() > MOST_CURVES {
        return None;
    }
    let title =
        format!("{measure} by learning rate, by {}", result.experiment.title.to_lowercase());
    let plot = LinePlot::new(&title, Axis::logarithmic("learning rate"), axis(measure), series);
    let plot = plot.scattered();
    Some(plot.draw().figure(&html! { "The learning rates that were tried." }))
}

fn surface(level: &str, landscape: &Landscape) -> Markup {
    let [one, other] = landscape.explained.map(|share| format!("{:.0} %", 100.0 * share));
    let plot = plot::Landscape {
        title: format!("Loss landscape of {level}"),
        x: (format!("first component, {one} of variance"), landscape.x),
        y: (format!("second component, {other}"), landscape.y),
        value: Axis::logarithmic("validation loss"),
        values: landscape.loss.clone(),
        path: landscape.path.clone(),
    };
    plot.draw().figure(&html! { (level) })
}

/// The figures of each level.
fn table(result: &ExperimentResult<'_>) -> Markup {
    let experiment = result.experiment;
    let measure = experiment.measure;
    let has_folklore = result.levels.iter().any(|level| level.level.folklore.is_some());
    html! {
        table {
            thead {
                tr {
                    th { (experiment.title) }
                    th { "tuned to" }
                    th { (measure) }
                    th { "deviation" }
                    th { "95 % interval" }
                    @for other in &experiment.others { th { (other) } }
                    @if has_folklore { th { "folklore" } }
                }
            }
            tbody {
                @for level in &result.levels {
                    tr {
                        th scope="row" { (level.level.name) }
                        td { (level.settings()) }
                        @match level.summaries.get(&measure) {
                            Some(summary) => {
                                td { (level.shown(measure)) }
                                td { (measure.show(summary.deviation)) }
                                td {
                                    (measure.show(summary.interval[0])) " to " (measure.show(summary.interval[1]))
                                }
                            }
                            None => { td { "–" } td { "–" } td { "–" } }
                        }
                        @for &other in &experiment.others {
                            td { (level.shown(other)) }
                        }
                        @if has_folklore {
                            td { (level.level.folklore.as_ref().map_or("", |folklore| folklore.said)) }
                        }
                    }
                }
            }
        }
    }
}

/// Says what a table of pairs has: `P(row > column)`; of errors, `P(row < column)`.
fn better(result: &ExperimentResult<'_>) -> String {
    format!("P(row {} column)", result.experiment.measure.better_sign())
}

/// How often the level of a row is better than that of a column.
fn pairs(result: &ExperimentResult<'_>) -> Markup {
    let names: Vec<&str> = result.levels.iter().map(|level| &*level.level.name).collect();
    html! {
        table {
            thead { tr { th { (better(result)) } @for name in &names { th { (name) } } } }
            tbody {
                @for (a, name) in names.iter().enumerate() {
                    tr {
                        th scope="row" { (name) }
                        @for b in 0..names.len() {
                            td {
                                @if let Some(improvement) = result.improvement(a, b) {
                                    @let [low, high] = improvement.interval;
                                    @let text = format!("{:.2}", improvement.probability);
                                    @if improvement.finding() == Finding::Better { b { (text) } } @else { (text) }
                                    " " small { (format!("{low:.2}–{high:.2}")) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
