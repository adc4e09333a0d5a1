use super::{
    LARGEST, Optimizer, RAISE, ROUNDING, bounded, check_decay, check_learning_rate, decayed,
    raised, settled, update_each,
};
use crate::ParameterError;
use crate::lanes::Lanes;
use crate::math;
use crate::vfp;

/// Adam: `m ← β₁·m + (1 − β₁)·g`, `v ← β₂·v + (1 − β₂)·g²`, then
/// `p ← p − r·m̂ / (√v̂ + ε)` with `m̂ = m / (1 − β₁ᵗ)`, `v̂ = v / (1 − β₂ᵗ)` in step `t`.
///
/// Weight decay λ adds `λ·p` to `g` first, where Adam divides it by the size of the gradient:
/// mostly [`AdamW`](super::AdamW) is what is wanted.
///
/// `1 − βᵗ` is computed as `−(e^(t ln β) − 1)`, which does not cancel for a β close to 1, and takes
/// as long for every `t`.
///
/// PyTorch `optim.Adam`, Keras and optax `adam` (Keras adds ε before the correction). Kingma and Ba
/// 2015.
///
/// ```
/// use trimpot::optimizer::{Adam, step};
///
/// let (mut parameters, mut state) = ([1.0_f32], [[0.0; 2]]);
/// step(&mut Adam::new(0.01)?, &mut parameters, &[5.0], &mut state);
/// assert!((parameters[0] - 0.99).abs() < 1e-6); // the first step is as long as the learning rate
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    learning_rate: f32,
    beta_1: f32,
    beta_2: f32,
    epsilon: f32,
    weight_decay: f32,
    /// t: how many steps were begun. From 2³² on it stays, where βᵗ is 0.
    steps: u32,
    /// What turns m into m̂, and √v into √v̂: the same for all parameters of a step.
    corrections: [f32; 2],
}

impl Adam {
    /// Creates an optimizer with the paper's settings: β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸.
    /// `learning_rate` is finite and not negative.
    ///
    /// # Errors
    /// If `learning_rate` is out of range.
    pub fn new(learning_rate: f32) -> Result<Self, ParameterError> {
        let learning_rate = check_learning_rate(learning_rate)?;
        let (epsilon, weight_decay) = (1e-8, 0.0);
        let (steps, corrections) = (0, [1.0; 2]);
        Ok(Adam {
            learning_rate,
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon,
            weight_decay,
            steps,
            corrections,
        })
    }

    /// Sets the shares β₁ and β₂, in [0, 1), of the averages that stay from step to step.
    ///
    /// # Errors
    /// If `beta_1` or `beta_2` is out of range.
    pub fn with_betas(self, beta_1: f32, beta_2: f32) -> Result<Self, ParameterError> {
        let beta_1 = check_decay("beta_1", beta_1)?;
        let beta_2 = check_decay("beta_2", beta_2)?;
        Ok(Adam { beta_1, beta_2, ..self }.at_step(self.steps))
    }

    /// Adds ε = `epsilon`, finite and positive, to the root.
    ///
    /// # Errors
    /// If `epsilon` is out of range.
    pub fn with_epsilon(self, epsilon: f32) -> Result<Self, ParameterError> {
        Ok(Adam { epsilon: ParameterError::positive("epsilon", epsilon)?, ..self })
    }

    /// Pulls parameters towards zero with λ = `weight_decay`, finite and not negative.
    ///
    /// # Errors
    /// If `weight_decay` is out of range.
    pub fn with_weight_decay(self, weight_decay: f32) -> Result<Self, ParameterError> {
        let weight_decay = ParameterError::not_negative("weight_decay", weight_decay)?;
        Ok(Adam { weight_decay, ..self })
    }

    /// The same optimizer in step `t`.
    fn at_step(self, t: u32) -> Self {
        // 1 − βᵗ
        let fresh = |beta: f32| -math::exp_m1(t as f32 * math::ln(beta));
        let corrections = match t {
            0 => [1.0; 2],
            _ => [1.0 / fresh(self.beta_1), 1.0 / Lanes::sqrt(fresh(self.beta_2))],
        };
        Adam { steps: t, corrections, ..self }
    }
}

