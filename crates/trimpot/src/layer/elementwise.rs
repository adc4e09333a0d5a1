//! What layers are, as data, that do the same with every number: they are that themselves.

use super::kernel::{Backward, Forward, LayerKernel, MemoryNeeds, OutputMemory, Stored};
use super::kind::{ANY, GradientShare, LayerKind, Work, Written};
use super::{Activation, GradientSink};
use crate::code_size::any_length_mut;
use crate::lanes::Lanes;
use crate::spec::Dims;

/// A layer without tensors that leaves the shape as it is, with the settings that it has.
macro_rules! same_shape {
    ($layer:ty { $($setting:literal: $value:ident = $default:expr),* }) => {
        impl $layer {
            pub(crate) const fn output(
                self,
                input: $crate::spec::Dims,
            ) -> Result<$crate::spec::Dims, $crate::spec::SpecError> {
                Ok(input)
            }

            pub(crate) const fn tensors(self) -> $crate::spec::Tensors {
                $crate::spec::Tensors::new()
            }

            pub(crate) const fn arguments(self) -> $crate::spec::Arguments {
                $crate::spec::Arguments::new()
                    $(.with_default(
                        $setting,
                        $crate::spec::Value::Real(self.$value()),
                        $crate::spec::Value::Real($default),
                    ))*
            }
        }
    };
}
pub(super) use same_shape;

/// `Layer` for an activation, with what it is as data and with the kernel.
///
/// One `impl` for all `A: Activation` would be shorter, but then the compiler takes every layer
/// that does not fit for an activation that is none, and its message does not say which layer that
/// is.
macro_rules! elementwise_layer {
    ($activation:ident $(<$inner:ident>)?: $name:ident($default:expr), $layer:pat => $kernel:expr) => {
        impl $(<$inner>)? $crate::layer::sealed::Sealed for $activation $(<$inner>)? {}

        impl<In: $crate::shape::Shape, $($inner: $crate::layer::Activation)?>
            $crate::layer::Layer<In> for $activation $(<$inner>)?
        {
            type Output = In;
            const PARAMETERS: usize = 0;
            const LAYERS: $crate::spec::LayerList =
                $crate::spec::LayerList::new($crate::spec::LayerSpec::$name($default));

            fn for_each_spec(&self, visit: &mut dyn FnMut($crate::spec::LayerSpec)) {
                visit($crate::layer::Activation::spec(self));
            }

            fn initialize<H: $crate::layer::initialization::Initialization>(
                &self,
                _: &H,
                _: &mut [f32],
                _: &mut $crate::random::Random,
            ) {
            }

            $crate::layer::passes!($layer => $kernel);
        }
    };
}
pub(super) use elementwise_layer;

