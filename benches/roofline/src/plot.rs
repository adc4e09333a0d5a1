//! The roofline: what a kernel reaches over how much it computes for a byte.

use std::error::Error;
use std::path::Path;

use plotters::prelude::*;

use crate::limits::Limits;
use crate::page::Share;

const INK: RGBColor = RGBColor(0x33, 0x3a, 0x44);
const GRID: RGBColor = RGBColor(0xe4, 0xe8, 0xee);
const ROOF: RGBColor = RGBColor(0xc9, 0x6a, 0x14);
const KERNEL: RGBColor = RGBColor(0x1f, 0x5f, 0xa8);
const FONT: &str = "sans-serif";

/// Returns where a kernel lies. A division, an exponential or a logarithm counts as the operations
/// that the machine could do in its time.
fn point(share: &Share, limits: &Limits) -> (f64, f64) {
    let (cost, width) = (share.kernel.cost, limits.width(share.kernel.lanes));
    let slow = cost.divisions * width.division
        + cost.exponentials * width.exponential
        + cost.logarithms * width.logarithm;
    let operations = cost.operations + slow * width.unfused;
    (operations / share.kernel.bytes, operations / share.kernel.time)
}

/// Draws all kernels under the roofs of the first cache and of memory.
pub fn draw(file: &Path, limits: &Limits, shares: &[Share]) -> Result<(), Box<dyn Error>> {
    let points: Vec<_> = shares.iter().map(|share| point(share, limits)).collect();
    let end = |pick: fn(f64, f64) -> f64, start| points.iter().map(|p| p.0).fold(start, pick);
    let (least, most) = (end(f64::min, 0.1) / 2.0, end(f64::max, 10.0) * 2.0);
    let lowest = points.iter().map(|p| p.1).fold(1.0, f64::min) / 2.0;

    let canvas = SVGBackend::new(file, (900, 560)).into_drawing_area();
    canvas.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&canvas)
        .margin(12)
        .x_label_area_size(46)
        .y_label_area_size(64)
        .build_cartesian_2d(
            (least..most).log_scale(),
            (lowest..limits.widest().unfused * 2.0).log_scale(),
        )?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(INK.mix(0.4))
        .label_style((FONT, 14).into_font().color(&INK))
        .axis_desc_style((FONT, 14).into_font().color(&INK))
        .x_desc("operations a byte")
        .y_desc("operations a ns")
        .draw()?;
    for level in &limits.levels {
        let roof = |x: f64| (x, (x * level.bandwidth).min(limits.widest().unfused));
        let xs = (0..=200).map(|i| least * (most / least).powf(f64::from(i) / 200.0));
        chart.draw_series(LineSeries::new(xs.map(roof), ROOF.stroke_width(2)))?;
        let label = (least * 1.1, (least * 1.1 * level.bandwidth).max(lowest * 1.2));
        let text = format!("{} {:.0} GB/s", level.name, level.bandwidth);
        chart.draw_series([Text::new(text, label, (FONT, 13).into_font().color(&ROOF))])?;
    }
    let dots = points.iter().map(|&point| Circle::new(point, 3, KERNEL.filled()));
    chart.draw_series(dots)?;
    // The slowest have their names.
    for (share, &point) in shares.iter().zip(&points).take(10) {
        let style = (FONT, 11).into_font().color(&INK);
        chart.draw_series([Text::new(share.kernel.name.clone(), point, style)])?;
    }
    canvas.present()?;
    Ok(())
}
