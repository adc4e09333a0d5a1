use super::softmax::OfLabel;
use crate::ParameterError;
use crate::lanes::Lanes;
use crate::loss::slices::loss_of_arrays;
use crate::loss::spec::{
    Domain, Example, Family, LossKind, LossSpec, OneRow, Range, Setting, Small, TargetSpec,
};
use crate::loss::{Class, SliceLoss};
use crate::math;

/// The logarithm of the least subnormal: below that of every number but 0. In place of −∞, so that
/// 0 to the power 0 comes out as 1.
const LEAST_LN: f32 = -104.0;

/// Focal loss on logits: `−(1 − p)^γ·ln p`, `p` being the softmax at the label.
///
/// Gradient `(1 − p)^γ·(1 − γ·p·ln p / (1 − p))·(softmax(z) − [label])`. Logits are any finite
/// numbers; value and gradient are finite while their differences are; γ is not negative, 2 unless
/// said otherwise. −∞ is allowed for a class that is not the label; at the label, it gives infinity
/// and NaN, as do +∞ and NaN anywhere. A label out of range is ignored: value and gradient 0.
///
/// For classes of very different frequency: the larger γ, the less count the samples that are
/// classified well already. With γ = 0 this is cross-entropy. Not where the probabilities
/// themselves are wanted: they come out too cautious.
///
/// Keras `CategoricalFocalCrossentropy(gamma=γ, from_logits=True)`, whose `alpha` is a factor:
/// `0.25 * Focal::default()`; it holds probabilities above 10⁻⁷, so that an error is at most
/// 16.118. Lin et al. 2017. Not convex.
///
/// How it is computed: 1 − p is the sum of the other probabilities, so that nothing is lost where
/// it is small.
///
/// ```
/// use trimpot::loss::{Focal, Loss};
///
/// let loss = Focal::default();
/// let value = loss.value::<f32>(&[0.0, 0.0], &1);
/// assert!((value - 0.25 * core::f32::consts::LN_2).abs() < 1e-6);
/// // A clear error costs as in cross-entropy, a clear success nothing.
/// assert_eq!(loss.value::<f32>(&[10_000.0, 0.0], &1), 10_000.0);
/// assert_eq!(loss.value::<f32>(&[10_000.0, 0.0], &0), 0.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Focal {
    gamma: f32,
}

impl Focal {
    /// Takes the chance of a mistake to the power `gamma`, which is finite and not negative.
    ///
    /// # Errors
    /// If `gamma` is out of range.
    pub fn with_gamma(mut self, gamma: f32) -> Result<Self, ParameterError> {
        self.gamma = ParameterError::not_negative("gamma", gamma)?;
        Ok(self)
    }
}

impl Default for Focal {
    /// Creates the default: a gamma of 2, the best of Lin et al.
    fn default() -> Self {
        Focal { gamma: 2.0 }
    }
}

impl LossKind for Focal {
    type Form = OneRow;
    type Settings = [f32; 1];
    const SOURCE: &'static str = include_str!("focal.rs");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::POWER, Small::POWER]);
    const SPEC: LossSpec = LossSpec::new(Family::Multiclass, Domain::Logits, TargetSpec::Class)
        .with_least_outputs(2)
        .with_names(&["softmax_focal", "categorical_focal_crossentropy"])
        .with_example(Example::of_logits())
        .with_settings(&[Setting::new("gamma", 2.0, Range::NotNegative)]);

    fn from_settings([gamma]: [f32; 1]) -> Result<Self, ParameterError> {
        Self::default().with_gamma(gamma)
    }

    fn settings(&self) -> [f32; 1] {
        [self.gamma]
    }
}

loss_of_arrays!(Focal);

impl SliceLoss for Focal {
    type Target = Class;
    const LEAST: usize = 1;

    #[inline(always)]
    fn row_gradient<V: Lanes>(&self, logits: &[V], label: V::Bits, gradient: &mut [V]) -> V {
        let softmax = OfLabel::of(logits, label, gradient);
        let gamma = V::splat(self.gamma);
        // `max` gives its argument for NaN, so this way round NaN stays.
        let ln_mistake = V::splat(LEAST_LN).max(math::ln(softmax.mistake()));
        let focus = math::exp(gamma * ln_mistake);
        let neg_log_prob = softmax.neg_log_prob();
        // Where there is no chance of a mistake, neither is there a loss.
        let pull = focus * (V::ONE + gamma * (softmax.odds() * neg_log_prob));
        softmax.gradient(pull, gradient);
        softmax.known(focus * neg_log_prob)
    }
}
