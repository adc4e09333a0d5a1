//! What layers are, as data, that do the same with every number: they are that themselves.

use super::kernel::{Backward, Forward, Kernel, MemoryNeeds, OutputMemory, Stored};
use super::{
    Activation, Dropout, Elu, Gelu, GeluTanh, GradientSink, HardSigmoid, HardSwish, HardTanh,
    LeakyRelu, Relu, Sigmoid, Silu, Softplus, Softsign, Tanh,
};
use crate::lanes::Lanes;
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

/// [`Kernel`] for activations, with what the derivative is taken from.
macro_rules! activations {
    ($($stored:ident: $($layer:ty),*;)*) => {$($(
        impl $layer {
            pub(crate) const fn memory(self, _input: Dims) -> MemoryNeeds {
                MemoryNeeds::new(OutputMemory::InPlace, Stored::$stored)
            }
        }

        impl Kernel for $layer {
            fn forward<V: Lanes>(self, pass: Forward<'_, V>) {
                for value in pass.output {
                    *value = self.value(*value);
                }
            }

            fn backward<V: Lanes, S: GradientSink<V>>(self, pass: Backward<'_, V, S>) {
                for (dy, &stored) in pass.gradient.iter_mut().zip(pass.stored) {
                    let output = if Stored::$stored.is_output() { stored } else { self.value(stored) };
                    *dy *= self.derivative(stored, output);
                }
            }
        }
    )*)*};
}

activations! {
    // Their output is in the same piece of the line as the input, so that has the same derivative.
    Output: Relu, LeakyRelu, HardTanh;
    Input: Elu, Gelu, GeluTanh, Silu, Sigmoid, Tanh, Softplus, Softsign, HardSigmoid, HardSwish;
}

impl Dropout {
    pub(crate) const fn memory(self, _input: Dims) -> MemoryNeeds {
        MemoryNeeds::new(OutputMemory::InPlace, Stored::Nothing)
    }
}

impl Kernel for Dropout {
    fn forward<V: Lanes>(self, pass: Forward<'_, V>) {
        let Some(noise) = pass.noise else { return };
        for (index, value) in pass.output.iter_mut().enumerate() {
            *value *= self.factor(noise, index);
        }
    }

    fn backward<V: Lanes, S: GradientSink<V>>(self, pass: Backward<'_, V, S>) {
        for (index, dy) in pass.gradient.iter_mut().enumerate() {
            *dy *= self.factor(pass.noise, index);
        }
    }
}
