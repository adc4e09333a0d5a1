//! Losses for policies in reinforcement learning.
//!
//! Predictions are the logits of a softmax over actions.

mod policy_gradient;
mod ppo_clip;
pub use policy_gradient::PolicyGradient;
pub use ppo_clip::PpoClip;

use crate::lanes::Lanes;
use crate::loss::Target;

/// What was done in some state, and what came of it: [`ActionTaken`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Action;

impl Target for Action {
    type Values<V: Lanes> = ActionTaken<V>;
}

/// One action of the past for each lane: `ActionTaken<f32>` for one sample.
///
/// An action that is not below the number of logits is *ignored*: value and gradient are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ActionTaken<V: Lanes> {
    /// The index of the action.
    pub action: V::Bits,
    /// How much better than expected it was.
    pub advantage: V,
    /// The logarithm of its probability when it was chosen. Only [`PpoClip`] asks for it.
    pub old_log_probability: V,
}
