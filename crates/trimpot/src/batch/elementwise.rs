//! Element-wise losses over slices of any length, as the mean over all elements.
//!
//! One pass, without transposition: lanes lie along the data, whatever its shape, in four vectors
//! at a time, which hides the latency of their operations.
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
use super::total::{self, BLOCK, LANES};
use crate::lanes::{Lanes, f32x64};
use crate::loss::Elementwise;

/// How many numbers [`Mean::add_to`] hands over at once.
pub const PIECE: usize = LANES;

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
    let mut unused = [0.0; BLOCK];
    for (predictions, targets) in predictions.chunks(BLOCK).zip(targets.chunks(BLOCK)) {
        let unused = unused.get_mut(..predictions.len()).unwrap_or_default();
        mean.total += block(loss, mean.share, predictions, targets, unused);
    }
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
        let blocks = predictions.chunks(BLOCK).zip(targets.chunks(BLOCK));
        for ((predictions, targets), gradient) in blocks.zip(gradient.chunks_mut(BLOCK)) {
            self.total += block(loss, self.share, predictions, targets, gradient);
        }
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
        mut write: impl FnMut(&[f32]),
    ) -> Result<(), LengthError> {
        LengthError::unless_equal("targets", targets.len(), predictions.len())?;
        let mut p_blocks = predictions.chunks_exact(BLOCK);
        let mut t_blocks = targets.chunks_exact(BLOCK);
        for (p, t) in (&mut p_blocks).zip(&mut t_blocks) {
            let mut sums = f32x64::ZERO;
            for (p, t) in p.as_chunks().0.iter().zip(t.as_chunks().0) {
                let (value, derivative) =
                    loss.value_and_derivative(f32x64::from_array(*p), f32x64::from_array(*t));
                sums += value;
                write(&(derivative * f32x64::splat(self.share)).to_array());
            }
            self.total += f64::from(sums.sum());
        }
        let (p, t) = (p_blocks.remainder(), t_blocks.remainder());
        let mut gradient = [0.0; BLOCK];
        let gradient = gradient.get_mut(..p.len()).unwrap_or_default();
        self.total += block(loss, self.share, p, t, gradient);
        gradient.chunks(PIECE).for_each(write);
        Ok(())
    }

    /// Returns the mean, if all elements have been added; else their share of it.
    #[must_use]
    pub fn value(&self) -> f32 {
        (self.total / self.count as f64) as f32
    }
}

/// Returns the sum of the values of a block, in the documented order.
#[inline(always)]
fn block<L: Elementwise>(
    loss: &L,
    share: f32,
    predictions: &[f32],
    targets: &[f32],
    gradient: &mut [f32],
) -> f64 {
    let share = f32x64::splat(share);
    let mut sums = f32x64::ZERO;
    let (p_whole, p_rest) = predictions.as_chunks();
    let (t_whole, t_rest) = targets.as_chunks();
    let (g_whole, g_rest) = gradient.as_chunks_mut();
    for ((p, t), g) in p_whole.iter().zip(t_whole).zip(g_whole) {
        let (value, derivative) =
            loss.value_and_derivative(f32x64::from_array(*p), f32x64::from_array(*t));
        sums += value;
        *g = (derivative * share).to_array();
    }
    if !p_rest.is_empty() {
        let [p, t] = [p_rest, t_rest].map(|rest| total::padded(rest, 0.0));
        let (value, derivative) =
            loss.value_and_derivative(f32x64::from_array(p), f32x64::from_array(t));
        sums += f32x64::from_array(total::first(p_rest.len(), value.to_array()));
        for (g, derivative) in g_rest.iter_mut().zip((derivative * share).to_array()) {
            *g = derivative;
        }
    }
    f64::from(sums.sum())
}
