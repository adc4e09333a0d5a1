//! Softmax cross-entropy over many classes, whose number is known at run time: lanes lie along the
//! row.
//!
//! Three passes over a row, which stays in the cache: the largest logit; the exponentials and their
//! sum, with the gradient's memory to store them in; and the gradient. One exponential for each
//! logit. (Rejected: largest and sum in one pass, which needs a second exponential.)
//!
//! ```
//! use trimpot::{batch, loss::CrossEntropy};
//!
//! let (classes, labels) = (1000, [7, 999, 0, 12]);
//! let logits = vec![0.0; 4 * classes];
//! let (mut gradient, mut values) = (vec![0.0; 4 * classes], [0.0; 4]);
//! let loss = CrossEntropy::new().with_label_smoothing(0.1)?;
//! batch::classes::gradient(&loss, classes, &logits, &labels, &mut gradient, &mut values)?;
//! assert!((batch::mean(&values) - 1000f32.ln()).abs() < 1e-5);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

use super::LengthError;
use super::total::{self, BLOCK, LANES};
use crate::lanes::{Lanes, f32x64};
use crate::loss::{CrossEntropy, Weighted};
use crate::math;

/// Cross-entropy with equal class weights, or a number times it.
pub trait ClassLoss {
    /// Returns the factor of value and gradient.
    fn weight(&self) -> f32;
    /// Returns the label smoothing.
    fn smoothing(&self) -> f32;
}

impl ClassLoss for CrossEntropy {
    fn weight(&self) -> f32 {
        1.0
    }
    fn smoothing(&self) -> f32 {
        CrossEntropy::smoothing(self)
    }
}

impl ClassLoss for Weighted<CrossEntropy> {
    fn weight(&self) -> f32 {
        self.parts().0
    }
    fn smoothing(&self) -> f32 {
        self.parts().1.smoothing()
    }
}

/// Writes the value of each row of `classes` logits, and its gradient.
///
/// As [`CrossEntropy`] has it: a label out of range is ignored, its value and gradient are 0; so is
/// the treatment of infinities and NaN. Sums are taken in [another order](super#which-bits), and a
/// number times the loss (`0.01 * CrossEntropy::new()`) joins the gradient's scale, so that it
/// costs nothing.
///
/// # Errors
/// If there are not as many values as labels, or not `classes` times as many logits or gradients:
/// then nothing is written.
pub fn gradient(
    loss: &impl ClassLoss,
    classes: usize,
    logits: &[f32],
    labels: &[u32],
    gradient: &mut [f32],
    values: &mut [f32],
) -> Result<(), LengthError> {
    let expected = labels.len().saturating_mul(classes);
    LengthError::unless_equal("logits", logits.len(), expected)?;
    LengthError::unless_equal("gradient", gradient.len(), expected)?;
    LengthError::unless_equal("values", values.len(), labels.len())?;
    let shares = Shares::of(loss, classes);
    // A row of no classes has no label that is in range.
    if classes == 0 {
        values.fill(0.0);
        return Ok(());
    }
    let rows = logits.chunks_exact(classes).zip(gradient.chunks_exact_mut(classes));
    for ((logits, gradient), (&label, value)) in rows.zip(labels.iter().zip(values)) {
        *value = match logits.get(label as usize) {
            Some(&at_label) => shares.row(logits, at_label, label as usize, gradient),
            None => {
                gradient.fill(0.0);
                0.0
            }
        };
    }
    Ok(())
}

/// How one label is spread over the classes.
struct Shares {
    weight: f32,
    /// Beside what every class gets.
    label: f32,
    /// What every class gets.
    each: f32,
}

impl Shares {
    fn of(loss: &impl ClassLoss, classes: usize) -> Self {
        let smoothing = loss.smoothing();
        Shares { weight: loss.weight(), label: 1.0 - smoothing, each: smoothing / classes as f32 }
    }

