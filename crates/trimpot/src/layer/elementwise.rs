//! What layers are, as data, that do the same with every number: they are that themselves.

use super::kernel::{Backward, Forward, Kernel, MemoryNeeds, OutputMemory, Stored};
use super::{
    Activation, Dropout, Elu, Gelu, GeluTanh, GradientSink, HardSigmoid, HardSwish, HardTanh,
    LeakyRelu, Relu, Sigmoid, Silu, Softplus, Softsign, Tanh, mask,
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

/// [`Kernel`] for activations, with what the derivative is taken from, and whether its sign is
/// enough: then that may be stored as a mask.
macro_rules! activations {
    ($($stored:ident, $sign_is_enough:literal: $($layer:ty),*;)*) => {$($(
        impl $layer {
            pub(crate) const fn memory(self, input: Dims) -> MemoryNeeds {
                let mask = if $sign_is_enough { mask::len(input.count(), 1) } else { 0 };
                MemoryNeeds::new(OutputMemory::InPlace, Stored::$stored).with_mask(mask)
            }
        }

        impl Kernel for $layer {
            #[inline(always)]
            fn forward<V: Lanes>(self, pass: Forward<'_, V>) {
                apply(&self, pass.output);
                if $sign_is_enough {
                    mask::store_signs(pass.mask, pass.output);
                }
            }

            #[inline(always)]
            fn backward<V: Lanes, S: GradientSink<V>>(self, pass: Backward<'_, V, S>) {
                differentiate(&self, Stored::$stored, pass.stored, pass.gradient);
                if $sign_is_enough {
                    let above = self.derivative(V::ONE, V::ONE);
                    let below = self.derivative(V::ZERO, V::ZERO);
                    mask::multiply_by_signs(pass.mask, pass.gradient, above, below);
                }
            }
        }
    )*)*};
}

activations! {
    // Their output is in the same piece of the line as the input, so that has the same derivative.
    Output, true: Relu, LeakyRelu;
    Output, false: HardTanh;
    Input, false: Elu, Gelu, GeluTanh, Silu, Sigmoid, Tanh, Softplus, Softsign, HardSigmoid, HardSwish;
}

impl CustomSpec {
    /// Of its type: who interprets a network does not know the function.
    pub(crate) const fn memory(self, _input: Dims) -> MemoryNeeds {
        MemoryNeeds::new(OutputMemory::InPlace, Stored::Input)
    }
}

/// The [`Kernel`] of an activation of the user's own.
pub(super) struct OfInput<'a, A>(pub &'a A);

impl<A: Activation> Kernel for OfInput<'_, A> {
    #[inline(always)]
    fn forward<V: Lanes>(self, pass: Forward<'_, V>) {
        apply(self.0, pass.output);
    }

    #[inline(always)]
    fn backward<V: Lanes, S: GradientSink<V>>(self, pass: Backward<'_, V, S>) {
        differentiate(self.0, Stored::Input, pass.stored, pass.gradient);
    }
}

/// Replaces numbers by the function's values there.
#[inline(always)]
fn apply<V: Lanes>(activation: &impl Activation, values: &mut [V]) {
    for value in values {
        *value = activation.value(*value);
    }
}

/// Multiplies gradients by the derivatives at what is stored: inputs, or outputs in their place.
#[inline(always)]
fn differentiate<V: Lanes>(
    activation: &impl Activation,
    what: Stored,
    stored: &[V],
    gradient: &mut [V],
) {
    for (dy, &stored) in gradient.iter_mut().zip(stored) {
        let output = if what.is_output() { stored } else { activation.value(stored) };
        *dy *= activation.derivative(stored, output);
    }
}

impl Dropout {
    pub(crate) const fn memory(self, _input: Dims) -> MemoryNeeds {
        MemoryNeeds::new(OutputMemory::InPlace, Stored::Nothing)
    }
}

impl Kernel for Dropout {
    #[inline(always)]
    fn forward<V: Lanes>(self, pass: Forward<'_, V>) {
        let Some(noise) = pass.noise else { return };
        for (index, value) in pass.output.iter_mut().enumerate() {
            *value *= self.factor(noise, index);
        }
    }

    #[inline(always)]
    fn backward<V: Lanes, S: GradientSink<V>>(self, pass: Backward<'_, V, S>) {
        for (index, dy) in pass.gradient.iter_mut().enumerate() {
            *dy *= self.factor(pass.noise, index);
        }
    }
}
