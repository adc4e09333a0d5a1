//! The report of a rehearsal: one page that needs nothing else.

use maud::{Markup, html};
use trimpot_host::rehearsal::Point;

use super::Row;
use super::columns::columns;
use super::costs::Costs;
use super::figures::{Share, Stage, percent, stages};
use super::report::Report;
use crate::pages::plot::{self, Axis, DotPlot, LinePlot, Runs, Series};
use crate::pages::{Page, Section, figures, scrolled};

/// Values that have a curve of their own on the page.
const MOST_CURVES: usize = 40;

/// Returns the page.
pub(super) fn page(report: &Report) -> String {
    let rows = &report.rows;
    let of = |value: fn(&Row) -> Option<f64>| Share::of(rows, value).map(Share::mean);
    let [before, after] =
        [of(|row| Some(row.rehearsed.before().tuned)), of(|row| Some(row.rehearsed.after().tuned))]
            .map(|share| share.map_or("–".to_owned(), percent));
    let sentences = report.interruption().into_iter().chain(report.conclusion());
    let eyebrow = match report.all {
        1 => "Trimpot rehearsal".to_owned(),
        all if rows.len() < all => {
            format!("Trimpot rehearsal · {} of {all} by {}, interrupted", rows.len(), report.by)
        }
        count => format!("Trimpot rehearsal · {count} by {}", report.by),
    };
    Page {
        title: "Trimpot rehearsal".to_owned(),
        eyebrow,
        heading: format!("What a board will learn: {before} → {after}"),
        lead: html! { ul { @for sentence in sentences { li { (sentence) } } } },
        search: None,
        sections: vec![
            Section::new("method", "Method", method(report)),
            Section::new("curve", "Learning curves", curves(report)),
            Section::new("values", "Before and after", values(report)),
            Section::new("boards", "On boards", boards(&report.costs)),
        ],
    }
    .html()
}

fn method(report: &Report) -> Markup {
    html! {
        @for sentence in &report.method { p { (sentence) } }
        p {
            "A simulated board runs the code of a real one, and is fed over the same link: parameters, refusals and \
             commits are those of a board, bit for bit. Test samples choose nothing. From scratch means the same \
             network with new weights, trained on a PC by Adam on the samples that the board has learned, for a \
             thousand steps of up to 16 samples; what scales or standardizes features is the factory's."
        }
    }
}

/// The mean of all, and each by itself.
fn curves(report: &Report) -> Markup {
    let rows = &report.rows;
    let stages = stages(rows);
    let band = |share: Share, x: f64| {
        let [mean, deviation] = [share.mean(), share.deviation()].map(|share| 100.0 * share);
        (x, mean - deviation, mean + deviation)
    };
    let series = |name: &str, share: &dyn Fn(&Stage) -> Option<Share>| {
        let with = stages.iter().filter_map(|stage| Some((stage.samples, share(stage)?)));
        let points = with.clone().map(|(x, share)| (x, 100.0 * share.mean())).collect();
        let band = with.map(|(x, share)| band(share, x)).collect();
        Series { name: name.to_owned(), points, band }
    };
    let factory =
        stages.first().map(|stage| ("factory's model".to_owned(), 100.0 * stage.tuned.mean()));
    let title = "Accuracy against the number of samples, all values";
    let lines = vec![
        series("fine-tuned", &|stage| Some(stage.tuned)),
        series("from scratch", &|stage| stage.scratch),
    ];
    let plot = LinePlot {
        references: factory.into_iter().collect(),
        ..LinePlot::new(title, Axis::linear("samples learned"), accuracy(), lines)
    };
    let each: Vec<Markup> = rows.iter().take(MOST_CURVES).map(|row| curve(report, row)).collect();
    html! {
        (plot.draw().figure(&html! { "The mean, and one deviation around it." }))
        @if rows.len() > 1 {
            h3 { "Each by itself" }
            (figures(&each))
            @if rows.len() > MOST_CURVES {
                p { (rows.len() - MOST_CURVES) " more are in the table." }
            }
        }
    }
}

fn curve(report: &Report, row: &Row) -> Markup {
    let points = &row.rehearsed.points;
    let at = |value: fn(&Point) -> Option<f64>| {
        let of = |point: &Point| Some((point.samples as f64, 100.0 * value(point)?));
        points.iter().filter_map(of).collect()
    };
    let lines = vec![
        Series::new("fine-tuned", at(|point| Some(point.tuned))),
        Series::new("from scratch", at(|point| point.scratch)),
    ];
    let name = format!("{} {}", report.by, row.name);
    let plot = LinePlot {
        references: vec![("factory's model".to_owned(), 100.0 * row.rehearsed.before().tuned)],
        ..LinePlot::new(&name, Axis::linear("samples learned"), accuracy(), lines)
    };
    plot.draw().figure(&html! { (name) })
}

fn accuracy() -> Axis {
    Axis::linear("accuracy, %")
}

/// Every value a dot, and the table.
fn values(report: &Report) -> Markup {
    let rows = &report.rows;
    let level = |name: &str, value: &dyn Fn(&Row) -> Option<f64>| {
        let values: Vec<f64> = rows.iter().filter_map(value).map(|share| 100.0 * share).collect();
        let share = Share::of(rows, value);
        let of = |part: fn(Share) -> f64| share.map_or(f64::NAN, |share| 100.0 * part(share));
        let (mean, deviation) = (of(Share::mean), of(Share::deviation));
        let interval = [mean - deviation, mean + deviation];
        plot::Level {
            name: name.to_owned(),
            groups: vec![Runs { values, mean, interval }],
            reference: None,
        }
    };
    let mut levels = vec![
        level("before", &|row| Some(row.rehearsed.before().tuned)),
        level("fine-tuned", &|row| Some(row.rehearsed.after().tuned)),
        level("from scratch", &|row| row.rehearsed.after().scratch),
    ];
    if report.has_factory() {
        levels.push(level("factory's data, before", &|row| row.rehearsed.before().factory));
        levels.push(level("factory's data, after", &|row| row.rehearsed.after().factory));
    }
    let dots = DotPlot {
        title: "Accuracy before and after".to_owned(),
        axis: accuracy(),
        groups: vec!["test samples".to_owned()],
        interval: "mean and one deviation".to_owned(),
        reference: String::new(),
        levels,
    };
    html! {
        (dots.draw().figure(&html! { "Every value is a dot." }))
        (scrolled("Accuracy before and after", &table(report)))
    }
}

fn table(report: &Report) -> Markup {
    let columns = columns(&report.rows, &report.by);
    let headers = columns.iter().map(|column| column.header.as_str());
    let cells = |row| columns.iter().map(move |column| column.text(row) + &column.details(row));
    rows(headers, report.rows.iter().map(|row| cells(row).collect()))
}

/// Makes a table, of whose rows the first cells are headers.
fn rows<'t>(
    headers: impl Iterator<Item = &'t str>,
    rows: impl Iterator<Item = Vec<String>>,
) -> Markup {
    html! {
        table {
            thead { tr { @for header in headers { th { (header) } } } }
            tbody {
                @for row in rows {
                    tr {
                        @for (number, text) in row.iter().enumerate() {
                            @if number == 0 { th scope="row" { (text) } } @else { td { (text) } }
                        }
                    }
                }
            }
        }
    }
}

fn boards(costs: &Costs) -> Markup {
    let table = rows(Costs::HEADERS.into_iter(), costs.rows().into_iter().map(Vec::from));
    html! {
        @for note in costs.notes() { p { (note) } }
        (scrolled("What learning takes of each board", &table))
    }
}
