//! Sums whose order depends on their length alone, and which stay accurate however long they are.

use crate::lanes::{Lanes, f32x16};

/// How many elements are added in `f32`, before `f64` takes over.
pub const BLOCK: usize = 1024;

/// Lanes of one of the four accumulators.
pub(super) const LANES: usize = f32x16::LANES;

/// Elements that are added at once.
pub(super) const STRIDE: usize = 4 * LANES;

/// The accumulators of a block.
pub(super) type Accumulators = [f32x16; 4];

/// Where all accumulators start.
pub(super) const ZEROS: Accumulators = [f32x16::ZERO; 4];

/// The accumulators by halves.
#[inline(always)]
pub(super) fn fold([a, b, c, d]: Accumulators) -> f64 {
    f64::from(((a + c) + (b + d)).sum())
}

/// The first numbers of a slice; `filler` in the other lanes if there are fewer.
#[inline]
pub(super) fn padded(numbers: &[f32], filler: f32) -> f32x16 {
    if let Some(&all) = numbers.first_chunk() {
        return f32x16::from_array(all);
    }
    let mut lanes = [filler; LANES];
    for (lane, &number) in lanes.iter_mut().zip(numbers) {
        *lane = number;
    }
    f32x16::from_array(lanes)
}

/// Zero in all lanes from `count` on.
#[inline]
pub(super) fn first(count: usize, numbers: f32x16) -> f32x16 {
    if count >= LANES {
        return numbers;
    }
    let mut lanes = numbers.to_array();
    for lane in lanes.iter_mut().skip(count) {
        *lane = 0.0;
    }
    f32x16::from_array(lanes)
}

/// The sum, in the order that [`batch`](super) describes.
///
/// ```
/// let tenths = [0.1; 100_000];
/// assert!((trimpot::batch::sum(&tenths) - 1e4).abs() < 0.01);
/// // One after the other in f32, it is off by more than 1.
/// assert!((tenths.iter().sum::<f32>() - 1e4).abs() > 1.0);
/// ```
#[must_use]
pub fn sum(numbers: &[f32]) -> f64 {
    let mut total = 0.0;
    for block in numbers.chunks(BLOCK) {
        let mut sums = ZEROS;
        let (strides, rest) = block.as_chunks::<STRIDE>();
        for stride in strides {
            for (sum, lanes) in sums.iter_mut().zip(stride.as_chunks().0) {
                *sum += f32x16::from_array(*lanes);
            }
        }
        for (sum, lanes) in sums.iter_mut().zip(rest.chunks(LANES)) {
            *sum += padded(lanes, 0.0);
        }
        total += fold(sums);
    }
    total
}

/// The mean, such as that of the values of a batch: [`sum`] over the length; NaN of no numbers.
#[must_use]
pub fn mean(numbers: &[f32]) -> f32 {
    (sum(numbers) / numbers.len() as f64) as f32
}
