//! Loss functions: the value for a prediction and its target, and the gradient with respect to the
//! prediction.
//!
//! Each loss is one fused pass that writes the gradient and returns the value. Reduction is part of
//! the definition: element-wise losses ([`Elementwise`]) take the **mean over the `N` elements of a
//! sample**; the others give the sample's own value. Nothing is ever averaged over samples here:
//! the lanes stay apart, and what becomes of a batch is the trainer's to say.
//!
//! Where a loss is said to be finite for finite inputs, their differences and products have to be
//! numbers that `f32` holds. Logits of ±10⁴ and what is near them are tested; at 10³⁸ or so a
//! difference overflows, and infinity or NaN comes of it.
//!
//! Losses add up: `0.7 * Dice::default() + 0.3 * BinaryCrossEntropy` is a loss as well. A loss of
//! your own is an `impl` of [`Elementwise`] (one number at a time) or [`Loss`] (a whole sample),
//! and runs on the board and in SIMD without further work.

pub mod accuracy;
mod any;
pub mod binary;
pub mod composition;
mod direction;
pub mod margin;
pub mod multiclass;
pub mod overlap;
pub mod pair;
pub mod policy;
pub mod regression;
pub mod sequence;
mod slices;
pub mod spec;

pub use any::{AnyLoss, SliceError};
pub use binary::{BinaryCrossEntropy, BinaryCrossEntropyWithLogits, BinaryFocal};
pub use composition::{Masked, MultiTask, Sum, Uncertain, Weighted};
pub use margin::{
    CategoricalHinge, Hinge, HingeEmbedding, MultiMargin, MultilabelMargin, MultilabelSoftMargin,
    SoftMargin, SquaredHinge,
};
pub use multiclass::{
    CategoricalCrossEntropy, CrossEntropy, EqualWeights, Focal, KlDivergence,
    KlDivergenceWithLogits, Nll, RescaledSquare, SoftCrossEntropy, check_class_weights, one_hot,
};
pub use overlap::{Dice, FocalTversky, Jaccard, LovaszHinge, Overlap, Tversky};
pub use pair::{Contrastive, CosineEmbedding, InfoNce, MarginRanking, TripletMargin};
pub use policy::{Action, ActionTaken, PolicyGradient, PpoClip};
pub use regression::{
    CosineSimilarity, GaussianNll, Huber, LogCosh, MeanAbsoluteError, MeanAbsolutePercentageError,
    MeanSquaredError, MeanSquaredLogarithmicError, PoissonNll, Quantile, SmoothL1,
};
pub use sequence::{Ctc, Labels};
pub use slices::{AnyTarget, RowsLoss, SliceLoss, SliceTarget, Values};

use crate::lanes::Lanes;
use crate::shape::{Shape, Vector};

/// What a prediction is compared with, for any lanes.
pub trait Target {
    /// The target of one sample in each lane.
    type Values<V: Lanes>: Copy;
}

/// One number for each element.
impl<const N: usize> Target for Vector<N> {
    type Values<V: Lanes> = [V; N];
}

/// One class label a sample: `u32` for one sample, a vector of them for several.
///
/// A label that is not below the number of classes is *ignored*: value and gradient are 0. (PyTorch
/// has one `ignore_index` for this, and fails on every other label out of range.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Class;

impl Target for Class {
    type Values<V: Lanes> = V::Bits;
}

/// One number a sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Number;

impl Target for Number {
    type Values<V: Lanes> = V;
}

/// No target: the predictions are compared with each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nothing;

impl Target for Nothing {
    type Values<V: Lanes> = ();
}

/// Two targets: one for each part of a prediction, or values and what to make of them.
impl<A: Target, B: Target> Target for (A, B) {
    type Values<V: Lanes> = (A::Values<V>, B::Values<V>);
}

