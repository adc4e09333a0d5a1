//! The report of a rehearsal: one page that needs nothing else.

use maud::{Markup, html};
use trimpot_host::rehearsal::{Measure, Point};

use super::Row;
use super::columns::{Column, columns, has_factory};
use super::costs::Costs;
use super::figures::{Mean, Stage, figure, in_units, measure, stages, title};
use super::report::{Report, SUMMARY};
use crate::pages::plot::{self, Axis, DotPlot, LinePlot, Runs, Series};
use crate::pages::{Page, Section, figures, scrolled};

/// Values that have a curve of their own on the page.
const MOST_CURVES: usize = 40;

/// Returns the page.
pub(super) fn page(report: &Report) -> String {
    let rows = &report.rows;
    let of = |value: fn(&Row) -> Option<f64>| {
        let show = |mean: Mean| figure(measure(rows), mean.mean);
        Mean::of(rows, value).map_or("–".to_owned(), show)
    };
    let before = of(|row| Some(row.rehearsed.before().tuned));
    let after = of(|row| Some(row.rehearsed.after().tuned));
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
        heading: format!("What a board will learn: {} {before} → {after}", title(measure(rows))[0]),
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
    let (measure, stages) = (measure(rows), stages(rows));
    let value = |value: f64| in_units(measure, value);
    let band = |Mean { mean, deviation }: Mean, x: f64| {
        (x, value(mean - deviation), value(mean + deviation))
    };
    let series = |name: &str, of: &dyn Fn(&Stage) -> Option<Mean>| {
        let with = stages.iter().filter_map(|stage| Some((stage.samples, of(stage)?)));
        let points = with.clone().map(|(x, mean)| (x, value(mean.mean))).collect();
        let band = with.map(|(x, mean)| band(mean, x)).collect();
        Series { name: name.to_owned(), points, band }
    };
    let factory =
        stages.first().map(|stage| ("factory's model".to_owned(), value(stage.tuned.mean)));
    let title = format!("{} against the number of samples, all values", capitalized(measure));
    let lines = vec![
        series("fine-tuned", &|stage| Some(stage.tuned)),
        series("from scratch", &|stage| stage.scratch),
    ];
    let plot = LinePlot {
        references: factory.into_iter().collect(),
        ..LinePlot::new(&title, Axis::linear("samples learned"), axis(measure), lines)
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
    let (points, measure) = (&row.rehearsed.points, row.rehearsed.measure);
    let at = |value: fn(&Point) -> Option<f64>| {
        let of = |point: &Point| Some((point.samples as f64, in_units(measure, value(point)?)));
        points.iter().filter_map(of).collect()
    };
    let lines = vec![
        Series::new("fine-tuned", at(|point| Some(point.tuned))),
        Series::new("from scratch", at(|point| point.scratch)),
    ];
    let name = format!("{} {}", report.by, row.name);
    let plot = LinePlot {
        references: vec![(
            "factory's model".to_owned(),
            in_units(measure, row.rehearsed.before().tuned),
        )],
        ..LinePlot::new(&name, Axis::linear("samples learned"), axis(measure), lines)
    };
    plot.draw().figure(&html! { (name) })
}

fn axis(measure: Measure) -> Axis {
    let [name, unit] = title(measure);
    Axis::linear(&if unit.is_empty() { name.to_owned() } else { format!("{name}, {unit}") })
}

/// Returns the name of a measure, to begin a title with.
fn capitalized(measure: Measure) -> String {
    let [name, _] = title(measure);
    let (first, rest) = name.split_at(1);
    first.to_uppercase() + rest
}

/// Every value a dot, and the table.
fn values(report: &Report) -> Markup {
    let rows = &report.rows;
    let measure = measure(rows);
    let level = |name: &str, value: &dyn Fn(&Row) -> Option<f64>| {
        let in_units = |value: f64| in_units(measure, value);
        let values = rows.iter().filter_map(value).map(in_units).collect();
        let of = |part: fn(Mean) -> f64| {
            Mean::of(rows, value).map_or(f64::NAN, |mean| in_units(part(mean)))
        };
        let (mean, deviation) = (of(|mean| mean.mean), of(|mean| mean.deviation));
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
    if has_factory(rows) {
        levels.push(level("factory's data, before", &|row| row.rehearsed.before().factory));
        levels.push(level("factory's data, after", &|row| row.rehearsed.after().factory));
    }
    let title = format!("{} before and after", capitalized(measure));
    let dots = DotPlot {
        title: title.clone(),
        axis: axis(measure),
        groups: vec!["test samples".to_owned()],
        interval: "mean and one deviation".to_owned(),
        reference: String::new(),
        levels,
    };
    html! {
        (dots.draw().figure(&html! { "Every value is a dot." }))
        (scrolled(&title, &table(report)))
    }
}

fn table(report: &Report) -> Markup {
    let columns = columns(&report.rows);
    let line = |name: &str, cell: &dyn Fn(&Column) -> &str| -> Vec<String> {
        let cells = columns.iter().map(cell);
        [name].into_iter().chain(cells).map(str::to_owned).collect()
    };
    let values = report.rows.iter().enumerate();
    let values = values.map(|(number, row)| line(&row.name, &|column| &column.cells[number]));
    let sums = SUMMARY.into_iter().enumerate().filter(|_| report.rows.len() > 1);
    let sums = sums.map(|(number, name)| line(name, &|column| &column.summary[number]));
    let headers = line(&report.by, &|column| &column.header);
    rows(headers.iter().map(String::as_str), values.chain(sums))
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
