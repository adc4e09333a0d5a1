//! What each loss takes: the numbers that its documentation allows, and samples made of them.
//!
//! Edge cases and fuzzing share this table: one picks the numbers, the other maps any bits to them.

use std::sync::LazyLock;

use serde_json::Value;
use trimpot::loss::spec::{self, LOSSES, ListedLoss, TargetSpec};

use crate::case::{Answer, Case, Options};

/// A set of finite numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueRange {
    /// All of them.
    Any,
    /// 0 and above.
    NotNegative,
    /// Above −1.
    AboveMinusOne,
    /// 0 to 1.
    Probability,
    /// 0 and 1.
    Bit,
    /// −1 and 1.
    Sign,
}

impl ValueRange {
    /// Returns whether a number is one of these.
    #[must_use]
    pub fn hold(self, x: f32) -> bool {
        x.is_finite()
            && match self {
                ValueRange::Any => true,
                ValueRange::NotNegative => x >= 0.0,
                ValueRange::AboveMinusOne => x > -1.0,
                ValueRange::Probability => (0.0..=1.0).contains(&x),
                ValueRange::Bit => x == 0.0 || x == 1.0,
                ValueRange::Sign => x.abs() == 1.0,
            }
    }

    /// One of these for any number: itself if it is one, and all of them for some number.
    #[must_use]
    pub fn from_any(self, x: f32) -> f32 {
        if self.hold(x) {
            return x;
        }
        let size = if x.is_finite() { x.abs() } else { 0.0 };
        match self {
            ValueRange::Any | ValueRange::NotNegative | ValueRange::AboveMinusOne => size,
            ValueRange::Probability if size > 1.0 => 1.0 / size,
            ValueRange::Probability => size,
            ValueRange::Bit => f32::from(u8::from(x.is_sign_negative())),
            ValueRange::Sign => 1f32.copysign(x),
        }
    }
}

/// What a prediction is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// Nothing.
    Nothing,
    /// One number.
    Number(ValueRange),
    /// A number for each element of a row.
    Values(ValueRange),
    /// A class, or none.
    Class,
    /// Classes, or none.
    Labels,
    /// An action, its advantage and the logarithm of its probability.
    Action,
}

/// A loss with one set of parameters, and what it takes.
#[derive(Clone, Copy, Debug)]
pub struct Domain {
    /// The name in the registry.
    pub loss: &'static str,
    /// The parameters, by the names of the golden cases, as JSON.
    pub options: &'static str,
    /// How many rows a prediction has; 0 where the row length decides.
    pub rows: usize,
    /// What predictions are.
    pub prediction: ValueRange,
    /// What targets are.
    pub target: TargetKind,
}

/// Where the numbers of a sample come from.
pub trait Source {
    /// One of these numbers.
    fn number(&mut self, of: ValueRange) -> f32;
    /// Returns a whole number below `end`.
    fn below(&mut self, end: u32) -> u32;
}

