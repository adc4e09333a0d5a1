//! What several runs say: means, intervals by bootstrap, and how often one choice is better than
//! another.

use trimpot::random::Random;

/// How many times runs are drawn again for an interval.
pub const RESAMPLES: usize = 10_000;

/// The share of resamples that an interval holds.
pub const CONFIDENCE: f64 = 0.95;

/// The mean of some runs, and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// How many runs there are.
    pub runs: usize,
    /// The mean.
    pub mean: f64,
    /// The standard deviation of a run (divided by one less than their number); 0 of a single one.
    pub deviation: f64,
    /// An interval that holds the mean in 95 % of cases: percentiles of the bootstrap (Efron 1979).
    pub interval: [f64; 2],
}

impl Summary {
    /// Returns the summary of these values; none without values.
    pub fn of(values: &[f64]) -> Option<Self> {
        let mean = mean(values)?;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let degrees = (values.len() - 1).max(1) as f64;
        Some(Summary {
            runs: values.len(),
            mean,
            deviation: (squares / degrees).sqrt(),
            interval: interval(values),
        })
    }
}

/// How often runs with one choice do better than runs with another: `P(A > B)`.
///
/// Runs are compared in pairs, that of the same seed with that of the same seed: both have the same
/// split, order and initial weights, so what those do to a result does not hide what the choice
/// does (Bouthillier et al., "Accounting for Variance in Machine Learning Benchmarks", 2021). A tie
/// counts half.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Improvement {
    /// The share of pairs in which A is better.
    pub probability: f64,
    /// An interval that holds it in 95 % of cases: Wilson's (1927). A bootstrap over few pairs that
    /// all say the same would be sure of it.
    pub interval: [f64; 2],
}

/// Whether two choices can be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The first one is better.
    Better,
    /// The first one is worse.
    Worse,
    /// The runs do not tell.
    Undecided,
}

impl Improvement {
    /// Returns how often `a` is larger than `b`, the value of the same seed; none without pairs.
    pub fn of(a: &[f64], b: &[f64]) -> Option<Self> {
        let score = |(a, b): (&f64, &f64)| match a.partial_cmp(b) {
            Some(std::cmp::Ordering::Greater) => 1.0,
            Some(std::cmp::Ordering::Less) => 0.0,
            _ => 0.5,
        };
        let scores: Vec<f64> = a.iter().zip(b).map(score).collect();
        let probability = mean(&scores)?;
        Some(Improvement { probability, interval: wilson(probability, scores.len()) })
    }

    /// Returns how often B is better.
    #[must_use]
    pub fn reversed(self) -> Self {
        let [low, high] = self.interval;
        Improvement { probability: 1.0 - self.probability, interval: [1.0 - high, 1.0 - low] }
    }

    /// Returns what follows: something only if the interval is on one side of ½.
    pub fn finding(&self) -> Finding {
        match self.interval {
            [low, _] if low > 0.5 => Finding::Better,
            [_, high] if high < 0.5 => Finding::Worse,
            _ => Finding::Undecided,
        }
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Returns the interval of a share that was found in so many cases.
fn wilson(share: f64, cases: usize) -> [f64; 2] {
    // Of the normal distribution, 95 % are not further from the mean.
    const DEVIATIONS: f64 = 1.959_963_984_540_054;
    let (cases, square) = (cases as f64, DEVIATIONS * DEVIATIONS);
    let centre = (share + square / (2.0 * cases)) / (1.0 + square / cases);
    let variance = share * (1.0 - share) / cases + square / (4.0 * cases * cases);
    let half = DEVIATIONS * variance.sqrt() / (1.0 + square / cases);
    [(centre - half).max(0.0), (centre + half).min(1.0)]
}

/// Returns the interval of the mean of these values, of which there are some. The same values give
/// the same interval.
fn interval(values: &[f64]) -> [f64; 2] {
    let mut random = Random::new(values.len() as u32);
    let mut resampled = || {
        let drawn = (0..values.len()).map(|_| values[random.below(values.len())]);
        drawn.sum::<f64>() / values.len() as f64
    };
    let mut means: Vec<f64> = (0..RESAMPLES).map(|_| resampled()).collect();
    means.sort_by(f64::total_cmp);
    let outside = (1.0 - CONFIDENCE) / 2.0;
    let at = |share: f64| means[(share * (RESAMPLES - 1) as f64).round() as usize];
    [at(outside), at(1.0 - outside)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_that_of_the_textbook() {
        let summary = Summary::of(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        assert_eq!((summary.runs, summary.mean), (8, 5.0));
        assert!((summary.deviation - (32.0_f64 / 7.0).sqrt()).abs() < 1e-15);
        let one = Summary::of(&[3.0]).unwrap();
        assert_eq!((one.mean, one.deviation, one.interval), (3.0, 0.0, [3.0, 3.0]));
        assert_eq!(Summary::of(&[]), None);
    }

    #[test]
    fn nineteen_of_twenty_intervals_hold_the_true_mean() {
        let mut random = Random::new(1);
        let holds = (0..200).filter(|_| {
            let values: Vec<f64> = (0..30).map(|_| f64::from(random.normal())).collect();
            let [low, high] = Summary::of(&values).unwrap().interval;
            low <= 0.0 && 0.0 <= high
        });
        // Percentiles of a bootstrap of 30 are a little narrow: 93 to 94 %.
        assert!((180..=196).contains(&holds.count()));
    }

    #[test]
    fn pairs_are_compared_and_ties_count_half() {
        let improvement = Improvement::of(&[1.0, 2.0, 3.0, 4.0], &[0.0, 2.0, 5.0, 1.0]).unwrap();
        assert_eq!(improvement.probability, (1.0 + 0.5 + 0.0 + 1.0) / 4.0);
        assert_eq!(improvement.reversed().reversed(), improvement);
        assert_eq!(improvement.finding(), Finding::Undecided);
        let (low, high): (Vec<f64>, Vec<f64>) =
            (0..10).map(|n| (f64::from(n), f64::from(n + 1))).unzip();
        assert_eq!(Improvement::of(&high, &low).unwrap().finding(), Finding::Better);
        assert_eq!(Improvement::of(&low, &high).unwrap().finding(), Finding::Worse);
        assert_eq!(Improvement::of(&low, &low).unwrap().finding(), Finding::Undecided);
        assert_eq!(Improvement::of(&[], &[]), None);
        // Three of three may be chance, and of so few nothing is sure.
        let few = Improvement::of(&high[..3], &low[..3]).unwrap();
        assert_eq!((few.probability, few.finding()), (1.0, Finding::Undecided));
        // statsmodels.stats.proportion.proportion_confint(16, 20, method="wilson")
        let [low, high] = wilson(0.8, 20);
        assert!(
            (low - 0.583_982_7).abs() < 1e-6 && (high - 0.919_342_3).abs() < 1e-6,
            "{low} {high}"
        );
    }
}
