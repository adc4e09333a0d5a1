use super::{Optimizer, bounded, check_decay, check_learning_rate, decayed, raised};
use crate::ParameterError;
use crate::lanes::Lanes;

/// RMSprop: `s ← a·s + (1 − a)·g²`, then `p ← p − r·g / (√s + ε)`.
///
/// Every parameter has a learning rate of its own, by the recent size of its gradient. Weight decay
/// λ adds `λ·p` to `g` first.
///
/// PyTorch `optim.RMSprop` (not centred, no momentum); Keras and optax put ε under the root.
/// Tieleman and Hinton 2012 (lecture 6.5).
///
/// ```
/// use trimpot::optimizer::{RmsProp, step};
///
/// let (mut parameters, mut state) = ([1.0_f32], [[0.0]]);
/// step(&mut RmsProp::new(0.01)?, &mut parameters, &[5.0], &mut state);
/// assert!((parameters[0] - 0.9).abs() < 1e-5); // √s is a tenth of the first gradient
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmsProp {
    learning_rate: f32,
    smoothing: f32,
    epsilon: f32,
    weight_decay: f32,
}

impl RmsProp {
    /// Creates an optimizer with PyTorch's settings: a = 0.99, ε = 10⁻⁸. `learning_rate` is finite
    /// and not negative.
    ///
    /// # Errors
    /// If `learning_rate` is out of range.
    pub fn new(learning_rate: f32) -> Result<Self, ParameterError> {
        Ok(RmsProp {
            learning_rate: check_learning_rate(learning_rate)?,
            smoothing: 0.99,
            epsilon: 1e-8,
            weight_decay: 0.0,
        })
    }

    /// Sets the share a = `smoothing`, in [0, 1), of the average that stays from step to step.
    ///
    /// # Errors
    /// If `smoothing` is out of range.
    pub fn with_smoothing(self, smoothing: f32) -> Result<Self, ParameterError> {
        Ok(RmsProp { smoothing: check_decay("smoothing", smoothing)?, ..self })
    }

    /// Adds ε = `epsilon`, finite and positive, to the root.
    ///
    /// # Errors
    /// If `epsilon` is out of range.
    pub fn with_epsilon(self, epsilon: f32) -> Result<Self, ParameterError> {
        Ok(RmsProp { epsilon: ParameterError::positive("epsilon", epsilon)?, ..self })
    }

    /// Pulls parameters towards zero with λ = `weight_decay`, finite and not negative.
    ///
    /// # Errors
    /// If `weight_decay` is out of range.
    pub fn with_weight_decay(self, weight_decay: f32) -> Result<Self, ParameterError> {
        let weight_decay = ParameterError::not_negative("weight_decay", weight_decay)?;
        Ok(RmsProp { weight_decay, ..self })
    }
}

impl Optimizer for RmsProp {
    type State<V: Lanes> = [V; 1];

    #[inline(always)]
    fn resume(&mut self, _steps: u32) {}

    #[inline(always)]
    fn update<V: Lanes>(&self, parameter: V, gradient: V, [square]: &mut [V; 1]) -> V {
        let gradient = bounded(decayed(gradient, parameter, self.weight_decay));
        let fresh = V::splat(1.0 - self.smoothing) * (gradient * gradient);
        *square = raised(V::splat(self.smoothing).mul_add(*square, fresh));
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
