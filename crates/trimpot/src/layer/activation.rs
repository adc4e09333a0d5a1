//! Activations: functions of one number, applied to every element.

mod gated;
mod hard;
mod rectified;
mod sigmoid;

pub use gated::{Gelu, GeluTanh, Silu};
pub use hard::{HardSigmoid, HardSwish, HardTanh};
pub use rectified::{Elu, LeakyRelu, Relu};
pub use sigmoid::{Sigmoid, Softplus, Softsign, Tanh};

use super::CustomSpec;
use super::elementwise::{OfInput, elementwise_layer};
use crate::lanes::Lanes;
use crate::spec::LayerSpec;

/// A function of one number and its derivative.
///
/// Those of this crate are [`Layer`](crate::layer::Layer)s for every shape. One of your own becomes
/// a layer as [`Elementwise`] of it.
pub trait Activation {
    /// The function's name.
    const NAME: &'static str;
    /// What the layer is, as data: of a function of your own, its name.
    fn spec(&self) -> LayerSpec {
        LayerSpec::Custom(CustomSpec { name: Self::NAME })
    }
    /// The function's value at `x`.
    fn value<V: Lanes>(&self, x: V) -> V;
    /// Returns the derivative at `x`, where the value is `y`.
    ///
    /// Where the value comes close to a limit, `y` does not hold the derivative's digits any more:
    /// take it from `x` then.
    fn derivative<V: Lanes>(&self, x: V, y: V) -> V;
}

/// An activation of your own, applied to each element.
///
/// ```
/// use trimpot::lanes::Lanes;
/// use trimpot::layer::{Activation, Dense, Elementwise};
///
/// #[derive(Default)]
/// struct Square;
///
/// impl Activation for Square {
///     const NAME: &'static str = "square";
///     fn value<V: Lanes>(&self, x: V) -> V {
///         x * x
///     }
///     fn derivative<V: Lanes>(&self, x: V, _y: V) -> V {
///         x + x
///     }
/// }
///
/// type Network = trimpot::network!(Dense<2, 4>, Elementwise<Square>, Dense<4, 1>; from 2);
/// # let _ = Network::seeded(1);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Elementwise<A>(pub A);

impl<A: Activation> Activation for Elementwise<A> {
    const NAME: &'static str = A::NAME;

    #[inline(always)]
    fn value<V: Lanes>(&self, x: V) -> V {
        self.0.value(x)
    }
    #[inline(always)]
    fn derivative<V: Lanes>(&self, x: V, y: V) -> V {
        self.0.derivative(x, y)
    }
}

elementwise_layer!(Elementwise<A>: Custom(CustomSpec { name: A::NAME }), layer => OfInput(layer));
