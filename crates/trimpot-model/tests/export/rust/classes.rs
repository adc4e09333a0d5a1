// Exported from "classes.safetensors" by Trimpot 0.1.0.
//
// input        3
// layers       0, Frozen -> 3
//              0.0, BatchNorm(3) -> 3
//              1, Dense(3, 5) -> 5
//              2, LeakyRelu(negative_slope=0.2) -> 5
//              3, Dropout(p=0.25) -> 5
//              4, Dense(5, 3) -> 3
// outputs      3
// parameters   38
// constants    12
// fingerprint  cba9d900
// task         classes
// loss         cross_entropy
//
// To use it, put it beside the sources of a crate that depends on `trimpot`, as `src/model.rs`:
//
//     #[allow(dead_code, reason = "not all of it is used")]
//     mod model;
//
//     // In RAM, to be trained:
//     let mut network = model::network();
//     let output = network.predict::<f32>(&input);
//
//     // Or from flash memory, as it is:
//     let mut arena = [0.0_f32; model::Network::INFERENCE_VALUES];
//     let planned = trimpot::network::Planned::<model::Input, _>::new(&model::LAYERS);
//     let output = planned.predict(&model::PARAMETERS, &input, &mut arena)?;
//
// What features go through first, and units of outputs, are layers as all others.

#[rustfmt::skip]
use trimpot::layer::{BatchNorm, Dense, Dropout, Frozen, LeakyRelu};
#[rustfmt::skip]
use trimpot::shape::{Vector};

/// The shape of a sample: `[f32; 3]`.
pub type Input = Vector<3>;

/// The layers.
#[rustfmt::skip]
pub type Layers = trimpot::Chain![
    Frozen<BatchNorm<3>, 6>,
    Dense<3, 5>,
    LeakyRelu,
    Dropout,
    Dense<5, 3>,
];

/// The layers with their parameters, and the memory of their passes.
pub type Network = trimpot::network!(Layers; from Input);

/// The layers, with their settings and the numbers that training does not change.
#[rustfmt::skip]
pub static LAYERS: Layers = trimpot::chain![
    Frozen::new(valid(BatchNorm::new(MEAN_0_0, VARIANCE_0_0)), &FROZEN_0),
    Dense,
    valid(LeakyRelu::new().with_negative_slope(0.2)),
    valid(Dropout::new(0.25)),
    Dense,
];

/// Returns the network with these parameters.
pub fn network() -> Network {
    Network::new(LAYERS, PARAMETERS)
}

/// The names of the classes, in the order of the outputs.
#[rustfmt::skip]
pub static CLASSES: [&str; 3] = [
    "cat",
    "a \"dog\"",
    "é\\\u{202e}??/\n*/",
];

/// The names of the features, in the order of the inputs.
#[rustfmt::skip]
pub static FEATURES: [&str; 3] = [
    "size",
    "weight",
    "legs",
];

/// `running_mean` of layer 0.0.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
const MEAN_0_0: [f32; 3] = [
    300.0, -0.001, 5.0,
];

/// `running_var` of layer 0.0.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
const VARIANCE_0_0: [f32; 3] = [
    1.5625, 9.999999e-9, 0.0,
];

/// Returns a layer whose settings are valid, or does not compile.
const fn valid<L: Copy>(layer: Result<L, trimpot::ParameterError>) -> L {
    match layer {
        Ok(layer) => layer,
        Err(_) => panic!("a setting is out of its range"),
    }
}

/// The weights of layer 0, which is frozen.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
static FROZEN_0: [f32; 6] = [
    // 0.0.weight
    1.0000032, 31.638584, 0.0031622776,
    // 0.0.bias
    0.0, 0.0, 0.0,
];

/// The parameters, layer by layer.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
pub static PARAMETERS: [f32; 38] = [
    // 1.weight: 5 x 3
    0.24136491, -0.3559797, -0.24206184, -0.21646038, -0.68862075, -0.15967768, -0.13622928,
    -0.14468665, -0.5200662, -0.012460741, 0.12352573, -0.040999226, -0.46620655, 0.46903625,
    0.41649422,
    // 1.bias: 5
    0.7648367, -0.16466656, 0.1011678, 0.46518943, 0.017982278,
    // 4.weight: 3 x 5
    -0.19763684, 0.12543416, 0.17727174, -0.23252812, 0.09931886, 0.88684016, -0.1571493,
    0.34961364, -0.54521567, 0.5415445, 0.11407313, 0.4000217, -0.3830069, 0.5988809, -0.25910422,
    // 4.bias: 3
    -0.10123883, 0.2372199, 0.0067134807,
];
