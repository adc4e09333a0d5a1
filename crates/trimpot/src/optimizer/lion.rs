use super::{Optimizer, check_decay, check_learning_rate, settled};
use crate::ParameterError;
use crate::lanes::Lanes;

/// Lion: `p ← p·(1 − r·λ) − r·sign(β₁·m + (1 − β₁)·g)`, then `m ← β₂·m + (1 − β₂)·g`.
///
/// Only the sign of the gradient counts, so every change is as long as the learning rate, which is
/// 3 to 10 times smaller than Adam's; a weight decay λ as many times larger. One number of memory
/// for each parameter and neither root nor division: on a board, half of Adam's memory. Where the
/// direction is 0, only λ acts.
///
/// optax and Keras `lion` (PyTorch has none). Chen et al. 2023, "Symbolic Discovery of Optimization
/// Algorithms".
///
/// ```
/// use trimpot::optimizer::{Lion, step};
///
/// let (mut parameters, mut state) = ([1.0_f32, 1.0], [[0.0]; 2]);
/// step(&mut Lion::new(0.01)?, &mut parameters, &[5.0, -0.1], &mut state);
/// assert_eq!(parameters, [0.99, 1.01]);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lion {
    learning_rate: f32,
    beta_1: f32,
    beta_2: f32,
    weight_decay: f32,
}

impl Lion {
    /// Creates an optimizer with the paper's settings: β₁ = 0.9, β₂ = 0.99; no weight decay.
    /// `learning_rate` is finite and not negative.
    ///
    /// # Errors
    /// If `learning_rate` is out of range.
    pub fn new(learning_rate: f32) -> Result<Self, ParameterError> {
        Ok(Lion {
            learning_rate: check_learning_rate(learning_rate)?,
            beta_1: 0.9,
            beta_2: 0.99,
            weight_decay: 0.0,
        })
    }

    /// Sets β₁, the share of the momentum in the direction, and β₂, the share of it that stays from
    /// step to step: both in [0, 1).
    ///
    /// # Errors
    /// If `beta_1` or `beta_2` is out of range.
    pub fn with_betas(self, beta_1: f32, beta_2: f32) -> Result<Self, ParameterError> {
        let beta_1 = check_decay("beta_1", beta_1)?;
        let beta_2 = check_decay("beta_2", beta_2)?;
        Ok(Lion { beta_1, beta_2, ..self })
    }

    /// Shrinks parameters by r·λ in each step, λ = `weight_decay` finite and not negative.
    ///
    /// # Errors
    /// If `weight_decay` is out of range.
    pub fn with_weight_decay(self, weight_decay: f32) -> Result<Self, ParameterError> {
        let weight_decay = ParameterError::not_negative("weight_decay", weight_decay)?;
        Ok(Lion { weight_decay, ..self })
    }
}

/// `β · mean + (1 − β) · gradient`.
#[inline(always)]
fn blend<V: Lanes>(beta: f32, mean: V, gradient: V) -> V {
    V::splat(beta).mul_add(mean, V::splat(1.0 - beta) * gradient)
}

impl Optimizer for Lion {
    type State<V: Lanes> = [V; 1];

    #[inline(always)]
    fn resume(&mut self, _steps: u32) {}

    #[inline(always)]
    fn update<V: Lanes>(&self, parameter: V, gradient: V, [mean]: &mut [V; 1]) -> V {
        let direction = blend(self.beta_1, *mean, gradient).signum();
        *mean = settled(blend(self.beta_2, *mean, gradient));
        let decayed = parameter * V::splat(1.0 - self.learning_rate * self.weight_decay);
        decayed - V::splat(self.learning_rate) * direction
    }

    fn learning_rate(&self) -> f32 {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, learning_rate: f32) -> Result<(), ParameterError> {
        self.learning_rate = check_learning_rate(learning_rate)?;
        Ok(())
    }
}
