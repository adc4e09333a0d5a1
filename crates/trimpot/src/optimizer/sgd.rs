use super::{Optimizer, check_decay, check_learning_rate, decayed, settled};
use crate::ParameterError;
use crate::lanes::Lanes;

/// Stochastic gradient descent with momentum `m` and learning rate `r`.
///
/// `v ← m·v + g`, then `p ← p − r·v`; with Nesterov's momentum `p ← p − r·(g + m·v)`.
/// Weight decay λ adds `λ·p` to `g` first.
///
/// PyTorch `optim.SGD(momentum, nesterov, weight_decay)`, no dampening; Keras' `SGD` puts the
/// learning rate into `v`. Momentum: Polyak 1964, Sutskever et al. 2013.
///
/// ```
/// use trimpot::optimizer::{Sgd, step};
///
/// let mut sgd = Sgd::new(0.1)?.with_momentum(0.9)?;
/// let (mut parameters, mut state) = ([1.0_f32], [[0.0]]);
/// step(&mut sgd, &mut parameters, &[2.0], &mut state);
/// step(&mut sgd, &mut parameters, &[0.0], &mut state);
/// assert!((parameters[0] - (1.0 - 0.2 - 0.18)).abs() < 1e-6);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    learning_rate: f32,
    momentum: f32,
    nesterov: bool,
    weight_decay: f32,
}

impl Sgd {
    /// Creates an optimizer without momentum and weight decay. `learning_rate` is finite and not
    /// negative.
    ///
    /// # Errors
    /// If `learning_rate` is out of range.
    pub fn new(learning_rate: f32) -> Result<Self, ParameterError> {
        Ok(Sgd {
            learning_rate: check_learning_rate(learning_rate)?,
            momentum: 0.0,
            nesterov: false,
            weight_decay: 0.0,
        })
    }

    /// Sets the share `momentum`, in [0, 1), of the velocity that stays from step to step.
    ///
    /// # Errors
    /// If `momentum` is out of range.
    pub fn with_momentum(self, momentum: f32) -> Result<Self, ParameterError> {
        Ok(Sgd { momentum: check_decay("momentum", momentum)?, ..self })
    }

    /// Looks one step ahead along the velocity.
    pub fn with_nesterov(self) -> Self {
        Sgd { nesterov: true, ..self }
    }

    /// Pulls parameters towards zero with λ = `weight_decay`, finite and not negative.
    ///
    /// # Errors
    /// If `weight_decay` is out of range.
    pub fn with_weight_decay(self, weight_decay: f32) -> Result<Self, ParameterError> {
        let weight_decay = ParameterError::not_negative("weight_decay", weight_decay)?;
        Ok(Sgd { weight_decay, ..self })
    }
}

impl Optimizer for Sgd {
    type State<V: Lanes> = [V; 1];

    #[inline(always)]
    fn resume(&mut self, _steps: u32) {}

    #[inline(always)]
    fn update<V: Lanes>(&self, parameter: V, gradient: V, [velocity]: &mut [V; 1]) -> V {
        let gradient = decayed(gradient, parameter, self.weight_decay);
        let momentum = V::splat(self.momentum);
        *velocity = settled(momentum.mul_add(*velocity, gradient));
        let direction =
            if self.nesterov { momentum.mul_add(*velocity, gradient) } else { *velocity };
        parameter - V::splat(self.learning_rate) * direction
    }

    fn learning_rate(&self) -> f32 {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, learning_rate: f32) -> Result<(), ParameterError> {
        self.learning_rate = check_learning_rate(learning_rate)?;
        Ok(())
    }
}
