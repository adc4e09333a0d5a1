use super::{Optimizer, check_decay, check_rate, decayed};
use crate::ParameterError;
use crate::lanes::Lanes;

/// Adam: `m ← β₁·m + (1 − β₁)·g`, `v ← β₂·v + (1 − β₂)·g²`, then
/// `p ← p − r·m̂ / (√v̂ + ε)` with `m̂ = m / (1 − β₁ᵗ)`, `v̂ = v / (1 − β₂ᵗ)` in step `t`.
///
/// Weight decay λ adds `λ·p` to `g` first, where Adam divides it by the size of the gradient: mostly
/// [`AdamW`](super::AdamW) is what is wanted.
///
/// PyTorch `optim.Adam`, Keras and optax `adam` (Keras adds ε before the correction). Kingma and Ba
/// 2015.
///
/// ```
/// use trimpot::optimizer::{Adam, step};
///
/// let (mut parameters, mut state) = ([1.0_f32], [[0.0; 2]]);
/// step(&mut Adam::new(0.01)?, &mut parameters, &[5.0], &mut state);
/// assert!((parameters[0] - 0.99).abs() < 1e-6); // the first step is as long as the rate
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    rate: f32,
    beta_1: f32,
    beta_2: f32,
    epsilon: f32,
    weight_decay: f32,
    /// β₁ᵗ and β₂ᵗ.
    powers: [f32; 2],
    /// What turns m into m̂, and √v into √v̂: the same for all parameters of a step.
    corrections: [f32; 2],
}

impl Adam {
    /// The paper's settings: β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸. `rate` is finite and not negative.
    pub fn new(rate: f32) -> Result<Self, ParameterError> {
        let rate = check_rate(rate)?;
        let (powers, corrections) = ([1.0; 2], [1.0; 2]);
        let (epsilon, weight_decay) = (1e-8, 0.0);
        Ok(Adam { rate, beta_1: 0.9, beta_2: 0.999, epsilon, weight_decay, powers, corrections })
    }

    /// Keeps the shares β₁ and β₂, in [0, 1), of the averages from step to step.
    pub fn with_betas(self, beta_1: f32, beta_2: f32) -> Result<Self, ParameterError> {
        let beta_1 = check_decay("beta_1", beta_1)?;
        let beta_2 = check_decay("beta_2", beta_2)?;
        Ok(Adam { beta_1, beta_2, ..self })
    }

    /// Adds ε = `epsilon`, finite and positive, to the root.
    pub fn with_epsilon(self, epsilon: f32) -> Result<Self, ParameterError> {
        Ok(Adam { epsilon: ParameterError::positive("epsilon", epsilon)?, ..self })
    }

    /// Pulls parameters towards zero with λ = `weight_decay`, finite and not negative.
    pub fn with_weight_decay(self, weight_decay: f32) -> Result<Self, ParameterError> {
        let weight_decay = ParameterError::not_negative("weight_decay", weight_decay)?;
        Ok(Adam { weight_decay, ..self })
    }
}

impl Optimizer for Adam {
    type State<V: Lanes> = [V; 2];

    fn advance(&mut self) {
        let [first, second] = self.powers;
        let (first, second) = (first * self.beta_1, second * self.beta_2);
        self.powers = [first, second];
        self.corrections = [1.0 / (1.0 - first), 1.0 / Lanes::sqrt(1.0 - second)];
    }

    #[inline(always)]
    fn update<V: Lanes>(&self, parameter: V, gradient: V, [mean, square]: &mut [V; 2]) -> V {
        let gradient = decayed(gradient, parameter, self.weight_decay);
        let fresh = V::splat(1.0 - self.beta_1) * gradient;
        *mean = V::splat(self.beta_1).mul_add(*mean, fresh);
        let fresh = V::splat(1.0 - self.beta_2) * (gradient * gradient);
        *square = V::splat(self.beta_2).mul_add(*square, fresh);

        let [mean_correction, root_correction] = self.corrections;
        let rate = V::splat(self.rate * mean_correction);
        let root = V::splat(root_correction) * square.sqrt();
        parameter - rate * *mean / (root + V::splat(self.epsilon))
    }

    fn rate(&self) -> f32 {
        self.rate
    }

    fn set_rate(&mut self, rate: f32) -> Result<(), ParameterError> {
        self.rate = check_rate(rate)?;
        Ok(())
    }
}
