// Exported from "sequence.safetensors" by Trimpot 0.1.0.
//
// input        2x24
// layers       0, Conv1d(2, 4, 3, padding=1) -> 4x24
//              1, BatchNorm(4) -> 4x24
//              2, Relu -> 4x24
//              3, LayerNorm(24) -> 4x24
//              4, Conv1d(4, 4, 3, stride=2, groups=4) -> 4x11
//              5, Conv1d(4, 4, 3, padding=1x2, dilation=2, groups=2) -> 4x10
//              6, MaxPool1d(2, stride=1) -> 4x9
//              7, AveragePool1d(2, stride=1) -> 4x8
//              8, AveragePool1d(3, stride=1, padding=1x0) -> 4x7
//              9, MaxPool1d(3, stride=1, padding=2x1, dilation=2) -> 4x6
//              10, GlobalAveragePool -> 4
//              11, Dense(4, 2) -> 2
// outputs      2
// parameters   138
// constants    8
// fingerprint  be427516
// task         anomalies
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
use trimpot::layer::{AveragePool1d, AveragePool1dWith, BatchNorm, Conv1d, Conv1dWith, Dense, DepthwiseConv1d, GlobalAveragePool, LayerNorm, MaxPool1d, MaxPool1dWith, MovingWindow, Relu, WindowSpec};
#[rustfmt::skip]
use trimpot::shape::{Rows};

/// The shape of a sample: `[[f32; 24]; 2]`.
pub type Input = Rows<2, 24>;

/// The layers.
#[rustfmt::skip]
pub type Layers = trimpot::Chain![
    Conv1d<2, Rows<4, 24>, 3, 1, 1>,
    BatchNorm<4>,
    Relu,
    LayerNorm<24>,
    DepthwiseConv1d<Rows<4, 11>, 3, 2>,
    Conv1dWith<4, Rows<4, 10>, Window5>,
    MaxPool1d<Rows<4, 9>, 2, 1>,
    AveragePool1d<Rows<4, 8>, 2, 1>,
    AveragePool1dWith<Rows<4, 7>, Window8>,
    MaxPool1dWith<Rows<4, 6>, Window9>,
    GlobalAveragePool,
    Dense<4, 2>,
];

/// The layers with their parameters, and the memory of their passes.
pub type Network = trimpot::network!(Layers; from Input);

/// The layers, with their settings and the numbers that training does not change.
#[rustfmt::skip]
pub static LAYERS: Layers = trimpot::chain![
    Conv1d::new(),
    valid(BatchNorm::new(MEAN_1, VARIANCE_1)),
    Relu,
    LayerNorm::new(),
    DepthwiseConv1d::new(),
    Conv1dWith::new(),
    MaxPool1d::new(),
    AveragePool1d::new(),
    AveragePool1dWith::new(),
    MaxPool1dWith::new(),
    GlobalAveragePool,
    Dense,
];

/// Returns the network with these parameters.
pub fn network() -> Network {
    Network::new(LAYERS, PARAMETERS)
}

/// The threshold: what scores above it is anomalous.
#[allow(clippy::approx_constant, reason = "it was measured")]
pub const THRESHOLD: f32 = 0.31830987;

/// The centre that outputs are compared with.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
pub static CENTRE: [f32; 2] = [
    0.5, -3.25,
];

/// `running_mean` of layer 1.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
const MEAN_1: [f32; 4] = [
    1.1899823, 0.62101686, 0.86949587, 0.6340811,
];

/// `running_var` of layer 1.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
const VARIANCE_1: [f32; 4] = [
    0.9268347, 0.7629496, 0.98693764, 0.6595694,
];

/// Returns a layer whose settings are valid, or does not compile.
const fn valid<L: Copy>(layer: Result<L, trimpot::ParameterError>) -> L {
    match layer {
        Ok(layer) => layer,
        Err(_) => panic!("a setting is out of its range"),
    }
}

/// The window of layer 5.
pub struct Window5;

