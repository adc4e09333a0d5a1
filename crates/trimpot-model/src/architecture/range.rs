//! Which numbers can come out of a network: for losses that take probabilities, say.

use trimpot::spec::LayerSpec;

use crate::layers::Layers;

/// The least and the largest output of a layer that is no activation.
pub const ANY: [f32; 2] = [f32::NEG_INFINITY, f32::INFINITY];

/// Returns the least and the largest output of a layer, rounded as the layer rounds.
pub fn range(layer: LayerSpec) -> [f32; 2] {
    match layer {
        LayerSpec::Relu(_) | LayerSpec::Softplus(_) => [0.0, f32::INFINITY],
        LayerSpec::Elu(elu) => [-elu.alpha(), f32::INFINITY],
        LayerSpec::Gelu(_) | LayerSpec::GeluTanh(_) => [-0.171, f32::INFINITY],
        LayerSpec::Silu(_) => [-0.279, f32::INFINITY],
        LayerSpec::HardSwish(_) => [-0.375, f32::INFINITY],
        LayerSpec::Sigmoid(_) | LayerSpec::HardSigmoid(_) => [0.0, 1.0],
        LayerSpec::Tanh(_) | LayerSpec::Softsign(_) => [-1.0, 1.0],
        LayerSpec::HardTanh(hard_tanh) => [hard_tanh.low(), hard_tanh.high()],
        _ => ANY,
    }
}

/// Returns the layer that the range of a network's outputs follows from: the last one that is in no
/// other and does more in deployment than to give numbers another shape.
pub fn last(layers: &Layers) -> Option<LayerSpec> {
    let (mut last, mut at) = (None, 0);
    while let Some(&layer) = layers.specs.get(at) {
        if !matches!(layer, LayerSpec::Flatten(_) | LayerSpec::Reshape(_) | LayerSpec::Dropout(_)) {
            last = Some(layer);
        }
        at += 1 + layer.inside();
    }
    last
}
