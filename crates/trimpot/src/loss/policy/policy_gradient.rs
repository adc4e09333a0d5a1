use super::{Action, ActionTaken};
use crate::lanes::{Lanes, Mask};
use crate::loss::SliceLoss;
use crate::loss::multiclass::softmax::OfLabel;
use crate::loss::slices::loss_of_arrays;
use crate::loss::spec::{
    Domain, Example, ExampleTarget, Family, LossKind, LossSpec, OneRow, Small, TargetSpec,
    no_settings,
};

/// Policy gradient (REINFORCE): `−A·ln softmax(z)ₐ` for the action `a` and its advantage `A`.
///
/// Gradient `A (softmax(z) − [j = a])`. Logits are any finite numbers, the advantage too: positive
/// for an action that did better than expected, negative for one that did worse. −∞ is allowed for
/// an action that was not taken (because it is forbidden, say); NaN and +∞ give NaN, unless `A` is
/// 0: then the value is 0. An action out of range is ignored: value and gradient 0. The old
/// log-probability is not looked at.
///
/// For learning from reward on the board, one step after each action. Subtract a baseline from
/// returns, or it is slow. The value falls without end where advantages are negative: watch the
/// reward, not the loss. To take several steps on the same actions use
/// [`PpoClip`](crate::loss::PpoClip).
///
/// PyTorch `-advantage * Categorical(logits=z).log_prob(a)`; rlax `policy_gradient_loss`. Williams
/// 1992. Convex for A ≥ 0, concave below.
///
/// ```
/// use trimpot::loss::{ActionTaken, Loss, PolicyGradient};
///
/// let mut gradient = [0.0; 2];
/// let good = ActionTaken { action: 1, advantage: 2.0, old_log_probability: 0.0 };
/// PolicyGradient.gradient::<f32>(&[0.0, 0.0], &good, &mut gradient);
/// assert_eq!(gradient, [1.0, -1.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyGradient;

impl LossKind for PolicyGradient {
    type Form = OneRow;
    const SOURCE: &'static str = include_str!("policy_gradient.rs");
    const LARGEST_TERMS: Option<&'static str> = Some("the advantage for the gradient");
    const NEAR_MINIMUM: Option<[Small; 2]> = None;
    const SPEC: LossSpec = LossSpec::new(Family::Policy, Domain::Logits, TargetSpec::Action)
        .with_least_outputs(2)
        .with_names(&["reinforce"])
        .with_example(Example::new(
            &[0.0; 3],
            ExampleTarget::Action(0, 1.0, -1.0986123),
            0,
            [-4.0, 4.0],
        ));

    no_settings!();
}

loss_of_arrays!(PolicyGradient);

impl SliceLoss for PolicyGradient {
    type Target = Action;
    const LEAST: usize = 1;

    #[inline(always)]
    fn row_gradient<V: Lanes>(
        &self,
        logits: &[V],
        ActionTaken { action, advantage, .. }: ActionTaken<V>,
        gradient: &mut [V],
    ) -> V {
        let softmax = OfLabel::of(logits, action, gradient);
        softmax.gradient(advantage, gradient);
        // Without an advantage the logit, which may be −∞, is not asked for.
        let nothing = advantage.eq(V::ZERO);
        softmax.known(nothing.select(V::ZERO, advantage * softmax.neg_log_prob()))
    }
}
