//! What layers with others inside of them are, as data.

use crate::spec::{Arguments, Dims, SpecError, Tensors, Value};

macro_rules! nested {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
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
    )*};
}

nested! {
    /// Of [`Residual`](super::Residual): the layers inside are those that it goes round.
    ResidualSpec
    /// Of [`Frozen`](super::Frozen): the layers inside are not trained. All their numbers are
    /// constants of the network.
    FrozenSpec
}
