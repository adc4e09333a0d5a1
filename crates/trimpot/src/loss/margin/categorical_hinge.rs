use crate::lanes::{Lanes, Mask};
use crate::loss::direction::in_four;
use crate::loss::multiclass::{each_class, is_known};
use crate::loss::slices::loss_of_arrays;
use crate::loss::spec::{
    Domain, Example, ExampleTarget, Family, LossKind, LossSpec, OneRow, Small, TargetSpec,
    no_settings,
};
use crate::loss::{Class, SliceLoss};

/// Categorical hinge: `max(0, 1 − x[label] + r)`, `r` being the largest score of another class, but
/// at least 0.
///
/// Gradient −1 at the label and 1 at the class that has the score `r`, while
/// `1 − x[label] + r ≥ 0`, else 0: the kink belongs to the derivative, as with
/// [`Hinge`](super::Hinge). Several that share the largest score share the gradient evenly, as in
/// PyTorch's `amax`; so does the 0, with which one part vanishes. Predictions are any numbers: a
/// score for each class. −∞ is allowed for a class that is not the label, and +∞ at the label; the
/// opposite gives infinity or NaN, and NaN anywhere gives a NaN value. A label out of range is
/// ignored: value and gradient 0. Small values are right to the rounding of the scores'
/// differences, and never negative.
///
/// For maximum-margin classifiers of several classes; only the strongest rival is pushed back, so
/// it learns slower than [`MultiMargin`](super::MultiMargin), and minds outliers less. That `r` is
/// at least 0 makes it want the label's score above 1, not only ahead.
///
/// Keras `CategoricalHinge`, for labels instead of one-hot vectors (whose 0 at the label, among the
/// other classes' scores, is where the 0 comes from). After Crammer and Singer 2001. Convex.
///
/// ```
/// use trimpot::loss::{CategoricalHinge, Loss};
///
/// let mut gradient = [0.0; 3];
/// let value = CategoricalHinge.gradient::<f32>(&[0.5, 0.75, -1.0], &1, &mut gradient);
/// assert_eq!((value, gradient), (0.75, [1.0, -1.0, 0.0]));
/// let value = CategoricalHinge.gradient::<f32>(&[-0.5, 0.75, -1.0], &1, &mut gradient);
/// assert_eq!((value, gradient), (0.25, [0.0, -1.0, 0.0]));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CategoricalHinge;

impl LossKind for CategoricalHinge {
    type Form = OneRow;
    const SOURCE: &'static str = include_str!("categorical_hinge.rs");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::Absolute, Small::Absolute]);
    const SPEC: LossSpec = LossSpec::new(Family::Margin, Domain::Logits, TargetSpec::Class)
        .with_least_outputs(2)
        .with_example(Example::new(&[0.0, -1.0, 0.5], ExampleTarget::Class(0), 0, [-2.0, 3.0]));

    no_settings!();
}

loss_of_arrays!(CategoricalHinge);

impl SliceLoss for CategoricalHinge {
    type Target = Class;

    #[inline(always)]
    fn row_gradient<V: Lanes>(&self, scores: &[V], label: V::Bits, gradient: &mut [V]) -> V {
        let (mut wanted, mut largest, mut broken) = (V::ZERO, V::ZERO, V::ZERO.is_nan());
        for (&x, here) in scores.iter().zip(each_class::<V>(label)) {
            wanted = here.select(x, wanted);
            // The score at the label counts as 0 among the rivals.
            let x = here.select(V::ZERO, x);
            largest = x.max(largest);
            // `max` passes over NaN, which is the largest of all here, so that it is seen.
            broken = broken | x.is_nan();
        }
        let largest = broken.select(V::splat(f32::NAN), largest);
        let is_largest = |x: V| x.eq(largest).select(V::ONE, V::ZERO);
        // Whole numbers, which add up in any order.
        let sharing = in_four(scores, scores, |x, _| is_largest(x));
        let sharing = sharing - is_largest(wanted) + is_largest(V::ZERO);

        let shortfall = V::ONE + (largest - wanted);
        // Asked this way round, NaN counts as a shortfall and is seen.
        let content = shortfall.lt(V::ZERO) | !is_known::<V>(label, scores.len());
        let at_rival = content.select(V::ZERO, V::ONE / sharing);
        let at_label = content.select(V::ZERO, -V::ONE);
        let classes = scores.iter().zip(each_class::<V>(label));
        for (gradient, (&x, here)) in gradient.iter_mut().zip(classes) {
            *gradient = here.select(at_label, x.eq(largest).select(at_rival, V::ZERO));
        }
        content.select(V::ZERO, shortfall)
    }
}
