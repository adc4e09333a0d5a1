use super::{Adam, Optimizer};
use crate::ParameterError;
use crate::lanes::Lanes;

/// AdamW: `p ← p·(1 − r·λ)`, then [`Adam`]'s step.
///
/// The weight decay λ is beside the gradient and not in it, so that it pulls at all parameters
/// alike, whatever the size of their gradients.
///
/// PyTorch `optim.AdamW`, Keras `AdamW`, optax `adamw` (Keras adds ε before the correction; λ is
/// 0.004 in Keras and 10⁻⁴ in optax unless said otherwise). Loshchilov and Hutter 2019.
///
/// ```
/// use trimpot::optimizer::{AdamW, step};
///
/// let (mut parameters, mut state) = ([1.0_f32], [[0.0; 2]]);
/// let mut adam_w = AdamW::new(0.01)?.with_weight_decay(0.5)?;
/// step(&mut adam_w, &mut parameters, &[0.0], &mut state);
/// assert!((parameters[0] - 0.995).abs() < 1e-6); // no gradient: only the decay
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamW {
    adam: Adam,
    weight_decay: f32,
}

impl AdamW {
    /// Creates an optimizer with PyTorch's settings: λ = 0.01, β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸.
    /// `learning_rate` is finite and not negative.
    ///
    /// # Errors
    /// If `learning_rate` is out of range.
    pub fn new(learning_rate: f32) -> Result<Self, ParameterError> {
        Ok(AdamW { adam: Adam::new(learning_rate)?, weight_decay: 0.01 })
    }

    /// Sets the shares β₁ and β₂, in [0, 1), of the averages that stay from step to step.
    ///
    /// # Errors
    /// If `beta_1` or `beta_2` is out of range.
    pub fn with_betas(self, beta_1: f32, beta_2: f32) -> Result<Self, ParameterError> {
        Ok(AdamW { adam: self.adam.with_betas(beta_1, beta_2)?, ..self })
    }

    /// Adds ε = `epsilon`, finite and positive, to the root.
    ///
    /// # Errors
    /// If `epsilon` is out of range.
    pub fn with_epsilon(self, epsilon: f32) -> Result<Self, ParameterError> {
        Ok(AdamW { adam: self.adam.with_epsilon(epsilon)?, ..self })
    }

    /// Shrinks parameters by r·λ in each step, λ = `weight_decay` finite and not negative.
    ///
    /// # Errors
    /// If `weight_decay` is out of range.
    pub fn with_weight_decay(self, weight_decay: f32) -> Result<Self, ParameterError> {
        let weight_decay = ParameterError::not_negative("weight_decay", weight_decay)?;
        Ok(AdamW { weight_decay, ..self })
    }
}

impl Optimizer for AdamW {
    type State<V: Lanes> = [V; 2];

    #[inline]
    fn resume(&mut self, steps: u32) {
        self.adam.resume(steps);
    }

    #[inline(always)]
    fn update<V: Lanes>(&self, parameter: V, gradient: V, state: &mut [V; 2]) -> V {
        let factor = V::splat(1.0 - self.learning_rate() * self.weight_decay);
        self.adam.update(parameter * factor, gradient, state)
    }

    #[inline(always)]
    fn learning_rate(&self) -> f32 {
        self.adam.learning_rate()
    }

    fn set_learning_rate(&mut self, learning_rate: f32) -> Result<(), ParameterError> {
        self.adam.set_learning_rate(learning_rate)
    }
}
