//! What there is to say of a layer beside what it computes: how it is written and called elsewhere,
//! which numbers come out of it, and what its cost follows from.
//!
//! Each layer says so in its own file, by [`LayerKind`]. The registry names the layers
//! ([`for_each_layer!`](crate::for_each_layer)); [`LAYERS`] is its list as data, from which
//! commands and catalogues are made.
//!
//! ```
//! use trimpot::layer::HardTanh;
//! use trimpot::layer::kind::{LAYERS, LayerKind};
//!
//! assert_eq!(HardTanh::default().range(), Some([-1.0, 1.0]));
//! let activations = LAYERS.iter().filter(|listed| listed.is_activation());
//! assert!(activations.map(|listed| listed.name).any(|name| name == "HardTanh"));
//! ```

use super::WindowSpec;
use crate::ParameterError;
use crate::for_each_layer;
use crate::spec::LayerSpec;

/// A layer, as data, that says what it is: every one of the registry.
pub trait LayerKind: Copy + PartialEq {
    /// How it is written in a network that is text.
    const WRITTEN: Written;
    /// An activation as it is by default. `None` for all other layers.
    const ACTIVATION: Option<Self> = None;
    /// Of an activation: settings that differ from the default, in the order of its arguments. With
    /// these, tests try it.
    const OTHER_SETTINGS: &'static [f32] = &[];

    /// Returns an activation with these settings, in the order of its arguments; with those by
    /// default if there are more or fewer. Other layers stay as they are.
    ///
    /// # Errors
    /// If a setting is out of its range.
    fn with_settings(self, _settings: &[f32]) -> Result<Self, ParameterError> {
        Ok(self)
    }

    /// Returns the layer whose arguments have these [words](LayerSpec::for_each_word); `None`, if
    /// there is none.
    fn from_words(words: &[u32]) -> Option<Self>;

    /// Returns the least and the largest number that can come out in deployment, rounded as the
    /// layer rounds. `None` if these are the numbers that go in.
    fn range(self) -> Option<[f32; 2]>;

    /// Returns which numbers of the input get a gradient.
    fn gradient_share(self) -> GradientShare;

    /// Returns what its instructions follow from.
    fn work(self) -> Work;
}

/// The range of layers whose outputs may be any number.
pub const ANY: [f32; 2] = [f32::NEG_INFINITY, f32::INFINITY];

/// Which numbers of a layer's input get a gradient that is not 0.
///
/// To be matched with all its variants: a new one changes what a step costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GradientShare {
    /// All of them: each goes into several numbers of the output.
    Mixed,
    /// Those whose own number of the output gets one.
    Own,
    /// Of these the ones above 0: half of them, with random weights.
    AboveZero,
    /// Of these all but so large a share, which is drawn.
    AllBut(f32),
}

/// What a layer's instructions follow from.
///
/// To be matched with all its variants: a kernel that does something else to count has a new one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Work {
    /// Nothing: the numbers are those of the input, or of layers inside.
    Nothing,
    /// The same for each number.
    Numbers,
    /// The same for each number; its sign may be stored as a mask.
    Signs,
    /// The same for each number, in training with noise of its own.
    Noise,
    /// The same for each number, and something for each channel.
    Channels,
    /// The same for each number, and something for each row of so many.
    Rows(u32),
    /// A row of a table for each number.
    Lookups,
    /// A weighted sum of all numbers for each number of the output.
    WeightedSums,
    /// A weighted sum of what is under a window, for each place of it.
    Convolution {
        /// The window, on planes: over sequences these have one row.
        window: WindowSpec<2>,
        /// Channels of input and output.
        channels: [u32; 2],
        /// How many groups of channels there are.
        groups: u32,
    },
    /// A number for what is under a window, for each place of it.
    Pool {
        /// The window, on planes: over sequences these have one row.
        window: WindowSpec<2>,
        /// Whether it is looked for again on the way back, unless a mask is stored.
        is_searched_again: bool,
    },
}

/// How a layer is written in a network that is text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Written {
    /// By its name, sizes and settings.
    As(Grammar),
    /// Not at all.
    Not {
        /// Why.
        reason: &'static str,
    },
}

/// How a layer is written, and what it does to shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grammar {
    /// Names and sizes: `conv CHANNELS KERNEL`; several, if there are several ways.
    pub ways: &'static [&'static str],
    /// What becomes of the shape of its input.
    pub shapes: &'static str,
    /// Its name in PyTorch's `nn`; empty if there is none.
    pub pytorch: &'static str,
    /// A network that ends with it.
    pub example: &'static str,
}

impl Grammar {
    /// Returns the names, without sizes.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let name = |way: &&'static str| way.split([' ', '(']).next().unwrap_or_default();
        self.ways.iter().map(name)
    }
}

/// A layer of the registry, as data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ListedLayer {
    /// The name of its kind, as a model file has it: `Conv2d`.
    pub name: &'static str,
    /// What it is, in short.
    pub summary: &'static str,
    /// How it is written.
    pub written: Written,
    /// An activation as it is by default. `None` for all other layers.
    pub activation: Option<LayerSpec>,
}

impl ListedLayer {
    /// Returns whether it is an activation.
    #[must_use]
    pub const fn is_activation(&self) -> bool {
        self.activation.is_some()
    }
}

macro_rules! listed {
    ($($(#[doc = $doc:literal])* $name:ident: $spec:ty;)*) => {
        &[$(ListedLayer {
            name: stringify!($name),
            summary: concat!($($doc),*).trim_ascii(),
            written: <$spec as LayerKind>::WRITTEN,
            activation: match <$spec as LayerKind>::ACTIVATION {
                Some(activation) => Some(LayerSpec::$name(activation)),
                None => None,
            },
        }),*]
    };
}

/// All layers of the registry, in its order.
pub const LAYERS: &[ListedLayer] = for_each_layer!(listed);
