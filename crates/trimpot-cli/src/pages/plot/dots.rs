//! Runs by level: each a dot.

use maud::{Markup, html};

use super::Axis;
use super::drawing::{Drawing, LINE, Px, WIDTH};
use super::legend::{Swatch, interval, legend, wrapped};
use super::shape::{shape, style};

/// Runs of each level along an axis: every run a dot, the mean with its interval below, and a
/// reference value where there is one.
#[derive(Clone, Debug)]
pub struct DotPlot {
    /// What is shown: read out by screen readers.
    pub title: String,
    /// The axis of values, which lies across.
    pub axis: Axis,
    /// What the runs of a level are, in the order of [`Level::groups`]: one name, as "test rows", or
    /// more, as "training rows" and "test rows".
    pub groups: Vec<String>,
    /// What the interval is, as "mean and 95 % interval".
    pub interval: String,
    /// What the reference values are, if there are any.
    pub reference: String,
    /// The levels, from the top.
    pub levels: Vec<Level>,
}

/// Runs with the same setting.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// The setting.
    pub name: String,
    /// Runs, for each group.
    pub groups: Vec<Runs>,
    /// What others say that comes out.
    pub reference: Option<f64>,
}

/// Values of runs, and what they say together.
#[derive(Clone, Debug, PartialEq)]
pub struct Runs {
    /// A value for each run. Those that are not finite are not drawn.
    pub values: Vec<f64>,
    /// Their mean.
    pub mean: f64,
    /// The interval of the mean.
    pub interval: [f64; 2],
}

/// The height of the runs of a group, with their mean.
const GROUP: f64 = 30.0;
/// Half the height over which dots are spread.
const SPREAD: f64 = 6.0;
/// Space between levels.
const GAP: f64 = 7.0;
/// Space for half a text of a tick at both ends.
const SIDE: f64 = 16.0;

impl DotPlot {
    /// Draws it.
    #[must_use]
    pub fn draw(&self) -> Drawing {
        let of_runs = |runs: &Runs| {
            let ends = [runs.mean, runs.interval[0], runs.interval[1]];
            runs.values.iter().copied().chain(ends).collect::<Vec<_>>()
        };
        let values = self
            .levels
            .iter()
            .flat_map(|level| level.groups.iter().flat_map(of_runs).chain(level.reference));
        let axis = self.axis.fit(values);
        let x = |value| SIDE + (WIDTH - 2.0 * SIDE) * axis.position(value);
        let (mut rows, mut marks, mut y) = (Vec::new(), 0, 0.0);
        for level in &self.levels {
            let (row, height) = self.level(level, y, &x, &mut marks);
            rows.push(row);
            y += height + GAP;
        }
        let names = self.names();
        let (names, height) = legend(&names, y + 2.0 * LINE + 6.0);
        let content = html! {
            @for (value, text) in axis.ticks(5) {
                @let x = Px(x(value));
                path.grid d={ "M" (x) " 0V" (Px(y)) } {}
                text.soft.middle x=(x) y=(Px(y + 14.0)) { (text) }
            }
            path.axis d={ "M" (Px(SIDE)) " " (Px(y)) "H" (Px(WIDTH - SIDE)) } {}
            text.middle x=(Px(0.5 * WIDTH)) y=(Px(y + 14.0 + LINE)) { (self.axis.label()) }
            @for row in rows { (row) }
            (names)
        };
        Drawing::new(&self.title, y + 2.0 * LINE + 6.0 + height + 4.0, content, marks)
    }

