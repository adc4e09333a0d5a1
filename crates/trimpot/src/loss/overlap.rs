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

use crate::lanes::{Lanes, Mask};
use crate::loss::Loss;
use crate::loss::direction::STEEPEST;
use crate::shape::Vector;

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
#[inline]
fn gradient<L: Overlap, V: Lanes, const N: usize>(
    loss: &L,
    prediction: &[V; N],
    target: &[V; N],
    gradient: &mut [V; N],
) -> V {
    let mut sums = loss.start().map(V::splat);
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

macro_rules! loss_of_a_mask {
    ($($loss:ty)*) => {$(
        impl<const N: usize> Loss<Vector<N>> for $loss {
            type Target = Vector<N>;

            #[inline]
            fn gradient<V: Lanes>(
                &self,
                prediction: &[V; N],
                target: &[V; N],
                gradient: &mut [V; N],
            ) -> V {
                self::gradient(self, prediction, target, gradient)
            }
        }
    )*};
}
loss_of_a_mask!(Dice Jaccard Tversky);
