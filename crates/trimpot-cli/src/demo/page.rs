//! The demo's report: one page that needs nothing else, with its plots inside.

use indicatif::HumanCount;
use maud::{Markup, html};
use trimpot::metric::ConfusionMatrix;
use trimpot_tuner::digits::CLASSES;

use super::accuracy;
use super::field::{AdaptationRun, Point};
use super::result::{DemoResult, SeedResult};
use crate::pages::plot::{Axis, LinePlot, Matrix, Series};
use crate::pages::{Page, Section, figures, scrolled};
use crate::terminal::counted;

/// Returns the report about this run.
pub(super) fn page(result: &DemoResult) -> String {
    let run = &result.run;
    let (before, after) = (share(&run.before), share(&run.after));
    let samples = counted(result.samples, "sample");
    let seeds = counted(result.seeds.len(), "seed");
    let page = Page {
        title: "Trimpot demo".to_owned(),
        eyebrow: format!("Trimpot demo · {} · seed {}", result.board, result.seed),
        heading: format!("{samples} on the board: {before} → {after} on the new sensor"),
        lead: html! {
            p {
                "A 64-32-10 network was trained on MNIST on the PC. In the field its digits come \
                 from another sensor, the UCI digits. The board learned from " (result.samples)
                " of them, one by one, and replayed " (counted(run.pinned, "sample")) " from the factory \
                 meanwhile; " (HumanCount(run.after.samples().into()))
                " other digits tell how well."
            }
            .cards { (cards(result)) }
        },
        search: None,
        sections: vec![
            Section::new("board", "On the board", on_the_board(result)),
            Section::new("seeds", &seeds, seeds_in_a_table(result)),
            Section::new("factory", "In the factory", in_the_factory(result)),
            Section::new("promises", "Promises", promises(result)),
        ],
    };
    page.html()
}

/// Returns what the board learned, and what it confuses.
fn on_the_board(result: &DemoResult) -> Markup {
    let run = &result.run;
    let matrix = |when: &str, matrix: &ConfusionMatrix<CLASSES>| {
        let name = format!("UCI digits {when}: {}", share(matrix));
        confusion(&name, matrix).draw().figure(&html! { (name) })
    };
    html! {
        p {
            "Accuracy against the number of digits learned; and what comes without samples from the \
             factory in the replay buffer, when the old digits are forgotten."
        }
        (learning(result).draw().figure(&html! {
            "Accuracy on digits that the board does not learn from."
        }))
        (figures(&[matrix("before", &run.before), matrix("after", &run.after)]))
    }
}

fn seeds_in_a_table(result: &DemoResult) -> Markup {
    html! {
        p {
            "Training, the choice of " (counted(result.samples, "digit")) " and of factory samples, all \
             anew for each seed; on simulated boards. Accuracy in percent."
        }
        (scrolled("Accuracy by seed", &table(result)))
    }
}

fn in_the_factory(result: &DemoResult) -> Markup {
    html! {
        p {
            "10,000 MNIST digits, " (counted(result.factory.epochs.len(), "epoch")) ", "
            (format!("{:.2}", result.factory.samples_per_second / 1e6))
            " million samples a second: accuracy " (share(&result.factory.factory))
            " on 10,000 test digits; " (share(&result.run.factory))
            " after learning on the board."
        }
        (training(result).draw().figure(&html! { "The mean loss of each epoch." }))
    }
}

fn promises(result: &DemoResult) -> Markup {
    html! {
        ul.promises {
            @for promise in result.promises() {
                li.missed[!promise.is_met()] { (promise.to_string()) }
            }
        }
        p {
            "Weights on the board after learning: "
            code { (format!("{:08x}", result.run.fingerprint)) } " after "
            (HumanCount(result.run.steps.into())) " steps of gradient descent. All of it took "
            (format!("{:.1}", result.seconds)) " s."
        }
    }
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
fn learning(result: &DemoResult) -> LinePlot {
    let line = |name, run: &AdaptationRun, of: fn(&Point) -> f32| {
        let point = |point: &Point| (point.samples as f64, 100.0 * f64::from(of(point)));
        Series::new(name, run.points.iter().map(point).collect())
    };
    let mut lines = vec![
        line("UCI digits", &result.run, |point| point.field),
        line("MNIST", &result.run, |point| point.factory),
    ];
    if let Some(SeedResult { without, .. }) = result.seeds.first() {
        lines.push(line("UCI digits, without factory samples", without, |point| point.field));
        lines.push(line("MNIST, without factory samples", without, |point| point.factory));
    }
    let digits = Axis::linear("digits learned").with_range([0.0, result.samples as f64]);
    let accuracy = Axis::linear("accuracy, %").including(100.0);
    LinePlot::new("Accuracy by digits learned", digits, accuracy, lines)
}

/// Draws loss against epochs.
fn training(result: &DemoResult) -> LinePlot {
    let epochs = (1..).zip(&result.factory.epochs);
    let losses = epochs.map(|(epoch, (loss, _))| (f64::from(epoch), f64::from(*loss))).collect();
    let epoch = Axis::linear("epoch").with_range([0.0, result.factory.epochs.len() as f64]);
    let loss = Axis::linear("training loss").including(0.0);
    LinePlot::new("Training loss by epoch", epoch, loss, vec![Series::new("", losses)])
}

fn confusion(title: &str, matrix: &ConfusionMatrix<CLASSES>) -> Matrix {
    Matrix {
        title: title.to_owned(),
        class: "digit".to_owned(),
        names: (0..CLASSES).map(|class| class.to_string()).collect(),
        counts: matrix.counts().iter().map(|row| row.to_vec()).collect(),
    }
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
    let last = result.seeds.len();
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
            @for (i, (name, accuracies)) in result.seeds.iter().map(of_seed).chain([mean]).enumerate() {
                tr.total[i == last] {
                    th { (name) }
                    @for accuracy in accuracies { td { (format!("{:.1}", 100.0 * accuracy)) } }
                }
            }
        }
    }
}

fn share<const N: usize>(matrix: &ConfusionMatrix<N>) -> String {
    // The space does not break.
    format!("{:.1}\u{a0}%", 100.0 * accuracy(matrix))
}
