use super::{Optimizer, bounded, check_learning_rate, decayed};
use crate::ParameterError;
use crate::lanes::Lanes;

/// Adagrad: `s ← s + g²`, then `p ← p − r·g / (√s + ε)`.
///
/// Every parameter has a learning rate of its own, by all its gradients so far: what is rarely
/// needed still learns late in a run, and the learning rate never grows. Weight decay λ adds `λ·p`
/// to `g` first.
///
/// PyTorch `optim.Adagrad` (no `lr_decay`: that is a schedule's business); Keras' and optax's
/// `adagrad` start with s = 0.1 and put ε under the root. Duchi, Hazan and Singer 2011.
///
/// ```
/// use trimpot::optimizer::{Adagrad, step};
///
/// let (mut parameters, mut state) = ([1.0_f32], [[0.0]]);
/// step(&mut Adagrad::new(0.01)?, &mut parameters, &[5.0], &mut state);
/// assert!((parameters[0] - 0.99).abs() < 1e-6); // the first step is as long as the learning rate
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adagrad {
    learning_rate: f32,
    epsilon: f32,
    weight_decay: f32,
}

impl Adagrad {
    /// Creates an optimizer with PyTorch's settings: ε = 10⁻¹⁰, no weight decay. `learning_rate` is
    /// finite and not negative.
    ///
    /// # Errors
    /// If `learning_rate` is out of range.
    pub fn new(learning_rate: f32) -> Result<Self, ParameterError> {
        Ok(Adagrad {
            learning_rate: check_learning_rate(learning_rate)?,
            epsilon: 1e-10,
            weight_decay: 0.0,
        })
    }

    /// Adds ε = `epsilon`, finite and positive, to the root.
    ///
    /// # Errors
    /// If `epsilon` is out of range.
    pub fn with_epsilon(self, epsilon: f32) -> Result<Self, ParameterError> {
        Ok(Adagrad { epsilon: ParameterError::positive("epsilon", epsilon)?, ..self })
    }

    /// Pulls parameters towards zero with λ = `weight_decay`, finite and not negative.
    ///
    /// # Errors
    /// If `weight_decay` is out of range.
    pub fn with_weight_decay(self, weight_decay: f32) -> Result<Self, ParameterError> {
        let weight_decay = ParameterError::not_negative("weight_decay", weight_decay)?;
        Ok(Adagrad { weight_decay, ..self })
    }
}

impl Optimizer for Adagrad {
    type State<V: Lanes> = [V; 1];

    #[inline(always)]
    fn resume(&mut self, _steps: u32) {}

    #[inline(always)]
    fn update<V: Lanes>(&self, parameter: V, gradient: V, [square]: &mut [V; 1]) -> V {
        let gradient = bounded(decayed(gradient, parameter, self.weight_decay));
        // Full after four of the largest gradients, and not infinite. `min` gives its argument
        // where that is NaN.
        *square = V::splat(f32::MAX).min(gradient.mul_add(gradient, *square));
        parameter
            - V::splat(self.learning_rate) * gradient / (square.sqrt() + V::splat(self.epsilon))
    }

    fn learning_rate(&self) -> f32 {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, learning_rate: f32) -> Result<(), ParameterError> {
        self.learning_rate = check_learning_rate(learning_rate)?;
        Ok(())
    }
}
