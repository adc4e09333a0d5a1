//! What is predicted of samples.

use std::fmt;

use super::experiment::Measure;

/// What is predicted of each sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One of so many classes.
    Classes(usize),
    /// Whether it is one of the few positive samples: class 1 of two.
    Rare,
    /// Which of so many pixels belong to a mask.
    Mask(usize),
    /// A number.
    Number,
}

impl Kind {
    /// Returns how many outputs a network has for it. For two classes one is enough.
    pub fn outputs(self) -> usize {
        match self {
            Kind::Classes(outputs) | Kind::Mask(outputs) => outputs,
            Kind::Rare => 2,
            Kind::Number => 1,
        }
    }

    /// Returns whether a network with so many outputs is for it.
    pub fn fits(self, outputs: usize) -> bool {
        let is_one_enough = matches!(self, Kind::Classes(2) | Kind::Rare);
        outputs == self.outputs() || (outputs == 1 && is_one_enough)
    }

    /// Returns whether samples have classes, not numbers.
    pub fn is_of_classes(self) -> bool {
        matches!(self, Kind::Classes(_) | Kind::Rare)
    }

    /// Returns what settings are chosen by, on validation samples.
    ///
    /// Where few samples are positive, accuracy is high for a network that finds none of them.
    /// Where targets may be wrong, the median error is that of those which are right.
    pub fn tuned_by(self) -> Measure {
        match self {
            Kind::Classes(_) => Measure::ValidationAccuracy,
            Kind::Rare => Measure::ValidationAveragePrecision,
            Kind::Mask(_) => Measure::ValidationDice,
            Kind::Number => Measure::ValidationMedianError,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Classes(classes) => write!(f, "{classes} classes"),
            Kind::Rare => f.write_str("2 classes"),
            Kind::Mask(pixels) => write!(f, "masks of {pixels} pixels"),
            Kind::Number => f.write_str("one number"),
        }
    }
}
