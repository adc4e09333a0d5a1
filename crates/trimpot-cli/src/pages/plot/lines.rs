//! Curves over axes.

use maud::{Markup, html};

use super::Axis;
use super::drawing::{Drawing, LINE, Px, WIDTH};
use super::legend::{LETTER, Swatch, legend};
use super::shape::{path, shape, style};

/// Curves with their names.
#[derive(Clone, Debug)]
pub struct LinePlot {
    /// What is shown: read out by screen readers.
    pub title: String,
    /// The axis across.
    pub x: Axis,
    /// The axis upwards.
    pub y: Axis,
    /// The curves. Each has the style of its place: color, dashes, shape.
    pub series: Vec<Series>,
    /// Lines across at a height, by name.
    pub references: Vec<(String, f64)>,
    /// Whether points are joined to lines. Otherwise each has its shape.
    pub is_joined: bool,
}

/// A curve.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Its name; empty if there is nothing to tell it from.
    pub name: String,
    /// Where it goes. It is interrupted where a number cannot be drawn.
    pub points: Vec<(f64, f64)>,
    /// What is around it, as between several runs: `x`, the lower and the upper end.
    pub band: Vec<(f64, f64, f64)>,
}

/// The height of what is between the axes.
const HEIGHT: f64 = 190.0;
/// Up to how many points each has a shape.
const FEW: usize = 20;
/// How far lines and shapes at the ends reach beyond the axes.
const BEYOND: f64 = 5.0;

impl Series {
    /// Makes a curve without a band.
    #[must_use]
    pub fn new(name: &str, points: Vec<(f64, f64)>) -> Self {
        Series { name: name.to_owned(), points, band: Vec::new() }
    }
}

impl LinePlot {
    /// Makes a plot of lines, without lines for reference.
    #[must_use]
    pub fn new(title: &str, x: Axis, y: Axis, series: Vec<Series>) -> Self {
        let title = title.to_owned();
        LinePlot { title, x, y, series, references: Vec::new(), is_joined: true }
    }

    /// Leaves points unjoined, as where each is a run.
    #[must_use]
    pub fn scattered(mut self) -> Self {
        self.is_joined = false;
        self
    }

    /// Makes a plot of precision over recall, which are the points of each curve. `positives` is
    /// the share of positive samples: the precision of guessing.
    #[must_use]
    pub fn precision_recall(title: &str, series: Vec<Series>, positives: f64) -> Self {
        let axis = |label| Axis::linear(label).with_range([0.0, 1.0]);
        let references = vec![("guessing".to_owned(), positives)];
        LinePlot { references, ..Self::new(title, axis("recall"), axis("precision"), series) }
    }

    /// Draws it.
    #[must_use]
    pub fn draw(&self) -> Drawing {
        let bands = || self.series.iter().flat_map(|series| &series.band);
        let points = || self.series.iter().flat_map(|series| &series.points);
        let heights = self.references.iter().map(|(_, y)| *y);
        let heights = heights.chain(bands().flat_map(|(_, low, high)| [*low, *high]));
        let x_axis = self.x.fit(points().map(|(x, _)| *x).chain(bands().map(|(x, ..)| *x)));
        let y_axis = self.y.fit(points().map(|(_, y)| *y).chain(heights));
        let y_ticks = y_axis.ticks(5);
        let longest = y_ticks.iter().map(|(_, text)| text.len()).max().unwrap_or(0);
        let left = LETTER * longest as f64 + 8.0;
        let top = if self.y.label().is_empty() { 8.0 } else { LINE + 8.0 };
        let width = WIDTH - left - 14.0;
        let x = |value| width * x_axis.position(value);
        let y = |value| HEIGHT * (1.0 - y_axis.position(value));
        let place = |(horizontal, vertical): (f64, f64)| {
            if self.x.has(horizontal) && self.y.has(vertical) {
                (x(horizontal), y(vertical))
            } else {
                (f64::NAN, f64::NAN)
            }
        };
        let (mut curves, mut marks) = (Vec::new(), 0);
        for (number, series) in self.series.iter().enumerate() {
            let (curve, count) = self.drawn(number, series, place);
            curves.push(curve);
            marks += count;
        }
        let below = top + HEIGHT;
        let (names, names_height) = legend(&self.names(), below + 2.0 * LINE + 6.0);
        let content = html! {
            @if !self.y.label().is_empty() { text x="0" y="13" { (self.y.label()) } }
            @for (value, text) in y_ticks {
                @let y = top + y(value);
                path.grid d={ "M" (Px(left)) " " (Px(y)) "h" (Px(width)) } {}
                text.soft.end x=(Px(left - 6.0)) y=(Px(y + 4.0)) { (text) }
            }
            path.axis d={ "M" (Px(left)) " " (Px(below)) "h" (Px(width)) } {}
            @for (value, text) in x_axis.ticks(5) {
                @let x = left + x(value);
                path.axis d={ "M" (Px(x)) " " (Px(below)) "v4" } {}
                text.soft.middle x=(Px(x)) y=(Px(below + 16.0)) { (text) }
            }
            text.middle x=(Px(left + 0.5 * width)) y=(Px(below + 16.0 + LINE)) { (self.x.label()) }
            // What is outside of the axes is cut off.
            svg x=(Px(left - BEYOND)) y=(Px(top - BEYOND)) width=(Px(width + 2.0 * BEYOND))
                height=(Px(HEIGHT + 2.0 * BEYOND)) {
                g transform={ "translate(" (BEYOND) " " (BEYOND) ")" } {
                    // Where heights change their sign, zero is a line.
                    @if (0.0..1.0).contains(&y_axis.position(0.0)) {
                        path.grid.zero d={ "M0 " (Px(y(0.0))) "h" (Px(width)) } {}
                    }
                    @for (_, height) in self.references.iter().filter(|line| self.y.has(line.1)) {
                        path.axis d={ "M0 " (Px(y(*height))) "h" (Px(width)) } {}
                    }
                    @for curve in curves { (curve) }
                }
            }
            (names)
        };
        Drawing::new(&self.title, below + 2.0 * LINE + 6.0 + names_height + 4.0, content, marks)
    }

