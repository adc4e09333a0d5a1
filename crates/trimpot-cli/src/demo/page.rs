//! The demo's report: one page that needs nothing else, with its plots inside.

use indicatif::HumanCount;
use maud::{Markup, PreEscaped, html};
use trimpot::metric::ConfusionMatrix;

use super::accuracy;
use super::field::{AdaptationRun, Point};
use super::result::{DemoResult, SeedResult};
use crate::html;
use crate::plot::{Axes, Curve, FACTORY, FIELD, PlotError, confusion, curves};
use crate::terminal::counted;

/// Returns the report about this run.
pub(super) fn page(result: &DemoResult) -> Result<String, PlotError> {
    let run = &result.run;
    let (before, after) = (share(&run.before), share(&run.after));
    let samples = counted(result.samples, "sample");
    let title = format!("{samples} on the board: {before} → {after} on the new sensor");
    Ok(html::page(
        "Trimpot demo",
        "",
        html! {
            header {
                p.eyebrow { "Trimpot demo · " (result.board) " · seed " (result.seed) }
                h1 { (title) }
                p {
                    "A 64-32-10 network was trained on MNIST on the PC. In the field its digits come \
                     from another sensor, the UCI digits. The board learned from " (result.samples)
                    " of them, one by one, and replayed " (counted(run.pinned, "sample")) " from the factory \
                     meanwhile; " (HumanCount(run.after.samples().into()))
                    " other digits tell how well."
                }
            }
            section.cards { (cards(result)) }
            section {
                h2 { "On the board" }
                p {
                    "Accuracy against the number of digits learned. Dashed: the same without samples \
                     from the factory in the replay buffer, when the old digits are forgotten."
                }
                figure.chart { (learning(result)?) }
            }
            section.pair {
                figure {
                    figcaption { "UCI digits before: " (before) }
                    (PreEscaped(confusion("the confusion matrix before", &run.before)?))
                }
                figure {
                    figcaption { "UCI digits after: " (after) }
                    (PreEscaped(confusion("the confusion matrix after", &run.after)?))
                }
            }
            section {
                h2 { (counted(result.seeds.len(), "seed")) }
                p {
                    "Training, the choice of " (counted(result.samples, "digit")) " and of factory samples, all \
                     anew for each seed; on simulated boards. Accuracy in percent."
                }
                .wide { (table(result)) }
            }
            section {
                h2 { "In the factory" }
                p {
                    "10,000 MNIST digits, " (counted(result.factory.epochs.len(), "epoch")) ", "
                    (format!("{:.2}", result.factory.samples_per_second / 1e6))
                    " million samples a second: accuracy " (share(&result.factory.factory))
                    " on 10,000 test digits; " (share(&run.factory)) " after learning on the board."
                }
                figure.chart { (training(result)?) }
            }
            section {
                h2 { "Promises" }
                ul {
                    @for promise in result.promises() {
                        li class=(if promise.is_met() { "met" } else { "missed" }) {
                            (promise.to_string())
                        }
                    }
                }
                p {
                    "Weights on the board after learning: "
                    code { (format!("{:08x}", run.fingerprint)) } " after "
                    (HumanCount(run.steps.into())) " steps of gradient descent. All of it took "
                    (format!("{:.1}", result.seconds)) " s."
                }
            }
        },
    ))
}

/// Returns the figures that matter.
fn cards(result: &DemoResult) -> Markup {
    let run = &result.run;
    let same = if result.same_after_power_cut { "the same" } else { "not the same" };
    let cards = [
        ("UCI digits before", share(&run.before), "from the factory".to_owned()),
        ("UCI digits after", share(&run.after), counted(result.samples, "sample") + " learned"),
        ("MNIST after", share(&run.factory), format!("{} before", share(&result.factory.factory))),
        ("after the power cut", same.to_owned(), "weights and answers".to_owned()),
    ];
    html! {
        @for (name, value, more) in cards {
            div { b { (value) } span { (name) } small { (more) } }
        }
    }
}

