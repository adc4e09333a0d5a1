//! Plots, as SVG: curves over axes, and matrices of counts.

use std::error::Error;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use trimpot::metric::ConfusionMatrix;

/// A plot cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[error("cannot draw the plot of {plot}: {reason}")]
pub struct PlotError {
    /// The plot of what.
    pub plot: &'static str,
    /// What the plotting library says.
    pub reason: String,
}

/// The color of the field's digits.
pub(crate) const FIELD: RGBColor = RGBColor(0x1f, 0x5f, 0xa8);
/// The color of the factory's digits.
pub(crate) const FACTORY: RGBColor = RGBColor(0xc9, 0x6a, 0x14);
const INK: RGBColor = RGBColor(0x33, 0x3a, 0x44);
const GRID: RGBColor = RGBColor(0xe4, 0xe8, 0xee);
const FONT: &str = "sans-serif";

type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn Error>>;

/// A line of a plot, with its name at its end.
pub(crate) struct Curve {
    pub(crate) name: &'static str,
    pub(crate) color: RGBColor,
    pub(crate) dashed: bool,
    pub(crate) points: Vec<(f64, f64)>,
}

/// The axes of a plot.
pub(crate) struct Axes {
    pub(crate) x: &'static str,
    pub(crate) x_range: [f64; 2],
    /// Digits after the point at the x-axis.
    pub(crate) x_decimals: usize,
    pub(crate) y: &'static str,
    pub(crate) y_range: [f64; 2],
    /// Digits after the point at the y-axis.
    pub(crate) decimals: usize,
    /// Room for the names of the curves, in pixels.
    pub(crate) margin: u32,
}

/// Lines over a grid, with their axes.
pub(crate) struct Panel {
    pub(crate) axes: Axes,
    pub(crate) curves: Vec<Curve>,
}

/// Lines over a grid.
pub(crate) fn curves(
    plot: &'static str,
    axes: &Axes,
    curves: &[Curve],
) -> Result<String, PlotError> {
    draw(plot, SIZE, |canvas| draw_curves(canvas, canvas, axes, curves))
}

/// Panels, one below the other.
pub(crate) fn panels(plot: &'static str, panels: &[Panel]) -> Result<String, PlotError> {
    draw(plot, (SIZE.0, SIZE.1 * panels.len() as u32), |canvas| {
        for (Panel { axes, curves }, area) in
            panels.iter().zip(canvas.split_evenly((panels.len(), 1)))
        {
            draw_curves(canvas, &area, axes, curves)?;
        }
        Ok(())
    })
}

/// The size of a plot with one panel.
const SIZE: (u32, u32) = (640, 380);

/// Draws to an area of a canvas.
fn draw_curves(canvas: &Canvas<'_>, area: &Canvas<'_>, axes: &Axes, curves: &[Curve]) -> Drawn {
    let mut chart = ChartBuilder::on(area)
        .margin(8)
        .margin_right(axes.margin)
        .x_label_area_size(44)
        .y_label_area_size(56)
        .build_cartesian_2d(axes.x_range[0]..axes.x_range[1], axes.y_range[0]..axes.y_range[1])?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(INK.mix(0.4))
        .label_style((FONT, 14).into_font().color(&INK))
        .axis_desc_style((FONT, 14).into_font().color(&INK))
        .x_desc(axes.x)
        .y_desc(axes.y)
        .x_labels(6)
        .y_labels(6)
        .x_label_formatter(&|x| number(*x, axes.x_decimals))
        .y_label_formatter(&|y| number(*y, axes.decimals))
        .draw()?;
    for curve in curves {
        let (points, style) = (curve.points.iter().copied(), curve.color.stroke_width(2));
        if curve.dashed {
            chart.draw_series(DashedLineSeries::new(points, 6, 5, style))?;
        } else {
            chart.draw_series(LineSeries::new(points, style))?;
        }
    }
    let label = (FONT, 14).into_font();
    let ends = curves.iter().filter_map(|curve| Some((curve, *curve.points.last()?)));
    let ends = ends.map(|(curve, end)| (curve, chart.backend_coord(&end)));
    for (curve, (x, y)) in spread(ends.collect()) {
        let style = label.color(&curve.color).pos(Pos::new(HPos::Left, VPos::Center));
        canvas.draw(&Text::new(curve.name, (x + 8, y), style))?;
    }
    Ok(())
}

/// Returns a number at an axis; zero has no sign.
fn number(x: f64, decimals: usize) -> String {
    let text = format!("{x:.decimals$}");
    if text.trim_start_matches('-').trim_matches(['0', '.']).is_empty() {
        text.trim_start_matches('-').to_owned()
    } else {
        text
    }
}

