//! Any loss over the rows of a batch: as many rows at once as a register has lanes.
//!
//! Rows are transposed into lanes on the way in, their gradients on the way out. Each row gets the
//! very bits of [`Loss::gradient`] with `f32`: value and gradient of its own, nothing is averaged
//! over rows. For the mean over a batch of `n` rows take the loss `1/n` times
//! ([`Weighted`](crate::loss::Weighted)) and [`sum`](super::sum) the values.
//!
//! The length of a row is part of the type. Where it is known at run time only, or there are
//! hundreds of classes, [`classes`](super::classes) is the better way.
//!
//! ```
//! use trimpot::{batch, loss::CrossEntropy};
//!
//! let logits = vec![[0.0, 1.0, 0.0]; 100];
//! let labels = vec![1; 100];
//! let (mut gradient, mut values) = (vec![[0.0; 3]; 100], vec![0.0; 100]);
//! let mean = 0.01 * CrossEntropy::new();
//! batch::rows::gradient(&mean, &logits, &labels, &mut gradient, &mut values)?;
//! assert!((batch::sum(&values) - 0.5514).abs() < 1e-4);
//! # Ok::<(), batch::LengthError>(())
//! ```
//!
//! What lies flat becomes rows without a copy, by [`as_chunks`](slice::as_chunks):
//! `logits.as_chunks::<3>().0`.

use super::LengthError;
use crate::lanes::{Bits, Kernel, Level, Registers, RowMajor};
use crate::loss::{Class, Loss, Nothing, Number, Target};
use crate::shape::{Shape, Vector};

/// A target that comes in rows, one for each sample: `u32` labels, or rows of numbers.
pub trait RowTarget: Target {
    /// Returns the first targets, one in each lane. Where there are fewer than lanes, the last one
    /// is repeated.
    fn from_rows<V: RowMajor>(rows: &[Self::Values<f32>]) -> Self::Values<V>;
}

impl RowTarget for Class {
    #[inline(always)]
    fn from_rows<V: RowMajor>(rows: &[u32]) -> V::Bits {
        V::Bits::from_slice(rows)
    }
}

impl RowTarget for Number {
    #[inline(always)]
    fn from_rows<V: RowMajor>(rows: &[f32]) -> V {
        V::from_fn(|lane| rows.get(lane).or(rows.last()).copied().unwrap_or(0.0))
    }
}

impl RowTarget for Nothing {
    #[inline(always)]
    fn from_rows<V: RowMajor>(_: &[()]) {}
}

impl<const N: usize> RowTarget for Vector<N> {
    #[inline(always)]
    fn from_rows<V: RowMajor>(rows: &[[f32; N]]) -> [V; N] {
        V::from_rows::<Self>(rows)
    }
}

/// Writes the value of each row and its gradient.
///
/// # Errors
/// If there are not as many targets, gradients and values as predictions: then nothing is written.
#[inline]
pub fn gradient<L, const N: usize>(
    loss: &L,
    predictions: &[[f32; N]],
    targets: &[<L::Target as Target>::Values<f32>],
    gradient: &mut [[f32; N]],
    values: &mut [f32],
) -> Result<(), LengthError>
where
    L: Loss<Vector<N>, Target: RowTarget>,
{
    gradient_of::<Vector<N>, L>(loss, predictions, targets, gradient, values)
}

/// [`gradient`] for predictions of any shape:
/// `gradient_of::<Rows<3, 8>, _>(&TripletMargin::default(), …)`.
///
/// # Errors
/// If there are not as many targets, gradients and values as predictions: then nothing is written.
#[inline]
pub fn gradient_of<P, L>(
    loss: &L,
    predictions: &[P::Values<f32>],
    targets: &[<L::Target as Target>::Values<f32>],
    gradient: &mut [P::Values<f32>],
    values: &mut [f32],
) -> Result<(), LengthError>
where
    P: Shape,
    L: Loss<P, Target: RowTarget>,
{
    LengthError::unless_equal("targets", targets.len(), predictions.len())?;
    LengthError::unless_equal("gradient", gradient.len(), predictions.len())?;
    LengthError::unless_equal("values", values.len(), predictions.len())?;
    Level::current().run(RowsGradient::<P, L> { loss, predictions, targets, gradient, values });
    Ok(())
}

/// The arguments of [`gradient_of`], whose lengths agree.
struct RowsGradient<'a, P: Shape, L: Loss<P>> {
    loss: &'a L,
    predictions: &'a [P::Values<f32>],
    targets: &'a [<L::Target as Target>::Values<f32>],
    gradient: &'a mut [P::Values<f32>],
    values: &'a mut [f32],
}

impl<P: Shape, L: Loss<P, Target: RowTarget>> Kernel for RowsGradient<'_, P, L> {
    type Output = ();
    #[inline(always)]
    fn run<V: Registers>(self) {
        let RowsGradient { loss, predictions, targets, gradient, values } = self;
        run::<V::PerRow, P, L>(loss, predictions, targets, gradient, values);
    }
}

/// The same bits in every width.
#[inline(always)]
fn run<V, P, L>(
    loss: &L,
    predictions: &[P::Values<f32>],
    targets: &[<L::Target as Target>::Values<f32>],
    gradient: &mut [P::Values<f32>],
    values: &mut [f32],
) where
    V: RowMajor,
    P: Shape,
    L: Loss<P, Target: RowTarget>,
{
    let mut predictions = predictions.chunks_exact(V::LANES);
    let mut targets = targets.chunks_exact(V::LANES);
    let mut gradients = gradient.chunks_exact_mut(V::LANES);
    let mut values = values.chunks_exact_mut(V::LANES);
    // Of all blocks: zeros for each would be a call, before which all registers go to memory.
    let mut lanes = P::zeros::<V>();
    let blocks = (&mut predictions).zip(&mut targets);
    for ((p, t), (g, v)) in blocks.zip((&mut gradients).zip(&mut values)) {
        block::<V, P, L>(loss, p, t, &mut lanes, g, v);
    }
    let (p, t) = (predictions.remainder(), targets.remainder());
    if !p.is_empty() {
        let (g, v) = (gradients.into_remainder(), values.into_remainder());
        block::<V, P, L>(loss, p, t, &mut lanes, g, v);
    }
}

#[inline(always)]
fn block<V, P, L>(
    loss: &L,
    predictions: &[P::Values<f32>],
    targets: &[<L::Target as Target>::Values<f32>],
    gradient: &mut P::Values<V>,
    gradients: &mut [P::Values<f32>],
    values: &mut [f32],
) where
    V: RowMajor,
    P: Shape,
    L: Loss<P, Target: RowTarget>,
{
    let prediction = V::from_rows::<P>(predictions);
    let target = L::Target::from_rows::<V>(targets);
    let value = loss.gradient::<V>(&prediction, &target, gradient);
    V::to_rows::<P>(gradient, gradients);
    for (out, &value) in values.iter_mut().zip(value.to_array().as_ref()) {
        *out = value;
    }
}
