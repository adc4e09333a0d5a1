//! Golden scores by scikit-learn, of classifiers, of numbers and of probabilities: one JSON object
//! a line.

use serde_json::Value;

/// Samples of four classes, and their scores.
#[derive(Clone, Debug)]
pub struct Case {
    /// The class of each sample.
    pub targets: Vec<usize>,
    /// What each sample is taken for.
    pub predictions: Vec<usize>,
    scores: Value,
}

impl Case {
    /// Returns a score of all samples.
    ///
    /// # Panics
    /// If the case has none of this name.
    #[must_use]
    pub fn score(&self, name: &str) -> f64 {
        self.scores[name].as_f64().unwrap_or_else(|| panic!("no {name}: {self:?}"))
    }

    /// Returns a score of one class, none where its denominator is zero.
    ///
    /// # Panics
    /// If the case has none of this name for the class.
    #[must_use]
    pub fn score_of(&self, name: &str, class: usize) -> Option<f64> {
        let score = self.scores[name].get(class);
        score.unwrap_or_else(|| panic!("no {name} of {class}: {self:?}")).as_f64()
    }
}

/// Returns the cases of a file.
///
/// # Panics
/// If a line is not a golden case.
#[must_use]
pub fn parse(lines: &str) -> Vec<Case> {
    let case = |line: &str| {
        let scores: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let classes = |name: &str| -> Option<Vec<usize>> {
            scores[name].as_array()?.iter().map(|class| Some(class.as_u64()? as usize)).collect()
        };
        let (targets, predictions) = (classes("targets"), classes("predictions"));
        match (targets, predictions) {
            (Some(targets), Some(predictions)) => Case { targets, predictions, scores },
            _ => panic!("no golden case: {line}"),
        }
    };
    lines.lines().map(case).collect()
}

/// Numbers or probabilities, and their scores.
#[derive(Clone, Debug)]
pub struct Scores(Value);

impl Scores {
    /// Returns whether the case has this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        !self.0[name].is_null()
    }

    /// Returns a score; `None` where there is none.
    ///
    /// # Panics
    /// If the case does not know the name.
    #[must_use]
    pub fn score(&self, name: &str) -> Option<f64> {
        self.0.get(name).unwrap_or_else(|| panic!("no {name}: {self:?}")).as_f64()
    }

    /// Returns a list of numbers.
    ///
    /// # Panics
    /// If the case has none of this name.
    #[must_use]
    pub fn list(&self, name: &str) -> Vec<f64> {
        let list = self.0[name].as_array().unwrap_or_else(|| panic!("no {name}: {self:?}"));
        list.iter().filter_map(Value::as_f64).collect()
    }
}

/// Returns the cases of a file of numbers and of probabilities.
///
/// # Panics
/// If a line is not JSON.
#[must_use]
pub fn parse_scores(lines: &str) -> Vec<Scores> {
    let case = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    lines.lines().map(|line| Scores(case(line))).collect()
}
