use crate::lanes::{Lanes, Mask};
use crate::loss::slices::loss_of_arrays;
use crate::loss::spec::{
    Domain, Example, ExampleTarget, Family, LossKind, LossSpec, OneRow, Small, TargetSpec,
    no_settings,
};
use crate::loss::{SliceLoss, Values};

/// Multi-label margin: `1/N·Σ max(0, 1 − (xᵢ − xⱼ))` over all pairs of a label `i` that applies and
/// a label `j` that does not.
///
/// Gradient: each pair that is short of the margin adds `−1 / N` at `i` and `1 / N` at `j`. At the
/// kink, where the lead is 1 exactly, a pair adds nothing, as in PyTorch. The target is 1 for each
/// label that applies, 0 for the others; where all or none apply, value and gradient are 0.
/// Predictions are any numbers: a score for each label. −∞ for a label that does not apply is
/// allowed, and +∞ for one that does; the opposite gives infinity or NaN. NaN gives a NaN value if
/// some pair has it. Small values are right to the rounding of the scores' differences, and never
/// negative.
///
/// For several labels a sample, where only their order counts: the scores are no probabilities, and
/// need a threshold found elsewhere. Takes N² steps.
///
/// PyTorch `nn.MultiLabelMarginLoss`, whose target is the list of the labels that apply, ended by
/// −1. Convex.
///
/// ```
/// use trimpot::loss::{Loss, MultilabelMargin};
///
/// let mut gradient = [0.0; 4];
/// let (scores, target) = ([2.0, 0.5, 0.0, 1.5], [1.0, 1.0, 0.0, 0.0]);
/// let value = MultilabelMargin.gradient::<f32>(&scores, &target, &mut gradient);
/// // Short: 0 over 3 by 0.5, 1 over 2 by 0.5, 1 over 3 by 2.
/// assert_eq!((value, gradient), (0.75, [-0.25, -0.5, 0.25, 0.5]));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MultilabelMargin;

impl LossKind for MultilabelMargin {
    type Form = OneRow;
    const SOURCE: &'static str = include_str!("multilabel_margin.rs");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::Absolute, Small::Absolute]);
    const SPEC: LossSpec =
        LossSpec::new(Family::Margin, Domain::Logits, TargetSpec::Values(Domain::ZeroOrOne))
            .with_least_outputs(2)
            .with_example(Example::new(
                &[0.0, 0.0, 1.0],
                ExampleTarget::Values(&[1.0, 0.0, 0.0]),
                0,
                [-2.0, 3.0],
            ));

    no_settings!();
}

loss_of_arrays!(MultilabelMargin);

impl SliceLoss for MultilabelMargin {
    type Target = Values;
    const LEAST: usize = 1;

    #[inline(always)]
    fn row_gradient<V: Lanes>(&self, scores: &[V], target: &[V], gradient: &mut [V]) -> V {
        let share = V::splat(1.0 / scores.len() as f32);
        gradient.fill(V::ZERO);
        let mut value = V::ZERO;
        for (index, (&x, &applies)) in scores.iter().zip(target).enumerate() {
            // Labels that do not apply, against this one. A sum of ones is exact; that of the terms
            // is taken label by label, since N² roundings in one would add up.
            let (mut terms, mut short) = (V::ZERO, V::ZERO);
            let others = gradient.iter_mut().zip(scores).zip(target);
            for ((gradient, &other), &other_applies) in others {
                let shortfall = V::ONE + (other - x);
                // 1 for a pair, else 0; and NaN where the target is.
                let pair = applies * (V::ONE - other_applies);
                // Asked this way round, NaN counts as a shortfall and is seen.
                let content = shortfall.le(V::ZERO) | pair.eq(V::ZERO);
                let derivative = content.select(V::ZERO, pair);
                terms += content.select(V::ZERO, pair * shortfall);
                *gradient += derivative;
                short += derivative;
            }
            value += terms;
            if let Some(gradient) = gradient.get_mut(index) {
                *gradient -= short;
            }
        }
        for gradient in gradient {
            *gradient *= share;
        }
        value * share
    }
}
