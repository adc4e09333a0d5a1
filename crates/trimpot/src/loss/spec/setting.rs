//! The settings of a loss.

use core::fmt;

use crate::ParameterError;

/// A setting of a loss: a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// Its name: that of the function's argument which sets it.
    pub name: &'static str,
    /// What it is unless said otherwise.
    pub default: f32,
    /// What it can be.
    pub range: Range,
    /// Its name in PyTorch, or in the paper.
    pub elsewhere: &'static str,
}

impl Setting {
    /// Creates a setting that has the same name elsewhere.
    #[must_use]
    pub const fn new(name: &'static str, default: f32, range: Range) -> Self {
        Setting { name, default, range, elsewhere: name }
    }

    /// Creates a setting that is off unless asked for.
    #[must_use]
    pub const fn flag(name: &'static str) -> Self {
        Setting::new(name, 0.0, Range::Flag)
    }

    /// Sets the name elsewhere.
    #[must_use]
    pub const fn known_as(self, elsewhere: &'static str) -> Self {
        Setting { elsewhere, ..self }
    }
}

/// Returns whether a setting that is on or off is on.
pub(crate) fn flag(name: &'static str, value: f32) -> Result<bool, ParameterError> {
    ParameterError::unless(Range::Flag.holds(value), name, value, Range::Flag.written())?;
    Ok(value == 1.0)
}

/// The numbers that a setting can be. All are finite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Range {
    /// Above 0.
    Positive,
    /// 0 and above.
    NotNegative,
    /// Between 0 and 1, without these.
    Inside,
    /// From 0 to 1.
    Share,
    /// From −1 to 1.
    Cosine,
    /// The normal numbers above 0: what one can be divided by.
    Normal,
    /// 0 or 1: off or on.
    Flag,
    /// Whole numbers: a class.
    Index,
}

impl Range {
    /// Returns whether a number is in the range.
    #[must_use]
    pub fn holds(self, number: f32) -> bool {
        number.is_finite()
            && match self {
                Range::Positive => number > 0.0,
                Range::NotNegative => number >= 0.0,
                Range::Inside => number > 0.0 && number < 1.0,
                Range::Share => (0.0..=1.0).contains(&number),
                Range::Cosine => (-1.0..=1.0).contains(&number),
                Range::Normal => number >= f32::MIN_POSITIVE,
                Range::Flag => number == 0.0 || number == 1.0,
                // As whole as `f32` can tell apart.
                Range::Index => {
                    (0.0..16_777_216.0).contains(&number) && number as u32 as f32 == number
                }
            }
    }

    /// Returns a number in the range other than this one, with which tests try the setting.
    #[must_use]
    pub const fn other_than(self, number: f32) -> f32 {
        match self {
            Range::Flag => 1.0 - number,
            Range::Index => number + 1.0,
            Range::Inside | Range::Share | Range::Cosine if number == 0.25 => 0.75,
            _ if number == 0.25 => 1.5,
            _ => 0.25,
        }
    }

    /// Returns how errors write it.
    #[must_use]
    pub const fn written(self) -> &'static str {
        match self {
            Range::Positive => "(0, inf)",
            Range::NotNegative => "[0, inf)",
            Range::Inside => "(0, 1)",
            Range::Share => "[0, 1]",
            Range::Cosine => "[-1, 1]",
            Range::Normal => "[2^-126, inf)",
            Range::Flag => "0 or 1",
            Range::Index => "0, 1, 2 …",
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.written())
    }
}
