use super::softmax::Softmax;
use crate::lanes::{Lanes, Mask};
use crate::loss::slices::loss_of_arrays;
use crate::loss::spec::{
    Domain, Example, ExampleTarget, Family, LossKind, LossSpec, OneRow, Small, TargetSpec,
    no_settings,
};
use crate::loss::{SliceLoss, Values};
use crate::math;

/// Targets of this sum count as if they summed to 1.
const ONE_AS_ROUNDED: f32 = 1.0 - 1e-6;

/// Kullback–Leibler divergence of logits: `Σⱼ tⱼ·(ln tⱼ − ln softmax(z)ⱼ)`.
///
/// Gradient `(Σ t)·softmax(z) − t`. Logits are any finite numbers: value and gradient are finite
/// while their differences are. Targets are not negative and usually sum to 1; a negative one gives
/// NaN. −∞ is allowed for a class of target 0; NaN and +∞ give NaN. Near 0 the value is a
/// difference of larger terms and right to 2·10⁻⁶; it is never negative, unless the targets sum to
/// less than 1.
///
/// For distillation from a larger model: the gradient is that of
/// [`SoftCrossEntropy`](super::SoftCrossEntropy), which spares the logarithm of the target; but the
/// value is 0 where the two agree, and tells how far there is to go.
///
/// PyTorch `nn.KLDivLoss(reduction="sum")` after `log_softmax`, optax `kl_divergence` after
/// `log_softmax`. Kullback and Leibler 1951. Convex.
///
/// ```
/// use trimpot::loss::{KlDivergenceWithLogits, Loss};
///
/// let mut gradient = [0.0; 2];
/// let value = KlDivergenceWithLogits.gradient::<f32>(&[7.0, 7.0], &[1.0, 0.0], &mut gradient);
/// assert!((value - core::f32::consts::LN_2).abs() < 1e-6);
/// assert_eq!(gradient, [-0.5, 0.5]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KlDivergenceWithLogits;

impl LossKind for KlDivergenceWithLogits {
    type Form = OneRow;
    const SOURCE: &'static str = include_str!("kl_divergence_with_logits.rs");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::Absolute, Small::Absolute]);
    const SPEC: LossSpec =
        LossSpec::new(Family::Multiclass, Domain::Logits, TargetSpec::Values(Domain::Distribution))
            .with_least_outputs(2)
            .with_names(&["kl_with_logits", "kl_div_with_logits"])
            .with_example(Example::new(
                &[0.0; 3],
                ExampleTarget::Values(&[0.75, 0.125, 0.125]),
                0,
                [-6.0, 6.0],
            ));

    no_settings!();
}

loss_of_arrays!(KlDivergenceWithLogits);

impl SliceLoss for KlDivergenceWithLogits {
    type Target = Values;
    const LEAST: usize = 1;

    #[inline(always)]
    fn row_gradient<V: Lanes>(&self, logits: &[V], target: &[V], gradient: &mut [V]) -> V {
        let softmax = Softmax::of(logits, gradient);
        let mut value = V::ZERO;
        let mut total = V::ZERO;
        for (&z, &t) in logits.iter().zip(target) {
            value += t.eq(V::ZERO).select(V::ZERO, t * (math::ln(t) + softmax.neg_log_prob(z)));
            total += t;
        }
        for (gradient, &t) in gradient.iter_mut().zip(target) {
            *gradient = total * *gradient - t;
        }
        // Of targets that sum to 1, as rounded, it cannot be negative. `max` gives its argument for
        // NaN: NaN stays.
        let normalised = total.gt(V::splat(ONE_AS_ROUNDED));
        normalised.select(V::ZERO.max(value), value)
    }
}