    /// Returns the names for the legend: one curve alone needs none.
    fn names(&self) -> Vec<(Swatch, &str)> {
        let named = self.series.iter().enumerate().filter(|(_, series)| !series.name.is_empty());
        let swatch = if self.is_joined { Swatch::Line } else { Swatch::Shape };
        let mut names: Vec<(Swatch, &str)> =
            named.map(|(i, series)| (swatch(i), series.name.as_str())).collect();
        let references = self.references.iter();
        names.extend(references.map(|(name, _)| (Swatch::ReferenceLine, name.as_str())));
        names
    }

    /// Draws a curve with its band, and returns how many marks it has.
    fn drawn(
        &self,
        number: usize,
        series: &Series,
        place: impl Fn((f64, f64)) -> (f64, f64),
    ) -> (Markup, usize) {
        let style = style(number);
        let line = if self.is_joined { series.points.as_slice() } else { &[] };
        let line = path(line.iter().map(|point| place(*point)));
        let upper = series.band.iter().map(|(x, _, high)| place((*x, *high)));
        let lower = series.band.iter().rev().map(|(x, low, _)| place((*x, *low)));
        let is_drawn = |(x, y): &(f64, f64)| x.is_finite() && y.is_finite();
        // A gap in one edge only would draw the band across it.
        let band = path(upper.chain(lower).filter(is_drawn));
        let few = if series.points.len() <= FEW || !self.is_joined {
            series.points.as_slice()
        } else {
            &[]
        };
        let shapes: Vec<(f64, f64)> =
            few.iter().map(|point| place(*point)).filter(is_drawn).collect();
        let marks = usize::from(!line.is_empty()) + usize::from(!band.is_empty()) + shapes.len();
        let content = html! {
            @if !band.is_empty() { path class={ "mark fill band " (style) } d={ (band) "z" } {} }
            @if !line.is_empty() { path class={ "mark stroke " (style) } d=(line) {} }
            @for (x, y) in shapes {
                path class={ "mark fill outlined " (style) } d=(shape(number, x, y, 3.2)) {}
            }
        };
        (content, marks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(drawing: &Drawing) -> usize {
        drawing.file().matches("class=\"mark ").count()
    }

    #[test]
    fn every_curve_has_its_name_and_points_between_pixels() {
        let sine = (0..100).map(|i| (f64::from(i), (0.1 * f64::from(i)).sin()));
        let series = ["first", "second"].map(|name| Series::new(name, sine.clone().collect()));
        let plot = LinePlot::new("test", Axis::linear("x"), Axis::linear("y"), series.to_vec());
        let drawing = plot.draw();
        assert_eq!((drawing.marks(), marks(&drawing)), (2, 2));
        let file = drawing.file();
        for text in ["first", "second", "x", "y"] {
            assert_eq!(file.matches(&format!(">{text}</text>")).count(), 1, "{file}");
        }
        let fractions = file.split(['L', ' ']).filter(|number| number.contains('.')).count();
        assert!(fractions >= 200, "{fractions}: {file}");
    }

    #[test]
    fn few_points_have_shapes_and_a_band_is_a_mark() {
        let series = Series {
            name: String::new(),
            points: vec![(1.0, 0.5), (2.0, f64::NAN), (3.0, 0.7)],
            band: vec![(1.0, 0.4, 0.6), (3.0, 0.6, 0.8)],
        };
        let drawing =
            LinePlot::new("test", Axis::logarithmic("x"), Axis::linear(""), vec![series]).draw();
        assert_eq!((drawing.marks(), marks(&drawing)), (4, 4));
    }

    #[test]
    fn points_that_are_not_joined_have_shapes_however_many_they_are() {
        let points = (0..50).map(|i| (f64::from(i), f64::from(i * i))).collect();
        let [x, y] = [Axis::linear("x"), Axis::linear("y")];
        let drawing =
            LinePlot::new("test", x, y, vec![Series::new("runs", points)]).scattered().draw();
        assert_eq!((drawing.marks(), marks(&drawing)), (50, 50));
        assert!(!drawing.file().contains("class=\"stroke"), "a line in the legend");
    }

    #[test]
    fn guessing_is_the_share_of_positives() {
        let curve = Series::new("cross-entropy", vec![(0.0, 1.0), (1.0, 0.02)]);
        let plot = LinePlot::precision_recall("test", vec![curve], 0.02);
        let file = plot.draw().file();
        assert!(file.contains(">guessing</text>") && file.contains(">recall</text>"), "{file}");
        assert_eq!(plot.references[0].1, 0.02);
    }
}