/// A differentiable loss function of a prediction and its target, for predictions of shape `P`: a
/// [`Vector`] for most losses, [`Rows`](crate::shape::Rows) for those that compare several.
///
/// What does not fit does not compile. A target of another length or kind:
///
/// ```compile_fail,E0308
/// use trimpot::loss::{Loss, MeanSquaredError};
/// MeanSquaredError.value::<f32>(&[1.0, 2.0, 3.0], &[1.0, 2.0]);
/// ```
///
/// ```compile_fail,E0308
/// use trimpot::loss::{Loss, SoftCrossEntropy};
/// SoftCrossEntropy.value::<f32>(&[1.0, 2.0, 3.0], &2); // a label where probabilities are wanted
/// ```
///
/// Class weights for another number of classes, or too few rows:
///
/// ```compile_fail,E0308
/// use trimpot::loss::{CrossEntropy, Loss};
/// let weighted = CrossEntropy::new().with_class_weights([1.0, 2.0]).unwrap();
/// weighted.value::<f32>(&[1.0, 2.0, 3.0], &2);
/// ```
///
/// ```compile_fail,E0308
/// use trimpot::loss::{Loss, TripletMargin};
/// TripletMargin::default().value::<f32>(&[[1.0, 2.0], [3.0, 4.0]], &());
/// ```
pub trait Loss<P: Shape> {
    /// What a prediction is compared with.
    type Target: Target;

    /// Writes d value / d prediction to `gradient`, every number of it, whatever is there before,
    /// and returns the value. One pass.
    ///
    /// To be `#[inline(always)]`, or to do its work in [`Lanes::vectorize`]: vectors whose
    /// instructions were [chosen at run time](crate::lanes::Level) are slow in a function that is
    /// called.
    fn gradient<V: Lanes>(
        &self,
        prediction: &P::Values<V>,
        target: &<Self::Target as Target>::Values<V>,
        gradient: &mut P::Values<V>,
    ) -> V;

    /// Returns the value alone: the same pass, of which the compiler drops what only the gradient
    /// needs.
    #[inline]
    fn value<V: Lanes>(
        &self,
        prediction: &P::Values<V>,
        target: &<Self::Target as Target>::Values<V>,
    ) -> V {
        self.gradient(prediction, target, &mut P::zeros::<V>())
    }
}

/// A loss that looks at one element at a time, and is their mean: so there must be some.
///
/// ```compile_fail,E0080
/// use trimpot::loss::{Loss, MeanSquaredError};
/// MeanSquaredError.value::<f32>(&[], &[]);
/// ```
pub trait Elementwise {
    /// Returns the value and its derivative by `prediction`, for one element.
    ///
    /// To be `#[inline(always)]`, as [`Loss::gradient`].
    fn value_and_derivative<V: Lanes>(&self, prediction: V, target: V) -> (V, V);

    /// Whether an element takes an exponential, a logarithm or as long a chain of operations: then
    /// [`batch::elementwise`](crate::batch::elementwise) takes several vectors in step. Of no
    /// influence on results.
    const LONG_CHAIN: bool = false;

    /// The first of two stages that such a chain may be cut into: it begins before `target` is
    /// needed, and half of it leaves more registers to each of several elements.
    #[inline(always)]
    fn first_stage<V: Lanes>(&self, prediction: V) -> V {
        prediction
    }

    /// The second stage, given what the first has returned: the result of
    /// [`value_and_derivative`](Self::value_and_derivative).
    #[inline(always)]
    fn second_stage<V: Lanes>(&self, _first: V, prediction: V, target: V) -> (V, V) {
        self.value_and_derivative(prediction, target)
    }
}

impl<L: Elementwise> SliceLoss for L {
    type Target = Values;
    const LEAST: usize = 1;

    #[inline(always)]
    fn row_gradient<V: Lanes>(&self, prediction: &[V], target: &[V], gradient: &mut [V]) -> V {
        let share = V::splat(1.0 / prediction.len() as f32);
        let mut sum = V::ZERO;
        for ((gradient, &prediction), &target) in gradient.iter_mut().zip(prediction).zip(target) {
            let (value, derivative) = self.value_and_derivative(prediction, target);
            sum += value;
            *gradient = derivative * share;
        }
        sum * share
    }
}

impl<L: Elementwise, const N: usize> Loss<Vector<N>> for L {
    type Target = Vector<N>;

    #[inline]
    fn gradient<V: Lanes>(&self, prediction: &[V; N], target: &[V; N], gradient: &mut [V; N]) -> V {
        V::vectorize(
            gradient,
            #[inline(always)]
            |gradient| slices::of_arrays(self, prediction, target, gradient),
        )
    }
}
