//! What is wrong with what somebody gave, and what they could say instead.

use std::fmt::{self, Display, Formatter};

/// What could be said to mend something. How it is said is up to the program that asks: `trimpot`
/// names its options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// That numbers are to be predicted, not classes.
    PredictNumbers,
    /// That classes are to be predicted, not numbers.
    PredictClasses,
    /// That means take the place of missing values, or samples without are left out.
    FillOrLeaveOut,
    /// That samples without a label are left out.
    LeaveOut,
    /// Which columns are left out.
    LeaveOutColumns,
    /// Which columns are labels, or are left out.
    OtherLabel,
    /// Whether the first line of a table is a header.
    Header,
    /// Which arrays are features and labels, in place of columns.
    Arrays,
    /// Another loss.
    OtherLoss,
    /// Another activation behind the last layer.
    LastLayer,
}

/// Returns how many there are of something, which is named as one of them is: `1 sample`,
/// `2 classes`.
pub(crate) fn counted(count: usize, one: &str) -> String {
    let ending = match count {
        1 => "",
        _ if one.ends_with('s') => "es",
        _ => "s",
    };
    format!("{count} {one}{ending}")
}

/// What is wrong, and what would mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub what: String,
    /// What would mend it, if that is known.
    pub remedy: Option<Remedy>,
}

impl Problem {
    /// Creates a problem without a remedy.
    pub fn new(what: impl Into<String>) -> Self {
        Problem { what: what.into(), remedy: None }
    }

    /// Adds what would mend it.
    #[must_use]
    pub fn with(self, remedy: Remedy) -> Self {
        Problem { remedy: Some(remedy), ..self }
    }
}

impl From<String> for Problem {
    fn from(what: String) -> Self {
        Problem::new(what)
    }
}

impl Display for Problem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}
