//! Functions of one number, applied to every element.

use super::{Layer, Of, Sink, signature};
use crate::lanes::{Lanes, Mask};
use crate::math;
use crate::random::{Noise, Random};
use crate::shape::Shape;

/// A function of one number and its derivative. Each is a [`Layer`] for every shape.
pub trait Activation {
    /// The function's name, for [`Layer::SIGNATURE`].
    const NAME: &'static str;
    /// The function's value at `x`.
    fn at<V: Lanes>(x: V) -> V;
    /// The derivative at `x`, where the value is `y`.
    fn slope<V: Lanes>(x: V, y: V) -> V;
}

/// Rectified linear: `max(x, 0)`, and 0 for NaN. The derivative at 0 is 0, as in PyTorch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Relu;

impl Activation for Relu {
    const NAME: &'static str = "relu";

    #[inline(always)]
    fn at<V: Lanes>(x: V) -> V {
        x.max(V::ZERO)
    }
    #[inline(always)]
    fn slope<V: Lanes>(x: V, _y: V) -> V {
        x.gt(V::ZERO).select(V::ONE, V::ZERO)
    }
}

/// Logistic sigmoid: `1 / (1 + e⁻ˣ)`, derivative `y·(1 − y)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sigmoid;

impl Activation for Sigmoid {
    const NAME: &'static str = "sigmoid";

    #[inline(always)]
    fn at<V: Lanes>(x: V) -> V {
        math::sigmoid(x)
    }
    #[inline(always)]
    fn slope<V: Lanes>(_x: V, y: V) -> V {
        y * (V::ONE - y)
    }
}

/// Hyperbolic tangent, derivative `1 − y²`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tanh;

impl Activation for Tanh {
    const NAME: &'static str = "tanh";

    #[inline(always)]
    fn at<V: Lanes>(x: V) -> V {
        math::tanh(x)
    }
    #[inline(always)]
    fn slope<V: Lanes>(_x: V, y: V) -> V {
        V::ONE - y * y
    }
}

impl<In: Shape, A: Activation> Layer<In> for A {
    type Output = In;
    const PARAMETERS: usize = 0;
    const ACTIVATIONS: usize = 2 * In::LEN;
    const SIGNATURE: u32 = signature(A::NAME, &[]);

    fn initialize(&self, _parameters: &mut [f32], _random: &mut Random) {}

    #[inline]
    fn forward<V: Lanes>(&self, _parameters: &[f32], input: &Of<In, V>) -> Of<In, V> {
        let mut output = *input;
        for value in In::flat_mut::<V>(&mut output) {
            *value = A::at(*value);
        }
        output
    }

    #[inline]
    fn backpropagate<V: Lanes, S: Sink<V>, R>(
        &self,
        _sink: S,
        _noise: Noise<V>,
        input: &Of<In, V>,
        input_gradient: Option<&mut Of<In, V>>,
        rest: impl FnOnce(&Of<In, V>, &mut Of<In, V>) -> R,
    ) -> R {
        let output = Layer::<In>::forward::<V>(self, &[], input);
        let mut gradient = In::zeros::<V>();
        let result = rest(&output, &mut gradient);
        if let Some(input_gradient) = input_gradient {
            let xy = In::flat::<V>(input).iter().zip(In::flat::<V>(&output));
            let slopes = In::flat::<V>(&gradient).iter().zip(xy);
            for (dx, (&dy, (&x, &y))) in In::flat_mut::<V>(input_gradient).iter_mut().zip(slopes) {
                *dx = dy * A::slope(x, y);
            }
        }
        result
    }
}