    #[inline]
    fn row(&self, logits: &[f32], at_label: f32, label: usize, gradient: &mut [f32]) -> f32 {
        let largest = largest(logits);
        // All but the label's: next to that, which is 1 where the label leads, they would be
        // rounded away.
        let others = exponentials(logits, largest, label, gradient);
        let own = gradient.get(label).copied().unwrap_or(0.0);
        let sum = others + own;
        let ln_sum = math::ln_1p(others + (own - 1.0));
        scale(gradient, self.weight / sum, self.weight * self.each);
        if let Some(gradient) = gradient.get_mut(label) {
            // With e for `each`: p − (1 − s) − e, where p − 1 is minus the others' share.
            let smoothing = 1.0 - self.label;
            *gradient = self.weight * ((smoothing - self.each) - others / sum);
        }
        let expected =
            |share: f32, neg_log_prob: f32| if share == 0.0 { 0.0 } else { share * neg_log_prob };
        let mut value = expected(self.label, (largest - at_label) + ln_sum);
        if self.each != 0.0 {
            let mean = mean_distance(logits, largest);
            value += self.each * logits.len() as f32 * (mean + ln_sum);
        }
        self.weight * value
    }
}

/// Returns the largest logit; NaN is never the largest.
#[inline(always)]
fn largest(logits: &[f32]) -> f32 {
    let mut largest = f32x64::splat(f32::NEG_INFINITY);
    let (whole, rest) = logits.as_chunks();
    for z in whole {
        largest = f32x64::from_array(*z).max(largest);
    }
    largest = f32x64::from_array(total::padded(rest, f32::NEG_INFINITY)).max(largest);
    let mut lanes = largest.to_array();
    for half in [32, 16, 8, 4, 2, 1] {
        if let Some((first, second)) = lanes.split_at_mut_checked(half) {
            for (largest, &lane) in first.iter_mut().zip(&*second) {
                *largest = Lanes::max(*largest, lane);
            }
        }
    }
    lanes[0]
}

/// Writes `e^(z − largest)`, and returns the sum of all but the label's.
#[inline(always)]
fn exponentials(logits: &[f32], largest: f32, label: usize, exponentials: &mut [f32]) -> f32 {
    let largest = f32x64::splat(largest);
    let exp = |z: f32x64| math::normal_exp_of_negative(z - largest);
    let mut total = 0.0;
    // Counts down to the label's place among the lanes of its stride.
    let mut left = label;
    for (logits, exponentials) in logits.chunks(BLOCK).zip(exponentials.chunks_mut(BLOCK)) {
        let mut sums = f32x64::ZERO;
        let (z_whole, z_rest) = logits.as_chunks();
        let (e_whole, e_rest) = exponentials.as_chunks_mut();
        for (z, e) in z_whole.iter().zip(e_whole) {
            let terms = exp(f32x64::from_array(*z));
            *e = terms.to_array();
            sums += if left < LANES { f32x64::from_array(without(left, e)) } else { terms };
            left = left.wrapping_sub(LANES);
        }
        if !z_rest.is_empty() {
            let z = f32x64::from_array(total::padded(z_rest, f32::NEG_INFINITY));
            let terms = total::first(z_rest.len(), exp(z).to_array());
            for (e, term) in e_rest.iter_mut().zip(terms) {
                *e = term;
            }
            sums += f32x64::from_array(without(left, &terms));
        }
        total += f64::from(sums.sum());
    }
    total as f32
}

/// Returns the terms with 0 in the lane of the label, if it is one of theirs.
#[inline(never)]
fn without(lane: usize, terms: &[f32; LANES]) -> [f32; LANES] {
    let mut terms = *terms;
    if let Some(term) = terms.get_mut(lane) {
        *term = 0.0;
    }
    terms
}

/// Exponentials to the gradient of every class but the label.
#[inline(always)]
fn scale(exponentials: &mut [f32], scale: f32, share: f32) {
    if share == 0.0 {
        for e in exponentials {
            *e *= scale;
        }
    } else {
        for e in exponentials {
            *e = *e * scale - share;
        }
    }
}

/// Returns how far the logits are from the largest, on average.
#[inline(never)]
fn mean_distance(logits: &[f32], largest: f32) -> f32 {
    let mut total = 0.0;
    for &z in logits {
        total += f64::from(largest - z);
    }
    (total / logits.len() as f64) as f32
}
