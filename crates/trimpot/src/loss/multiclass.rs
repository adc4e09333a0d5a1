//! Losses for one class out of several.

mod categorical_cross_entropy;
mod cross_entropy;
mod soft_cross_entropy;
mod softmax;
pub use categorical_cross_entropy::CategoricalCrossEntropy;
pub use cross_entropy::{ClassWeights, CrossEntropy, EqualWeights};
pub use soft_cross_entropy::SoftCrossEntropy;

use crate::lanes::{Bits, Lanes, Mask};

/// The probabilities that are certain of these classes: 1 at the label, 0 elsewhere, for the losses
/// that compare with probabilities.
///
/// ```
/// assert_eq!(trimpot::loss::one_hot::<f32, 3>(1), [0.0, 1.0, 0.0]);
/// ```
#[inline]
pub fn one_hot<V: Lanes, const N: usize>(class: V::Bits) -> [V; N] {
    core::array::from_fn(|index| is_class::<V>(class, index).select(V::ONE, V::ZERO))
}

/// In which lanes the label is `index`.
#[inline(always)]
fn is_class<V: Lanes>(class: V::Bits, index: usize) -> V::Mask {
    V::same(class, V::Bits::splat(index as u32))
}