/// Draws accuracy against samples, with and without samples from the factory.
fn learning(result: &DemoResult) -> Result<Markup, PlotError> {
    let line = |name, color, dashed, run: &AdaptationRun, of: fn(&Point) -> f32| {
        let point = |point: &Point| (point.samples as f64, 100.0 * f64::from(of(point)));
        Curve { name, color, dashed, points: run.points.iter().map(point).collect() }
    };
    let mut lines = vec![
        line("MNIST", FACTORY, false, &result.run, |point| point.factory),
        line("UCI digits", FIELD, false, &result.run, |point| point.field),
    ];
    if let Some(SeedResult { without, .. }) = result.seeds.first() {
        lines.push(line("MNIST, without", FACTORY, true, without, |point| point.factory));
        lines.push(line("UCI, without", FIELD, true, without, |point| point.field));
    }
    let values = lines.iter().flat_map(|line| &line.points).map(|(_, y)| *y);
    let lowest = values.fold(100.0, f64::min);
    let axes = Axes {
        x: "digits learned",
        x_range: [0.0, result.samples as f64],
        x_decimals: 0,
        y: "accuracy, %",
        y_range: [(lowest / 5.0).floor() * 5.0, 100.0],
        decimals: 0,
        margin: 118,
    };
    Ok(PreEscaped(curves("accuracy", &axes, &lines)?))
}

/// Draws loss against epochs.
fn training(result: &DemoResult) -> Result<Markup, PlotError> {
    let losses: Vec<(f64, f64)> = (1..)
        .zip(&result.factory.epochs)
        .map(|(epoch, (loss, _))| (f64::from(epoch), f64::from(*loss)))
        .collect();
    let highest = losses.iter().map(|(_, loss)| *loss).fold(0.0, f64::max);
    let axes = Axes {
        x: "epoch",
        x_range: [0.0, losses.len() as f64],
        x_decimals: 0,
        y: "training loss",
        y_range: [0.0, (highest * 10.0).ceil() / 10.0],
        decimals: 2,
        margin: 20,
    };
    let curve = Curve { name: "", color: FACTORY, dashed: false, points: losses };
    Ok(PreEscaped(curves("the training loss", &axes, &[curve])?))
}

/// Returns a row for every seed, and their means.
fn table(result: &DemoResult) -> Markup {
    let columns: [fn(&SeedResult) -> f32; 6] = [
        |seed_result| accuracy(&seed_result.factory),
        |seed_result| accuracy(&seed_result.with.before),
        |seed_result| accuracy(&seed_result.with.factory),
        |seed_result| accuracy(&seed_result.with.after),
        |seed_result| accuracy(&seed_result.without.factory),
        |seed_result| accuracy(&seed_result.without.after),
    ];
    let of_seed = |seed_result: &SeedResult| {
        (seed_result.seed.to_string(), columns.map(|column| column(seed_result)))
    };
    let mean = ("mean".to_owned(), columns.map(|column| result.mean(column)));
    html! {
        table {
            thead {
                tr {
                    th rowspan="2" { "seed" }
                    th colspan="2" { "before" }
                    th colspan="2" { "after, with factory samples" }
                    th colspan="2" { "after, without" }
                }
                tr { @for name in ["MNIST", "UCI", "MNIST", "UCI", "MNIST", "UCI"] { th { (name) } } }
            }
            @for (name, accuracies) in result.seeds.iter().map(of_seed).chain([mean]) {
                tr {
                    th { (name) }
                    @for accuracy in accuracies { td { (format!("{:.1}", 100.0 * accuracy)) } }
                }
            }
        }
    }
}

fn share<const N: usize>(matrix: &ConfusionMatrix<N>) -> String {
    format!("{:.1} %", 100.0 * accuracy(matrix))
}