/// Moves labels downwards, so that none covers the one above it.
fn spread(mut labels: Vec<(&Curve, (i32, i32))>) -> Vec<(&Curve, (i32, i32))> {
    const LINE: i32 = 17;
    labels.sort_by_key(|(_, (_, y))| *y);
    let mut least = i32::MIN;
    for (_, (_, y)) in &mut labels {
        *y = (*y).max(least);
        least = *y + LINE;
    }
    labels
}

/// Counts of what was predicted for each class: the darker, the larger the share of its row.
pub(crate) fn confusion<const N: usize>(
    plot: &'static str,
    matrix: &ConfusionMatrix<N>,
) -> Result<String, PlotError> {
    const CELL: i32 = 36;
    const LEFT: i32 = 46;
    const TOP: i32 = 8;
    let side = (LEFT + CELL * N as i32 + 8) as u32;
    draw(plot, (side, side), |canvas| {
        let center = Pos::new(HPos::Center, VPos::Center);
        let font = (FONT, 14).into_font();
        let ink = font.color(&INK).pos(center);
        for (class, row) in counts(matrix) {
            let total = row.iter().sum::<u32>().max(1);
            let y = TOP + CELL * class;
            for (predicted, &count) in (0..).zip(row) {
                let x = LEFT + CELL * predicted;
                let share = f64::from(count) / f64::from(total);
                let hue = if class == predicted { FIELD } else { FACTORY };
                let cell = [(x + 1, y + 1), (x + CELL - 1, y + CELL - 1)];
                canvas.draw(&Rectangle::new(cell, mix(hue, 0.06 + 0.94 * share).filled()))?;
                if count > 0 {
                    let color = if share > 0.5 { WHITE } else { INK };
                    let middle = (x + CELL / 2, y + CELL / 2);
                    let style = font.color(&color).pos(center);
                    canvas.draw(&Text::new(count.to_string(), middle, style))?;
                }
            }
            canvas.draw(&Text::new(class.to_string(), (LEFT - 12, y + CELL / 2), ink.clone()))?;
            let below = (LEFT + CELL * class + CELL / 2, TOP + CELL * N as i32 + 12);
            canvas.draw(&Text::new(class.to_string(), below, ink.clone()))?;
        }
        let middle = CELL * N as i32 / 2;
        let below = (LEFT + middle, TOP + CELL * N as i32 + 32);
        canvas.draw(&Text::new("predicted digit", below, ink))?;
        let upright = font.transform(FontTransform::Rotate270).color(&INK).pos(center);
        canvas.draw(&Text::new("digit", (LEFT - 34, TOP + middle), upright))?;
        Ok(())
    })
}

fn counts<const N: usize>(matrix: &ConfusionMatrix<N>) -> impl Iterator<Item = (i32, &[u32; N])> {
    (0..).zip(matrix.counts())
}

/// So much of a color, the rest white.
fn mix(RGBColor(red, green, blue): RGBColor, share: f64) -> RGBColor {
    let part = |full: u8| (255.0 - share * (255.0 - f64::from(full))).round() as u8;
    RGBColor(part(red), part(green), part(blue))
}

fn draw(
    plot: &'static str,
    size: (u32, u32),
    content: impl FnOnce(&Canvas<'_>) -> Drawn,
) -> Result<String, PlotError> {
    let mut svg = String::new();
    let drawn = {
        let canvas = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        content(&canvas).and_then(|()| Ok(canvas.present()?))
    };
    drawn.map_err(|error| PlotError { plot, reason: error.to_string() })?;
    Ok(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_and_every_curve_is_in_the_svg() {
        let mut matrix = ConfusionMatrix::<3>::new();
        for _ in 0..17 {
            matrix.record(1, 2);
        }
        let svg = confusion("test", &matrix).unwrap();
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
        assert_eq!(svg.matches("\n17\n").count(), 1, "{svg}");

        let curve = |name, dashed| Curve {
            name,
            color: FIELD,
            dashed,
            points: vec![(0.0, 0.5), (10.0, 1.0)],
        };
        let axes = Axes {
            x: "x",
            x_range: [0.0, 10.0],
            x_decimals: 0,
            y: "y",
            y_range: [0.0, 1.0],
            decimals: 1,
            margin: 90,
        };
        let svg = curves("test", &axes, &[curve("first", false), curve("second", true)]).unwrap();
        for text in ["first", "second"] {
            assert_eq!(svg.matches(&format!("\n{text}\n")).count(), 1, "{svg}");
        }
    }

    #[test]
    fn labels_do_not_cover_each_other() {
        let curve = Curve { name: "", color: FIELD, dashed: false, points: Vec::new() };
        let labels = [30, 10, 12, 11].map(|y| (&curve, (0, y))).to_vec();
        let heights: Vec<i32> = spread(labels).into_iter().map(|(_, (_, y))| y).collect();
        assert_eq!(heights, [10, 27, 44, 61]);
    }
}