    /// Draws a level from this height on, and returns how high it is.
    fn level(
        &self,
        level: &Level,
        top: f64,
        x: &impl Fn(f64) -> f64,
        marks: &mut usize,
    ) -> (Markup, f64) {
        let name = wrapped(&level.name, WIDTH);
        let below_name = LINE * name.len() as f64;
        let drawn = |value: &f64| self.axis.has(*value);
        let mut groups = Vec::new();
        for (group, runs) in level.groups.iter().enumerate() {
            let middle = top + below_name + GROUP * group as f64 + 9.0;
            let below = middle + SPREAD + 8.0;
            let dots = runs.values.iter().filter(|value| drawn(value)).enumerate();
            let dots: Vec<String> = dots
                .map(|(i, value)| shape(group, x(*value), middle + SPREAD * scatter(i), 2.7))
                .collect();
            let [from, to] = runs.interval;
            let has_interval = [from, to, runs.mean].iter().all(drawn);
            *marks += dots.len() + 2 * usize::from(has_interval);
            groups.push(html! {
                @for dot in dots { path class={ "mark fill faint " (style(group)) } d=(dot) {} }
                @if has_interval {
                    path.mark.plain d=(interval(x(from), x(to), below)) {}
                    path.mark.solid d=(shape(3, x(runs.mean), below, 3.2)) {}
                }
            });
        }
        let height = below_name + GROUP * level.groups.len() as f64;
        let reference = level.reference.filter(drawn);
        *marks += usize::from(reference.is_some());
        let content = html! {
            @for (i, line) in name.iter().enumerate() {
                text.name x="2" y=(Px(top + LINE * (i as f64 + 1.0) - 4.0)) { (line) }
            }
            @for group in groups { (group) }
            @if let Some(reference) = reference {
                path.mark.hollow d=(shape(2, x(reference), top + below_name + 9.0, 4.5)) {}
            }
        };
        (content, height)
    }

    /// Returns the names for the legend.
    fn names(&self) -> Vec<(Swatch, &str)> {
        let groups = self.groups.iter().enumerate();
        let mut names: Vec<(Swatch, &str)> =
            groups.map(|(i, name)| (Swatch::Shape(i), name.as_str())).collect();
        names.push((Swatch::Interval, &self.interval));
        if self.levels.iter().any(|level| level.reference.is_some()) {
            names.push((Swatch::Reference, &self.reference));
        }
        names
    }
}

/// Returns where the dot of a run lies in its row, from -1 to 1: multiples of the golden ratio
/// leave no two dots near each other.
fn scatter(run: usize) -> f64 {
    2.0 * (run as f64 * 0.618_033_988_749_895).fract() - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot() -> DotPlot {
        let runs = |values: &[f64], mean| Runs {
            values: values.to_vec(),
            mean,
            interval: [mean - 0.01, mean + 0.01],
        };
        let level =
            |name: &str, groups, reference| Level { name: name.to_owned(), groups, reference };
        DotPlot {
            title: "Accuracy by learning rate".to_owned(),
            axis: Axis::linear("accuracy"),
            groups: vec!["training rows".to_owned(), "test rows".to_owned()],
            interval: "mean and 95 % interval".to_owned(),
            reference: "folklore".to_owned(),
            levels: vec![
                level(
                    "0.01",
                    vec![runs(&[0.9, 0.91, f64::NAN], 0.905), runs(&[0.8], 0.8)],
                    Some(0.7),
                ),
                level("0.1", vec![runs(&[0.95, 0.96], 0.955), runs(&[], f64::NAN)], None),
            ],
        }
    }

    #[test]
    fn every_run_mean_interval_and_reference_is_a_mark() {
        let drawing = plot().draw();
        // Five runs that are finite, three means with intervals, a reference.
        assert_eq!(drawing.marks(), 5 + 2 * 3 + 1);
        let file = drawing.file();
        assert_eq!(file.matches("class=\"mark ").count(), drawing.marks(), "{file}");
        for text in ["0.01", "0.1", "accuracy", "training rows", "test rows", "folklore"] {
            assert!(file.contains(&format!(">{text}</text>")), "{text}: {file}");
        }
    }

    #[test]
    fn dots_of_a_row_do_not_lie_on_each_other() {
        let places: Vec<f64> = (0..10).map(scatter).collect();
        for (i, one) in places.iter().enumerate() {
            assert!((-1.0..=1.0).contains(one));
            assert!(places[..i].iter().all(|other| (one - other).abs() >= 0.1), "{places:?}");
        }
    }
}
