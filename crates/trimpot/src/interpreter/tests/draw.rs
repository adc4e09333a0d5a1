//! Networks at random.

extern crate std;

use std::vec::Vec;

use crate::layer::*;
use crate::random::Random;
use crate::spec::{Dims, LayerSpec};

/// Appends some layers that leave the shape as it is.
fn same_shape(random: &mut Random, dims: Dims, depth: usize, layers: &mut Vec<LayerSpec>) {
    let size = dims.count() as u32;
    for _ in 0..random.below(4) {
        let nested = |random: &mut Random| {
            let mut inside = Vec::new();
            while inside.is_empty() {
                same_shape(random, dims, depth + 1, &mut inside);
            }
            (inside.len() as u32, inside)
        };
        match random.below(if depth < 3 { 14 } else { 10 }) {
            0 if random.below(3) == 0 => layers.push(LayerSpec::LeakyRelu(LeakyRelu::default())),
            0 => layers.push(LayerSpec::Relu(Relu)),
            1 => layers.push(LayerSpec::Tanh(Tanh)),
            2 => layers.push(LayerSpec::HardTanh(HardTanh::default())),
            3 => layers.push(LayerSpec::Gelu(Gelu)),
            4 => layers.push(LayerSpec::Dropout(Dropout::new(0.3).unwrap())),
            5 => {
                let size = dims.last();
                layers.push(LayerSpec::LayerNorm(LayerNormSpec { size, epsilon: 1e-3 }));
            }
            6 => {
                let channels = dims.channels();
                layers.push(LayerSpec::BatchNorm(BatchNormSpec { channels, epsilon: 1e-3 }));
            }
            7 => {
                layers.push(LayerSpec::Flatten(FlattenSpec));
                let inside = 1 + random.below(40) as u32;
                layers.push(LayerSpec::Dense(DenseSpec { inputs: size, outputs: inside }));
                layers.push(LayerSpec::Dense(DenseSpec { inputs: inside, outputs: size }));
                layers.push(LayerSpec::Reshape(ReshapeSpec { dims }));
            }
            8 | 9 if dims.sizes().len() < 3 => layers.push(LayerSpec::Silu(Silu)),
            // With room for windows that is stored in passing.
            8 => {
                let channels = dims.channels();
                layers.push(LayerSpec::Conv2d(ConvSpec {
                    in_channels: channels,
                    out_channels: channels,
                    window: same_window(),
                    groups: if random.below(2) == 0 { 1 } else { channels },
                }));
            }
            9 => layers.push(LayerSpec::MaxPool2d(MaxPoolSpec::new(same_window()))),
            10 | 11 => {
                let (count, mut inside) = nested(random);
                let mut around = Vec::new();
                if random.below(2) == 0 {
                    let (layers, mut shortcut) = nested(random);
                    around.push(LayerSpec::Shortcut(ShortcutSpec { layers }));
                    around.append(&mut shortcut);
                }
                let layers_inside = count + around.len() as u32;
                layers.push(LayerSpec::Residual(ResidualSpec { layers: layers_inside }));
                layers.append(&mut around);
                layers.append(&mut inside);
            }
            _ => {
                let (count, mut inside) = nested(random);
                layers.push(LayerSpec::Frozen(FrozenSpec { layers: count }));
                layers.append(&mut inside);
            }
        }
    }
}

/// Windows of three by three that leave a picture as large as it is.
fn same_window() -> WindowSpec<2> {
    WindowSpec::new([3, 3]).with_padding([[1, 1], [1, 1]])
}

/// Appends the second of two layers with the same shapes, or a residual connection that has it
/// among its layers, and the first one among those of its shortcut. Returns the shape behind it.
fn with_shortcut(
    random: &mut Random,
    dims: Dims,
    [around, inside]: [LayerSpec; 2],
    layers: &mut Vec<LayerSpec>,
) -> Dims {
    let output = inside.output(dims).unwrap();
    if random.below(2) == 0 {
        layers.push(inside);
        return output;
    }
    let mut way = |layer| {
        let mut way = Vec::new();
        same_shape(random, dims, 2, &mut way);
        way.push(layer);
        same_shape(random, output, 2, &mut way);
        way
    };
    let [mut around, mut inside] = [around, inside].map(&mut way);
    let count = around.len() as u32;
    let all = 1 + count + inside.len() as u32;
    layers.push(LayerSpec::Residual(ResidualSpec { layers: all }));
    layers.push(LayerSpec::Shortcut(ShortcutSpec { layers: count }));
    layers.append(&mut around);
    layers.append(&mut inside);
    output
}

/// Draws the layers of a network for an image.
pub fn draw(random: &mut Random, dims: Dims) -> Vec<LayerSpec> {
    let mut layers = Vec::new();
    same_shape(random, dims, 0, &mut layers);
    let window = WindowSpec::new([2, 3]).with_padding([[0, 1], [1, 1]]);
    let conv = ConvSpec { in_channels: 2, out_channels: 5, window, groups: 1 };
    let mut dims = dims;
    if random.below(2) == 0 {
        let conv = LayerSpec::Conv2d(conv);
        dims = with_shortcut(random, dims, [conv; 2], &mut layers);
        same_shape(random, dims, 1, &mut layers);
    }
    match random.below(3) {
        0 => {
            if random.below(2) == 0 {
                layers.push(LayerSpec::Relu(Relu));
            }
            let window = WindowSpec::new([2, 2]);
            let pool = LayerSpec::MaxPool2d(MaxPoolSpec::new(window));
            let average = LayerSpec::AveragePool2d(AveragePoolSpec::new(window));
            dims = with_shortcut(random, dims, [average, pool], &mut layers);
        }
        1 => {
            layers.push(LayerSpec::GlobalAveragePool(GlobalAveragePool));
            dims = Dims::vector(dims.channels());
        }
        _ => {}
    }
    same_shape(random, dims, 0, &mut layers);
    if layers.is_empty() {
        layers.push(LayerSpec::Relu(Relu));
    }
    // The units of the outputs; in one frozen layer too many they are none.
    let around = match random.below(8) {
        0 => 1,
        1 => 2,
        _ => 0,
    };
    if around > 0 {
        let channels = dims.channels();
        let frozen = |layers| LayerSpec::Frozen(FrozenSpec { layers });
        layers.extend((1..=around).rev().map(frozen));
        layers.push(LayerSpec::BatchNorm(BatchNormSpec { channels, epsilon: 1e-3 }));
    }
    layers
}
