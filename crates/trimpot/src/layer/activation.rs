//! Activations: functions of one number, applied to every element.

mod gated;
mod hard;
mod rectified;
mod sigmoid;

pub use gated::{Gelu, GeluTanh, Silu};
pub use hard::{HardSigmoid, HardSwish, HardTanh};
pub use rectified::{Elu, LeakyRelu, Relu};
pub use sigmoid::{Sigmoid, Softplus, Softsign, Tanh};

use super::elementwise::OfInput;
use super::initialization::Initialization;
use super::{CustomSpec, Layer, passes};
use crate::lanes::Lanes;
use crate::random::Random;
use crate::shape::Shape;
use crate::spec::{LayerList, LayerSpec};

/// A function of one number and its derivative.
///
/// Those of this crate are [`Layer`]s for every shape. One of your own becomes a layer as
/// [`Elementwise`] of it.
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

/// `Layer` for activations, with one of them as data and with the kernel.
///
/// One `impl` for all `A: Activation` would be shorter, but then the compiler takes every layer
/// that does not fit for an activation that is none, and its message does not say which layer that
/// is.
macro_rules! layers {
    ($($activation:ident $(<$inner:ident>)?: $name:ident($default:expr), $layer:pat => $kernel:expr;)*) => {$(
        impl<In: Shape, $($inner: Activation)?> Layer<In> for $activation $(<$inner>)? {
            type Output = In;
            const PARAMETERS: usize = 0;
            const LAYERS: LayerList = LayerList::new(LayerSpec::$name($default));

            fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
                visit(self.spec());
            }

            fn initialize<H: Initialization>(&self, _: &H, _: &mut [f32], _: &mut Random) {}

            passes!($layer => $kernel);
        }
    )*};
    ($($activation:ident = $default:expr),* $(,)?) => {
        layers! { $($activation: $activation($default), &layer => layer;)* }
    };
}

layers! {
    Relu = Relu,
    LeakyRelu = LeakyRelu::DEFAULT,
    Elu = Elu::DEFAULT,
    Gelu = Gelu,
    GeluTanh = GeluTanh,
    Silu = Silu,
    Sigmoid = Sigmoid,
    Tanh = Tanh,
    Softplus = Softplus,
    Softsign = Softsign,
    HardSigmoid = HardSigmoid,
    HardSwish = HardSwish,
    HardTanh = HardTanh::DEFAULT,
}

layers! {
    Elementwise<A>: Custom(CustomSpec { name: A::NAME }), layer => OfInput(layer);
}
