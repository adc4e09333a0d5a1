//! Activations by name.

use std::str::FromStr;

use trimpot::spec::LayerSpec;

macro_rules! activations {
    ($($variant:ident $name:literal),* $(,)?) => {
        /// An activation of the core, as it is without settings.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each is documented in the core, under the same name")]
        pub enum Activation {
            $($variant),*
        }

        impl Activation {
            /// All of them.
            pub const ALL: &[Activation] = &[$(Activation::$variant),*];

            /// Returns its name in a network that is text.
            pub const fn name(self) -> &'static str {
                match self {$( Self::$variant => $name ),*}
            }

            /// Returns the layer, without settings.
            pub fn spec(self) -> LayerSpec {
                match self {$( Self::$variant => LayerSpec::$variant(Default::default()) ),*}
            }
        }
    };
}

activations! {
    Relu "relu",
    LeakyRelu "leaky_relu",
    Elu "elu",
    Gelu "gelu",
    GeluTanh "gelu_tanh",
    Silu "silu",
    Sigmoid "sigmoid",
    Tanh "tanh",
    Softplus "softplus",
    Softsign "softsign",
    HardSigmoid "hard_sigmoid",
    HardSwish "hard_swish",
    HardTanh "hard_tanh",
}

impl FromStr for Activation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Activation::ALL.iter().find(|activation| activation.name() == text);
        found.copied().ok_or_else(|| format!("`{text}` is no activation"))
    }
}
