//! Penalties for large parameters, so that a network that sees few samples does not fit noise.

use crate::ParameterError;
use crate::lanes::Lanes;

/// A price for the size of parameters, summed over all of them.
pub trait Penalty {
    /// Returns the price of one parameter, and its derivative.
    fn value_and_derivative<V: Lanes>(&self, parameter: V) -> (V, V);

    /// Adds the derivative to the gradient of the parameters, and returns the price (with vectors,
    /// that of each lane's parameters).
    ///
    /// ```
    /// use trimpot::penalty::{L2, Penalty};
    /// let mut gradient = [0.0, 1.0];
    /// let price = L2::new(0.5)?.add_gradient::<f32>(&[1.0, -2.0], &mut gradient);
    /// assert_eq!((price, gradient), (2.5, [1.0, -1.0]));
    /// # Ok::<(), trimpot::ParameterError>(())
    /// ```
    #[inline]
    fn add_gradient<V: Lanes>(&self, parameters: &[V], gradient: &mut [V]) -> V {
        V::vectorize(
            gradient,
            #[inline(always)]
            |gradient| {
                let mut price = V::ZERO;
                for (gradient, &parameter) in gradient.iter_mut().zip(parameters) {
                    let (value, derivative) = self.value_and_derivative(parameter);
                    price += value;
                    *gradient += derivative;
                }
                price
            },
        )
    }
}

/// `s Σ |w|` (Lasso): drives parameters to exactly zero. The derivative at 0 is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L1 {
    strength: f32,
}

impl L1 {
    /// Creates a penalty of strength s, finite and not negative.
    ///
    /// # Errors
    /// If `strength` is out of range.
    pub fn new(strength: f32) -> Result<Self, ParameterError> {
        Ok(L1 { strength: ParameterError::not_negative("strength", strength)? })
    }
}

impl Penalty for L1 {
    #[inline(always)]
    fn value_and_derivative<V: Lanes>(&self, parameter: V) -> (V, V) {
        let strength = V::splat(self.strength);
        (strength * parameter.abs(), strength * parameter.signum())
    }
}

/// `s Σ w²` (ridge, weight decay of `2 s`): keeps parameters small.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L2 {
    strength: f32,
}

impl L2 {
    /// Creates a penalty of strength s, finite and not negative.
    ///
    /// # Errors
    /// If `strength` is out of range.
    pub fn new(strength: f32) -> Result<Self, ParameterError> {
        Ok(L2 { strength: ParameterError::not_negative("strength", strength)? })
    }
}

impl Penalty for L2 {
    #[inline(always)]
    fn value_and_derivative<V: Lanes>(&self, parameter: V) -> (V, V) {
        let pull = V::splat(self.strength) * parameter;
        (pull * parameter, pull + pull)
    }
}

/// `s Σ (r·|w| + (1 − r)·w²)`: between [`L1`] and [`L2`] (Zou and Hastie 2005).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ElasticNet {
    l1: L1,
    l2: L2,
}

impl ElasticNet {
    /// Creates a penalty of strength s, finite and not negative, of which the share r = `l1_ratio`,
    /// in [0, 1], is L1.
    ///
    /// # Errors
    /// If `strength` or `l1_ratio` is out of range.
    pub fn new(strength: f32, l1_ratio: f32) -> Result<Self, ParameterError> {
        let strength = ParameterError::not_negative("strength", strength)?;
        let valid = (0.0..=1.0).contains(&l1_ratio);
        ParameterError::unless(valid, "l1_ratio", l1_ratio, "[0, 1]")?;
        let l1 = L1 { strength: strength * l1_ratio };
        Ok(ElasticNet { l1, l2: L2 { strength: strength * (1.0 - l1_ratio) } })
    }
}

/// Their sum, `s₁ Σ |w| + s₂ Σ w²`: Keras' `L1L2`.
impl From<(L1, L2)> for ElasticNet {
    fn from((l1, l2): (L1, L2)) -> Self {
        ElasticNet { l1, l2 }
    }
}

impl Penalty for ElasticNet {
    #[inline(always)]
    fn value_and_derivative<V: Lanes>(&self, parameter: V) -> (V, V) {
        let (l1, l1_derivative) = self.l1.value_and_derivative(parameter);
        let (l2, l2_derivative) = self.l2.value_and_derivative(parameter);
        (l1 + l2, l1_derivative + l2_derivative)
    }
}
