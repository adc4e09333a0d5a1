//! Blocks: samples side by side, one in each lane.
//!
//! Lanes are those of the [level](trimpot::lanes::Level) that the program is on. What works on them
//! is inlined into what [`vectorize`](Lanes::vectorize) calls: the pass of a block.

use trimpot::lanes::{Bits, Lanes, Mask, RowMajor};
use trimpot::loss::{Class, Target};
use trimpot::shape::{Shape, Vector};

use crate::dataset::{Table, Targets};

/// As many lanes as a block has at the most.
pub(crate) const MOST_LANES: usize = 16;

/// Returns what `of` gives for each lane, in the first places of an array; beyond them that of the
/// last lane.
#[inline(always)]
pub(crate) fn of_lanes<V: Lanes, T: Copy>(of: impl Fn(usize) -> T) -> [T; MOST_LANES] {
    const { assert!(V::LANES <= MOST_LANES) }
    // Not `array::from_fn`, which may be left out of line.
    let mut all = [of(0); MOST_LANES];
    for (lane, one) in all.iter_mut().enumerate() {
        *one = of(lane.min(V::LANES - 1));
    }
    all
}

/// Returns the one of some samples that is in a lane: in lanes beyond them the last one.
#[inline(always)]
pub(crate) fn in_lane(samples: &[usize], lane: usize) -> usize {
    samples[lane.min(samples.len() - 1)]
}

/// What a sample is to be compared with: a class label, or `N` numbers.
pub trait SampleTarget: Copy + Send + Sync + 'static {
    /// The targets of several samples, for a loss.
    type Targets: Target;
    /// What they are called.
    const KIND: &'static str;

    /// Returns those of a data set, if they are of this kind.
    fn of(targets: &Targets) -> Option<&[Self]>;

    /// Returns them as those of a data set.
    fn into_targets(targets: Vec<Self>) -> Targets;

    /// One target in each lane; in lanes beyond them the last one.
    fn lanes<V: RowMajor>(targets: &[Self]) -> <Self::Targets as Target>::Values<V>;

    /// Returns how many of the first outputs predict the class of their target; `None` without
    /// classes.
    fn correct<V: Lanes, const N: usize>(outputs: &[V; N], targets: &[Self]) -> Option<u32>;
}

/// A class label. An output is correct if its largest number, the first of them, is that of the
/// class.
impl SampleTarget for u32 {
    type Targets = Class;
    const KIND: &'static str = "classes";

    fn of(targets: &Targets) -> Option<&[u32]> {
        match targets {
            Targets::Classes(classes) => Some(classes),
            Targets::Numbers(_) | Targets::Conditions(_) => None,
        }
    }

    fn into_targets(targets: Vec<u32>) -> Targets {
        Targets::Classes(targets)
    }

    #[inline(always)]
    fn lanes<V: RowMajor>(targets: &[u32]) -> V::Bits {
        Bits::from_slice(targets)
    }

    #[inline(always)]
    fn correct<V: Lanes, const N: usize>(outputs: &[V; N], targets: &[u32]) -> Option<u32> {
        Some(count_correct(outputs, targets))
    }
}

/// Returns how many of the first outputs are largest, the first of them, at the class of their
/// target.
#[inline(always)]
pub(crate) fn count_correct<V: Lanes>(outputs: &[V], targets: &[u32]) -> u32 {
    let (mut best, mut class) = (V::splat(f32::NEG_INFINITY), V::ZERO);
    for (index, &output) in outputs.iter().enumerate() {
        let better = output.gt(best);
        best = better.select(output, best);
        class = better.select(V::splat(index as f32), class);
    }
    let classes = class.to_array();
    let correct = classes.as_ref().iter().zip(targets);
    correct.filter(|&(&class, &target)| class == target as f32).count() as u32
}

/// Numbers, for which there is no accuracy.
impl<const M: usize> SampleTarget for [f32; M] {
    type Targets = Vector<M>;
    const KIND: &'static str = "numbers, as many as asked for";

    fn of(targets: &Targets) -> Option<&[Self]> {
        match targets {
            Targets::Numbers(numbers) if numbers.columns == M => {
                Some(numbers.numbers.as_chunks().0)
            }
            _ => None,
        }
    }

    fn into_targets(targets: Vec<Self>) -> Targets {
        Targets::Numbers(Table { columns: M, numbers: targets.into_flattened() })
    }

    #[inline(always)]
    fn lanes<V: RowMajor>(targets: &[Self]) -> [V; M] {
        V::from_rows::<Vector<M>>(targets)
    }

    #[inline(always)]
    fn correct<V: Lanes, const N: usize>(_outputs: &[V; N], _targets: &[Self]) -> Option<u32> {
        None
    }
}

/// Returns the features of the sample that `sample` gives for each lane, in `buffer`, which is made
/// as large as need be.
#[inline(always)]
pub fn lanes<'a, V: RowMajor, In: Shape, const I: usize>(
    features: &[[f32; I]],
    sample: impl Fn(usize) -> usize,
    buffer: &'a mut Vec<V>,
) -> &'a mut In::Values<V> {
    const { assert!(In::LEN == I, "a network takes as many numbers as a sample has features") };
    buffer.resize(I, V::ZERO);
    let lanes = In::shaped_mut::<V>(buffer).expect("the buffer has the length");
    V::gather::<In>(
        #[inline(always)]
        |lane| &features[sample(lane)],
        lanes,
    );
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;
    use trimpot::lanes::Native;
    use trimpot::metric::argmax;
    use trimpot::random::Random;

    #[test]
    fn correct_is_what_the_largest_output_says() {
        let mut random = Random::new(1);
        for samples in 1..=Native::LANES {
            // Few different numbers, so that some are equal.
            let rows: Vec<[f32; 5]> =
                (0..samples).map(|_| std::array::from_fn(|_| random.below(4) as f32)).collect();
            let targets: Vec<u32> = (0..samples).map(|_| random.below(5) as u32).collect();
            let expected =
                rows.iter().zip(&targets).filter(|(row, target)| argmax(*row) == **target as usize);
            let outputs = Native::from_rows::<Vector<5>>(&rows);
            assert_eq!(u32::correct(&outputs, &targets), Some(expected.count() as u32));
        }
    }

    #[test]
    fn lanes_without_a_sample_repeat_the_last_one() {
        let mut buffer = Vec::new();
        let features = [[1.0, 2.0], [3.0, 4.0]];
        let block = lanes::<Native, Vector<2>, 2>(&features, |lane| lane.min(1), &mut buffer);
        let column = block[0].to_array();
        assert_eq!(column.as_ref()[..2], [1.0, 3.0][..Native::LANES.min(2)]);
        assert!(column.as_ref().iter().skip(1).all(|&number| number == 3.0));
    }
}
