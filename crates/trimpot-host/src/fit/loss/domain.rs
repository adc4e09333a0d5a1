//! The numbers that a loss takes, as outputs of the network and as targets.

use std::f32::consts::LN_2;

/// Which numbers a loss takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Any.
    Numbers,
    /// Any; those above 0 say yes, those below no.
    Scores,
    /// Any: logarithms of rates.
    LogRates,
    /// From 0 to 1.
    Probabilities,
    /// At least 0.
    NotNegative,
    /// Above −1.
    AboveMinusOne,
    /// Those that can be divided by.
    NotZero,
    /// 0 or 1.
    ZeroOrOne,
    /// −1 or 1.
    Signs,
    /// None: the number of the class itself.
    Class,
}

impl Domain {
    /// Returns whether a target is among them.
    pub fn holds(self, number: f32) -> bool {
        match self {
            Self::Numbers | Self::Scores | Self::LogRates => true,
            Self::Probabilities => (0.0..=1.0).contains(&number),
            Self::NotNegative => number >= 0.0,
            Self::AboveMinusOne => number > -1.0,
            // The size from which on the loss takes it for what it is.
            Self::NotZero => number.abs() >= 1e-7,
            Self::ZeroOrOne => number == 0.0 || number == 1.0,
            Self::Signs => number.abs() == 1.0,
            Self::Class => false,
        }
    }

    /// Returns whether outputs from `low` to `high` are among them, and all that the loss tells
    /// apart can be said with them.
    pub fn holds_outputs(self, [low, high]: [f32; 2]) -> bool {
        match self {
            Self::Scores => low < 0.0 && high > 0.0,
            Self::ZeroOrOne | Self::Signs | Self::NotZero | Self::Class => false,
            _ => self.holds(low) && self.holds(high),
        }
    }

    /// Returns what outputs of the wrong classes should be, and that of the right one.
    pub fn of_class(self) -> [f32; 2] {
        if self == Self::Signs { [-1.0, 1.0] } else { [0.0, 1.0] }
    }

    /// Returns where a single output turns from class 0 to class 1.
    pub fn boundary(self) -> f32 {
        match self {
            Self::Scores => 0.0,
            Self::LogRates => -LN_2,
            _ => 0.5,
        }
    }

    /// In words, after "outputs" or "targets".
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Numbers | Self::LogRates => "of any size",
            Self::Scores => "of either sign",
            Self::Probabilities => "in [0, 1]",
            Self::NotNegative => "of at least 0",
            Self::AboveMinusOne => "above -1",
            Self::NotZero => "other than 0",
            Self::ZeroOrOne => "of 0 or 1",
            Self::Signs => "of -1 or 1",
            Self::Class => "that are classes",
        }
    }
}
