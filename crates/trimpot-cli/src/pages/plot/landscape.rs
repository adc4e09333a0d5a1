//! Functions of two variables.

use std::fmt::Write;

use maud::html;

use super::Axis;
use super::drawing::{Drawing, LINE, Px, WIDTH};
use super::legend::LETTER;
use super::shape::{path, shape};

/// Values over a plane, as bands between contours, and a path over it: a loss landscape with the
/// way that training took.
#[derive(Clone, Debug)]
pub struct Landscape {
    /// What is shown: read out by screen readers.
    pub title: String,
    /// The axis across, with a range: the places of the first and the last column.
    pub x: (String, [f64; 2]),
    /// The axis upwards, with a range: the places of the first and the last row.
    pub y: (String, [f64; 2]),
    /// The axis of values, which says how contours are spaced.
    pub value: Axis,
    /// Values by row, from below, each from the left; rows of the same length, 2 and more of both.
    /// Values that are not finite are not drawn.
    pub values: Vec<Vec<f64>>,
    /// The path, from its start.
    pub path: Vec<(f64, f64)>,
}

/// How far the ends of the path reach beyond the plane.
const BEYOND: f64 = 6.0;
/// How many bands there are.
const BANDS: usize = 10;
/// How many pieces the drawing has along each side, between which bands change.
const PIECES: usize = 110;
/// The side of the plane.
const SIDE: f64 = 290.0;

impl Landscape {
    /// Draws it.
    #[must_use]
    pub fn draw(&self) -> Drawing {
        let axis = self.value.fit(self.values.iter().flatten().copied());
        let band = |value: f64| {
            let place = axis.position(value).clamp(0.0, 1.0) * BANDS as f64;
            self.value.has(value).then(|| (place as usize).min(BANDS - 1))
        };
        let bands = bands(&self.values, band);
        let fit =
            |(label, range): &(String, [f64; 2])| Axis::linear(label).with_range(*range).fit([]);
        let (x_axis, y_axis) = (fit(&self.x), fit(&self.y));
        let y_ticks = y_axis.ticks(4);
        let longest = y_ticks.iter().map(|(_, text)| text.len()).max().unwrap_or(0);
        let left = LETTER * longest as f64 + 8.0;
        let side = SIDE.min(WIDTH - left - 14.0);
        let top = LINE + 8.0;
        let below = top + side;
        let place = |(x, y): (f64, f64)| {
            let up = side * (1.0 - y_axis.position(y));
            (BEYOND + side * x_axis.position(x), BEYOND + up)
        };
        let steps: Vec<(f64, f64)> = self.path.iter().map(|point| place(*point)).collect();
        let ends = if steps.len() >= 2 { [steps.first(), steps.last()] } else { [None, None] };
        let ends: Vec<(f64, f64)> = ends.into_iter().flatten().copied().collect();
        let drawn = bands.iter().filter(|band| !band.is_empty()).count();
        let marks = drawn + usize::from(!steps.is_empty()) + ends.len();
        let scale = side / PIECES as f64;
        let content = html! {
            text x="0" y="13" { (self.y.0) }
            g transform={ "translate(" (Px(left)) " " (Px(below)) ") scale(" (format!("{scale:.5}"))
                ")" } shape-rendering="crispEdges" {
                @for (i, band) in bands.iter().enumerate().filter(|(_, band)| !band.is_empty()) {
                    path.mark.heat d=(band) fill-opacity=(Px(shade(i))) {}
                }
            }
            @for (value, text) in y_ticks {
                @let y = below - side * y_axis.position(value);
                path.axis d={ "M" (Px(left - 4.0)) " " (Px(y)) "h4" } {}
                text.soft.end x=(Px(left - 6.0)) y=(Px(y + 4.0)) { (text) }
            }
            @for (value, text) in x_axis.ticks(4) {
                @let x = left + side * x_axis.position(value);
                path.axis d={ "M" (Px(x)) " " (Px(below)) "v4" } {}
                text.soft.middle x=(Px(x)) y=(Px(below + 16.0)) { (text) }
            }
            text.middle x=(Px(left + 0.5 * side)) y=(Px(below + 16.0 + LINE)) { (self.x.0) }
            // What is outside of the plane is cut off.
            svg x=(Px(left - BEYOND)) y=(Px(top - BEYOND)) width=(Px(side + 2.0 * BEYOND))
                height=(Px(side + 2.0 * BEYOND)) {
                @if !steps.is_empty() { path.mark.plain d=(path(steps.iter().copied())) {} }
                @for (i, (x, y)) in ends.iter().enumerate() {
                    path class={ "mark " (["hollow", "solid"][i]) } d=(shape(0, *x, *y, 4.0)) {}
                }
            }
            @let scale_top = below + 2.0 * LINE + 8.0;
            text x="0" y=(Px(scale_top + 12.0)) { (self.value.label()) }
            @for i in 0..BANDS {
                rect.heat x=(Px(left + side * i as f64 / BANDS as f64)) y=(Px(scale_top + LINE + 2.0))
                    width=(Px(side / BANDS as f64)) height="12" fill-opacity=(Px(shade(i))) {}
            }
            @for (value, text) in axis.ticks(4) {
                @let x = left + side * axis.position(value);
                text.soft.middle x=(Px(x)) y=(Px(scale_top + 2.0 * LINE + 12.0)) { (text) }
            }
        };
        Drawing::new(&self.title, below + 4.0 * LINE + 24.0, content, marks)
    }
}

