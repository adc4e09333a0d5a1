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
    ("sigmoid", 2.5),
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

/// What central differences in `f64` add to that, relative to the larger of 1 and the loss itself.
pub const LOSS_DIFFERENCES: f64 = 2e-9;

/// Whether `found` is within `bound` of `exact`, relative to the larger of 1 and `exact` itself.
#[must_use]
pub fn agrees(found: f32, exact: f64, bound: f64) -> bool {
    (f64::from(found) - exact).abs() <= bound * exact.abs().max(1.0)
}

/// Loss and gradients of small networks, relative to the larger of 1 and the exact result.
pub const NETWORK: f64 = 3e-6;

/// Parameters after fifty steps of an optimizer, relative to the larger of 1 and the exact result.
pub const OPTIMIZER: f64 = 1e-5;

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
        assert!(MATH.iter().all(|&(_, ulps)| (0.5..=2.5).contains(&ulps)));
    }

    #[test]
    fn an_unknown_function_has_no_promise() {
        assert_eq!(promised("exp"), Some(MATH[0].1));
        assert_eq!(promised("gamma"), None);
    }
}
