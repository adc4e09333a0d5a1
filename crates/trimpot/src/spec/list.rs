//! Lists of layers of which types are made, at compile time.

use super::{LayerSpec, NetworkSpec};
use crate::layer::Relu;
use crate::spec::Dims;

/// The layers that a type is made of, in order.
///
/// Of settings they have the defaults: neither shapes nor memory depend on them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerList {
    layers: [LayerSpec; Self::CAPACITY],
    len: usize,
}

impl LayerList {
    /// How many layers a list can have.
    pub const CAPACITY: usize = 128;

    /// Creates the list of one layer.
    pub const fn new(layer: LayerSpec) -> Self {
        LayerList { layers: [LayerSpec::Relu(Relu); Self::CAPACITY], len: 0 }.with(layer)
    }

    /// Adds a layer.
    ///
    /// # Panics
    /// At compile time, if there are too many.
    const fn with(mut self, layer: LayerSpec) -> Self {
        match self.layers.split_at_mut_checked(self.len) {
            Some((_, [place, ..])) => *place = layer,
            _ => panic!("a network that is a type has at most 128 layers"),
        }
        self.len = self.len.saturating_add(1);
        self
    }

    /// Adds the layers of another list.
    pub const fn and(mut self, other: &LayerList) -> Self {
        let mut rest = other.as_slice();
        while let [layer, others @ ..] = rest {
            self = self.with(*layer);
            rest = others;
        }
        self
    }

    /// Returns the layers.
    pub const fn as_slice(&self) -> &[LayerSpec] {
        match self.layers.split_at_checked(self.len) {
            Some((layers, _)) => layers,
            None => &[],
        }
    }

    /// Returns how many layers there are.
    #[expect(clippy::len_without_is_empty, reason = "there is at least one")]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Returns how many steps of a plan they are.
    pub(crate) const fn steps(&self) -> usize {
        NetworkSpec { input: Dims::vector(1), layers: self.as_slice() }.steps()
    }
}
