//! What layers are, as data, that do the same with every number: they are that themselves.

use super::{
    Dropout, Elu, Gelu, GeluTanh, HardSigmoid, HardSwish, HardTanh, LeakyRelu, Relu, Sigmoid, Silu,
    Softplus, Softsign, Tanh,
};
use crate::spec::{Arguments, Dims, SpecError, Tensors, Value};

/// An activation of the user's own, of which no more than the name is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CustomSpec {
    /// The name.
    pub name: &'static str,
}

/// Layers without tensors that leave the shape as it is, with the settings that they have.
macro_rules! elementwise {
    ($($layer:ty { $($setting:literal: $value:ident = $default:expr),* })*) => {$(
        impl $layer {
            pub(crate) const fn output(self, input: Dims) -> Result<Dims, SpecError> {
                Ok(input)
            }

            pub(crate) const fn tensors(self) -> Tensors {
                Tensors::new()
            }

            pub(crate) const fn arguments(self) -> Arguments {
                Arguments::new()
                    $(.with_default($setting, Value::Real(self.$value()), Value::Real($default)))*
            }
        }
    )*};
}

elementwise! {
    Relu {}
    LeakyRelu { "negative_slope": negative_slope = LeakyRelu::NEGATIVE_SLOPE }
    Elu { "alpha": alpha = Elu::ALPHA }
    Gelu {}
    GeluTanh {}
    Silu {}
    Sigmoid {}
    Tanh {}
    Softplus {}
    Softsign {}
    HardSigmoid {}
    HardSwish {}
    HardTanh { "low": low = HardTanh::LOW, "high": high = HardTanh::HIGH }
    CustomSpec {}
    Dropout { "p": p = Dropout::DEFAULT }
}
