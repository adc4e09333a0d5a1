//! Gradients larger than the caches, written past them. The one place of the host with `unsafe`
//! code.
//!
//! An ordinary store first reads the cache line that it changes, and pushes out of the caches what
//! may be needed there. For a result that does not fit that is a quarter of all traffic between
//! processor and memory, for nothing. x86-64 has stores without temporal locality ("non-temporal")
//! that go straight to memory. Safe Rust cannot ask for them, and no small crate that is kept up to
//! date offers them; elsewhere they are plain stores.
//!
//! The functions here choose by size, and give the bits of those in [`trimpot::batch`].
//! (Rejected: computing blocks into a buffer in the first cache and copying it out, which reached
//! 70 % of the memory's speed; handing each register over reaches 95 %.)

use trimpot::batch::{BLOCK, LengthError, elementwise, overlap};
use trimpot::loss::{Elementwise, Overlap};

/// From this many elements on, results go past the caches: predictions, targets and gradient are 48
/// MiB.
pub const LARGE: usize = 4 << 20;

/// [`elementwise::gradient`], with whatever stores are fastest for this size.
///
/// ```
/// use trimpot::loss::MeanSquaredError;
/// let mut gradient = [0.0; 2];
/// let (predictions, targets) = ([1.0, 3.0], [0.0, 1.0]);
/// let value =
///     trimpot_host::stream::mean(&MeanSquaredError, &predictions, &targets, &mut gradient)?;
/// assert_eq!((value, gradient), (2.5, [1.0, 2.0]));
/// # Ok::<(), trimpot::batch::LengthError>(())
/// ```
///
/// # Errors
/// If the slices differ in length: then nothing is written.
pub fn mean<L: Elementwise>(
    loss: &L,
    predictions: &[f32],
    targets: &[f32],
    gradient: &mut [f32],
) -> Result<f32, LengthError> {
    if predictions.len() < LARGE || gradient.len() != predictions.len() {
        return elementwise::gradient(loss, predictions, targets, gradient);
    }
    let mut mean = elementwise::Mean::over(predictions.len());
    let mut writer = Writer::new(gradient);
    // Moved, the writer is the loop's own, in registers.
    mean.add_to(loss, predictions, targets, move |gradient| writer.write(gradient))?;
    Ok(mean.value())
}

/// [`overlap::gradient`], with whatever stores are fastest for this size.
///
/// # Errors
/// If the slices differ in length: then nothing is written.
pub fn mask<L: Overlap>(
    loss: &L,
    predictions: &[f32],
    targets: &[f32],
    gradient: &mut [f32],
) -> Result<f32, LengthError> {
    if predictions.len() < LARGE || gradient.len() != predictions.len() {
        return overlap::gradient(loss, predictions, targets, gradient);
    }
    let evaluated = overlap::evaluate(loss, predictions, targets)?;
    let mut writer = Writer::new(gradient);
    let mut block = [0.0; BLOCK];
    for targets in targets.chunks(BLOCK) {
        let derivatives = &mut block[..targets.len()];
        overlap::derivatives(loss, evaluated, targets, derivatives)?;
        derivatives.chunks(PIECE).for_each(|piece| writer.write(piece));
    }
    Ok(evaluated.value)
}

/// Numbers that are stored at once.
const PIECE: usize = elementwise::PIECE;

/// Fills a slice from its beginning, past the caches where that can be.
///
/// ```
/// let mut to = [0.0; 3];
/// let mut writer = trimpot_host::stream::Writer::new(&mut to);
/// writer.write(&[1.0, 2.0]);
/// drop(writer);
/// assert_eq!(to, [1.0, 2.0, 0.0]);
/// ```
#[derive(Debug)]
pub struct Writer<'a> {
    rest: &'a mut [f32],
}

impl<'a> Writer<'a> {
    /// Begins at the first element of `to`.
    pub fn new(to: &'a mut [f32]) -> Self {
        Writer { rest: to }
    }

    /// Writes the next numbers, as far as they fit. Fast are [`elementwise::PIECE`] at a time, to
    /// memory as a `Vec` has it.
    #[inline(always)]
    pub fn write(&mut self, numbers: &[f32]) {
        let rest = std::mem::take(&mut self.rest);
        let (now, later) = rest.split_at_mut(numbers.len().min(rest.len()));
        self.rest = later;
        match (now.as_mut_array::<PIECE>(), numbers.as_array::<PIECE>()) {
            (Some(now), Some(numbers)) => past_caches::store(now, numbers),
            _ => now.copy_from_slice(&numbers[..now.len()]),
        }
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        past_caches::fence();
    }
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "stores past the caches exist as intrinsics on pointers only")]
mod past_caches {
    use super::PIECE;
    use std::arch::x86_64::{__m128, _mm_loadu_ps, _mm_sfence, _mm_stream_ps};

