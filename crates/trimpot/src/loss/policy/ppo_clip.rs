use super::{Action, ActionTaken};
use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::loss::SliceLoss;
use crate::loss::multiclass::softmax::OfLabel;
use crate::loss::slices::loss_of_arrays;
use crate::loss::spec::{
    Domain, Example, ExampleTarget, Family, LossKind, LossSpec, OneRow, Range, Setting, Small,
    TargetSpec,
};
use crate::math;

/// Log-ratios above this count as it: e⁶⁰ is 10²⁶, far from any use and from overflow.
const LARGEST_LOG_RATIO: f32 = 60.0;

/// Clipped proximal policy optimization: `−min(r A, clip(r, 1 − ε, 1 + ε) A)`, where `A` is the
/// advantage of the action `a` and `r = softmax(z)ₐ / old` how much more likely it is than when it
/// was taken. ε is 0.2 unless said otherwise.
///
/// Gradient `r A (softmax(z) − [j = a])` where the ratio is not clipped, else 0: it is clipped
/// where `A > 0` and `r > 1 + ε`, or `A < 0` and `r < 1 − ε`. At these kinks it is not, as
/// PyTorch's `clamp` passes the gradient at its ends. Logits are any finite numbers; ratios above
/// e⁶⁰ count as e⁶⁰, so that all is finite while the logits' differences are. −∞ is allowed for an
/// action that was not taken; NaN and +∞ give NaN. An action out of range is ignored: value and
/// gradient 0.
///
/// For several steps on the same batch of actions: once an action is likely enough, it is left
/// alone. The first step is that of [`PolicyGradient`](crate::loss::PolicyGradient). An entropy
/// bonus and a loss for the value function are up to the caller.
///
/// rlax `clipped_surrogate_pg_loss`; Schulman et al. 2017, equation 7, negated. Not convex.
///
/// ```
/// use trimpot::loss::{ActionTaken, Loss, PpoClip};
///
/// let loss = PpoClip::default().with_clip(0.25)?;
/// let (even, mut gradient) = ([0.0, 0.0], [0.0; 2]);
/// let rarer_before = ActionTaken { action: 0, advantage: 2.0, old_log_probability: -1.5 };
/// assert_eq!(loss.gradient::<f32>(&even, &rarer_before, &mut gradient), -2.5);
/// assert_eq!(gradient, [0.0, 0.0]);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PpoClip {
    clip: f32,
}

impl PpoClip {
    /// Lets a probability change by a factor of 1 ± `clip`, in (0, 1), before it is left alone.
    ///
    /// # Errors
    /// If `clip` is out of range.
    pub fn with_clip(mut self, clip: f32) -> Result<Self, ParameterError> {
        ParameterError::unless(clip > 0.0 && clip < 1.0, "clip", clip, "(0, 1)")?;
        self.clip = clip;
        Ok(self)
    }
}

impl Default for PpoClip {
    /// ε = 0.2.
    fn default() -> Self {
        PpoClip { clip: 0.2 }
    }
}

impl LossKind for PpoClip {
    type Form = OneRow;
    type Settings = [f32; 1];
    const SOURCE: &'static str = include_str!("ppo_clip.rs");
    const LARGEST_TERMS: Option<&'static str> = Some("r·A for the gradient");
    const NEAR_MINIMUM: Option<[Small; 2]> = None;
    const SPEC: LossSpec = LossSpec::new(Family::Policy, Domain::Logits, TargetSpec::Action)
        .with_least_outputs(2)
        .with_names(&["ppo", "clipped_surrogate_pg"])
        .with_example(Example::new(
            &[0.0; 3],
            ExampleTarget::Action(0, 1.0, -1.0986123),
            0,
            [-4.0, 4.0],
        ))
        .with_settings(&[Setting::new("clip", 0.2, Range::Inside)]);

    fn from_settings([clip]: [f32; 1]) -> Result<Self, ParameterError> {
        Self::default().with_clip(clip)
    }

    fn settings(&self) -> [f32; 1] {
        [self.clip]
    }
}

loss_of_arrays!(PpoClip);

impl SliceLoss for PpoClip {
    type Target = Action;
    const LEAST: usize = 1;

    #[inline(always)]
    fn row_gradient<V: Lanes>(
        &self,
        logits: &[V],
        ActionTaken { action, advantage, old_log_probability }: ActionTaken<V>,
        gradient: &mut [V],
    ) -> V {
        let softmax = OfLabel::of(logits, action, gradient);
        let (log_ratio, lost) = softmax.log_ratio(old_log_probability);
        // `min` gives its argument where it is NaN: NaN stays.
        let largest = V::splat(LARGEST_LOG_RATIO);
        let ratio = math::exp(largest.min(log_ratio));
        // e^lost is 1 + lost. Of a ratio that is cut, or 0, nothing was lost.
        let ratio = log_ratio.abs().lt(largest).select(ratio + ratio * lost, ratio);

        let (least, most) = (V::splat(1.0 - self.clip), V::splat(1.0 + self.clip));
        let too_likely = ratio.gt(most) & advantage.gt(V::ZERO);
        let too_rare = ratio.lt(least) & advantage.lt(V::ZERO);
        let clipped = too_likely | too_rare;
        let gain = ratio * advantage;
        let derivative = clipped.select(V::ZERO, gain);

        softmax.gradient(derivative, gradient);
        let at_the_clip = too_likely.select(most, least) * advantage;
        softmax.known(-clipped.select(at_the_clip, gain))
    }
}
