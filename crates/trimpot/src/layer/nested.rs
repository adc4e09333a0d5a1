//! What layers with others inside of them are, as data.

use super::kernel::same_numbers;
use super::kind::{ANY, GradientShare, Grammar, LayerKind, Work, Written};
use crate::spec::{Arguments, Dims, LayerSpec, SpecError, Tensors, Value};

macro_rules! nested {
    ($($(#[$doc:meta])* $kind:ident: $name:ident = $written:expr;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $name {
                /// How many of the specs that follow are of layers inside.
                pub layers: u32,
            }

            impl $name {
                // The layers inside have their own.
                pub(crate) const fn output(self, input: Dims) -> Result<Dims, SpecError> {
                    Ok(input)
                }

                pub(crate) const fn tensors(self) -> Tensors {
                    Tensors::new()
                }

                pub(crate) const fn arguments(self) -> Arguments {
                    Arguments::new().with("layers", Value::Count(self.layers))
                }
            }

            // Who interprets a network sees to what is around the layers inside.
            same_numbers!($name);

            impl LayerKind for $name {
                const WRITTEN: Written = $written;

                fn from_words(words: &[u32]) -> Option<Self> {
                    let [layers] = *words else { return None };
                    Some($name { layers })
                }

                fn range(self) -> Option<[f32; 2]> {
                    Some(ANY)
                }

                fn gradient_share(self) -> GradientShare {
                    GradientShare::Own
                }

                fn work(self) -> Work {
                    Work::Nothing
                }
            }
        )*

        impl LayerSpec {
            /// Returns whether the layer has others inside of it.
            pub const fn has_inside(self) -> bool {
                matches!(self, $(LayerSpec::$kind(_))|*)
            }

            /// Returns how many of the specs that follow are of layers inside of this one.
            pub const fn inside(self) -> usize {
                match self {
                    $(LayerSpec::$kind(spec) => spec.layers as usize,)*
                    _ => 0,
                }
            }

            /// Returns the layer with so many of the specs that follow inside, if it has others
            /// inside.
            #[must_use]
            pub const fn with_inside(self, layers: u32) -> Self {
                match self {
                    $(LayerSpec::$kind(_) => LayerSpec::$kind($name { layers }),)*
                    other => other,
                }
            }
        }
    };
}

nested! {
    /// Of [`Residual`](super::Residual), or of [`ResidualWith`](super::ResidualWith) if the first
    /// one inside is a [`ShortcutSpec`]: the other layers inside are those that it goes round.
    Residual: ResidualSpec = Written::As(Grammar {
        ways: &["residual(LAYERS)", "residual(shortcut(LAYERS), LAYERS)"],
        shapes: "Stays, and has to stay within: the input is added to the output of LAYERS. With a \
                 shortcut that of its layers is added instead, and has the same shape.",
        pytorch: "",
        example: "64, residual(dense 64, relu)",
    });
    /// Of [`ResidualWith`](super::ResidualWith): the layers inside are those on the way round. It is
    /// the first layer inside of a [`ResidualSpec`], and the next one gets the input of both.
    Shortcut: ShortcutSpec = Written::Not {
        reason: "But as the first layer of a residual connection: `residual(shortcut(dense 32), dense 32)`.",
    };
    /// Of [`Frozen`](super::Frozen): the layers inside are not trained. All their numbers are
    /// constants of the network.
    Frozen: FrozenSpec = Written::Not { reason: "A text has no numbers to freeze." };
}
