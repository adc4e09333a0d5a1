//! Sums whose order depends on their length alone, and which stay accurate however long they are.

use crate::lanes::{Kernel, Lanes, Level, Registers};

/// How many elements are added in `f32`, before `f64` takes over.
pub const BLOCK: usize = 1024;

/// Elements of a block that go to partial sums of their own.
pub(super) const STRIDE: usize = 64;

/// The partial sums of a block: element `i` of the block goes to the sum `i mod 64`.
///
/// They are numbers, whatever vectors add to them: where all fit into registers the compiler keeps
/// them there.
pub(super) type PartialSums = [f32; STRIDE];

/// Returns the sum of partial sums, by halves.
#[inline(always)]
pub(super) fn by_halves<V: Lanes>(mut sums: PartialSums) -> f32 {
    #[inline(always)]
    fn fold<V: Lanes>(sums: &mut PartialSums, half: usize) {
        if let (true, Some((first, second))) = (half >= V::LANES, sums.split_at_mut_checked(half)) {
            for (sums, others) in V::chunks_mut(first).0.iter_mut().zip(V::chunks(second).0) {
                add_to(sums, V::from_array(*others));
            }
        }
    }
    // One by one: through a loop they would go through memory.
    fold::<V>(&mut sums, 32);
    fold::<V>(&mut sums, 16);
    fold::<V>(&mut sums, 8);
    fold::<V>(&mut sums, 4);
    fold::<V>(&mut sums, 2);
    fold::<V>(&mut sums, 1);
    match V::chunks(&sums).0.first() {
        Some(&sums) => V::from_array(sums).sum(),
        None => 0.0,
    }
}

/// Adds to the partial sums that are at hand.
#[inline(always)]
pub(super) fn add_to<V: Lanes>(sums: &mut V::Array, terms: V) {
    *sums = (V::from_array(*sums) + terms).to_array();
}

/// Returns fewer numbers than lanes; `filler` in the lanes beyond.
#[inline(always)]
pub(super) fn padded<V: Lanes>(numbers: &[f32], filler: f32) -> V {
    let mut lanes = V::splat(filler).to_array();
    for (lane, &number) in lanes.as_mut().iter_mut().zip(numbers) {
        *lane = number;
    }
    V::from_array(lanes)
}

/// Zero in all lanes from `count` on.
#[inline(always)]
pub(super) fn first<V: Lanes>(count: usize, lanes: V) -> V {
    let mut lanes = lanes.to_array();
    for lane in lanes.as_mut().iter_mut().skip(count) {
        *lane = 0.0;
    }
    V::from_array(lanes)
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
    Level::current().run(Sum(numbers))
}

/// The argument of [`sum`].
struct Sum<'a>(&'a [f32]);

impl Kernel for Sum<'_> {
    type Output = f64;
    #[inline(always)]
    fn run<V: Registers>(self) -> f64 {
        sum_of::<V::Short>(self.0)
    }
}

#[inline(always)]
fn sum_of<V: Lanes>(numbers: &[f32]) -> f64 {
    let mut total = 0.0;
    for block in numbers.chunks(BLOCK) {
        let mut sums = [0.0; STRIDE];
        let (strides, rest) = block.as_chunks::<STRIDE>();
        for numbers in strides {
            stride_of::<V>(numbers, &mut sums);
        }
        stride_of::<V>(rest, &mut sums);
        total += f64::from(by_halves::<V>(sums));
    }
    total
}

/// Adds up to 64 numbers to the partial sums.
#[inline(always)]
fn stride_of<V: Lanes>(numbers: &[f32], sums: &mut PartialSums) {
    let (numbers, rest) = V::chunks(numbers);
    let mut sums = V::chunks_mut(sums).0.iter_mut();
    for (numbers, sums) in numbers.iter().zip(&mut sums) {
        add_to(sums, V::from_array(*numbers));
    }
    if let Some(sums) = sums.next() {
        add_to(sums, padded::<V>(rest, 0.0));
    }
}

/// Returns the mean, such as that of the values of a batch: [`sum`] over the length; NaN of no
/// numbers.
#[must_use]
pub fn mean(numbers: &[f32]) -> f32 {
    (sum(numbers) / numbers.len() as f64) as f32
}
