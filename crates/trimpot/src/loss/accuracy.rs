//! How accurate losses are: the bounds that tests hold values and gradients to.
//!
//! Against the exact results for the same numbers, which the tests compute in `f64`.

use crate::loss::spec::LOSSES;

/// Values and gradients of losses and penalties, relative to the larger of 1 and the exact result;
/// for losses with [terms](crate::loss::spec::LossKind::LARGEST_TERMS) that may be larger, to
/// these. For rows of up to [`LONGEST_ROW`] numbers of sizes from 10⁻⁶ to 10⁴.
pub const BOUND: f64 = 2e-6;

/// The longest row that [`BOUND`] holds for.
pub const LONGEST_ROW: usize = 64;

/// Returns the terms that the accuracy of a loss is relative to, by its name in the registry:
/// [`LARGEST_TERMS`](crate::loss::spec::LossKind::LARGEST_TERMS).
#[must_use]
pub fn largest_terms(loss: &str) -> Option<&'static str> {
    LOSSES.iter().find(|listed| listed.name == loss)?.largest_terms
}

/// How accurate small results are, near a minimum of 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Small {
    /// Relative to the exact result, as long as `f32` holds it without becoming subnormal.
    Relative(f64),
    /// As everywhere else: digits of a small result may be lost. A value is never negative.
    Absolute,
}

impl Small {
    /// Roundings of a few products and sums.
    pub(crate) const FEW: Small = Small::Relative(1e-6);
    /// Exponentials of a difference of logits: that is rounded, and up to 100.
    pub(crate) const EXPONENTIAL: Small = Small::Relative(5e-6);
    /// A power of a small number: its logarithm, up to 100, is rounded, and multiplied by up to 2.
    pub(crate) const POWER: Small = Small::Relative(3e-5);
}

/// Returns how accurate small values and gradients of a loss are, by its name in the registry:
/// [`NEAR_MINIMUM`](crate::loss::spec::LossKind::NEAR_MINIMUM).
#[must_use]
pub fn near_minimum(loss: &str) -> Option<(Small, Small)> {
    let [value, gradient] = LOSSES.iter().find(|listed| listed.name == loss)?.near_minimum?;
    Some((value, gradient))
}
