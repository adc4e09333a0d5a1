//! The one table of promised error bounds.
//!
//! The documentation of each function states the same number; the sampled tests hold the function
//! to it in every run, the exhaustive sweep for every `f32`. A test fails on a function without an
//! entry and on an entry without a function.

use trimpot::loss::spec::LOSSES;

/// Bounds of the functions of `trimpot::math`, in ULPs of the `f32` grid at the exact result.
///
/// `log_sum_exp` alone counts in ULPs of max(|result|, max |xᵢ|, 1).
pub const MATH: &[(&str, f64)] = &[
    ("exp", 1.0),
    ("exp_m1", 1.3),
    ("ln", 1.0),
    ("ln_1p", 1.0),
    ("log_sum_exp", 2.5),
    ("normal_cdf", 3.8),
    ("sigmoid", 2.5),
    ("sin_pi", 1.7),
    ("softplus", 2.2),
    ("tanh", 2.1),
];

/// Returns the bound promised for a function of `trimpot::math`, or `None`.
#[must_use]
pub fn promised(function: &str) -> Option<f64> {
    MATH.iter().find_map(|&(name, ulps)| (name == function).then_some(ulps))
}

/// Values and gradients of losses and penalties, relative to the larger of 1 and the exact result;
/// for the losses of [`LARGEST_TERMS`], to these terms if they are larger. For rows of up to
/// [`LOSS_ROW`] numbers of sizes from 10⁻⁶ to 10⁴.
pub const LOSS: f64 = 2e-6;

/// The longest row that [`LOSS`] holds for.
pub const LOSS_ROW: usize = 64;

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

/// Returns the bound promised for values and gradients of a loss, by its name in the registry,
/// relative as [`LOSS`] says: it is the same for all.
#[must_use]
pub fn promised_loss(loss: &str) -> Option<f64> {
    LOSSES.iter().any(|listed| listed.name == loss).then_some(LOSS)
}

/// Returns how far `found` is from `exact`, relative to the larger of 1 and `exact` itself.
#[must_use]
pub fn distance(found: f32, exact: f64) -> f64 {
    (f64::from(found) - exact).abs() / exact.abs().max(1.0)
}

/// Returns how far `found` is from `exact`, relative to the largest of 1, `exact` itself and a term
/// that it was made of.
#[must_use]
pub fn distance_by_term(found: f32, exact: f64, term: f64) -> f64 {
    (f64::from(found) - exact).abs() / exact.abs().max(1.0).max(term)
}

/// Returns whether `found` is within `bound` of `exact`, relative to the larger of 1 and `exact`
/// itself.
#[must_use]
pub fn agrees(found: f32, exact: f64, bound: f64) -> bool {
    distance(found, exact) <= bound
}

/// Loss and gradients of small networks, relative to the larger of 1 and the exact result.
pub const NETWORK: f64 = 3e-6;

/// Outputs and gradients of single layers, relative to the larger of 1 and the exact result.
pub const LAYER: f64 = 1e-6;

/// Values and derivatives of activations, relative to the exact ones, wherever these are normal
/// numbers.
pub const ACTIVATION: f64 = 1e-6;

/// Parameters in each of fifty steps of an optimizer, relative to the larger of 1 and the exact
/// result.
pub const OPTIMIZER: f64 = 1e-5;

/// Learning rates of a schedule, relative to the exact rate.
pub const SCHEDULE: f64 = 1e-5;

/// Clipped gradients, relative to the larger of 1 and the exact result; their norm, relative to
/// itself.
pub const CLIPPING: f64 = 1e-6;

/// Averages of parameters after fifty updates, relative to the larger of 1 and the exact result.
pub const AVERAGE: f64 = 1e-6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_names_nothing_twice() {
        assert!(MATH.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    /// Half a ULP is what correct rounding gives: a smaller promise is a typing error.
    #[test]
    fn bounds_are_possible_and_worth_promising() {
        assert!(MATH.iter().all(|&(_, ulps)| (0.5..=4.0).contains(&ulps)));
    }

    #[test]
    fn tables_of_losses_name_losses_once() {
        for table in [
            LARGEST_TERMS.iter().map(|row| row.0).collect::<Vec<_>>(),
            NEAR_MINIMUM.iter().map(|row| row.0).collect(),
        ] {
            assert!(table.iter().all(|&loss| promised_loss(loss).is_some()));
            let once: std::collections::BTreeSet<_> = table.iter().collect();
            assert_eq!(once.len(), table.len());
        }
    }

    #[test]
    fn distances_of_nan_agree_with_nothing() {
        assert!(!agrees(f32::NAN, 1.0, 1e9) && !agrees(1.0, f64::NAN, 1e9));
        assert!(agrees(1e6, 1e6 + 1.0, 2e-6) && !agrees(1e6, 1e6 + 3.0, 2e-6));
        assert!(agrees(0.0, 1e-6, 2e-6) && !agrees(0.0, 3e-6, 2e-6));
    }

    #[test]
    fn an_unknown_function_has_no_promise() {
        assert_eq!(promised_loss("mse"), Some(LOSS));
        assert_eq!(promised_loss("l1"), None);
        assert_eq!(promised("exp"), Some(MATH[0].1));
        assert_eq!(promised("gamma"), None);
    }
}
