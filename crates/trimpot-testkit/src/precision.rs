//! The one table of promised error bounds.
//!
//! The documentation of each function states the same number; the sampled tests hold the function
//! to it in every run, the exhaustive sweep for every `f32`. A test fails on a function without an
//! entry and on an entry without a function.

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

/// The bound promised for a function of `trimpot::math`, or `None`.
#[must_use]
pub fn promised(function: &str) -> Option<f64> {
    MATH.iter().find_map(|&(name, ulps)| (name == function).then_some(ulps))
}

/// Values and gradients of losses and penalties, relative to the larger of 1 and the exact result.
pub const LOSS: f64 = 2e-6;

/// The losses of a family, and what is promised for each of them.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// The folder of their source files.
    pub name: &'static str,
    /// The bound for values and gradients, relative to the larger of 1 and the exact result.
    pub bound: f64,
    /// Their names in the registry.
    pub losses: &'static [&'static str],
}

/// Bounds of the losses: each loss of the registry is in one family.
pub const FAMILIES: &[Family] = &[
    Family {
        name: "regression",
        bound: LOSS,
        losses: &[
            "mse",
            "mae",
            "huber",
            "smooth_l1",
            "log_cosh",
            "quantile",
            "msle",
            "mape",
            "poisson_nll",
            "gaussian_nll",
            "cosine_similarity",
        ],
    },
    Family {
        name: "binary",
        bound: LOSS,
        losses: &["bce", "bce_with_logits", "binary_focal_with_logits"],
    },
    Family {
        name: "multiclass",
        bound: LOSS,
        losses: &[
            "cross_entropy",
            "soft_cross_entropy",
            "categorical_cross_entropy",
            "nll",
            "kl_divergence",
            "kl_divergence_with_logits",
            "focal",
        ],
    },
    Family {
        name: "margin",
        bound: LOSS,
        losses: &[
            "hinge",
            "squared_hinge",
            "soft_margin",
            "multi_margin",
            "multilabel_margin",
            "multilabel_soft_margin",
            "hinge_embedding",
            "categorical_hinge",
        ],
    },
    Family {
        name: "pair",
        bound: LOSS,
        losses: &[
            "margin_ranking",
            "cosine_embedding",
            "contrastive",
            "triplet_margin",
            "info_nce",
        ],
    },
    Family {
        name: "overlap",
        bound: LOSS,
        losses: &["dice", "jaccard", "tversky", "focal_tversky", "lovasz_hinge"],
    },
    Family { name: "sequence", bound: LOSS, losses: &["ctc"] },
    Family { name: "policy", bound: LOSS, losses: &["policy_gradient", "ppo_clip"] },
];

/// The bound promised for a loss, by its name in the registry, or `None`.
#[must_use]
pub fn promised_loss(loss: &str) -> Option<f64> {
    FAMILIES.iter().find(|family| family.losses.contains(&loss)).map(|family| family.bound)
}

/// How far `found` is from `exact`, relative to the larger of 1 and `exact` itself.
#[must_use]
pub fn distance(found: f32, exact: f64) -> f64 {
    (f64::from(found) - exact).abs() / exact.abs().max(1.0)
}

/// What central differences in `f64` add to that, relative to the larger of 1 and the loss itself.
pub const LOSS_DIFFERENCES: f64 = 2e-9;

/// Whether `found` is within `bound` of `exact`, relative to the larger of 1 and `exact` itself.
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

/// Parameters in each of fifty steps of an optimizer, relative to the larger of 1 and the exact result.
pub const OPTIMIZER: f64 = 1e-5;

/// Learning rates of a schedule, relative to the exact rate.
pub const SCHEDULE: f64 = 1e-5;

/// Clipped gradients, relative to the larger of 1 and the exact result; their norm, relative to itself.
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
    fn families_hold_each_loss_of_the_registry_once_and_nothing_else() {
        macro_rules! names {
            ($($name:ident: $loss:ty;)*) => { vec![$(stringify!($name)),*] };
        }
        let mut registry = trimpot::for_each_loss!(names);
        let mut listed: Vec<&str> =
            FAMILIES.iter().flat_map(|family| family.losses).copied().collect();
        registry.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, registry);
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
