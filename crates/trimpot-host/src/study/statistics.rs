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
        let [mean, deviation] = mean_and_deviation(values)?;
        Some(Summary { runs: values.len(), mean, deviation, interval: interval(values) })
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
    /// An interval that holds it in 95 % of cases: the exact one of Clopper and Pearson (1934), by
    /// which of levels that are alike no more than one pair in twenty seems not to be, however few
    /// the pairs.
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
        let hits = scores.iter().sum();
        Some(Improvement { probability, interval: clopper_pearson(hits, scores.len()) })
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

/// Returns the mean and the standard deviation (divided by one less than their number) of these
/// values; none without values. The deviation of a single one is 0.
pub fn mean_and_deviation(values: &[f64]) -> Option<[f64; 2]> {
    let mean = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let degrees = (values.len() - 1).max(1) as f64;
    Some([mean, (squares / degrees).sqrt()])
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Returns the exact interval of the probability of a binomial distribution, given how many of so
/// many cases were hits. Half a hit counts for neither side.
fn clopper_pearson(hits: f64, cases: usize) -> [f64; 2] {
    let outside = (1.0 - CONFIDENCE) / 2.0;
    let (fewest, most) = (hits.floor() as usize, hits.ceil() as usize);
    // The chance of so many hits and more rises with the probability.
    let solve = |at_least: usize, chance: f64| {
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            match binomial_tail(at_least, cases, middle) < chance {
                true => low = middle,
                false => high = middle,
            }
        }
        0.5 * (low + high)
    };
    [
        if fewest == 0 { 0.0 } else { solve(fewest, outside) },
        if most == cases { 1.0 } else { solve(most + 1, 1.0 - outside) },
    ]
}

/// Returns the chance of so many hits or more, each of which has this probability in (0, 1).
fn binomial_tail(at_least: usize, cases: usize, probability: f64) -> f64 {
    // The same bits on every machine, which the system's own functions need not have.
    let factorial = |number: usize| libm::lgamma(number as f64 + 1.0);
    let (hit, miss) = (libm::log(probability), libm::log(1.0 - probability));
    let chance = |hits: usize| {
        let misses = cases - hits;
        let ways = factorial(cases) - factorial(hits) - factorial(misses);
        libm::exp(ways + hits as f64 * hit + misses as f64 * miss)
    };
    (at_least..=cases).map(chance).sum()
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
        let again = improvement.reversed().reversed();
        assert!((again.interval[0] - improvement.interval[0]).abs() < 1e-12);
        assert_eq!(improvement.finding(), Finding::Undecided);
        let (low, high): (Vec<f64>, Vec<f64>) =
            (0..10).map(|n| (f64::from(n), f64::from(n + 1))).unzip();
        assert_eq!(Improvement::of(&high, &low).unwrap().finding(), Finding::Better);
        assert_eq!(Improvement::of(&low, &high).unwrap().finding(), Finding::Worse);
        assert_eq!(Improvement::of(&low, &low).unwrap().finding(), Finding::Undecided);
        assert_eq!(Improvement::of(&[], &[]), None);
        // Five of five may be chance, six of six are not.
        let of = |count: usize| Improvement::of(&high[..count], &low[..count]).unwrap();
        assert_eq!((of(5).probability, of(5).finding()), (1.0, Finding::Undecided));
        assert_eq!(of(6).finding(), Finding::Better);
    }

    #[test]
    fn intervals_of_shares_are_exact() {
        // scipy.stats.binomtest(k, n).proportion_ci(method="exact")
        for (hits, cases, expected) in [
            (16.0, 20, [0.563_386, 0.942_666]),
            (0.0, 30, [0.0, 0.115_703]),
            (15.5, 30, [0.312_970, 0.716_582]),
        ] {
            let found = clopper_pearson(hits, cases);
            let near =
                found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-4);
            assert!(near, "{hits} of {cases}: {found:?}");
        }
    }
}
