//! Axes: where a value lies, and which values are written.

/// What an axis is called, and how values lie along it.
#[derive(Clone, Debug)]
pub struct Axis {
    label: String,
    scale: Scale,
    range: Option<[f64; 2]>,
    includes: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    Linear,
    Logarithmic,
}

impl Scale {
    fn of(self, value: f64) -> f64 {
        match self {
            Scale::Linear => value,
            Scale::Logarithmic => value.log10(),
        }
    }
}

impl Axis {
    /// Makes an axis whose range follows from what is drawn.
    #[must_use]
    pub fn linear(label: &str) -> Self {
        Axis { label: label.to_owned(), scale: Scale::Linear, range: None, includes: None }
    }

    /// Makes a logarithmic axis whose range follows from what is drawn. Values that are not
    /// positive are not drawn.
    #[must_use]
    pub fn logarithmic(label: &str) -> Self {
        Axis { label: label.to_owned(), scale: Scale::Logarithmic, range: None, includes: None }
    }

    /// Sets the range. What lies outside of it is cut off. A range of a logarithmic axis is
    /// positive.
    #[must_use]
    pub fn with_range(mut self, range: [f64; 2]) -> Self {
        self.range = Some(range);
        self
    }

    /// Makes a range that follows from what is drawn include a value, as zero.
    #[must_use]
    pub fn including(mut self, value: f64) -> Self {
        self.includes = Some(value);
        self
    }

    /// Returns what the axis is called.
    pub(super) fn label(&self) -> &str {
        &self.label
    }

    /// Returns whether a value can be drawn at all.
    pub(super) fn has(&self, value: f64) -> bool {
        // Larger than any number of a run, and far from an overflow.
        value.abs() <= 1e300 && (self.scale == Scale::Linear || value > 0.0)
    }

    /// Fits the axis to values, with a margin; to its range, if it has one.
    pub(super) fn fit(&self, values: impl IntoIterator<Item = f64>) -> Fitted {
        let scale = self.scale;
        let ends = self.range.map(|range| range.map(|end| scale.of(end)));
        let [from, to] = ends.unwrap_or_else(|| {
            let drawn = values.into_iter().chain(self.includes).filter(|value| self.has(*value));
            let (low, high) = drawn
                .map(|value| scale.of(value))
                .fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(x), high.max(x)));
            if low > high {
                return [0.0, 1.0];
            }
            // Where all is the same, around it.
            let margin = match 0.05 * if high > low { high - low } else { high.abs() } {
                0.0 => 1.0,
                margin => margin,
            };
            // What the range is to include is where it ends, if nothing lies beyond.
            let end = self.includes.map(|value| scale.of(value));
            let beyond = |extreme: f64| if Some(extreme) == end { 0.0 } else { margin };
            match [low - beyond(low), high + beyond(high)] {
                [from, to] if from < to => [from, to],
                [from, _] => [from, from + margin],
            }
        });
        Fitted { scale, from, to }
    }
}

/// An axis with a range, along which values lie between 0 and 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fitted {
    scale: Scale,
    /// The ends, as the scale has them.
    from: f64,
    to: f64,
}

impl Fitted {
    /// Returns where a value lies: 0 at the start, 1 at the end; not far outside.
    pub(super) fn position(&self, value: f64) -> f64 {
        ((self.scale.of(value) - self.from) / (self.to - self.from)).clamp(-9.0, 10.0)
    }

    /// Returns the values that are written at the axis, at most `most`, with their texts.
    pub(super) fn ticks(&self, most: usize) -> Vec<(f64, String)> {
        match self.scale {
            Scale::Linear => linear(self.from, self.to, most),
            Scale::Logarithmic => logarithmic(self.from, self.to, most),
        }
    }
}

/// Returns multiples of 1, 2 or 5 times a power of ten.
fn linear(from: f64, to: f64, most: usize) -> Vec<(f64, String)> {
    let coarse = (to - from) / most.max(1) as f64;
    let power = 10.0_f64.powf(coarse.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|times| times * power);
    let step = steps.into_iter().find(|step| *step >= coarse * (1.0 - 1e-9)).unwrap_or(coarse);
    let first = (from / step - 1e-9).ceil();
    let count = (to / step + 1e-9).floor() - first;
    let values = (0..=count.max(0.0) as usize).map(|i| (first + i as f64) * step);
    values.map(|value| (value, written(value, step))).collect()
}

