//! Settings that are tuned for each level of an experiment, and the points at which they are tried.

/// A setting of a [`Recipe`](super::Recipe) that is tuned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Setting {
    /// The learning rate.
    LearningRate,
    /// The strength of the penalty Σ|w|.
    L1,
    /// The strength of the penalty Σw².
    L2,
    /// The probability p of dropout.
    Dropout,
}

impl Setting {
    /// Returns what it is called: as an option of `trimpot train`, without its dashes.
    pub fn name(self) -> &'static str {
        match self {
            Setting::LearningRate => "learning-rate",
            Setting::L1 => "l1",
            Setting::L2 => "l2",
            Setting::Dropout => "dropout",
        }
    }
}

/// A setting, and from where to where it is tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tuned {
    /// The setting.
    pub setting: Setting,
    /// From where to where, both above 0: as many points in each decade.
    pub range: [f64; 2],
}

impl Tuned {
    /// Returns whether a value is within a twentieth of the range of one of its ends.
    pub fn is_at_edge(&self, value: f32) -> bool {
        let [low, high] = self.range;
        let place = libm::log(f64::from(value) / low) / libm::log(high / low);
        !(0.05..=0.95).contains(&place)
    }

    /// Returns the value at a share of the way, by the logarithm: with three digits, so that it can
    /// be said and typed.
    fn at(&self, share: f64) -> f32 {
        let [low, high] = self.range;
        // The same bits on every machine, which the system's own functions need not have.
        let value = low * libm::pow(high / low, share);
        format!("{value:.2e}").parse().expect("a number that was written can be read")
    }
}

/// Returns the values at one of the points that are tried: quasi-random ones, which leave no region
/// out and do not repeat themselves in any direction, as random or grid points do ("Deep Learning
/// Tuning Playbook", Godbole et al. 2023). They are those of the additive recurrence with the
/// generalised golden ratio (Roberts 2018).
pub fn point(tuned: &[Tuned], number: u32) -> Vec<f32> {
    let ratio = golden_ratio(tuned.len());
    let mut step = 1.0;
    let value = |tuned: &Tuned| {
        step /= ratio;
        tuned.at((0.5 + step * f64::from(number + 1)).fract())
    };
    tuned.iter().map(value).collect()
}

/// Returns the solution of `x^(d + 1) = x + 1`: the golden ratio for one dimension.
fn golden_ratio(dimensions: usize) -> f64 {
    let root = 1.0 / (dimensions as f64 + 1.0);
    (0..64).fold(1.5, |x, _| libm::pow(1.0 + x, root))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_ratios_are_those_of_the_paper() {
        for (dimensions, ratio) in
            [(1, 1.618_033_988_75), (2, 1.324_717_957_24), (3, 1.220_744_084_6)]
        {
            assert!((golden_ratio(dimensions) - ratio).abs() < 1e-10, "{dimensions}");
        }
    }

    #[test]
    fn points_fill_every_decade_and_every_quarter_of_a_square() {
        let rate = Tuned { setting: Setting::LearningRate, range: [1e-4, 1.0] };
        let other = Tuned { setting: Setting::L1, range: [1e-6, 1e-2] };
        for tuned in [&[rate][..], &[rate, other]] {
            let points: Vec<_> = (0..24).map(|number| point(tuned, number)).collect();
            for decade in 0..4 {
                let low = 1e-4 * 10_f32.powi(decade);
                let inside = |point: &&Vec<f32>| (low..10.0 * low).contains(&point[0]);
                assert!((5..=7).contains(&points.iter().filter(inside).count()), "{points:?}");
            }
        }
        let points: Vec<_> = (0..24).map(|number| point(&[rate, other], number)).collect();
        for quarter in 0..4 {
            let inside = |point: &&Vec<f32>| {
                u8::from(point[0] < 1e-2) + 2 * u8::from(point[1] < 1e-4) == quarter
            };
            assert!((4..=8).contains(&points.iter().filter(inside).count()), "{points:?}");
        }
    }

    #[test]
    fn an_edge_is_a_twentieth_of_the_range() {
        let tuned = Tuned { setting: Setting::LearningRate, range: [1e-4, 1.0] };
        for (value, is_at_edge) in
            [(1e-4, true), (1.5e-4, true), (1.7e-4, false), (0.6, false), (0.7, true)]
        {
            assert_eq!(tuned.is_at_edge(value), is_at_edge, "{value}");
        }
    }

    #[test]
    fn a_value_has_three_digits() {
        let rate = Tuned { setting: Setting::LearningRate, range: [1e-4, 1.0] };
        for number in 0..30 {
            let value = point(&[rate], number)[0];
            assert_eq!(format!("{value:.2e}").parse::<f32>().unwrap(), value);
        }
    }
}