impl Optimizer for Adam {
    type State<V: Lanes> = [V; 2];

    #[inline]
    fn resume(&mut self, steps: u32) {
        *self = self.at_step(self.steps.saturating_add(steps));
    }

    #[inline(always)]
    fn update<V: Lanes>(&self, parameter: V, gradient: V, [mean, square]: &mut [V; 2]) -> V {
        let gradient = bounded(decayed(gradient, parameter, self.weight_decay));
        let fresh = V::splat(1.0 - self.beta_1) * gradient;
        *mean = settled(V::splat(self.beta_1).mul_add(*mean, fresh));
        let fresh = V::splat(1.0 - self.beta_2) * (gradient * gradient);
        *square = raised(V::splat(self.beta_2).mul_add(*square, fresh));

        let [mean_correction, root_correction] = self.corrections;
        let learning_rate = V::splat(self.learning_rate * mean_correction);
        let root = V::splat(root_correction) * square.sqrt();
        parameter - learning_rate * *mean / (root + V::splat(self.epsilon))
    }

    #[inline(always)]
    fn update_all<V: Lanes>(&self, parameters: &mut [V], gradient: &[V], state: &mut [[V; 2]]) {
        if !vfp::serves::<V>() || self.weight_decay != 0.0 {
            return update_each(self, parameters, gradient, state);
        }
        let [mean_correction, root_correction] = self.corrections;
        let step = vfp::Adam {
            mean_kept: self.beta_1,
            mean_fresh: 1.0 - self.beta_1,
            square_kept: self.beta_2,
            square_fresh: 1.0 - self.beta_2,
            learning_rate: self.learning_rate * mean_correction,
            root_correction,
            epsilon: self.epsilon,
            largest: LARGEST,
            rounding: ROUNDING,
            raise: RAISE,
        };
        vfp::adam(&step, parameters, gradient, state.as_flattened_mut());
    }

    fn learning_rate(&self) -> f32 {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, learning_rate: f32) -> Result<(), ParameterError> {
        self.learning_rate = check_learning_rate(learning_rate)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_betas(beta_1: f32, beta_2: f32) -> Adam {
        Adam::new(0.1).and_then(|adam| adam.with_betas(beta_1, beta_2)).unwrap()
    }

    /// In the very first steps, where `1 − βᵗ` is small, and in the last one that is counted.
    #[test]
    fn corrections_are_exact_in_every_step() {
        for beta in [0.0, 0.5, 0.9, 0.999, 0.999_999_9, 1.0 - f32::EPSILON / 2.0] {
            for t in [1, 2, 3, 10, 1000, 200_000, 1 << 26, u32::MAX] {
                let mut adam = of_betas(beta, beta);
                adam.resume(t);
                let fresh = -libm::expm1(f64::from(t) * libm::log(f64::from(beta)));
                let exact = [1.0 / fresh, 1.0 / fresh.sqrt()];
                for (found, exact) in adam.corrections.into_iter().zip(exact) {
                    let off = (f64::from(found) / exact - 1.0).abs();
                    assert!(off <= 5e-7, "{beta}, step {t}: {found}, expected {exact}");
                }
            }
        }
    }

    #[test]
    fn steps_made_at_once_are_those_made_one_by_one() {
        let (mut counted, mut at_once) = (of_betas(0.9, 0.999), of_betas(0.9, 0.999));
        (0..10_000).for_each(|_| counted.advance());
        at_once.resume(0);
        assert_eq!(at_once, of_betas(0.9, 0.999));
        at_once.resume(4000);
        at_once.resume(6000);
        assert_eq!(at_once, counted);
        // The most that there can be, in no more time; then a step more changes nothing.
        at_once.resume(u32::MAX);
        let last = at_once;
        at_once.advance();
        assert_eq!((at_once, at_once.corrections), (last, [1.0; 2]));
    }

    #[test]
    fn settings_may_be_given_after_steps() {
        let mut late = Adam::new(0.1).unwrap();
        late.resume(3);
        let mut early = of_betas(0.5, 0.75);
        early.resume(3);
        assert_eq!(late.with_betas(0.5, 0.75), Ok(early));
    }
}
