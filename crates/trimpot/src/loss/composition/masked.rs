use crate::lanes::{Lanes, Mask};
use crate::loss::{Elementwise, Loss};
use crate::shape::Vector;

/// An element-wise loss over the elements that a mask lets through: `Σ mᵢ lᵢ / Σ mᵢ`.
///
/// Gradient `lᵢ′ / Σ m` where the mask is not 0, else 0. The target is a pair: values, and a mask
/// of zeros and ones; anything but 0 lets through, once. Where all of the mask is 0, value and
/// gradient are 0. What the loss makes of a masked element, NaN included, goes nowhere.
///
/// For missing targets (sensors that dropped out, padding, ratings not given): put any number
/// there, and a 0 in the mask. The mean is over what is left: a sample with few targets weighs as
/// much as any.
///
/// PyTorch: `(loss * mask).sum() / mask.sum()` with `reduction="none"`; Keras masks in training.
///
/// ```
/// use trimpot::loss::{Loss, Masked, MeanSquaredError};
///
/// let (values, mask) = ([1.0, f32::NAN, 0.0], [1.0, 0.0, 1.0]);
/// let mut gradient = [0.0; 3];
/// let loss = Masked::new(MeanSquaredError);
/// let value = loss.gradient::<f32>(&[3.0, 7.0, 0.0], &(values, mask), &mut gradient);
/// assert_eq!((value, gradient), (2.0, [2.0, 0.0, 0.0]));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Masked<L> {
    loss: L,
}

impl<L> Masked<L> {
    /// Creates the loss of the elements that the mask lets through.
    pub const fn new(loss: L) -> Self {
        Masked { loss }
    }
}

impl<L: Elementwise, const N: usize> Loss<Vector<N>> for Masked<L> {
    type Target = (Vector<N>, Vector<N>);

    #[inline(always)]
    fn gradient<V: Lanes>(
        &self,
        prediction: &[V; N],
        (target, mask): &([V; N], [V; N]),
        gradient: &mut [V; N],
    ) -> V {
        let (mut sum, mut count) = (V::ZERO, V::ZERO);
        let pairs = prediction.iter().zip(target);
        for ((gradient, &mask), (&prediction, &target)) in gradient.iter_mut().zip(mask).zip(pairs)
        {
            let (value, derivative) = self.loss.value_and_derivative(prediction, target);
            let hidden = mask.eq(V::ZERO);
            sum += hidden.select(V::ZERO, value);
            count += hidden.select(V::ZERO, V::ONE);
            *gradient = hidden.select(V::ZERO, derivative);
        }
        let share = V::ONE / count.eq(V::ZERO).select(V::ONE, count);
        for gradient in gradient {
            *gradient *= share;
        }
        sum * share
    }
}