    /// Numbers in a register: wider ones are not faster here, and ask for more alignment than a
    /// `Vec` has.
    const LANES: usize = 4;

    /// Past the caches if `to` is aligned. [`fence`] must follow before others may look.
    #[inline(always)]
    pub(super) fn store(to: &mut [f32; PIECE], numbers: &[f32; PIECE]) {
        if !to.as_ptr().cast::<__m128>().is_aligned() {
            *to = *numbers;
            return;
        }
        let registers =
            to.as_chunks_mut::<LANES>().0.iter_mut().zip(numbers.as_chunks::<LANES>().0);
        for (to, numbers) in registers {
            // SAFETY: every x86-64 has these instructions. Four numbers are read and four written,
            // within their arrays; `to` is a multiple of 16 bytes from an aligned address. A
            // `Writer` holds the slice exclusively until its fence.
            unsafe { _mm_stream_ps(to.as_mut_ptr(), _mm_loadu_ps(numbers.as_ptr())) };
        }
    }

    /// Orders what was stored before all that this thread stores next.
    pub(super) fn fence() {
        // SAFETY: every x86-64 has the instruction, and it touches no memory.
        unsafe { _mm_sfence() };
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod past_caches {
    use super::PIECE;

    #[inline(always)]
    pub(super) fn store(to: &mut [f32; PIECE], numbers: &[f32; PIECE]) {
        *to = *numbers;
    }

    pub(super) fn fence() {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use trimpot::loss::{Dice, Huber};

    #[test]
    fn every_length_and_alignment_is_written_and_nothing_else() {
        let from: Vec<f32> = (0..200_u8).map(f32::from).collect();
        for start in 0..17 {
            for length in [0, 1, 15, 16, 63, 64, 65, 100, 128, 130] {
                let mut to = vec![-1.0; 200];
                let mut writer = Writer::new(&mut to[start..start + length]);
                // More than fits.
                from.chunks(PIECE).for_each(|numbers| writer.write(numbers));
                drop(writer);
                assert_eq!(to[start..start + length], from[..length], "{start} {length}");
                let others = to[..start].iter().chain(&to[start + length..]);
                assert!(others.into_iter().all(|&number| number == -1.0), "{start} {length}");
            }
        }
    }

    /// Above the limit, with a tail, and where the stores are aligned and where they are not.
    #[test]
    fn large_gradients_have_the_bits_of_small_ones() {
        let count = LARGE + 77;
        let number = |i: usize, factor: u32| ((i as u32).wrapping_mul(factor) >> 8) as f32 / 2e7;
        let predictions: Vec<f32> = (0..count).map(|i| number(i, 2_654_435_761)).collect();
        let targets: Vec<f32> = (0..count).map(|i| number(i, 2_246_822_519)).collect();
        let (mut plain, mut streamed) = (vec![0.0; count], vec![0.0; count + 1]);
        for start in [0, 1] {
            let streamed = &mut streamed[start..start + count];
            let huber = Huber::default();
            let expected = elementwise::gradient(&huber, &predictions, &targets, &mut plain);
            assert_eq!(mean(&huber, &predictions, &targets, streamed), expected);
            assert!(*streamed == plain);
            let dice = Dice::default();
            let expected = overlap::gradient(&dice, &predictions, &targets, &mut plain);
            assert_eq!(mask(&dice, &predictions, &targets, streamed), expected);
            assert!(*streamed == plain);
        }
    }

    #[test]
    fn lengths_that_differ_are_an_error_and_write_nothing() {
        let (long, mut short) = (vec![1.0; LARGE], [7.0; 3]);
        assert_eq!(
            mean(&Huber::default(), &long, &long, &mut short).unwrap_err().slice,
            "gradient"
        );
        assert_eq!(mask(&Dice::default(), &long, &long, &mut short).unwrap_err().slice, "gradient");
        assert_eq!(short, [7.0; 3]);
        let mut gradient = vec![7.0; LARGE];
        assert_eq!(
            mean(&Huber::default(), &long, &[1.0], &mut gradient).unwrap_err().slice,
            "targets"
        );
        assert!(gradient.iter().all(|&number| number == 7.0));
    }
}
