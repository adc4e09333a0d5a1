use crate::ParameterError;

/// How much each of `N` classes counts.
pub trait ClassWeights<const N: usize> {
    /// Whether all classes are known to count once.
    const EQUAL: bool = false;

    /// Returns the weight of each class in turn.
    fn weights(&self) -> impl Iterator<Item = f32>;
}

/// Every class counts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EqualWeights;

impl<const N: usize> ClassWeights<N> for EqualWeights {
    const EQUAL: bool = true;

    #[inline(always)]
    fn weights(&self) -> impl Iterator<Item = f32> {
        core::iter::repeat_n(1.0, N)
    }
}

impl<const N: usize> ClassWeights<N> for [f32; N] {
    #[inline(always)]
    fn weights(&self) -> impl Iterator<Item = f32> {
        self.iter().copied()
    }
}

/// Returns the weights, or an error unless they are finite and not negative, and some is positive.
pub(super) fn checked_weights<const N: usize>(
    weights: [f32; N],
) -> Result<[f32; N], ParameterError> {
    for weight in weights {
        ParameterError::not_negative("class weight", weight)?;
    }
    ParameterError::positive("sum of the class weights", weights.iter().sum())?;
    Ok(weights)
}
