//! Activations by name.

use clap::ValueEnum;
use trimpot::spec::LayerSpec;

macro_rules! activations {
    ($($name:ident),* $(,)?) => {
        /// An activation of the core, as it is without settings.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
        #[expect(missing_docs, reason = "`--help` would show a text beside each name")]
        #[value(rename_all = "snake_case")]
        pub enum Activation {
            $($name),*
        }

        impl Activation {
            /// Returns the layer, without settings.
            pub fn spec(self) -> LayerSpec {
                match self {$( Self::$name => LayerSpec::$name(Default::default()) ),*}
            }
        }
    };
}

activations! {
    Relu,
    LeakyRelu,
    Elu,
    Gelu,
    GeluTanh,
    Silu,
    Sigmoid,
    Tanh,
    Softplus,
    Softsign,
    HardSigmoid,
    HardSwish,
    HardTanh,
}

impl Activation {
    /// Returns the name on the command line.
    pub fn name(self) -> String {
        self.to_possible_value().map_or(String::new(), |value| value.get_name().to_owned())
    }
}
