//! Losses on masks over slices of any length: one mask, however large.
//!
//! Two passes: the sums, then the gradient, which needs the targets alone. Both have few operations
//! and wait for memory, so vectors are taken one by one.
//!
//! ```
//! use trimpot::{batch::overlap, loss::Dice};
//!
//! let (mask, truth) = (vec![0.5; 4096], vec![1.0; 4096]);
//! let mut gradient = vec![0.0; 4096];
//! let value = overlap::gradient(&Dice::default(), &mask, &truth, &mut gradient)?;
//! assert!((value - 1.0 / 3.0).abs() < 1e-4);
//! # Ok::<(), trimpot::batch::LengthError>(())
//! ```

use super::LengthError;
use super::total::{self, BLOCK};
use crate::lanes::{Lanes, f32x16, f32x64};
use crate::loss::Overlap;
use crate::loss::overlap::Evaluated;

/// Lanes of one of the four accumulators of a sum.
const LANES: usize = f32x16::LANES;

/// Writes the gradient, and returns the value.
///
/// The sums are taken in [another order](super#which-bits) than that of
/// [`Loss::gradient`](crate::loss::Loss::gradient).
///
/// # Errors
/// If the slices differ in length: then nothing is written.
pub fn gradient<L: Overlap>(
    loss: &L,
    predictions: &[f32],
    targets: &[f32],
    gradient: &mut [f32],
) -> Result<f32, LengthError> {
    LengthError::unless_equal("gradient", gradient.len(), predictions.len())?;
    let evaluated = evaluate(loss, predictions, targets)?;
    derivatives(loss, evaluated, targets, gradient)?;
    Ok(evaluated.value)
}

/// The first pass: the value, and what the gradient depends on.
///
/// # Errors
/// If the slices differ in length.
pub fn evaluate<L: Overlap>(
    loss: &L,
    predictions: &[f32],
    targets: &[f32],
) -> Result<Evaluated<f32>, LengthError> {
    LengthError::unless_equal("targets", targets.len(), predictions.len())?;
    let [start_a, start_b] = loss.start().map(f64::from);
    let (mut total_a, mut total_b) = (0.0, 0.0);
    for (predictions, targets) in predictions.chunks(BLOCK).zip(targets.chunks(BLOCK)) {
        let [a, b] = block(loss, predictions, targets);
        total_a += a;
        total_b += b;
    }
    Ok(loss.evaluate([(start_a + total_a) as f32, (start_b + total_b) as f32]))
}

/// The second pass: the gradient of these targets, which may be a part of all.
///
/// # Errors
/// If the slices differ in length.
pub fn derivatives<L: Overlap>(
    loss: &L,
    evaluated: Evaluated<f32>,
    targets: &[f32],
    gradient: &mut [f32],
) -> Result<(), LengthError> {
    LengthError::unless_equal("gradient", gradient.len(), targets.len())?;
    let Evaluated { value, ratio, scale } = evaluated;
    let evaluated = Evaluated {
        value: f32x16::splat(value),
        ratio: f32x16::splat(ratio),
        scale: f32x16::splat(scale),
    };
    let (targets, t_rest) = targets.as_chunks::<LANES>();
    let (gradient, g_rest) = gradient.as_chunks_mut::<LANES>();
    for (g, t) in gradient.iter_mut().zip(targets) {
        *g = loss.derivative(&evaluated, f32x16::from_array(*t)).to_array();
    }
    let derivatives = loss.derivative(&evaluated, f32x16::from_array(total::padded(t_rest, 0.0)));
    for (g, derivative) in g_rest.iter_mut().zip(derivatives.to_array()) {
        *g = derivative;
    }
    Ok(())
}

/// Both sums over a block, in the documented order.
#[inline(always)]
fn block<L: Overlap>(loss: &L, predictions: &[f32], targets: &[f32]) -> [f64; 2] {
    let (mut first, mut second) = ([f32x16::ZERO; 4], [f32x16::ZERO; 4]);
    let (p_strides, p_rest) = predictions.as_chunks::<{ total::LANES }>();
    let (t_strides, t_rest) = targets.as_chunks::<{ total::LANES }>();
    for (p, t) in p_strides.iter().zip(t_strides) {
        let lanes = p.as_chunks().0.iter().zip(t.as_chunks().0);
        for ((first, second), (p, t)) in first.iter_mut().zip(&mut second).zip(lanes) {
            let [a, b] = loss.terms(f32x16::from_array(*p), f32x16::from_array(*t));
            *first += a;
            *second += b;
        }
    }
    let lanes = p_rest.chunks(LANES).zip(t_rest.chunks(LANES));
    for ((first, second), (p, t)) in first.iter_mut().zip(&mut second).zip(lanes) {
        let [p_lanes, t_lanes] = [p, t].map(|rest| f32x16::from_array(total::padded(rest, 0.0)));
        let terms = loss.terms(p_lanes, t_lanes).map(Lanes::to_array);
        let [a, b] = terms.map(|term| f32x16::from_array(total::first(p.len(), term)));
        *first += a;
        *second += b;
    }
    [first, second].map(|sums| f64::from(f32x64::from(sums).sum()))
}
