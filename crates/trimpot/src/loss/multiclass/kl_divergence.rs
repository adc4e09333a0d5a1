use crate::lanes::{Lanes, Mask};
use crate::loss::slices::loss_of_arrays;
use crate::loss::spec::{
    Domain, Example, ExampleTarget, Family, LossKind, LossSpec, OneRow, Small, TargetSpec,
    no_settings,
};
use crate::loss::{SliceLoss, Values};
use crate::math;

/// Kullback–Leibler divergence of log-probabilities: `Σⱼ tⱼ·(ln tⱼ − xⱼ)`.
///
/// Gradient `−t`. Predictions are any numbers, usually what a log-softmax gives; targets are not
/// negative and usually sum to 1. Where t = 0, value and gradient are 0 whatever x is, −∞ and NaN
/// included; −∞ elsewhere has an infinite value, but a finite gradient. A negative target gives
/// NaN.
///
/// For a model that ends in a log-softmax which cannot be taken away; else see
/// [`KlDivergenceWithLogits`](super::KlDivergenceWithLogits). It differs from cross-entropy by the
/// entropy of the target, which no training changes; so it is 0 where the two agree, and tells how
/// far there is to go.
///
/// PyTorch `nn.KLDivLoss(reduction="sum")`, which is `"batchmean"` for one sample; Keras
/// `KLDivergence()` with the predictions' logarithms, but for its bounds (probabilities and targets
/// count as at least 10⁻⁷ there); optax `kl_divergence`. Kullback and Leibler 1951. Linear, so
/// convex.
///
/// ```
/// use trimpot::loss::{KlDivergence, Loss};
///
/// let mut gradient = [0.0; 2];
/// let agreed = KlDivergence.gradient::<f32>(&[0.5f32.ln(); 2], &[0.5, 0.5], &mut gradient);
/// assert!(agreed.abs() < 1e-6);
/// assert_eq!(gradient, [-0.5, -0.5]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KlDivergence;

impl LossKind for KlDivergence {
    type Form = OneRow;
    const SOURCE: &'static str = include_str!("kl_divergence.rs");
    const LARGEST_TERMS: Option<&'static str> = Some("the terms t·x of the value");
    const NEAR_MINIMUM: Option<[Small; 2]> = None;
    const SPEC: LossSpec = LossSpec::new(
        Family::Multiclass,
        Domain::LogProbabilities,
        TargetSpec::Values(Domain::Distribution),
    )
    .with_least_outputs(2)
    .with_names(&["kl", "kl_div", "kullback_leibler"])
    .with_from_logits(&["kl_divergence_with_logits"])
    .with_example(Example::new(
        &[-1.0, -1.5, -1.5],
        ExampleTarget::Values(&[0.75, 0.125, 0.125]),
        0,
        [-5.0, 0.0],
    ));

    no_settings!();
}

loss_of_arrays!(KlDivergence);

impl SliceLoss for KlDivergence {
    type Target = Values;

    #[inline(always)]
    fn row_gradient<V: Lanes>(&self, x: &[V], target: &[V], gradient: &mut [V]) -> V {
        let mut value = V::ZERO;
        for ((gradient, &x), &t) in gradient.iter_mut().zip(x).zip(target) {
            value += t.eq(V::ZERO).select(V::ZERO, t * (math::ln(t) - x));
            *gradient = -t;
        }
        value
    }
}
