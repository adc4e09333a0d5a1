use super::{is_class, is_known};
use crate::ParameterError;
use crate::lanes::{Lanes, Mask};

/// Every class counts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EqualWeights;

/// How much each class counts.
pub(super) trait Weights: Copy {
    /// Whether all classes are known to count once.
    const EQUAL: bool;

    /// Returns the weight of each of so many classes in turn.
    fn of(self, classes: usize) -> impl Iterator<Item = f32>;
}

impl Weights for EqualWeights {
    const EQUAL: bool = true;

    #[inline(always)]
    fn of(self, classes: usize) -> impl Iterator<Item = f32> {
        core::iter::repeat_n(1.0, classes)
    }
}

impl Weights for &[f32] {
    const EQUAL: bool = false;

    #[inline(always)]
    fn of(self, _: usize) -> impl Iterator<Item = f32> {
        self.iter().copied()
    }
}

/// Returns the weight of the label; 0 if it is none of so many classes.
#[inline(always)]
pub(super) fn weight_of_label<V: Lanes, W: Weights>(
    weights: W,
    classes: usize,
    label: V::Bits,
) -> V {
    if W::EQUAL {
        return is_known::<V>(label, classes).select(V::ONE, V::ZERO);
    }
    let mut own = V::ZERO;
    for (index, weight) in weights.of(classes).enumerate() {
        own = is_class::<V>(label, index).select(V::splat(weight), own);
    }
    own
}

/// Returns an error unless class weights are finite and not negative, and some is positive.
///
/// # Errors
/// With the weight that is out of range, or the sum of all.
pub fn check_class_weights(weights: &[f32]) -> Result<(), ParameterError> {
    for &weight in weights {
        ParameterError::not_negative("class weight", weight)?;
    }
    ParameterError::positive("sum of the class weights", weights.iter().sum())?;
    Ok(())
}

/// Returns the weights, or what is wrong with them.
pub(super) fn checked_weights<const N: usize>(
    weights: [f32; N],
) -> Result<[f32; N], ParameterError> {
    check_class_weights(&weights)?;
    Ok(weights)
}
