use crate::lanes::{Lanes, Mask};
use crate::loss::slices::loss_of_arrays;
use crate::loss::spec::{
    Domain, Example, ExampleTarget, Family, LossKind, LossSpec, OneRow, Small, TargetSpec,
    no_settings,
};
use crate::loss::{SliceLoss, Values};

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

impl LossKind for LovaszHinge {
    type Form = OneRow;
    const SOURCE: &'static str = include_str!("lovasz_hinge.rs");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::FEW, Small::FEW]);
    const SPEC: LossSpec =
        LossSpec::new(Family::Overlap, Domain::Scores, TargetSpec::Values(Domain::ZeroOrOne))
            .with_names(&["lovasz"])
            .with_example(Example::new(
                &[0.0, -0.5, 2.0, 0.5],
                ExampleTarget::Values(&[1.0, 0.0, 1.0, 0.0]),
                0,
                [-3.0, 3.0],
            ));

    no_settings!();
}

loss_of_arrays!(LovaszHinge);

/// Returns `1 − z · (2t − 1)`.
#[inline(always)]
fn error_of<V: Lanes>(z: V, t: V) -> V {
    V::ONE - z * (t + t - V::ONE)
}

/// Counts an error, if it comes before: a hit or an alarm.
#[inline(always)]
fn count<V: Lanes>(before: V::Mask, t: V, [hits, alarms]: [&mut V; 2]) {
    let one = before.select(V::ONE, V::ZERO);
    let positive = t.gt(V::splat(0.5));
    *hits += positive.select(one, V::ZERO);
    *alarms += positive.select(V::ZERO, one);
}

impl SliceLoss for LovaszHinge {
    type Target = Values;

    #[inline(always)]
    fn row_gradient<V: Lanes>(&self, logits: &[V], target: &[V], gradient: &mut [V]) -> V {
        let half = V::splat(0.5);
        let mut positives = V::ZERO;
        for ((gradient, &z), &t) in gradient.iter_mut().zip(logits).zip(target) {
            *gradient = error_of(z, t);
            positives += t.gt(half).select(V::ONE, V::ZERO);
        }
        let none = positives.eq(V::ZERO);

        let mut value = V::ZERO;
        for (i, &t) in target.iter().enumerate() {
            // Errors that are still to come are where their gradients will be; those before are
            // computed again.
            let Some((_, left)) = gradient.split_at_mut_checked(i) else { break };
            let Some(&error) = left.first() else { break };
            let (mut hits, mut alarms) = (V::ZERO, V::ZERO);
            for (&z, &t) in logits.iter().zip(target).take(i) {
                count(error_of(z, t).ge(error), t, [&mut hits, &mut alarms]);
            }
            for (&other, &t) in left.iter().zip(target.iter().skip(i)) {
                count(other.gt(error), t, [&mut hits, &mut alarms]);
            }
            let union = positives + alarms;
            let of_negative = (positives - hits) / (union * (union + V::ONE));
            let of_negative = none.select(alarms.eq(V::ZERO).select(V::ONE, V::ZERO), of_negative);
            let weight = t.gt(half).select(V::ONE / union, of_negative);

            // Asked this way round, NaN counts as an error and is seen.
            let right = error.le(V::ZERO);
            value += right.select(V::ZERO, error * weight);
            if let Some(gradient) = left.first_mut() {
                *gradient = right.select(V::ZERO, (V::ONE - (t + t)) * weight);
            }
        }
        value
    }
}
