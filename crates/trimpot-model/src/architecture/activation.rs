//! Activations by name.

use std::str::FromStr;

use trimpot::layer::kind::{LAYERS, ListedLayer, Written};
use trimpot::spec::LayerSpec;

/// An activation of the core, as it is without settings: ReLU by default.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Activation {
    listed: &'static ListedLayer,
    spec: LayerSpec,
}

impl Activation {
    /// All of them, in the order of the registry.
    pub const ALL: &[Activation] = &all::<{ count() }>();

    /// Returns its name in a network that is text.
    pub fn name(self) -> &'static str {
        match self.listed.written {
            Written::As(grammar) => grammar.names().next(),
            Written::Not { .. } => None,
        }
        .unwrap_or(self.listed.name)
    }

    /// Returns the layer, without settings.
    pub const fn spec(self) -> LayerSpec {
        self.spec
    }
}

/// Returns how many activations there are.
const fn count() -> usize {
    let (mut count, mut rest) = (0, LAYERS);
    while let [listed, others @ ..] = rest {
        count += listed.is_activation() as usize;
        rest = others;
    }
    count
}

/// Returns the activations of the registry, of which there are so many.
const fn all<const N: usize>() -> [Activation; N] {
    let relu = LayerSpec::Relu(trimpot::layer::Relu);
    let mut all = [Activation { listed: &LAYERS[0], spec: relu }; N];
    let (mut count, mut rest) = (0, LAYERS);
    while let [listed, others @ ..] = rest {
        if let Some(spec) = listed.activation {
            all[count] = Activation { listed, spec };
            count += 1;
        }
        rest = others;
    }
    all
}

impl Default for Activation {
    fn default() -> Self {
        Activation::ALL[0]
    }
}

impl FromStr for Activation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Activation::ALL.iter().find(|activation| activation.name() == text);
        found.copied().ok_or_else(|| format!("`{text}` is no activation"))
    }
}