fn shade(band: usize) -> f64 {
    0.06 + 0.94 * band as f64 / (BANDS - 1) as f64
}

/// Returns the pieces of each band as a path: rows of pieces upwards from zero, and runs of pieces
/// of the same band in a row as one.
fn bands(values: &[Vec<f64>], band: impl Fn(f64) -> Option<usize>) -> [String; BANDS] {
    let mut paths: [String; BANDS] = Default::default();
    for row in 0..PIECES {
        let band = |column: usize| {
            let place = |piece: usize| (piece as f64 + 0.5) / PIECES as f64;
            band(between(values, place(column), place(row)))
        };
        let mut start = 0;
        for column in 1..=PIECES {
            if column < PIECES && band(column) == band(start) {
                continue;
            }
            if let Some(path) = band(start).and_then(|band| paths.get_mut(band)) {
                // Writing to a string does not fail.
                let _ = write!(path, "M{start}-{}h{}v-1H{start}z", row, column - start);
            }
            start = column;
        }
    }
    paths
}

/// Returns the value at a place, each from 0 to 1: bilinear between those that are known.
fn between(values: &[Vec<f64>], x: f64, y: f64) -> f64 {
    let cut = |place: f64, count: usize| {
        let place = place * count.saturating_sub(1) as f64;
        let first = (place as usize).min(count.saturating_sub(2));
        (first, place - first as f64)
    };
    let (row, up) = cut(y, values.len());
    let (column, right) = cut(x, values.first().map_or(0, Vec::len));
    let value = |row: usize, column: usize| {
        values.get(row).and_then(|row| row.get(column)).copied().unwrap_or(f64::NAN)
    };
    let across = |row| (1.0 - right) * value(row, column) + right * value(row, column + 1);
    (1.0 - up) * across(row) + up * across(row + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_known_values_they_are_bilinear() {
        let values = [vec![0.0, 1.0, 2.0], vec![10.0, 11.0, 12.0]];
        for (x, y, expected) in [(0.0, 0.0, 0.0), (1.0, 1.0, 12.0), (0.25, 0.5, 5.5)] {
            assert!((between(&values, x, y) - expected).abs() <= 1e-12, "{x} {y}");
        }
        assert!(between(&[], 0.5, 0.5).is_nan());
    }

    #[test]
    fn bands_cover_the_plane_and_the_path_lies_over_it() {
        let bowl = |y: f64| (0..9).map(|x| f64::from(x - 4).powi(2) + y * y).collect();
        let landscape = Landscape {
            title: "test".to_owned(),
            x: ("first direction".to_owned(), [-1.0, 1.0]),
            y: ("second direction".to_owned(), [-1.0, 1.0]),
            value: Axis::linear("loss"),
            values: (-4..=4).map(|y| bowl(f64::from(y))).collect(),
            path: vec![(-1.0, -1.0), (-0.5, 0.2), (0.0, 0.0)],
        };
        let pieces = bands(&landscape.values, |value| Some((value / 32.1 * BANDS as f64) as usize));
        let widths = pieces.iter().flat_map(|path| path.split('h').skip(1));
        let area = widths.map(|rest| rest.split('v').next().unwrap().parse::<usize>().unwrap());
        assert_eq!(area.sum::<usize>(), PIECES * PIECES);
        let drawing = landscape.draw();
        assert_eq!(drawing.marks(), BANDS + 3);
        assert_eq!(drawing.file().matches("class=\"mark ").count(), drawing.marks());
    }
}
