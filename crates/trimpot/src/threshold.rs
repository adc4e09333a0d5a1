//! The threshold of anomalies, from scores of normal samples: what scores above it is anomalous.
//!
//! A board that calibrates its detector and a PC that trains one add the same scores to a
//! [`Spread`], and get the same threshold by the same [`Rule`].

use core::fmt;
use core::str::FromStr;

use crate::ParameterError;
use crate::lanes::Lanes;

/// How the threshold of anomalies follows from the scores of normal samples.
///
/// As text it is `percentile:0.95` or `deviations:3`:
///
/// ```
/// use trimpot::threshold::Rule;
///
/// let rule: Rule = "percentile:0.95".parse()?;
/// assert_eq!(rule, Rule::percentile(0.95)?);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Rule(Kind);

#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
enum Kind {
    Percentile(f32),
    Deviations(f32),
}

/// What a calibration has found.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Calibrated {
    /// The threshold: what scores above it is anomalous.
    pub threshold: f32,
    /// Samples that it was set by.
    pub samples: u32,
    /// The mean of their scores.
    pub mean: f32,
    /// The standard deviation of their scores, `sqrt(Σ (s − mean)² / n)`.
    pub deviation: f32,
}

impl Rule {
    /// Three standard deviations above the mean.
    pub const DEFAULT: Rule = Rule(Kind::Deviations(3.0));

    /// The smallest score that at least this share of the scores does not exceed: `share` in
    /// (0, 1]. It takes memory for all scores to sort them.
    ///
    /// # Errors
    /// If `share` is out of range.
    pub fn percentile(share: f32) -> Result<Self, ParameterError> {
        ParameterError::unless(share > 0.0 && share <= 1.0, "share", share, "(0, 1]")?;
        Ok(Rule(Kind::Percentile(share)))
    }

    /// `mean + deviations · standard deviation` of the scores: `deviations` not negative.
    ///
    /// # Errors
    /// If `deviations` is out of range.
    pub fn deviations(deviations: f32) -> Result<Self, ParameterError> {
        Ok(Rule(Kind::Deviations(ParameterError::not_negative("deviations", deviations)?)))
    }

    /// Returns the threshold for scores of this spread, which are sorted (for deviations
    /// they need not be there); none if there are no scores.
    pub fn threshold(self, spread: Spread, sorted: &[f32]) -> Option<Calibrated> {
        let Spread { samples, mean, squares } = spread;
        let deviation = Lanes::sqrt(squares / samples as f32);
        let threshold = match self.0 {
            Kind::Deviations(deviations) => mean + deviations * deviation,
            Kind::Percentile(share) => {
                let rank = share * samples as f32;
                let whole = rank as usize;
                // The rank is rounded up, and counts from 1.
                let index = if whole as f32 == rank { whole.saturating_sub(1) } else { whole };
                sorted.get(..samples as usize)?.get(index).copied()?
            }
        };
        (samples > 0).then_some(Calibrated { threshold, samples, mean, deviation })
    }
}

impl Rule {
    /// Creates the rule of this name; `None` if there is no such rule.
    ///
    /// # Errors
    /// If the number is out of range.
    pub fn named(name: &str, number: f32) -> Option<Result<Self, ParameterError>> {
        match name {
            "percentile" => Some(Rule::percentile(number)),
            "deviations" => Some(Rule::deviations(number)),
            _ => None,
        }
    }

    /// Returns its name.
    pub const fn name(self) -> &'static str {
        match self.0 {
            Kind::Percentile(_) => "percentile",
            Kind::Deviations(_) => "deviations",
        }
    }

    /// Returns its number.
    pub const fn number(self) -> f32 {
        match self.0 {
            Kind::Percentile(number) | Kind::Deviations(number) => number,
        }
    }
}

/// Votes of the last verdicts on an alarm: there is one if more than half of a window of them is
/// anomalous.
///
/// ```
/// use trimpot::threshold::Votes;
///
/// let mut votes = Votes::new(3);
/// let alarms = [true, true, false, false].map(|verdict| votes.observe(verdict));
/// assert_eq!(alarms, [false, true, true, false]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Votes {
    window: u8,
    /// The last verdicts, the newest in the lowest bit: 1 for an anomalous sample.
    verdicts: u32,
}

impl Votes {
    /// Creates the votes of a window of 1 to 32 verdicts, or the nearest of these, none of which is
    /// there yet.
    pub const fn new(window: u8) -> Self {
        let window = match window {
            0 => 1,
            1..=32 => window,
            _ => 32,
        };
        Votes { window, verdicts: 0 }
    }

    /// Returns how many verdicts a window has.
    pub const fn window(&self) -> u8 {
        self.window
    }

