//! Why a network cannot be.

use core::fmt;

use super::Dims;

/// Why layers make no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpecError {
    /// A layer does not take what the layer before gives.
    Input {
        /// The layer's kind.
        layer: &'static str,
        /// The shape that it gets.
        input: Dims,
        /// What it takes.
        expected: &'static str,
    },
    /// What is inside of a residual layer changes the shape, so its output cannot be added to its
    /// input, or to what the shortcut makes of that.
    Residual {
        /// The shape of the input, or of the output of the shortcut.
        input: Dims,
        /// The shape of the output.
        output: Dims,
    },
    /// A shortcut is not the first layer inside of a residual one.
    Shortcut,
    /// A layer says that more layers follow than do, or than the layers around it have.
    Inside {
        /// The layer's kind.
        layer: &'static str,
        /// How many are inside.
        layers: usize,
    },
    /// A layer that is no more than its name, such as an activation of the user's own, is to be
    /// computed.
    Custom {
        /// The name.
        name: &'static str,
    },
    /// A plan is to be written to a list of another length.
    Steps {
        /// The length.
        needed: usize,
    },
    /// There is nothing to a layer: one of its sizes is 0, or it freezes no layer, or it is a
    /// shortcut without any.
    Empty {
        /// The layer's kind.
        layer: &'static str,
    },
    /// Layers are inside of each other more deeply than this.
    TooDeep {
        /// The limit.
        limit: usize,
    },
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SpecError::Input { layer, input, expected } => {
                write!(f, "{layer} takes {expected}, but gets {input}")
            }
            SpecError::Residual { input, output } => write!(
                f,
                "the layers inside of Residual give {output}, which cannot be added to {input}"
            ),
            SpecError::Shortcut => {
                f.write_str("Shortcut is not the first layer inside of a Residual")
            }
            SpecError::Inside { layer, layers } => {
                write!(f, "{layer} has {layers} layers inside, more than follow it")
            }
            SpecError::Custom { name } => {
                write!(f, "of the layer {name} no more than the name is known")
            }
            SpecError::Steps { needed } => write!(f, "the plan has {needed} steps"),
            SpecError::Empty { layer } => {
                write!(f, "{layer} has a size of 0, or no layer inside")
            }
            SpecError::TooDeep { limit } => {
                write!(f, "layers are more than {limit} deep inside of each other")
            }
        }
    }
}

impl core::error::Error for SpecError {}