/// What there is to say of an activation beside its function: the word for it, which is its name,
/// as it is by default; what the derivative is taken from, and whether its sign is enough, which
/// may then be stored as a mask; its name in PyTorch; its range, and which inputs get a gradient,
/// of a value; its settings, with the default and others to test, and how they are set.
macro_rules! activation {
    (
        $layer:ident: $word:literal = $default:expr;
        derivative: $stored:ident, by its sign: $sign_is_enough:literal;
        pytorch: $pytorch:literal;
        range: $range:expr;
        gradient: $share:ident;
        $(settings: $($setting:literal: $value:ident = $start:expr, or $other:expr),*; $set:expr;)?
    ) => {
        impl $layer {
            /// The word for it.
            pub(super) const WORD: &'static str = $word;

            pub(crate) const fn memory(
                self,
                input: $crate::spec::Dims,
            ) -> $crate::layer::kernel::MemoryNeeds {
                use $crate::layer::kernel::{MemoryNeeds, OutputMemory, Stored};
                let mask =
                    if $sign_is_enough { $crate::layer::mask::len(input.count(), 1) } else { 0 };
                MemoryNeeds::new(OutputMemory::InPlace, Stored::$stored).with_mask(mask)
            }
        }

        $crate::layer::elementwise::same_shape!(
            $layer { $($($setting: $value = $start),*)? }
        );
        $crate::layer::elementwise::elementwise_layer!(
            $layer: $layer($default), &layer => layer
        );

        impl $crate::layer::kernel::LayerKernel for $layer {
            #[inline(always)]
            fn forward<V: $crate::lanes::Lanes>(
                self,
                pass: $crate::layer::kernel::Forward<'_, V>,
            ) {
                $crate::layer::elementwise::apply(&self, pass.output);
                if $sign_is_enough {
                    $crate::layer::mask::store_signs(pass.mask, pass.output);
                }
            }

            #[inline(always)]
            fn backward<V: $crate::lanes::Lanes, S: $crate::layer::GradientSink<V>>(
                self,
                pass: $crate::layer::kernel::Backward<'_, V, S>,
            ) {
                let stored = $crate::layer::kernel::Stored::$stored;
                $crate::layer::elementwise::differentiate(&self, stored, pass.stored, pass.gradient);
                if $sign_is_enough {
                    let above = self.derivative(V::ONE, V::ONE);
                    let below = self.derivative(V::ZERO, V::ZERO);
                    $crate::layer::mask::multiply_by_signs(pass.mask, pass.gradient, above, below);
                }
            }
        }

        impl $crate::layer::kind::LayerKind for $layer {
            const WRITTEN: $crate::layer::kind::Written =
                $crate::layer::kind::Written::As($crate::layer::kind::Grammar {
                    ways: &[$word],
                    shapes: "Stays.",
                    pytorch: $pytorch,
                    example: concat!("64, dense 32, ", $word),
                });
            const ACTIVATION: Option<Self> = Some($default);
            $(
                const OTHER_SETTINGS: &'static [f32] = &[$($other),*];

                fn with_settings(self, settings: &[f32]) -> Result<Self, $crate::ParameterError> {
                    let set: fn(&[f32]) -> Result<Self, $crate::ParameterError> = $set;
                    set(settings)
                }
            )?

            fn from_words(words: &[u32]) -> Option<Self> {
                const SETTINGS: usize =
                    <$layer as $crate::layer::kind::LayerKind>::OTHER_SETTINGS.len();
                let words: [u32; SETTINGS] = words.try_into().ok()?;
                let layer: $layer = $default;
                layer.with_settings(&words.map(f32::from_bits)).ok()
            }

            fn range(self) -> Option<[f32; 2]> {
                let range: fn(Self) -> [f32; 2] = $range;
                Some(range(self))
            }

            fn gradient_share(self) -> $crate::layer::kind::GradientShare {
                $crate::layer::kind::GradientShare::$share
            }

            fn work(self) -> $crate::layer::kind::Work {
                if $sign_is_enough {
                    $crate::layer::kind::Work::Signs
                } else {
                    $crate::layer::kind::Work::Numbers
                }
            }
        }
    };
}
pub(super) use activation;

/// An activation of the user's own, of which no more than the name is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CustomSpec {
    /// The name.
    pub name: &'static str,
}

same_shape!(CustomSpec {});

impl CustomSpec {
    /// Of its type: who interprets a network does not know the function.
    pub(crate) const fn memory(self, _input: Dims) -> MemoryNeeds {
        MemoryNeeds::new(OutputMemory::InPlace, Stored::Input)
    }
}

/// Refused before anybody interprets it.
impl LayerKernel for CustomSpec {
    fn forward<V: Lanes>(self, _pass: Forward<'_, V>) {}
    fn backward<V: Lanes, S: GradientSink<V>>(self, _pass: Backward<'_, V, S>) {}
}

impl LayerKind for CustomSpec {
    const WRITTEN: Written =
        Written::Not { reason: "A text has no formula of an activation of one's own." };

    /// Nobody else knows the function.
    fn from_words(_words: &[u32]) -> Option<Self> {
        None
    }

    fn range(self) -> Option<[f32; 2]> {
        Some(ANY)
    }

    fn gradient_share(self) -> GradientShare {
        GradientShare::Own
    }

    fn work(self) -> Work {
        Work::Numbers
    }
}

/// The [`LayerKernel`] of an activation of the user's own.
pub(super) struct OfInput<'a, A>(pub &'a A);

impl<A: Activation> LayerKernel for OfInput<'_, A> {
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
pub(super) fn apply<V: Lanes>(activation: &impl Activation, values: &mut [V]) {
    for value in any_length_mut(values) {
        *value = activation.value(*value);
    }
}

/// Multiplies gradients by the derivatives at what is stored: inputs, or outputs in their place.
#[inline(always)]
pub(super) fn differentiate<V: Lanes>(
    activation: &impl Activation,
    what: Stored,
    stored: &[V],
    gradient: &mut [V],
) {
    for (dy, &stored) in any_length_mut(gradient).iter_mut().zip(stored) {
        let output = if what.is_output() { stored } else { activation.value(stored) };
        *dy *= activation.derivative(stored, output);
    }
}