    /// Adds a verdict, and returns whether there is an alarm now.
    pub const fn observe(&mut self, is_anomalous: bool) -> bool {
        self.verdicts = self.verdicts << 1 | is_anomalous as u32;
        self.alarm()
    }

    /// Returns whether more than half of the window is anomalous.
    pub const fn alarm(&self) -> bool {
        let window = self.window as u32;
        let last = u32::MAX.unbounded_shr(u32::BITS.saturating_sub(window));
        (self.verdicts & last).count_ones().saturating_mul(2) > window
    }
}

/// Mean and squares of scores, one by one (Welford 1962).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    samples: u32,
    mean: f32,
    /// The sum of squares around the mean.
    squares: f32,
}

impl Spread {
    /// Returns how many scores there are.
    pub const fn samples(&self) -> u32 {
        self.samples
    }

    /// Adds a score, and sorts it in among those before it, as far as there is place.
    pub fn add(&mut self, score: f32, sorted: &mut [f32]) {
        let end = (self.samples as usize).saturating_add(1);
        self.samples = self.samples.saturating_add(1);
        let from_mean = score - self.mean;
        self.mean += from_mean / self.samples as f32;
        self.squares += from_mean * (score - self.mean);
        let mut smaller = score;
        for (place, index) in sorted.iter_mut().zip(1..=end) {
            if index == end || *place > smaller {
                (*place, smaller) = (smaller, *place);
            }
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name(), self.number())
    }
}

/// Why a text is no [`Rule`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ParseRuleError {
    /// It is neither `percentile:` nor `deviations:` with a number behind it.
    Form,
    /// The number is out of range.
    Parameter(ParameterError),
}

impl fmt::Display for ParseRuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParseRuleError::Form => f.write_str("there are `percentile:0.95` and `deviations:3`"),
            ParseRuleError::Parameter(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ParseRuleError {}

impl FromStr for Rule {
    type Err = ParseRuleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, number) = text.split_once(':').ok_or(ParseRuleError::Form)?;
        let number = number.parse().map_err(|_| ParseRuleError::Form)?;
        Rule::named(name, number).ok_or(ParseRuleError::Form)?.map_err(ParseRuleError::Parameter)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString;

    use super::*;

    fn threshold(rule: Rule, scores: &[f32]) -> Option<Calibrated> {
        let (mut spread, mut sorted) = (Spread::default(), [f32::NAN; 8]);
        for &score in scores {
            spread.add(score, &mut sorted);
        }
        rule.threshold(spread, &sorted)
    }

    #[test]
    fn a_percentile_is_a_score_that_so_many_do_not_exceed() {
        let scores = [3.0, 1.0, 5.0, 2.0, 4.0, 2.0, 8.0, 7.0];
        let of = |share| {
            let rule = Rule::percentile(share).unwrap();
            threshold(rule, &scores).unwrap().threshold
        };
        assert_eq!((of(1.0), of(0.875), of(0.88), of(0.5)), (8.0, 7.0, 8.0, 3.0));
        assert_eq!((of(0.375), of(0.126), of(0.01)), (2.0, 2.0, 1.0));
        let rule = Rule::percentile(0.9).unwrap();
        assert_eq!(threshold(rule, &[2.5]).unwrap().threshold, 2.5);
        assert_eq!(threshold(rule, &[]), None);
        assert!(Rule::percentile(0.0).is_err() && Rule::percentile(f32::NAN).is_err());
        assert!(Rule::percentile(1.1).is_err());
    }

    #[test]
    fn deviations_are_those_of_all_scores() {
        let rule = Rule::deviations(2.0).unwrap();
        let calibrated = threshold(rule, &[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        let expected = Calibrated { threshold: 9.0, samples: 8, mean: 5.0, deviation: 2.0 };
        assert_eq!(calibrated, expected);
        assert_eq!(threshold(rule, &[]), None);
        assert!(Rule::deviations(-1.0).is_err() && Rule::deviations(f32::INFINITY).is_err());
    }

    #[test]
    fn a_rule_is_read_as_it_is_written() {
        for text in ["percentile:0.95", "percentile:1", "deviations:0", "deviations:2.5"] {
            assert_eq!(text.parse::<Rule>().unwrap().to_string(), text);
        }
        for text in
            ["", "percentile", "percentile 0.9", "percentile:", "median:0.5", "deviations:x"]
        {
            assert_eq!(text.parse::<Rule>(), Err(ParseRuleError::Form), "{text}");
        }
        for text in ["percentile:0", "percentile:1.5", "percentile:nan", "deviations:-1"] {
            let error = text.parse::<Rule>().unwrap_err();
            assert!(matches!(error, ParseRuleError::Parameter(_)), "{text}");
        }
    }
}
