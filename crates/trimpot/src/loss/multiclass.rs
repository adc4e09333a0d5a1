//! Losses for classification into several classes.

mod categorical_cross_entropy;
mod class_weights;
mod cross_entropy;
mod focal;
mod kl_divergence;
mod kl_divergence_with_logits;
mod nll;
mod rescaled_square;
mod soft_cross_entropy;
pub(super) mod softmax;
pub use categorical_cross_entropy::CategoricalCrossEntropy;
pub use class_weights::{EqualWeights, check_class_weights};
pub use cross_entropy::CrossEntropy;
pub use focal::Focal;
pub use kl_divergence::KlDivergence;
pub use kl_divergence_with_logits::KlDivergenceWithLogits;
pub use nll::Nll;
pub use rescaled_square::RescaledSquare;
pub use soft_cross_entropy::SoftCrossEntropy;

use core::iter;

use crate::arrays;
use crate::lanes::{Bits, Lanes, Mask};
use class_weights::{Weights, checked_weights, weight_of_label};

/// Returns the probabilities that are certain of these classes: 1 at the label, 0 elsewhere, for
/// the losses that compare with probabilities.
///
/// ```
/// assert_eq!(trimpot::loss::one_hot::<f32, 3>(1), [0.0, 1.0, 0.0]);
/// ```
#[inline(always)]
pub fn one_hot<V: Lanes, const N: usize>(class: V::Bits) -> [V; N] {
    arrays::from_fn(
        V::ZERO,
        #[inline(always)]
        |index| is_class::<V>(class, index).select(V::ONE, V::ZERO),
    )
}

/// In which lanes the label is `index`.
#[inline(always)]
pub(super) fn is_class<V: Lanes>(class: V::Bits, index: usize) -> V::Mask {
    V::same(class, V::Bits::splat(index as u32))
}

/// Of one class after the other, in which lanes it is the label.
#[inline(always)]
pub(super) fn each_class<V: Lanes>(label: V::Bits) -> impl Iterator<Item = V::Mask> {
    // Counts down to the label, which needs no class number in all lanes.
    let mut left = label;
    iter::repeat_with(
        #[inline(always)]
        move || {
            let here = V::same(left, V::Bits::splat(0));
            left = left.wrapping_sub(V::Bits::splat(1));
            here
        },
    )
}

/// In which lanes the label is one of so many classes.
#[inline(always)]
pub(super) fn is_known<V: Lanes>(class: V::Bits, classes: usize) -> V::Mask {
    // Unsigned `class < classes`: neither the class nor what is left to the last has wrapped below
    // 0.
    let left = V::Bits::splat(classes as u32).wrapping_sub(V::Bits::splat(1)).wrapping_sub(class);
    V::same((class | left).shr(31), V::Bits::splat(0))
}
