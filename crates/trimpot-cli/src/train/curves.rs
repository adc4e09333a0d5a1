//! Learning curves: loss and accuracy by epoch, as a plot or a page.

use std::io;
use std::path::Path;

use maud::{Markup, PreEscaped, html};
use trimpot_model::output;

use super::report::Row;
use crate::html;
use crate::plot::{Axes, Curve, FACTORY, FIELD, Panel, PlotError, panels};
use crate::terminal::digits;

/// Draws the epochs of a run and writes them, as the name of the file says: an SVG, or a page with
/// a table.
pub(super) fn write_curves(rows: &[Row], loss: &str, file: &Path) -> io::Result<()> {
    let svg = draw(rows).map_err(io::Error::other)?;
    let is_page = file.extension().is_some_and(|extension| extension == "html");
    let text = if is_page { page(rows, loss, &svg) } else { svg };
    output::write(file, text.as_bytes())
}

/// Returns a plot of the loss and, if there is one, of the accuracy below.
fn draw(rows: &[Row]) -> Result<String, PlotError> {
    let mut all = vec![panel(rows, "loss", [|row| Some(row.loss), |row| row.validation_loss], 1.0)];
    if rows.iter().any(|row| row.accuracy.is_some()) {
        let accuracy: [Column; 2] = [|row| row.accuracy, |row| row.validation_accuracy];
        all.push(panel(rows, "accuracy, %", accuracy, 100.0));
    }
    panels("the learning curves", &all)
}

/// A number of an epoch, if it has one.
type Column = fn(&Row) -> Option<f32>;

fn panel(rows: &[Row], y: &'static str, [training, validation]: [Column; 2], factor: f64) -> Panel {
    let curve = |name, color, column: Column| {
        let point = |row: &Row| {
            let value = column(row).filter(|value| value.is_finite())?;
            Some((f64::from(row.epoch), factor * f64::from(value)))
        };
        Curve { name, color, dashed: false, points: rows.iter().filter_map(point).collect() }
    };
    let curves = [curve("training", FACTORY, training), curve("held out", FIELD, validation)];
    let values = curves.iter().flat_map(|curve| &curve.points).map(|(_, y)| *y);
    let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), y| (low.min(y), high.max(y)));
    let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
    // Where all is the same, around it.
    let space = match 0.05 * if high > low { high - low } else { high.abs() } {
        0.0 => 1.0,
        space => space,
    };
    let y_range = [low - space, high + space];
    let decimals = (1.0 - (y_range[1] - y_range[0]).log10().floor()).clamp(0.0, 9.0);
    let axes = Axes {
        x: "epoch",
        x_range: [0.0, rows.len().max(1) as f64],
        x_decimals: 0,
        y,
        y_range,
        decimals: decimals as usize,
        margin: 90,
    };
    let curves = curves.into_iter().filter(|curve| !curve.points.is_empty()).collect();
    Panel { axes, curves }
}

fn page(rows: &[Row], loss: &str, svg: &str) -> String {
    let last = rows.last().map_or(0, |row| row.epoch);
    html::page(
        "Learning curves",
        "",
        html! {
            header {
                p.eyebrow { "Trimpot" }
                h1 { "Learning curves of " (last) " epochs, loss " (loss) }
            }
            figure.chart { (PreEscaped(svg)) }
            h2 { "Epochs" }
            .wide { (table(rows)) }
        },
    )
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
            let svg = draw(&rows).unwrap();
            assert_eq!(svg.contains("\ntraining\n"), !losses.is_empty(), "{losses:?}");
            assert!(!svg.contains("held out") && !svg.contains("accuracy"));
        }
        let svg = draw(&[row(1, 2.0, Some(3.0)), row(2, 1.0, Some(f32::NAN))]).unwrap();
        assert_eq!(svg.matches("\nheld out\n").count(), 1, "{svg}");
    }
}
