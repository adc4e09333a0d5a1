//! How accurate losses are: the bounds that tests hold values and gradients to.
//!
//! Against the exact results for the same numbers, which the tests compute in `f64`.

/// Values and gradients of losses and penalties, relative to the larger of 1 and the exact result;
/// for the losses of [`LARGEST_TERMS`], to these terms if they are larger. For rows of up to
/// [`LONGEST_ROW`] numbers of sizes from 10⁻⁶ to 10⁴.
pub const BOUND: f64 = 2e-6;

/// The longest row that [`BOUND`] holds for.
pub const LONGEST_ROW: usize = 64;

/// Losses whose formula has terms that may be larger than 1 and than the result, where they cancel:
/// accuracy is relative to the largest of these terms.
pub const LARGEST_TERMS: &[(&str, &str)] = &[
    (
        "poisson_nll",
        "the terms e^p, t·p and t·ln t of the value, e^p and t of the gradient (of rates: t·ln p and t/p)",
    ),
    ("gaussian_nll", "the terms e²/v of the value, 1/v and e²/v² of the gradient"),
    ("cosine_similarity", "1/|p| for the gradient"),
    ("bce_with_logits", "the positive weight"),
    ("cross_entropy", "the class weights"),
    ("kl_divergence", "the terms t·x of the value"),
    ("multi_margin", "the margin (its square where p = 2)"),
    ("margin_ranking", "the margin"),
    ("cosine_embedding", "1/|x| of each row for the gradient"),
    ("contrastive", "the margin and its square"),
    ("triplet_margin", "both distances"),
    ("info_nce", "1/τ for the value, 1/(τ |x|) of each row for the gradient"),
    ("dice", "one over the denominator for the gradient"),
    ("jaccard", "one over the denominator for the gradient"),
    ("tversky", "1/D, α/D and β/D for the gradient"),
    ("focal_tversky", "γ L^(γ − 1) times 1/D, α/D and β/D for the gradient"),
    ("ctc", "the value for the gradient"),
    ("policy_gradient", "the advantage for the gradient"),
    ("ppo_clip", "r·A for the gradient"),
];

/// Returns the terms that the accuracy of a loss is relative to, or `None` where there are none but
/// 1 and the result.
#[must_use]
pub fn largest_terms(loss: &str) -> Option<&'static str> {
    LARGEST_TERMS.iter().find_map(|&(name, terms)| (name == loss).then_some(terms))
}

/// How accurate small results are, near a minimum of 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Small {
    /// Relative to the exact result, as long as `f32` holds it without becoming subnormal.
    Relative(f64),
    /// As everywhere else: digits of a small result may be lost. A value is never negative.
    Absolute,
}

use Small::{Absolute, Relative};

/// Roundings of a few products and sums.
const FEW: Small = Relative(1e-6);
/// Exponentials of a difference of logits: that is rounded, and up to 100.
const EXPONENTIAL: Small = Relative(5e-6);
/// A power of a small number: its logarithm, up to 100, is rounded, and multiplied by up to 2.
const POWER: Small = Relative(3e-5);

/// Values and gradients near the minimum, for all losses that have a minimum of 0. (All others can
/// be negative.)
///
/// Where it says `Absolute`, more would cost more than a tenth of the instructions: products and
/// roots of rows would have to be known beyond `f32` (directions, distances, paths), or differences
/// before they are rounded (margins).
pub const NEAR_MINIMUM: &[(&str, Small, Small)] = &[
    ("mse", FEW, FEW),
    ("mae", FEW, FEW),
    ("huber", FEW, FEW),
    ("smooth_l1", FEW, FEW),
    ("log_cosh", FEW, FEW),
    ("quantile", FEW, FEW),
    ("msle", FEW, FEW),
    ("mape", FEW, FEW),
    ("bce", FEW, FEW),
    ("bce_with_logits", FEW, FEW),
    ("binary_focal_with_logits", POWER, POWER),
    ("cross_entropy", EXPONENTIAL, EXPONENTIAL),
    ("soft_cross_entropy", EXPONENTIAL, Absolute),
    ("categorical_cross_entropy", FEW, FEW),
    ("kl_divergence_with_logits", Absolute, Absolute),
    ("focal", POWER, POWER),
    ("hinge", FEW, FEW),
    ("squared_hinge", FEW, FEW),
    ("soft_margin", FEW, FEW),
    ("multi_margin", Absolute, Absolute),
    ("multilabel_margin", Absolute, Absolute),
    ("multilabel_soft_margin", FEW, FEW),
    ("hinge_embedding", FEW, FEW),
    ("categorical_hinge", Absolute, Absolute),
    ("margin_ranking", Absolute, Absolute),
    ("cosine_embedding", Absolute, Absolute),
    ("contrastive", FEW, FEW),
    ("triplet_margin", Absolute, Absolute),
    ("info_nce", POWER, Absolute),
    ("dice", FEW, FEW),
    ("jaccard", FEW, FEW),
    ("tversky", FEW, FEW),
    ("focal_tversky", POWER, POWER),
    ("lovasz_hinge", FEW, FEW),
    ("ctc", Absolute, Absolute),
];

/// Returns how accurate small values and gradients of a loss are; `None` if it has no minimum of 0.
#[must_use]
pub fn near_minimum(loss: &str) -> Option<(Small, Small)> {
    NEAR_MINIMUM
        .iter()
        .find_map(|&(name, value, gradient)| (name == loss).then_some((value, gradient)))
}