/// Returns powers of ten; their multiples by 2 and 5 as well, where the range is less than two
/// decades long.
fn logarithmic(from: f64, to: f64, most: usize) -> Vec<(f64, String)> {
    // Read from its digits, a power of ten is the nearest number to it.
    let power = |exponent: i32| format!("1e{exponent}").parse().unwrap_or(f64::NAN);
    let decades = ((to + 1e-9).floor() - (from - 1e-9).ceil() + 1.0).max(0.0) as usize;
    let every = decades.div_ceil(most + 1).max(1);
    let (times, first): (&[f64], f64) = if to - from < 2.0 {
        (&[1.0, 2.0, 5.0], from.floor())
    } else {
        (&[1.0], (from - 1e-9).ceil())
    };
    let (first, last) = (first as i32, to.ceil() as i32);
    let all = (first..=last).step_by(every).flat_map(|e| times.iter().map(move |t| t * power(e)));
    let inside = |value: &f64| value.log10() >= from - 1e-9 && value.log10() <= to + 1e-9;
    let ticks: Vec<_> = all.filter(inside).map(|value| (value, written(value, value))).collect();
    if ticks.len() >= 2 {
        return ticks;
    }
    linear(10.0_f64.powf(from), 10.0_f64.powf(to), most)
}

/// Writes a value of an axis whose values are a step apart.
fn written(value: f64, step: f64) -> String {
    // Zero has no sign.
    let value = if value.abs() < step * 1e-6 { 0.0 } else { value };
    if value != 0.0 && (value.abs() >= 1e6 || step < 1e-4) {
        let digits = (value.abs().log10().floor() - step.log10().floor()).clamp(0.0, 6.0);
        return format!("{value:.*e}", digits as usize);
    }
    let decimals = (-(step.log10() + 1e-9).floor()).max(0.0);
    format!("{value:.*}", decimals as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: &Axis, values: &[f64]) -> Vec<String> {
        let ticks = axis.fit(values.iter().copied()).ticks(5);
        ticks.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round_and_in_the_range() {
        let linear = |range| texts(&Axis::linear("x").with_range(range), &[]);
        assert_eq!(linear([0.0, 1.0]), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(linear([0.913, 0.987]), ["0.92", "0.94", "0.96", "0.98"]);
        assert_eq!(linear([-3.0, 3.0]), ["-2", "0", "2"]);
        assert_eq!(linear([0.0, 2e7]), ["0", "5e6", "1.0e7", "1.5e7", "2.0e7"]);
    }

    #[test]
    fn decades_are_powers_of_ten() {
        let log = |range| texts(&Axis::logarithmic("x").with_range(range), &[]);
        assert_eq!(log([0.001, 0.1]), ["0.001", "0.01", "0.1"]);
        assert_eq!(log([0.01, 0.1]), ["0.01", "0.02", "0.05", "0.1"]);
        assert_eq!(log([2e-4, 30.0]), ["0.001", "0.01", "0.1", "1", "10"]);
        assert_eq!(log([1e-9, 1.0]), ["1e-9", "1e-7", "1e-5", "0.001", "0.1"]);
        // Within a decade there may be no power of ten at all.
        assert_eq!(log([0.61, 0.82]), ["0.65", "0.70", "0.75", "0.80"]);
    }

    #[test]
    fn a_range_ends_at_what_it_includes() {
        let percent = Axis::linear("accuracy, %").including(100.0);
        assert_eq!(percent.fit([60.0, 90.0]).position(100.0), 1.0);
        let fitted = percent.fit([60.0, 120.0]);
        assert!(fitted.position(120.0) < 1.0 && fitted.position(60.0) > 0.0);
        assert!(percent.fit([100.0]).position(100.0).is_finite());
    }

    #[test]
    fn any_values_make_an_axis() {
        for values in [&[][..], &[1.0], &[0.0, 0.0], &[1e-7, 2e-7], &[3e38, 1.0], &[f64::NAN]] {
            for axis in [Axis::linear("x"), Axis::logarithmic("x")] {
                let fitted = axis.fit(values.iter().copied());
                let ticks = fitted.ticks(5);
                assert!((1..=7).contains(&ticks.len()), "{axis:?} {values:?}: {ticks:?}");
                for (value, text) in ticks {
                    let position = fitted.position(value);
                    assert!((-1e-6..=1.000_001).contains(&position), "{values:?}: {position}");
                    assert!(text.len() <= 8, "{text}");
                }
            }
        }
    }
}
