//! Sums whose order depends on their length alone, and which stay accurate however long they are.

use crate::lanes::{Lanes, f32x64};

/// How many elements are added in `f32`, before `f64` takes over.
pub const BLOCK: usize = 1024;

/// Elements that are added at once, an accumulator a lane.
pub(super) const LANES: usize = f32x64::LANES;

/// Returns the first numbers of a slice; `filler` in the other lanes if there are fewer.
#[inline]
pub(super) fn padded<const N: usize>(numbers: &[f32], filler: f32) -> [f32; N] {
    if let Some(&all) = numbers.first_chunk() {
        return all;
    }
    let mut lanes = [filler; N];
    for (lane, &number) in lanes.iter_mut().zip(numbers) {
        *lane = number;
    }
    lanes
}

/// Zero in all lanes from `count` on.
#[inline]
pub(super) fn first<const N: usize>(count: usize, mut lanes: [f32; N]) -> [f32; N] {
    for lane in lanes.iter_mut().skip(count) {
        *lane = 0.0;
    }
    lanes
}

/// Returns the sum, in the order that [`batch`](super) describes.
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
        let mut sums = f32x64::ZERO;
        let (whole, rest) = block.as_chunks();
        for lanes in whole {
            sums += f32x64::from_array(*lanes);
        }
        sums += f32x64::from_array(padded(rest, 0.0));
        total += f64::from(sums.sum());
    }
    total
}

/// Returns the mean, such as that of the values of a batch: [`sum`] over the length; NaN of no
/// numbers.
#[must_use]
pub fn mean(numbers: &[f32]) -> f32 {
    (sum(numbers) / numbers.len() as f64) as f32
}
