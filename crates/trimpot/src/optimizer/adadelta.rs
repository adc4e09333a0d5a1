use super::{Optimizer, bounded, check_decay, check_learning_rate, decayed, raised};
use crate::ParameterError;
use crate::lanes::Lanes;

/// Adadelta: `s ← ρ·s + (1 − ρ)·g²`, `d = g·√(u + ε) / √(s + ε)`, `u ← ρ·u + (1 − ρ)·d²`, then
/// `p ← p − r·d`.
///
/// The recent size of a parameter's changes, over that of its gradient, takes the place of a
/// learning rate, so that `r` is 1 in the paper. It begins slowly: the first change is about √ε.
/// Weight decay λ adds `λ·p` to `g` first.
///
/// PyTorch `optim.Adadelta`, Keras and optax `adadelta` (other settings). Zeiler 2012.
///
/// ```
/// use trimpot::optimizer::{Adadelta, step};
///
/// let (mut parameters, mut state) = ([1.0_f32], [[0.0; 2]]);
/// step(&mut Adadelta::new(1.0)?, &mut parameters, &[5.0], &mut state);
/// assert!((parameters[0] - (1.0 - 1e-5_f32.sqrt())).abs() < 1e-6);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adadelta {
    learning_rate: f32,
    smoothing: f32,
    epsilon: f32,
    weight_decay: f32,
}

impl Adadelta {
    /// Creates an optimizer with PyTorch's settings: ρ = 0.9, ε = 10⁻⁶, no weight decay.
    /// `learning_rate` is finite and not negative.
    ///
    /// # Errors
    /// If `learning_rate` is out of range.
    pub fn new(learning_rate: f32) -> Result<Self, ParameterError> {
        let learning_rate = check_learning_rate(learning_rate)?;
        Ok(Adadelta { learning_rate, smoothing: 0.9, epsilon: 1e-6, weight_decay: 0.0 })
    }

    /// Sets the share ρ = `smoothing`, in [0, 1), of the averages that stays from step to step.
    ///
    /// # Errors
    /// If `smoothing` is out of range.
    pub fn with_smoothing(self, smoothing: f32) -> Result<Self, ParameterError> {
        Ok(Adadelta { smoothing: check_decay("smoothing", smoothing)?, ..self })
    }

    /// Adds ε = `epsilon`, finite and positive, under both roots.
    ///
    /// # Errors
    /// If `epsilon` is out of range.
    pub fn with_epsilon(self, epsilon: f32) -> Result<Self, ParameterError> {
        Ok(Adadelta { epsilon: ParameterError::positive("epsilon", epsilon)?, ..self })
    }

    /// Pulls parameters towards zero with λ = `weight_decay`, finite and not negative.
    ///
    /// # Errors
    /// If `weight_decay` is out of range.
    pub fn with_weight_decay(self, weight_decay: f32) -> Result<Self, ParameterError> {
        let weight_decay = ParameterError::not_negative("weight_decay", weight_decay)?;
        Ok(Adadelta { weight_decay, ..self })
    }
}

impl Optimizer for Adadelta {
    type State<V: Lanes> = [V; 2];

    #[inline(always)]
    fn resume(&mut self, _steps: u32) {}

    #[inline(always)]
    fn update<V: Lanes>(&self, parameter: V, gradient: V, [square, change]: &mut [V; 2]) -> V {
        let gradient = bounded(decayed(gradient, parameter, self.weight_decay));
        let (past, fresh) = (V::splat(self.smoothing), V::splat(1.0 - self.smoothing));
        let epsilon = V::splat(self.epsilon);
        *square = raised(past.mul_add(*square, fresh * (gradient * gradient)));
        // Two roots and not one of the quotient, which may overflow where the roots do not.
        let delta = gradient * ((*change + epsilon).sqrt() / (*square + epsilon).sqrt());
        *change = raised(past.mul_add(*change, fresh * (delta * delta)));
        parameter - V::splat(self.learning_rate) * delta
    }

    fn learning_rate(&self) -> f32 {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, learning_rate: f32) -> Result<(), ParameterError> {
        self.learning_rate = check_learning_rate(learning_rate)?;
        Ok(())
    }
}
