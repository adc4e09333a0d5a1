use super::{Action, ActionTaken};
use crate::lanes::{Lanes, Mask};
use crate::loss::Loss;
use crate::loss::multiclass::softmax::OfLabel;
use crate::shape::Vector;

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

impl<const N: usize> Loss<Vector<N>> for PolicyGradient {
    type Target = Action;

    #[inline]
    fn gradient<V: Lanes>(
        &self,
        logits: &[V; N],
        &ActionTaken { action, advantage, .. }: &ActionTaken<V>,
        gradient: &mut [V; N],
    ) -> V {
        let softmax = OfLabel::of(logits, action, gradient);
        softmax.gradient(advantage, gradient);
        // Without an advantage the logit, which may be −∞, is not asked for.
        let nothing = advantage.eq(V::ZERO);
        softmax.known(nothing.select(V::ZERO, advantage * softmax.neg_log_prob()))
    }
}
