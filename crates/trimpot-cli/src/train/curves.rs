//! Learning curves: loss and accuracy by epoch, as a plot or a page.

use std::io;
use std::path::Path;

use maud::{Markup, html};
use trimpot_model::output;

use super::report::Row;
use crate::pages::plot::{Axis, Drawing, LinePlot, Series};
use crate::pages::{Page, Section, figures, scrolled};
use crate::terminal::digits;

/// Draws the epochs of a run and writes them, as the name of the file says: an SVG, or a page with
/// a table.
pub(super) fn write_curves(rows: &[Row], loss: &str, file: &Path) -> io::Result<()> {
    let drawings = draw(rows);
    let is_page = file.extension().is_some_and(|extension| extension == "html");
    let text = if is_page {
        page(rows, loss, &drawings)
    } else {
        Drawing::stacked("Learning curves", &drawings).file()
    };
    output::write(file, text.as_bytes())
}

/// Returns a plot of the loss and, if there is one, of the accuracy.
fn draw(rows: &[Row]) -> Vec<Drawing> {
    let mut all = vec![plot(rows, "loss", [|row| Some(row.loss), |row| row.validation_loss], 1.0)];
    if rows.iter().any(|row| row.accuracy.is_some()) {
        let accuracy: [Column; 2] = [|row| row.accuracy, |row| row.validation_accuracy];
        all.push(plot(rows, "accuracy, %", accuracy, 100.0));
    }
    all
}

/// A number of an epoch, if it has one.
type Column = fn(&Row) -> Option<f32>;

fn plot(rows: &[Row], y: &str, [training, validation]: [Column; 2], factor: f64) -> Drawing {
    let curve = |name, column: Column| {
        let point = |row: &Row| {
            let value = column(row).filter(|value| value.is_finite())?;
            Some((f64::from(row.epoch), factor * f64::from(value)))
        };
        Series::new(name, rows.iter().filter_map(point).collect())
    };
    let mut curves = vec![curve("training", training), curve("held out", validation)];
    curves.retain(|curve| !curve.points.is_empty());
    let epochs = Axis::linear("epoch").with_range([0.0, rows.len().max(1) as f64]);
    LinePlot::new(&format!("{y} by epoch"), epochs, Axis::linear(y), curves).draw()
}

fn page(rows: &[Row], loss: &str, drawings: &[Drawing]) -> String {
    let last = rows.last().map_or(0, |row| row.epoch);
    let drawn: Vec<Markup> = drawings.iter().map(|drawing| drawing.figure(&html! {})).collect();
    let page = Page {
        title: "Learning curves".to_owned(),
        eyebrow: "Trimpot".to_owned(),
        heading: format!("Learning curves of {last} epochs, loss {loss}"),
        lead: html! {},
        search: None,
        sections: vec![
            Section::new("curves", "Curves", figures(&drawn)),
            Section::new("epochs", "Epochs", scrolled("Epochs", &table(rows))),
        ],
    };
    page.html()
}

fn table(rows: &[Row]) -> Markup {
    let loss = |loss: Option<f32>| loss.map_or(String::new(), digits);
    let share =
        |share: Option<f32>| share.map_or(String::new(), |share| format!("{:.1} %", 100.0 * share));
    html! {
        table {
            thead {
                tr {
                    th { "epoch" } th { "loss" } th { "accuracy" } th { "loss, held out" }
                    th { "accuracy, held out" } th { "learning rate" }
                }
            }
            @for row in rows {
                tr {
                    td { (row.epoch) }
                    td { (loss(Some(row.loss))) }
                    td { (share(row.accuracy)) }
                    td { (loss(row.validation_loss)) }
                    td { (share(row.validation_accuracy)) }
                    td { (format!("{:.2e}", row.learning_rate)) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(epoch: u32, loss: f32, validation_loss: Option<f32>) -> Row {
        Row {
            epoch,
            step: 0,
            loss,
            accuracy: None,
            validation_loss,
            validation_accuracy: None,
            learning_rate: 0.1,
            seconds: 0.0,
        }
    }

    #[test]
    fn any_losses_can_be_drawn() {
        for losses in [&[][..], &[1.0], &[0.0, 0.0], &[1e-7, 2e-7], &[3e38, 1.0], &[-2.0, -1e9]] {
            let rows: Vec<Row> =
                (1..).zip(losses).map(|(epoch, &loss)| row(epoch, loss, None)).collect();
            let svg = Drawing::stacked("test", &draw(&rows)).file();
            assert_eq!(svg.contains(">training</text>"), !losses.is_empty(), "{losses:?}");
            assert!(!svg.contains("held out") && !svg.contains("accuracy") && !svg.contains("NaN"));
        }
        let drawings = draw(&[row(1, 2.0, Some(3.0)), row(2, 1.0, Some(f32::NAN))]);
        // Two lines, and a shape for each of three losses that are numbers.
        assert_eq!(drawings[0].marks(), 5);
        assert_eq!(drawings[0].file().matches(">held out</text>").count(), 1);
    }
}
