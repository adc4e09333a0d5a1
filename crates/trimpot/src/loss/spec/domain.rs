//! The numbers that a loss takes.

use core::f32::consts::LN_2;
use core::fmt;

/// Which numbers a loss takes, as predictions or as targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Domain {
    /// Any.
    Any,
    /// Any: those above 0 say yes, those below no. Logits of a sigmoid are such scores.
    Scores,
    /// Any: logits of a softmax, or scores of classes that are compared with each other.
    Logits,
    /// Any: logarithms of rates.
    LogRates,
    /// Logarithms of probabilities that sum to 1.
    LogProbabilities,
    /// From 0 to 1.
    Probabilities,
    /// At least 0; usually with a sum of 1.
    Distribution,
    /// At least 0.
    NotNegative,
    /// Distances between the two of a pair: at least 0.
    Distances,
    /// Above −1.
    AboveMinusOne,
    /// Those that can be divided by.
    NotZero,
    /// 0 or 1.
    ZeroOrOne,
    /// −1 or 1.
    Signs,
}

impl Domain {
    /// Returns whether a number is among them.
    #[must_use]
    pub fn holds(self, number: f32) -> bool {
        match self {
            Self::Any | Self::Scores | Self::Logits | Self::LogRates => true,
            Self::LogProbabilities => number <= 0.0,
            Self::Probabilities => (0.0..=1.0).contains(&number),
            Self::Distribution | Self::NotNegative | Self::Distances => number >= 0.0,
            Self::AboveMinusOne => number > -1.0,
            // The size from which on a loss takes it for what it is.
            Self::NotZero => number.abs() >= 1e-7,
            Self::ZeroOrOne => number == 0.0 || number == 1.0,
            Self::Signs => number.abs() == 1.0,
        }
    }

    /// Returns whether numbers from `low` to `high`, the outputs of a network, are among them, and
    /// all that the loss tells apart can be said with them.
    #[must_use]
    pub fn holds_outputs(self, [low, high]: [f32; 2]) -> bool {
        match self {
            Self::Scores => low < 0.0 && high > 0.0,
            // Outputs that each have a range of their own have none together.
            Self::LogProbabilities | Self::Distribution | Self::Distances => false,
            Self::ZeroOrOne | Self::Signs | Self::NotZero => false,
            _ => self.holds(low) && self.holds(high),
        }
    }

    /// Returns what the numbers of the wrong classes should be, and that of the right one.
    #[must_use]
    pub const fn of_class(self) -> [f32; 2] {
        if matches!(self, Self::Signs) { [-1.0, 1.0] } else { [0.0, 1.0] }
    }

    /// Returns where a single output turns from class 0 to class 1.
    #[must_use]
    pub const fn boundary(self) -> f32 {
        match self {
            Self::Scores => 0.0,
            Self::LogRates => -LN_2,
            _ => 0.5,
        }
    }
}

/// In words, after "outputs" or "targets".
impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any | Self::Logits | Self::LogRates => "of any size",
            Self::Scores => "of either sign",
            Self::LogProbabilities => "that are log-probabilities",
            Self::Probabilities => "in [0, 1]",
            Self::Distribution | Self::NotNegative => "of at least 0",
            Self::Distances => "that are distances of pairs",
            Self::AboveMinusOne => "above -1",
            Self::NotZero => "other than 0",
            Self::ZeroOrOne => "of 0 or 1",
            Self::Signs => "of -1 or 1",
        })
    }
}

/// What a prediction is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TargetSpec {
    /// A number for each element of a row.
    Values(Domain),
    /// A class label.
    Class,
    /// One number.
    Number(Domain),
    /// Nothing: predictions are compared with each other.
    Nothing,
    /// Several class labels in order.
    Labels,
    /// An action, its advantage and its old log-probability.
    Action,
}
