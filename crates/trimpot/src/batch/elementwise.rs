//! Element-wise losses over slices of any length, as the mean over all elements.
//!
//! One pass, without transposition: lanes lie along the data, whatever its shape. Losses with an
//! exponential or a logarithm take several vectors in step, which hides the latency of their
//! operations.
//!
//! ```
//! use trimpot::{batch::elementwise, loss::Huber};
//!
//! let (predictions, targets) = (vec![0.5; 1000], vec![0.0; 1000]);
//! let mut gradient = vec![0.0; 1000];
//! let value = elementwise::gradient(&Huber::default(), &predictions, &targets, &mut gradient)?;
//! assert_eq!((value, gradient[0]), (0.125, 0.0005));
//! # Ok::<(), trimpot::batch::LengthError>(())
//! ```

use super::LengthError;
use super::total::{self, BLOCK, PartialSums, STRIDE};
use crate::lanes::{Kernel, Lanes, Level, Registers};
use crate::loss::Elementwise;

/// How many numbers [`Mean::add_to`] hands over at once.
pub const PIECE: usize = STRIDE;

/// Writes the gradient of the mean over all elements, and returns the mean.
///
/// The gradient has the bits of [`Loss::gradient`](crate::loss::Loss::gradient) for as many
/// elements; the mean is taken in [another order](super#which-bits). Of no elements it is NaN.
///
/// # Errors
/// If the slices differ in length: then nothing is written.
#[inline]
pub fn gradient<L: Elementwise>(
    loss: &L,
    predictions: &[f32],
    targets: &[f32],
    gradient: &mut [f32],
) -> Result<f32, LengthError> {
    let mut mean = Mean::over(predictions.len());
    mean.add(loss, predictions, targets, gradient)?;
    Ok(mean.value())
}

/// Returns the mean over all elements alone, with the bits that [`gradient`] returns.
///
/// # Errors
/// If the slices differ in length.
pub fn value<L: Elementwise>(
    loss: &L,
    predictions: &[f32],
    targets: &[f32],
) -> Result<f32, LengthError> {
    LengthError::unless_equal("targets", targets.len(), predictions.len())?;
    let mut mean = Mean::over(predictions.len());
    mean.total = Level::current().run(Value { mean, loss, predictions, targets });
    Ok(mean.value())
}

/// A mean over elements that come in pieces: from a file, or to write each gradient away while it
/// is in the cache.
///
/// ```
/// use trimpot::batch::{BLOCK, elementwise};
/// use trimpot::loss::MeanAbsoluteError;
///
/// let (predictions, targets) = (vec![0.1; 5000], vec![0.7; 5000]);
/// let mut mean = elementwise::Mean::over(5000);
/// let mut gradient = [0.0; BLOCK];
/// for (p, t) in predictions.chunks(BLOCK).zip(targets.chunks(BLOCK)) {
///     mean.add(&MeanAbsoluteError, p, t, &mut gradient[..p.len()])?;
/// }
/// assert_eq!(mean.value(), elementwise::value(&MeanAbsoluteError, &predictions, &targets)?);
/// # Ok::<(), trimpot::batch::LengthError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Mean {
    share: f32,
    count: usize,
    total: f64,
}

impl Mean {
    /// Creates a mean over `count` elements in all.
    #[must_use]
    pub fn over(count: usize) -> Self {
        Mean { share: 1.0 / count as f32, count, total: 0.0 }
    }

    /// Adds the next elements, and writes their gradient.
    ///
    /// If all pieces but the last hold a multiple of [`BLOCK`] elements, the mean has the bits of
    /// [`gradient`].
    ///
    /// # Errors
    /// If the slices differ in length: then nothing is added or written.
    #[inline]
    pub fn add<L: Elementwise>(
        &mut self,
        loss: &L,
        predictions: &[f32],
        targets: &[f32],
        gradient: &mut [f32],
    ) -> Result<(), LengthError> {
        LengthError::unless_equal("targets", targets.len(), predictions.len())?;
        LengthError::unless_equal("gradient", gradient.len(), predictions.len())?;
        let mean = *self;
        self.total = Level::current().run(Gradient { mean, loss, predictions, targets, gradient });
        Ok(())
    }

    /// [`add`](Self::add), with the gradient handed to `write` in its order, [`PIECE`] numbers at a
    /// time and fewer in the last piece: for results that are not to go through the caches.
    ///
    /// # Errors
    /// If the slices differ in length: then nothing is added or written.
    #[inline]
    pub fn add_to<L: Elementwise>(
        &mut self,
        loss: &L,
        predictions: &[f32],
        targets: &[f32],
        write: impl FnMut(&[f32]),
    ) -> Result<(), LengthError> {
        LengthError::unless_equal("targets", targets.len(), predictions.len())?;
        let mean = *self;
        self.total = Level::current().run(Pieces { mean, loss, predictions, targets, write });
        Ok(())
    }

    /// Returns the mean, if all elements have been added; else their share of it.
    #[must_use]
    pub fn value(&self) -> f32 {
        (self.total / self.count as f64) as f32
    }
}

/// The arguments of [`value`], whose lengths agree.
struct Value<'a, L> {
    mean: Mean,
    loss: &'a L,
    predictions: &'a [f32],
    targets: &'a [f32],
}

impl<L: Elementwise> Kernel for Value<'_, L> {
    type Output = f64;
    #[inline(always)]
    fn run<V: Registers>(self) -> f64 {
        let Value { mean: Mean { share, mut total, .. }, loss, predictions, targets } = self;
        let mut unused = [0.0; BLOCK];
        for (predictions, targets) in predictions.chunks(BLOCK).zip(targets.chunks(BLOCK)) {
            let unused = unused.get_mut(..predictions.len()).unwrap_or_default();
            total += block::<V, L>(loss, share, predictions, targets, unused);
        }
        total
    }
}

