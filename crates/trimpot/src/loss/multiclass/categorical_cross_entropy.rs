use crate::lanes::{Lanes, Mask};
use crate::loss::slices::loss_of_arrays;
use crate::loss::spec::{
    Domain, Example, ExampleTarget, Family, LossKind, LossSpec, OneRow, Small, TargetSpec,
    no_settings,
};
use crate::loss::{SliceLoss, Values};
use crate::math;

/// No logarithm counts as less than this, so that a certain error has a finite price.
const LEAST_LN: f32 = -100.0;
/// The least denominator of the gradient.
const LEAST_PROBABILITY: f32 = 1e-12;

/// Cross-entropy on probabilities: `−Σⱼ tⱼ·ln pⱼ`.
///
/// Gradient `−t / p`. Predictions are in [0, 1], targets are not negative; both usually sum to 1.
/// The logarithm is held above −100 and the denominator above 10⁻¹², so p = 0 is allowed; where t =
/// 0, value and gradient are 0 whatever p is. A negative prediction where t > 0 gives NaN.
///
/// For a model that ends in a softmax which cannot be taken away; on logits
/// [`CrossEntropy`](super::CrossEntropy) is cheaper and exact in saturation. For class labels see
/// [`one_hot`](super::one_hot).
///
/// Keras `CategoricalCrossentropy()` without its rescaling of the predictions, and without its
/// bounds: it holds p above 10⁻⁷, which is 16.118 where this is up to 100. Convex, but for the
/// bound on the logarithm.
///
/// ```
/// use trimpot::loss::{CategoricalCrossEntropy, Loss, one_hot};
///
/// let mut gradient = [0.0; 2];
/// CategoricalCrossEntropy.gradient::<f32>(&[0.5, 0.5], &one_hot::<f32, 2>(0), &mut gradient);
/// assert_eq!(gradient, [-2.0, 0.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CategoricalCrossEntropy;

impl LossKind for CategoricalCrossEntropy {
    type Form = OneRow;
    const SOURCE: &'static str = include_str!("categorical_cross_entropy.rs");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::FEW, Small::FEW]);
    const SPEC: LossSpec = LossSpec::new(
        Family::Multiclass,
        Domain::Distribution,
        TargetSpec::Values(Domain::Distribution),
    )
    .with_least_outputs(2)
    .with_names(&["cce"])
    .with_from_logits(&["cross_entropy", "soft_cross_entropy"])
    .with_example(Example::new(
        &[0.5, 0.25, 0.25],
        ExampleTarget::Values(&[0.75, 0.125, 0.125]),
        0,
        [0.1, 0.9],
    ));

    no_settings!();
}

loss_of_arrays!(CategoricalCrossEntropy);

impl SliceLoss for CategoricalCrossEntropy {
    type Target = Values;

    #[inline(always)]
    fn row_gradient<V: Lanes>(&self, prediction: &[V], target: &[V], gradient: &mut [V]) -> V {
        let mut value = V::ZERO;
        for ((gradient, &p), &t) in gradient.iter_mut().zip(prediction).zip(target) {
            let irrelevant = t.eq(V::ZERO);
            // `max` gives its argument for NaN, so this way round NaN stays.
            let ln = V::splat(LEAST_LN).max(math::ln(p));
            value += irrelevant.select(V::ZERO, -(t * ln));
            *gradient = irrelevant.select(V::ZERO, -t / V::splat(LEAST_PROBABILITY).max(p));
        }
        value
    }
}
