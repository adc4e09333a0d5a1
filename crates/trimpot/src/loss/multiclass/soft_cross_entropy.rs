use super::softmax::Softmax;
use crate::lanes::Lanes;
use crate::loss::slices::loss_of_arrays;
use crate::loss::spec::{
    Domain, Example, ExampleTarget, Family, LossKind, LossSpec, OneRow, Small, TargetSpec,
    no_settings,
};
use crate::loss::{SliceLoss, Values};

/// Softmax cross-entropy on logits against probabilities: `Σⱼ tⱼ·(−ln softmax(z)ⱼ)`.
///
/// Gradient `(Σ t)·softmax(z) − t`. Logits are any finite numbers, targets are not negative and
/// usually sum to 1. −∞ is allowed for a class of target 0; NaN and +∞ give NaN. Where one class
/// has nearly all of the probability, small values keep their digits, but small gradients are right
/// to 10⁻⁷ only; [`CrossEntropy`](super::CrossEntropy), for labels, keeps those as well.
///
/// For distillation from a larger model, and for labels that are themselves uncertain.
///
/// PyTorch `nn.CrossEntropyLoss` with class probabilities, Keras
/// `CategoricalCrossentropy(from_logits=True)`, optax `softmax_cross_entropy`. Convex.
///
/// ```
/// use trimpot::loss::{Loss, SoftCrossEntropy};
///
/// let mut gradient = [0.0; 2];
/// SoftCrossEntropy.gradient::<f32>(&[0.0, 0.0], &[0.25, 0.75], &mut gradient);
/// assert_eq!(gradient, [0.25, -0.25]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SoftCrossEntropy;

impl LossKind for SoftCrossEntropy {
    type Form = OneRow;
    const SOURCE: &'static str = include_str!("soft_cross_entropy.rs");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::EXPONENTIAL, Small::Absolute]);
    const SPEC: LossSpec =
        LossSpec::new(Family::Multiclass, Domain::Logits, TargetSpec::Values(Domain::Distribution))
            .with_least_outputs(2)
            .with_names(&["softmax_cross_entropy", "soft_target_cross_entropy"])
            .with_example(Example::new(
                &[0.0; 3],
                ExampleTarget::Values(&[0.75, 0.125, 0.125]),
                0,
                [-6.0, 6.0],
            ));

    no_settings!();
}

loss_of_arrays!(SoftCrossEntropy);

impl SliceLoss for SoftCrossEntropy {
    type Target = Values;
    const LEAST: usize = 1;

    #[inline(always)]
    fn row_gradient<V: Lanes>(&self, logits: &[V], target: &[V], gradient: &mut [V]) -> V {
        let softmax = Softmax::of(logits, gradient);
        let mut value = V::ZERO;
        let mut total = V::ZERO;
        for (&z, &t) in logits.iter().zip(target) {
            value += softmax.expected(t, z);
            total += t;
        }
        for (gradient, &t) in gradient.iter_mut().zip(target) {
            *gradient = total * *gradient - t;
        }
        value
    }
}
