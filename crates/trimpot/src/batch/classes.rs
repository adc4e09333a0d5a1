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
use super::total::{self, BLOCK, PartialSums, STRIDE};
use crate::lanes::{Kernel, Lanes, Level, Registers};
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
    Level::current().run(RowsGradient { shares, classes, logits, labels, gradient, values });
    Ok(())
}

/// The arguments of [`gradient`], whose lengths agree, with a class at least.
struct RowsGradient<'a> {
    shares: Shares,
    classes: usize,
    logits: &'a [f32],
    labels: &'a [u32],
    gradient: &'a mut [f32],
    values: &'a mut [f32],
}

impl Kernel for RowsGradient<'_> {
    type Output = ();
    #[inline(always)]
    fn run<V: Registers>(self) {
        let RowsGradient { shares, classes, logits, labels, gradient, values } = self;
        let rows = logits.chunks_exact(classes).zip(gradient.chunks_exact_mut(classes));
        for ((logits, gradient), (&label, value)) in rows.zip(labels.iter().zip(values)) {
            *value = match logits.get(label as usize) {
                Some(&at_label) => shares.row::<V>(logits, at_label, label as usize, gradient),
                None => {
                    gradient.fill(0.0);
                    0.0
                }
            };
        }
    }
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

    #[inline(always)]
    fn row<V: Registers>(
        &self,
        logits: &[f32],
        at_label: f32,
        label: usize,
        gradient: &mut [f32],
    ) -> f32 {
        let largest = largest::<V::Short>(logits);
        // All but the label's: next to that, which is 1 where the label leads, they would be
        // rounded away.
        let others = exponentials::<V::Long>(logits, largest, label, gradient);
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
fn largest<V: Lanes>(logits: &[f32]) -> f32 {
    let mut largest = [f32::NEG_INFINITY; STRIDE];
    let (strides, rest) = logits.as_chunks::<STRIDE>();
    for stride in strides {
        let largest = V::chunks_mut(&mut largest).0.iter_mut();
        for (largest, z) in largest.zip(V::chunks(stride).0) {
            *largest = V::from_array(*z).max(V::from_array(*largest)).to_array();
        }
    }
    for (largest, &z) in largest.iter_mut().zip(rest) {
        *largest = Lanes::max(z, *largest);
    }
    for half in [32, 16, 8, 4, 2, 1] {
        if let Some((first, second)) = largest.split_at_mut_checked(half) {
            for (largest, &other) in first.iter_mut().zip(&*second) {
                *largest = Lanes::max(*largest, other);
            }
        }
    }
    largest[0]
}

/// Writes `e^(z − largest)`, and returns the sum of all but the label's.
#[inline(always)]
fn exponentials<V: Lanes>(
    logits: &[f32],
    largest: f32,
    label: usize,
    exponentials: &mut [f32],
) -> f32 {
    let largest = V::splat(largest);
    let mut total = 0.0;
    // Counts down to the label's place in its stride.
    let mut left = label;
    for (logits, exponentials) in logits.chunks(BLOCK).zip(exponentials.chunks_mut(BLOCK)) {
        let mut sums = [0.0; STRIDE];
        let (z_strides, z_rest) = logits.as_chunks::<STRIDE>();
        let (e_strides, e_rest) = exponentials.as_chunks_mut::<STRIDE>();
        for (z, e) in z_strides.iter().zip(e_strides) {
            stride::<V>(z, largest, left, e, &mut sums);
            left = left.wrapping_sub(STRIDE);
        }
        if !z_rest.is_empty() {
            stride::<V>(z_rest, largest, left, e_rest, &mut sums);
        }
        total += f64::from(total::by_halves::<V>(sums));
    }
    total as f32
}

/// Writes up to 64 exponentials, and adds all but the label's to the partial sums.
#[inline(always)]
fn stride<V: Lanes>(
    logits: &[f32],
    largest: V,
    label: usize,
    exponentials: &mut [f32],
    partial_sums: &mut PartialSums,
) {
    let without_label = partial_sums.get(label).copied();
    let (z_whole, z_rest) = V::chunks(logits);
    let (e_whole, e_rest) = V::chunks_mut(exponentials);
    let mut sums = V::chunks_mut(partial_sums).0.iter_mut();
    for ((z, e), sums) in z_whole.iter().zip(e_whole).zip(&mut sums) {
        let terms = math::normal_exp_of_negative(V::from_array(*z) - largest);
        *e = terms.to_array();
        total::add_to(sums, terms);
    }
    if let (false, Some(sums)) = (z_rest.is_empty(), sums.next()) {
        let z = total::padded::<V>(z_rest, f32::NEG_INFINITY);
        let terms = math::normal_exp_of_negative(z - largest);
        for (e, &term) in e_rest.iter_mut().zip(terms.to_array().as_ref()) {
            *e = term;
        }
        // Beyond the last class they are 0.
        total::add_to(sums, terms);
    }
    // The label's has joined one of them, which is put back.
    if let (Some(sum), Some(without_label)) = (partial_sums.get_mut(label), without_label) {
        *sum = without_label;
    }
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
