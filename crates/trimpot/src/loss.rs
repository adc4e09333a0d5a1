//! Losses: what it costs to predict this where that was wanted, and the gradient.
//!
//! Each loss is one fused pass that writes the gradient and returns the value. Reduction is part of
//! the definition: element-wise losses ([`Elementwise`]) take the **mean over the `N` elements of a
//! sample**; the others give the sample's own value. Nothing is ever averaged over samples here: the
//! lanes stay apart, and what becomes of a batch is the trainer's to say.
//!
//! Losses add up: `0.7 * Dice::default() + 0.3 * BinaryCrossEntropy` is a loss as well. A loss of
//! your own is an `impl` of [`Elementwise`] (one number at a time) or [`Loss`] (a whole sample), and
//! runs on the board and in SIMD without further work.

pub mod binary;
pub mod margin;
pub mod multiclass;
pub mod overlap;
pub mod regression;
mod weighted;

pub use binary::{BinaryCrossEntropy, BinaryCrossEntropyWithLogits};
pub use margin::Hinge;
pub use multiclass::{
    CategoricalCrossEntropy, ClassWeights, CrossEntropy, EqualWeights, SoftCrossEntropy, one_hot,
};
pub use overlap::{Dice, Jaccard};
pub use regression::MeanSquaredError;
pub use weighted::{Sum, Weighted};

use crate::lanes::Lanes;
use crate::shape::Vector;

/// What a prediction is compared with, for any lanes.
pub trait Target {
    /// The target of one sample in each lane.
    type Of<V: Lanes>: Copy;
}

/// One number for each element.
impl<const N: usize> Target for Vector<N> {
    type Of<V: Lanes> = [V; N];
}

/// One class label a sample: `u32` for one sample, a vector of them for several.
///
/// A label that is not below the number of classes is *ignored*: value and gradient are 0. (PyTorch
/// has one `ignore_index` for this, and fails on every other label out of range.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Class;

impl Target for Class {
    type Of<V: Lanes> = V::Bits;
}

/// A differentiable penalty for predicting `prediction` where `target` was wanted, for samples of
/// `N` numbers.
pub trait Loss<const N: usize> {
    /// What a prediction is compared with.
    type Target: Target;

    /// Writes d value / d prediction to `gradient`, and returns the value. One pass.
    fn gradient<V: Lanes>(
        &self,
        prediction: &[V; N],
        target: &<Self::Target as Target>::Of<V>,
        gradient: &mut [V; N],
    ) -> V;

    /// The value alone: the same pass, of which the compiler drops what only the gradient needs.
    #[inline]
    fn value<V: Lanes>(&self, prediction: &[V; N], target: &<Self::Target as Target>::Of<V>) -> V {
        self.gradient(prediction, target, &mut [V::ZERO; N])
    }
}

/// A loss that looks at one element at a time, and is their mean.
pub trait Elementwise {
    /// The value and its derivative by `prediction`, for one element.
    fn at<V: Lanes>(&self, prediction: V, target: V) -> (V, V);
}

impl<L: Elementwise, const N: usize> Loss<N> for L {
    type Target = Vector<N>;

    #[inline]
    fn gradient<V: Lanes>(&self, prediction: &[V; N], target: &[V; N], gradient: &mut [V; N]) -> V {
        const { assert!(N > 0, "the mean of no elements is undefined") };
        let share = V::splat(1.0 / N as f32);
        let mut sum = V::ZERO;
        for ((gradient, &prediction), &target) in gradient.iter_mut().zip(prediction).zip(target) {
            let (value, slope) = self.at(prediction, target);
            sum += value;
            *gradient = slope * share;
        }
        sum * share
    }
}
