//! What each loss takes: the numbers that its documentation allows, and samples made of them.
//!
//! Edge cases and fuzzing share this table: one picks the numbers, the other maps any bits to them.

use serde_json::Value;

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
    const fn new(loss: &'static str, prediction: ValueRange, target: TargetKind) -> Self {
        Domain { loss, options: "{}", rows: 1, prediction, target }
    }

    const fn rows(self, rows: usize) -> Self {
        Domain { rows, ..self }
    }

    const fn with(self, options: &'static str) -> Self {
        Domain { options, ..self }
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

use TargetKind::{Action, Class, Labels, Nothing, Number, Values};
use ValueRange::{AboveMinusOne, Any, Bit, NotNegative, Probability, Sign};

/// All losses, most with several sets of parameters.
pub const DOMAINS: &[Domain] = &[
    Domain::new("mse", Any, Values(Any)),
    Domain::new("mae", Any, Values(Any)),
    Domain::new("huber", Any, Values(Any)),
    Domain::new("huber", Any, Values(Any)).with(r#"{"delta": 0.001}"#),
    Domain::new("smooth_l1", Any, Values(Any)),
    Domain::new("smooth_l1", Any, Values(Any)).with(r#"{"beta": 0.001}"#),
    Domain::new("log_cosh", Any, Values(Any)),
    Domain::new("quantile", Any, Values(Any)),
    Domain::new("quantile", Any, Values(Any)).with(r#"{"quantile": 0.9}"#),
    Domain::new("msle", AboveMinusOne, Values(AboveMinusOne)),
    Domain::new("mape", Any, Values(Any)),
    Domain::new("poisson_nll", Any, Values(NotNegative)),
    Domain::new("poisson_nll", Any, Values(NotNegative)).with(r#"{"full": true}"#),
    Domain::new("poisson_nll", NotNegative, Values(NotNegative)).with(r#"{"log_input": false}"#),
    Domain::new("gaussian_nll", Any, Values(Any)).rows(2),
    Domain::new("gaussian_nll", Any, Values(Any)).rows(2).with(r#"{"eps": 0.01, "full": true}"#),
    Domain::new("cosine_similarity", Any, Values(Any)),
    Domain::new("bce", Probability, Values(Probability)),
    Domain::new("bce_with_logits", Any, Values(Probability)),
    Domain::new("bce_with_logits", Any, Values(Probability)).with(r#"{"pos_weight": 0}"#),
    Domain::new("bce_with_logits", Any, Values(Probability)).with(r#"{"pos_weight": 5}"#),
    Domain::new("binary_focal_with_logits", Any, Values(Probability)),
    Domain::new("binary_focal_with_logits", Any, Values(Probability)).with(r#"{"gamma": 0}"#),
    Domain::new("binary_focal_with_logits", Any, Values(Probability))
        .with(r#"{"gamma": 0.5, "alpha": 1}"#),
    Domain::new("cross_entropy", Any, Class),
    Domain::new("cross_entropy", Any, Class).with(r#"{"label_smoothing": 0.1}"#),
    Domain::new("cross_entropy", Any, Class)
        .with(r#"{"label_smoothing": 1, "weight": [3, 0, 0.5]}"#),
    Domain::new("soft_cross_entropy", Any, Values(Probability)),
    Domain::new("categorical_cross_entropy", Probability, Values(Probability)),
    Domain::new("nll", Any, Class),
    Domain::new("nll", Any, Class).with(r#"{"weight": [3, 0, 0.5]}"#),
    Domain::new("kl_divergence", Any, Values(Probability)),
    Domain::new("kl_divergence_with_logits", Any, Values(Probability)),
    Domain::new("focal", Any, Class),
    Domain::new("focal", Any, Class).with(r#"{"gamma": 0}"#),
    Domain::new("focal", Any, Class).with(r#"{"gamma": 0.5}"#),
    Domain::new("hinge", Any, Values(Sign)),
    Domain::new("squared_hinge", Any, Values(Sign)),
    Domain::new("soft_margin", Any, Values(Sign)),
    Domain::new("multi_margin", Any, Class),
    Domain::new("multi_margin", Any, Class).with(r#"{"p": 2}"#),
    Domain::new("multilabel_margin", Any, Values(Bit)),
    Domain::new("multilabel_soft_margin", Any, Values(Probability)),
    Domain::new("hinge_embedding", Any, Values(Sign)),
    Domain::new("categorical_hinge", Any, Class),
    Domain::new("margin_ranking", Any, Number(Sign)).rows(2),
    Domain::new("cosine_embedding", Any, Number(Sign)).rows(2),
    Domain::new("cosine_embedding", Any, Number(Sign)).rows(2).with(r#"{"margin": -1}"#),
    Domain::new("contrastive", Any, Number(Sign)).rows(2),
    Domain::new("triplet_margin", Any, Nothing).rows(3),
    Domain::new("triplet_margin", Any, Nothing).rows(3).with(r#"{"eps": 0}"#),
    Domain::new("triplet_margin", Any, Nothing).rows(3).with(r#"{"p": 1}"#),
    Domain::new("info_nce", Any, Nothing).rows(8),
    Domain::new("info_nce", Any, Nothing).rows(8).with(r#"{"temperature": 0.001}"#),
    Domain::new("dice", Probability, Values(Probability)),
    Domain::new("dice", Probability, Values(Probability)).with(r#"{"smooth": 0}"#),
    Domain::new("jaccard", Probability, Values(Probability)),
    Domain::new("jaccard", Probability, Values(Probability)).with(r#"{"smooth": 0}"#),
    Domain::new("tversky", Probability, Values(Probability)),
    Domain::new("tversky", Probability, Values(Probability))
        .with(r#"{"smooth": 0, "alpha": 0, "beta": 1}"#),
    Domain::new("focal_tversky", Probability, Values(Probability)),
    Domain::new("focal_tversky", Probability, Values(Probability))
        .with(r#"{"smooth": 0, "gamma": 0.25}"#),
    Domain::new("focal_tversky", Probability, Values(Probability)).with(r#"{"gamma": 3}"#),
    Domain::new("lovasz_hinge", Any, Values(Bit)),
    Domain::new("ctc", Any, Labels).rows(0),
    Domain::new("ctc", Any, Labels).rows(0).with(r#"{"blank": 1}"#),
    Domain::new("policy_gradient", Any, Action),
    Domain::new("ppo_clip", Any, Action),
];