/// The arguments of [`Mean::add`], whose lengths agree.
struct Gradient<'a, L> {
    mean: Mean,
    loss: &'a L,
    predictions: &'a [f32],
    targets: &'a [f32],
    gradient: &'a mut [f32],
}

impl<L: Elementwise> Kernel for Gradient<'_, L> {
    type Output = f64;
    #[inline(always)]
    fn run<V: Registers>(self) -> f64 {
        let Gradient { mean: Mean { share, mut total, .. }, loss, predictions, targets, gradient } =
            self;
        let blocks = predictions.chunks(BLOCK).zip(targets.chunks(BLOCK));
        for ((predictions, targets), gradient) in blocks.zip(gradient.chunks_mut(BLOCK)) {
            total += block::<V, L>(loss, share, predictions, targets, gradient);
        }
        total
    }
}

/// The arguments of [`Mean::add_to`], whose lengths agree.
struct Pieces<'a, L, W> {
    mean: Mean,
    loss: &'a L,
    predictions: &'a [f32],
    targets: &'a [f32],
    write: W,
}

impl<L: Elementwise, W: FnMut(&[f32])> Kernel for Pieces<'_, L, W> {
    type Output = f64;
    #[inline(always)]
    fn run<V: Registers>(self) -> f64 {
        let Pieces { mean: Mean { share, mut total, .. }, loss, predictions, targets, mut write } =
            self;
        let blocks = predictions.chunks(BLOCK).zip(targets.chunks(BLOCK));
        for (predictions, targets) in blocks {
            let mut sums = [0.0; STRIDE];
            let mut gradient = [0.0; PIECE];
            let (p_strides, p_rest) = predictions.as_chunks::<STRIDE>();
            let (t_strides, t_rest) = targets.as_chunks::<STRIDE>();
            for (p, t) in p_strides.iter().zip(t_strides) {
                stride::<V, L>(loss, share, p, t, &mut gradient, &mut sums);
                write(&gradient);
            }
            if let (false, Some(rest)) = (p_rest.is_empty(), gradient.get_mut(..p_rest.len())) {
                stride::<V, L>(loss, share, p_rest, t_rest, rest, &mut sums);
                write(rest);
            }
            total += f64::from(total::by_halves::<V::Short>(sums));
        }
        total
    }
}

/// Returns the sum of the values of a block, in the documented order.
#[inline(always)]
fn block<V: Registers, L: Elementwise>(
    loss: &L,
    share: f32,
    predictions: &[f32],
    targets: &[f32],
    gradient: &mut [f32],
) -> f64 {
    let mut sums = [0.0; STRIDE];
    let (p_strides, p_rest) = predictions.as_chunks::<STRIDE>();
    let (t_strides, t_rest) = targets.as_chunks::<STRIDE>();
    let (g_strides, g_rest) = gradient.as_chunks_mut::<STRIDE>();
    for ((p, t), g) in p_strides.iter().zip(t_strides).zip(g_strides) {
        stride::<V, L>(loss, share, p, t, g, &mut sums);
    }
    if !p_rest.is_empty() {
        stride::<V, L>(loss, share, p_rest, t_rest, g_rest, &mut sums);
    }
    f64::from(total::by_halves::<V::Short>(sums))
}

/// Writes the gradient of up to 64 elements, and adds their values to the partial sums: in as many
/// vectors at once as suit the loss.
#[inline(always)]
fn stride<V: Registers, L: Elementwise>(
    loss: &L,
    share: f32,
    predictions: &[f32],
    targets: &[f32],
    gradient: &mut [f32],
    sums: &mut PartialSums,
) {
    if L::LONG_CHAIN {
        vectors::<V::Long, L>(loss, share, predictions, targets, gradient, sums);
    } else {
        vectors::<V::Short, L>(loss, share, predictions, targets, gradient, sums);
    }
}

#[inline(always)]
fn vectors<V: Lanes, L: Elementwise>(
    loss: &L,
    share: f32,
    predictions: &[f32],
    targets: &[f32],
    gradient: &mut [f32],
    sums: &mut PartialSums,
) {
    let share = V::splat(share);
    let (p_whole, p_rest) = V::chunks(predictions);
    let (t_whole, t_rest) = V::chunks(targets);
    let (g_whole, g_rest) = V::chunks_mut(gradient);
    let mut sums = V::chunks_mut(sums).0.iter_mut();
    let mut first = [0.0; STRIDE];
    let first = V::chunks_mut(&mut first).0;
    for (first, p) in first.iter_mut().zip(p_whole) {
        *first = loss.first_stage(V::from_array(*p)).to_array();
    }
    let inputs = first.iter().zip(p_whole).zip(t_whole);
    for ((((first, p), t), g), sums) in inputs.zip(g_whole).zip(&mut sums) {
        let (first, p, t) = (V::from_array(*first), V::from_array(*p), V::from_array(*t));
        let (value, derivative) = loss.second_stage(first, p, t);
        total::add_to(sums, value);
        *g = (derivative * share).to_array();
    }
    if let (false, Some(sums)) = (p_rest.is_empty(), sums.next()) {
        let (p, t) = (total::padded::<V>(p_rest, 0.0), total::padded::<V>(t_rest, 0.0));
        let (value, derivative) = loss.second_stage(loss.first_stage(p), p, t);
        total::add_to(sums, total::first(p_rest.len(), value));
        for (g, &derivative) in g_rest.iter_mut().zip((derivative * share).to_array().as_ref()) {
            *g = derivative;
        }
    }
}