impl Domain {
    /// Returns what a loss takes with these parameters.
    fn of(listed: &ListedLoss, options: &'static str) -> Self {
        let rows = match (listed.spec.target, listed.rows) {
            (TargetSpec::Labels, _) => 0,
            (_, Some(rows)) => rows as usize,
            (_, None) => 8,
        };
        let rates = options.contains(r#""log_input": false"#);
        let outputs = if rates { spec::Domain::NotNegative } else { listed.spec.outputs };
        let target = match listed.spec.target {
            TargetSpec::Values(domain) => TargetKind::Values(domain.into()),
            TargetSpec::Number(domain) => TargetKind::Number(domain.into()),
            TargetSpec::Class => TargetKind::Class,
            TargetSpec::Nothing => TargetKind::Nothing,
            TargetSpec::Labels => TargetKind::Labels,
            TargetSpec::Action => TargetKind::Action,
            other => panic!("no source draws targets that are {other:?}: a new kind needs one"),
        };
        Domain { loss: listed.name, options, rows, prediction: outputs.into(), target }
    }

    /// Returns a sample for rows of `n` numbers. (For sequences the row length stands for a shape.)
    ///
    /// # Panics
    /// If the table of domains is wrong.
    #[must_use]
    pub fn case(&self, n: usize, source: &mut impl Source) -> Case {
        let (rows, n, length) = match (self.rows, n) {
            (0, 1) => (1, 2, 1),
            (0, 2) => (6, 4, 2),
            (0, 5) => (10, 5, 3),
            // Two equal labels do not fit.
            (0, 10) => (2, 3, 2),
            (0, _) => (12, 11, 5),
            (rows, n) => (rows, n, 0),
        };
        let prediction = (0..rows * n).map(|_| source.number(self.prediction)).collect();
        // One more than there are: a label that is ignored, or ends a sequence.
        let labels = n as u32 + 1;
        let target = match self.target {
            TargetKind::Nothing => Answer::Nothing,
            TargetKind::Number(numbers) => Answer::Number(source.number(numbers)),
            TargetKind::Values(numbers) => {
                Answer::Values((0..n).map(|_| source.number(numbers)).collect())
            }
            TargetKind::Class => Answer::Class(source.below(labels)),
            TargetKind::Labels => {
                Answer::Labels((0..length).map(|_| source.below(labels)).collect())
            }
            TargetKind::Action => Answer::Action {
                action: source.below(labels),
                advantage: source.number(ValueRange::Any),
                old_log_probability: source.number(ValueRange::Any),
            },
        };
        let options: Value = serde_json::from_str(self.options).expect("the table is JSON");
        let mut options = Options(options.as_object().expect("and holds objects").clone());
        if let Some(weights) = options.numbers("weight") {
            let weights: Vec<f64> = weights.into_iter().cycle().take(n).collect();
            options = options.with("weight", weights);
        }
        Case { loss: self.loss.to_owned(), options, rows, prediction, target }
    }
}

impl From<spec::Domain> for ValueRange {
    fn from(domain: spec::Domain) -> Self {
        use spec::Domain;
        match domain {
            Domain::Any | Domain::Scores | Domain::Logits | Domain::LogRates | Domain::NotZero => {
                ValueRange::Any
            }
            // Those that do not sum to 1 are taken, too.
            Domain::LogProbabilities | Domain::Distances => ValueRange::Any,
            Domain::Probabilities | Domain::Distribution => ValueRange::Probability,
            Domain::NotNegative => ValueRange::NotNegative,
            Domain::AboveMinusOne => ValueRange::AboveMinusOne,
            Domain::ZeroOrOne => ValueRange::Bit,
            Domain::Signs => ValueRange::Sign,
            other => panic!("no source draws numbers that are {other:?}: a new kind needs one"),
        }
    }
}

/// All losses, as they are by default and with other parameters.
pub static DOMAINS: LazyLock<Vec<Domain>> = LazyLock::new(|| {
    let of_loss = |listed: &'static ListedLoss| {
        let variants = VARIANTS.iter().filter(|(loss, _)| *loss == listed.name);
        let options = std::iter::once("{}").chain(variants.map(|(_, options)| *options));
        options.map(|options| Domain::of(listed, options))
    };
    LOSSES.iter().flat_map(of_loss).collect()
});

/// Parameters that choose other code, or are at an end of their range, by the names of the golden
/// cases.
const VARIANTS: &[(&str, &str)] = &[
    ("huber", r#"{"delta": 0.001}"#),
    ("smooth_l1", r#"{"beta": 0.001}"#),
    ("quantile", r#"{"quantile": 0.9}"#),
    ("poisson_nll", r#"{"full": true}"#),
    ("poisson_nll", r#"{"log_input": false}"#),
    ("gaussian_nll", r#"{"eps": 0.01, "full": true}"#),
    ("bce_with_logits", r#"{"pos_weight": 0}"#),
    ("bce_with_logits", r#"{"pos_weight": 5}"#),
    ("binary_focal_with_logits", r#"{"gamma": 0}"#),
    ("binary_focal_with_logits", r#"{"gamma": 0.5, "alpha": 1}"#),
    ("cross_entropy", r#"{"label_smoothing": 0.1}"#),
    ("cross_entropy", r#"{"label_smoothing": 1, "weight": [3, 0, 0.5]}"#),
    ("nll", r#"{"weight": [3, 0, 0.5]}"#),
    ("focal", r#"{"gamma": 0}"#),
    ("focal", r#"{"gamma": 0.5}"#),
    ("rescaled_square", r#"{"k": 15, "M": 30}"#),
    ("rescaled_square", r#"{"weight": [3, 0, 0.5]}"#),
    ("multi_margin", r#"{"p": 2}"#),
    ("cosine_embedding", r#"{"margin": -1}"#),
    ("triplet_margin", r#"{"eps": 0}"#),
    ("triplet_margin", r#"{"p": 1}"#),
    ("info_nce", r#"{"temperature": 0.001}"#),
    ("dice", r#"{"smooth": 0}"#),
    ("jaccard", r#"{"smooth": 0}"#),
    ("tversky", r#"{"smooth": 0, "alpha": 0, "beta": 1}"#),
    ("focal_tversky", r#"{"smooth": 0, "gamma": 0.25}"#),
    ("focal_tversky", r#"{"gamma": 3}"#),
    ("ctc", r#"{"blank": 1}"#),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_are_of_losses_and_their_settings() {
        for (loss, options) in VARIANTS {
            let listed = LOSSES.iter().find(|listed| listed.name == *loss);
            let listed = listed.unwrap_or_else(|| panic!("{loss} is not in the registry"));
            let options: Value = serde_json::from_str(options).unwrap();
            let known = |option: &str| {
                let settings = listed.spec.settings.iter();
                settings.map(|setting| setting.elsewhere).any(|setting| setting == option)
                    || ["p", "log_input"].contains(&option)
                    || option == "weight" && listed.spec.has_class_weights
            };
            let unknown = options.as_object().unwrap().keys().find(|option| !known(option));
            assert_eq!(unknown, None, "{loss}");
        }
    }
}
