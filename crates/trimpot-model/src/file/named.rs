//! What has one of several names in a file.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// Gives an enum without fields a name for each variant, as files have it.
macro_rules! named {
    ($type:ident { $($variant:ident = $name:literal),* $(,)? }) => {
        impl $type {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the name in a file.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),*
                }
            }
        }

        impl Display for $type {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $type {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let found = Self::ALL.iter().find(|each| each.name() == text);
                found.copied().ok_or_else(|| format!("there are {}", [$($name),*].join(", ")))
            }
        }
    };
}

/// What the outputs of a network say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelTask {
    /// A class: `classes`.
    Classes,
    /// Numbers, one for each output: `numbers`.
    Numbers,
    /// How normal a sample is, `anomalies`: the outputs are a reconstruction of what the frozen
    /// front makes of the features (of the features, if there is none), and the loss between the
    /// two is the score; or they are compared with their [centre](super::About::centre).
    Anomalies,
}

named!(ModelTask { Classes = "classes", Numbers = "numbers", Anomalies = "anomalies" });

/// How a board keeps latents: what the frozen front makes of samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latents {
    /// Not at all: it keeps features, and the front computes them anew: `none`.
    None,
    /// As numbers: `f32`.
    F32,
    /// As bytes from the least to the largest value: `u8`.
    U8,
    /// As signed bytes with a scale: `i8`.
    I8,
}

named!(Latents { None = "none", F32 = "f32", U8 = "u8", I8 = "i8" });
