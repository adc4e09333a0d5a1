//! Which numbers can come out of a network: for losses that take probabilities, say.

use trimpot::layer::kind::ANY;
use trimpot::spec::LayerSpec;

use crate::layers::Layers;

/// Returns the least and the largest output of a layer, rounded as the layer rounds, for any input.
pub fn range(layer: LayerSpec) -> [f32; 2] {
    layer.range().unwrap_or(ANY)
}

/// Returns the layer that the range of a network's outputs follows from: the last one that is in no
/// other and whose outputs are not in deployment the numbers that go in.
pub fn last(layers: &Layers) -> Option<LayerSpec> {
    let (mut last, mut at) = (None, 0);
    while let Some(&layer) = layers.specs.get(at) {
        if layer.range().is_some() {
            last = Some(layer);
        }
        at += 1 + layer.inside();
    }
    last
}
