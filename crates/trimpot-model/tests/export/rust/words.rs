// Exported from "words.safetensors" by Trimpot 0.1.0.
//
// input        3
// layers       0, Embedding(6, 5) -> 3x5
//              1, Flatten -> 15
//              2, Dense(15, 2) -> 2
// outputs      2
// parameters   62
// constants    0
// fingerprint  c6f1c3e8
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
use trimpot::layer::{Dense, Embedding, Flatten};
#[rustfmt::skip]
use trimpot::shape::{Vector};

/// The shape of a sample: `[f32; 3]`.
pub type Input = Vector<3>;

/// The layers.
#[rustfmt::skip]
pub type Layers = trimpot::Chain![
    Embedding<6, 5>,
    Flatten<15>,
    Dense<15, 2>,
];

/// The layers with their parameters, and the memory of their passes.
pub type Network = trimpot::network!(Layers; from Input);

/// The layers, with their settings and the numbers that training does not change.
#[rustfmt::skip]
pub static LAYERS: Layers = trimpot::chain![
    Embedding,
    Flatten,
    Dense,
];

/// Returns the network with these parameters.
pub fn network() -> Network {
    Network::new(LAYERS, PARAMETERS)
}

/// The parameters, layer by layer.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
pub static PARAMETERS: [f32; 62] = [
    // 0.weight: 6 x 5
    0.24136491, -0.3559797, -0.24206184, -0.21646038, -0.68862075, -0.15967768, -0.13622928,
    -0.14468665, -0.5200662, -0.012460741, 0.12352573, -0.040999226, -0.46620655, 0.46903625,
    0.41649422, 0.7648367, -0.16466656, 0.1011678, 0.46518943, 0.017982278, -0.19763684, 0.12543416,
    0.17727174, -0.23252812, 0.09931886, 0.88684016, -0.1571493, 0.34961364, -0.54521567, 0.5415445,
    // 2.weight: 2 x 15
    0.11407313, 0.4000217, -0.3830069, 0.5988809, -0.25910422, -0.10123883, 0.2372199, 0.0067134807,
    0.77637184, 0.5956568, -0.5396953, -0.110999174, 0.26441923, -0.023450406, -1.0682741,
    0.6325217, 0.295306, 0.44266337, 0.7472907, -0.6195981, -0.5269827, -0.61300445, 0.9321674,
    0.20642726, 0.8494311, -0.4974218, -0.31063798, -0.019670708, -0.13115633, -0.9586125,
    // 2.bias: 2
    0.54235524, 0.01414924,
];
