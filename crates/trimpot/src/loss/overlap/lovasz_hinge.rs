use crate::lanes::{Lanes, Mask};
use crate::loss::Loss;
use crate::shape::Vector;

/// Lovász hinge: the hinge errors `eᵢ = 1 − zᵢ (2 tᵢ − 1)`, from the largest down, each weighted by
/// how much one more wrong element there costs the Jaccard index: `Σ max(0, eᵢ) gᵢ`.
///
/// With `P` positives in all, and `a` positives and `b` negatives of larger error than element `i`,
/// `gᵢ = 1 / (P + b)` for a positive and `(P − a) / ((P + b)(P + b + 1))` for a negative. Without
/// any positive the largest error alone counts, with weight 1. Equal errors rank in the order of
/// their elements.
///
/// Gradient `−(2 tᵢ − 1) gᵢ` where `eᵢ > 0`, else 0, also at the kink, as PyTorch's `relu` has it.
/// Inputs are logits of any size, targets 0 or 1. Ranks are counted, not sorted: `N²` comparisons,
/// no memory, and no branch.
///
/// For segmentation that is judged by its Jaccard index, of which it is the convex (Lovász)
/// extension. Slow to start with: fine-tune with it what cross-entropy has trained. For large masks
/// the count of ranks is dear.
///
/// Berman, Triki and Blaschko 2018. Convex. NaN gives NaN, ±∞ gives infinity or NaN.
///
/// ```
/// use trimpot::loss::{Loss, LovaszHinge};
///
/// let mut gradient = [0.0; 3];
/// let value = LovaszHinge.gradient::<f32>(&[2.0, -1.0, 0.0], &[1.0, 1.0, 0.0], &mut gradient);
/// // The miss costs half the index; the undecided negative a third of what is left.
/// assert!((value - (2.0 / 2.0 + 1.0 / 6.0)).abs() < 1e-6);
/// assert_eq!(gradient, [0.0, -0.5, 1.0 / 6.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LovaszHinge;

impl<const N: usize> Loss<Vector<N>> for LovaszHinge {
    type Target = Vector<N>;

    #[inline]
    fn gradient<V: Lanes>(&self, logits: &[V; N], target: &[V; N], gradient: &mut [V; N]) -> V {
        let half = V::splat(0.5);
        let mut errors = *logits;
        let mut positives = V::ZERO;
        for (error, &t) in errors.iter_mut().zip(target) {
            *error = V::ONE - *error * (t + t - V::ONE);
            positives += t.gt(half).select(V::ONE, V::ZERO);
        }
        let none = positives.eq(V::ZERO);

        let mut value = V::ZERO;
        for ((i, gradient), (&error, &t)) in
            gradient.iter_mut().enumerate().zip(errors.iter().zip(target))
        {
            let (mut hits, mut alarms) = (V::ZERO, V::ZERO);
            for (j, (&other, &t)) in errors.iter().zip(target).enumerate() {
                let before = if j < i { other.ge(error) } else { other.gt(error) };
                let one = before.select(V::ONE, V::ZERO);
                let positive = t.gt(half);
                hits += positive.select(one, V::ZERO);
                alarms += positive.select(V::ZERO, one);
            }
            let union = positives + alarms;
            let of_negative = (positives - hits) / (union * (union + V::ONE));
            let of_negative = none.select(alarms.eq(V::ZERO).select(V::ONE, V::ZERO), of_negative);
            let weight = t.gt(half).select(V::ONE / union, of_negative);

            // Asked this way round, NaN counts as an error and is seen.
            let right = error.le(V::ZERO);
            value += right.select(V::ZERO, error * weight);
            *gradient = right.select(V::ZERO, (V::ONE - (t + t)) * weight);
        }
        value
    }
}
