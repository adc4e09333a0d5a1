//! Losses on masks over slices of any length: one mask, however large.
//!
//! Two passes: the sums, then the gradient, which needs the targets alone. Both have few operations
//! and wait for memory.
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
use super::total::{self, BLOCK, PartialSums, STRIDE};
use crate::lanes::{Kernel, Lanes, Level, Registers};
use crate::loss::Overlap;
use crate::loss::overlap::Evaluated;

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
    let [a, b] = Level::current().run(Terms { loss, predictions, targets });
    Ok(loss.evaluate([(start_a + a) as f32, (start_b + b) as f32]))
}

/// The arguments of [`evaluate`], whose lengths agree.
struct Terms<'a, L> {
    loss: &'a L,
    predictions: &'a [f32],
    targets: &'a [f32],
}

impl<L: Overlap> Kernel for Terms<'_, L> {
    type Output = [f64; 2];
    #[inline(always)]
    fn run<V: Registers>(self) -> [f64; 2] {
        let Terms { loss, predictions, targets } = self;
        let (mut total_a, mut total_b) = (0.0, 0.0);
        for (predictions, targets) in predictions.chunks(BLOCK).zip(targets.chunks(BLOCK)) {
            let [a, b] = block::<V::Short, L>(loss, predictions, targets);
            total_a += a;
            total_b += b;
        }
        [total_a, total_b]
    }
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
    Level::current().run(Derivatives { loss, evaluated, targets, gradient });
    Ok(())
}

/// The arguments of [`derivatives`], whose lengths agree.
struct Derivatives<'a, L> {
    loss: &'a L,
    evaluated: Evaluated<f32>,
    targets: &'a [f32],
    gradient: &'a mut [f32],
}

impl<L: Overlap> Kernel for Derivatives<'_, L> {
    type Output = ();
    #[inline(always)]
    fn run<V: Registers>(self) {
        let Derivatives { loss, evaluated, targets, gradient } = self;
        derive::<V::Short, L>(loss, evaluated, targets, gradient);
    }
}

#[inline(always)]
fn derive<V: Lanes, L: Overlap>(
    loss: &L,
    evaluated: Evaluated<f32>,
    targets: &[f32],
    gradient: &mut [f32],
) {
    let Evaluated { value, ratio, scale } = evaluated;
    let evaluated =
        Evaluated { value: V::splat(value), ratio: V::splat(ratio), scale: V::splat(scale) };
    let (targets, t_rest) = V::chunks(targets);
    let (gradient, g_rest) = V::chunks_mut(gradient);
    for (g, t) in gradient.iter_mut().zip(targets) {
        *g = loss.derivative(&evaluated, V::from_array(*t)).to_array();
    }
    let derivatives = loss.derivative(&evaluated, total::padded::<V>(t_rest, 0.0));
    for (g, &derivative) in g_rest.iter_mut().zip(derivatives.to_array().as_ref()) {
        *g = derivative;
    }
}

/// Both sums over a block, in the documented order.
#[inline(always)]
fn block<V: Lanes, L: Overlap>(loss: &L, predictions: &[f32], targets: &[f32]) -> [f64; 2] {
    let mut sums = [[0.0; STRIDE]; 2];
    let (p_strides, p_rest) = predictions.as_chunks::<STRIDE>();
    let (t_strides, t_rest) = targets.as_chunks::<STRIDE>();
    for (p, t) in p_strides.iter().zip(t_strides) {
        stride::<V, L>(loss, p, t, &mut sums);
    }
    stride::<V, L>(loss, p_rest, t_rest, &mut sums);
    let [first, second] = sums;
    [f64::from(total::by_halves::<V>(first)), f64::from(total::by_halves::<V>(second))]
}

/// Adds the terms of up to 64 elements to the partial sums.
#[inline(always)]
fn stride<V: Lanes, L: Overlap>(
    loss: &L,
    predictions: &[f32],
    targets: &[f32],
    [first, second]: &mut [PartialSums; 2],
) {
    let (p_whole, p_rest) = V::chunks(predictions);
    let (t_whole, t_rest) = V::chunks(targets);
    let mut sums = V::chunks_mut(first).0.iter_mut().zip(V::chunks_mut(second).0);
    for ((p, t), (first, second)) in p_whole.iter().zip(t_whole).zip(&mut sums) {
        let [a, b] = loss.terms(V::from_array(*p), V::from_array(*t));
        total::add_to(first, a);
        total::add_to(second, b);
    }
    if let (false, Some((first, second))) = (p_rest.is_empty(), sums.next()) {
        let (p, t) = (total::padded::<V>(p_rest, 0.0), total::padded::<V>(t_rest, 0.0));
        let [a, b] = loss.terms(p, t);
        total::add_to(first, total::first(p_rest.len(), a));
        total::add_to(second, total::first(p_rest.len(), b));
    }
}
