//! Losses for segmentation masks, by the overlap of prediction and target.

mod dice;
mod focal_tversky;
mod jaccard;
mod lovasz_hinge;
mod tversky;
pub use dice::Dice;
pub use focal_tversky::FocalTversky;
pub use jaccard::Jaccard;
pub use lovasz_hinge::LovaszHinge;
pub use tversky::Tversky;

use crate::lanes::{Lanes, Mask, splat_each};
use crate::loss::direction::STEEPEST;

/// A loss that sees a mask through two sums over its elements, and whose gradient at an element
/// depends on these and on the target there: so masks of any size need two passes and no memory.
pub trait Overlap {
    /// Returns what both sums begin with.
    fn start(&self) -> [f32; 2];
    /// Returns what one element adds to both sums.
    fn terms<V: Lanes>(&self, prediction: V, target: V) -> [V; 2];
    /// Returns what the sums come to.
    fn evaluate<V: Lanes>(&self, sums: [V; 2]) -> Evaluated<V>;
    /// Returns the derivative by a prediction whose target is `target`.
    fn derivative<V: Lanes>(&self, evaluated: &Evaluated<V>, target: V) -> V;
}

/// What the sums of an [`Overlap`] come to.
#[derive(Clone, Copy, Debug)]
pub struct Evaluated<V> {
    /// The loss.
    pub value: V,
    /// What is left to 1: the share of what both masks have, which the derivatives depend on.
    pub ratio: V,
    /// One over the denominator: at most 2¹²⁰, and 0 where that is 0.
    pub scale: V,
}

/// Returns the loss as the share of what is wrong: nothing cancels where that is little. Of nothing
/// at all, nothing is wrong.
#[inline(always)]
fn evaluated<V: Lanes>(common: V, wrong: V) -> Evaluated<V> {
    let total = common + wrong;
    let nothing = total.eq(V::ZERO);
    Evaluated {
        value: nothing.select(V::ZERO, wrong / total),
        ratio: nothing.select(V::ONE, common / total),
        scale: scale(total),
    }
}

/// One over a denominator, the gradient's scale: 2¹²⁰ at most, 0 where the denominator is.
#[inline(always)]
fn scale<V: Lanes>(denominator: V) -> V {
    // `min` gives its argument where it is NaN: NaN stays.
    let scale = V::splat(STEEPEST).min(V::ONE / denominator);
    denominator.eq(V::ZERO).select(V::ZERO, scale)
}

/// Returns the loss of a mask that is at hand as a whole.
#[inline(always)]
fn gradient<L: Overlap, V: Lanes>(
    loss: &L,
    prediction: &[V],
    target: &[V],
    gradient: &mut [V],
) -> V {
    let mut sums = splat_each(&loss.start());
    for (&p, &t) in prediction.iter().zip(target) {
        for (sum, term) in sums.iter_mut().zip(loss.terms(p, t)) {
            *sum += term;
        }
    }
    let evaluated = loss.evaluate(sums);
    for (gradient, &t) in gradient.iter_mut().zip(target) {
        *gradient = loss.derivative(&evaluated, t);
    }
    evaluated.value
}

/// Returns the fewest outputs that a loss of masks learns from: without smoothing, a mask of one
/// pixel that is 0 has the value 1 whatever the output is.
fn least_outputs(smoothing: f32) -> usize {
    if smoothing == 0.0 { 2 } else { 1 }
}

/// `SliceLoss` and `Loss` for an [`Overlap`].
macro_rules! loss_of_a_mask {
    ($loss:ty) => {
        crate::loss::slices::loss_of_arrays!($loss);

        impl crate::loss::SliceLoss for $loss {
            type Target = crate::loss::Values;

            #[inline(always)]
            fn row_gradient<V: crate::lanes::Lanes>(
                &self,
                prediction: &[V],
                target: &[V],
                gradient: &mut [V],
            ) -> V {
                crate::loss::overlap::gradient(self, prediction, target, gradient)
            }
        }
    };
}
use loss_of_a_mask;