#[rustfmt::skip]
impl MovingWindow<1> for Window5 {
    const WINDOW: WindowSpec<1> = WindowSpec::new([3])
        .with_stride([1])
        .with_padding([[1, 2]])
        .with_dilation([2]);
    const GROUPS: u32 = 2;
}

/// The window of layer 8.
pub struct Window8;

#[rustfmt::skip]
impl MovingWindow<1> for Window8 {
    const WINDOW: WindowSpec<1> = WindowSpec::new([3])
        .with_stride([1])
        .with_padding([[1, 0]])
        .with_dilation([1]);
}

/// The window of layer 9.
pub struct Window9;

#[rustfmt::skip]
impl MovingWindow<1> for Window9 {
    const WINDOW: WindowSpec<1> = WindowSpec::new([3])
        .with_stride([1])
        .with_padding([[2, 1]])
        .with_dilation([2]);
}

/// The parameters, layer by layer.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
pub static PARAMETERS: [f32; 138] = [
    // 0.weight: 4 x 2 x 3
    0.24136491, -0.3559797, -0.24206184, -0.21646038, -0.68862075, -0.15967768, -0.13622928,
    -0.14468665, -0.5200662, -0.012460741, 0.12352573, -0.040999226, -0.46620655, 0.46903625,
    0.41649422, 0.7648367, -0.16466656, 0.1011678, 0.46518943, 0.017982278, -0.19763684, 0.12543416,
    0.17727174, -0.23252812,
    // 0.bias: 4
    0.09931886, 0.88684016, -0.1571493, 0.34961364,
    // 1.weight: 4
    -0.54521567, 0.5415445, 0.11407313, 0.4000217,
    // 1.bias: 4
    -0.3830069, 0.5988809, -0.25910422, -0.10123883,
    // 3.weight: 24
    0.2372199, 0.0067134807, 0.77637184, 0.5956568, -0.5396953, -0.110999174, 0.26441923,
    -0.023450406, -1.0682741, 0.6325217, 0.295306, 0.44266337, 0.7472907, -0.6195981, -0.5269827,
    -0.61300445, 0.9321674, 0.20642726, 0.8494311, -0.4974218, -0.31063798, -0.019670708,
    -0.13115633, -0.9586125,
    // 3.bias: 24
    0.54235524, 0.01414924, -0.43155357, -0.091030054, 0.86069643, -0.6470469, -0.24789354,
    0.48684394, 0.3449646, -0.2313908, 0.053425618, 1.0716507, 0.81544906, -0.16512762, 0.082232036,
    -0.43341252, 0.12354865, -0.2104187, -0.028803568, -0.92794037, -0.040436625, -0.38628098,
    0.365637, -0.44273925,
    // 4.weight: 4 x 1 x 3
    -0.8876684, 0.053089567, 0.060801268, -0.5337192, 1.4207038, -0.043750957, 0.053927068,
    0.016720878, 0.30323932, -0.6297737, -1.078221, 0.2222179,
    // 4.bias: 4
    0.7065315, 0.0646801, -1.1185267, -0.4393859,
    // 5.weight: 4 x 2 x 3
    -0.6344521, -0.2972558, 0.4220012, 0.28410715, -0.5163202, -0.011128967, 0.5638764, -0.25266775,
    -0.7688509, 0.06541055, 0.6455563, -0.90132046, -0.80373615, -0.006931195, -0.14199173,
    0.29833025, 0.26375893, 0.8762606, 0.15912575, 0.34055465, 0.7305836, -0.07557888, -0.05346776,
    -1.0563259,
    // 5.bias: 4
    0.5465765, -0.15385115, -0.7227473, 0.3776335,
    // 11.weight: 2 x 4
    -0.8405364, -0.38174006, -0.1351155, 0.2370843, 0.44995672, -0.27769208, 0.2645528, 0.7282731,
    // 11.bias: 2
    -0.1465024, 0.35552305,
];
