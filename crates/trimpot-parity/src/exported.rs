// Exported from "images.safetensors" by Trimpot 0.1.0.
//
// input        64
// layers       0, Frozen -> 3x4x4
//              0.0, Frozen -> 64
//              0.0.0, Reshape(1, 64) -> 1x64
//              0.0.1, BatchNorm(1) -> 1x64
//              0.0.2, Flatten -> 64
//              0.1, Reshape(1, 8, 8) -> 1x8x8
//              0.2, Conv2d(1, 3, 3, padding=1) -> 3x8x8
//              0.3, BatchNorm(3) -> 3x8x8
//              0.4, Relu -> 3x8x8
//              0.5, MaxPool2d(2) -> 3x4x4
//              0.6, Residual -> 3x4x4
//              0.6.0, Conv2d(3, 3, 3, padding=1, groups=3) -> 3x4x4
//              0.6.1, BatchNorm(3) -> 3x4x4
//              1, Conv2d(3, 4, 3x2, stride=2x1, padding=0x1x1x0, dilation=1x2) -> 4x2x3
//              2, AveragePool2d(1x2, stride=1) -> 4x2x2
//              3, MaxPool2d(2x1, stride=1, padding=1x0x0x0) -> 4x2x2
//              4, Flatten -> 16
//              5, Dense(16, 3) -> 3
// outputs      3
// parameters   127
// constants    88
// fingerprint  ab4e85e4
// task         classes
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
use trimpot::layer::{AveragePool2dWith, BatchNorm, Conv2d, Conv2dWith, Dense, DepthwiseConv2d, Flatten, Frozen, MaxPool2d, MaxPool2dWith, MovingWindow, Relu, Reshape, Residual, WindowSpec};
#[rustfmt::skip]
use trimpot::shape::{Image, Rows, Vector};

/// The shape of a sample: `[f32; 64]`.
pub type Input = Vector<64>;

/// The layers.
#[rustfmt::skip]
pub type Layers = trimpot::Chain![
    Frozen<trimpot::Chain![
        Frozen<trimpot::Chain![
            Reshape<Rows<1, 64>>,
            BatchNorm<1>,
            Flatten<64>,
        ], 2>,
        Reshape<Image<1, 8, 8>>,
        Conv2d<1, Image<3, 8, 8>, 3, 1, 1>,
        BatchNorm<3>,
        Relu,
        MaxPool2d<Image<3, 4, 4>, 2>,
        Residual<trimpot::Chain![
            DepthwiseConv2d<Image<3, 4, 4>, 3, 1, 1>,
            BatchNorm<3>,
        ]>,
    ], 72>,
    Conv2dWith<3, Image<4, 2, 3>, Window1>,
    AveragePool2dWith<Image<4, 2, 2>, Window2>,
    MaxPool2dWith<Image<4, 2, 2>, Window3>,
    Flatten<16>,
    Dense<16, 3>,
];

/// The layers with their parameters, and the memory of their passes.
pub type Network = trimpot::network!(Layers; from Input);

/// The layers, with their settings and the numbers that training does not change.
#[rustfmt::skip]
pub static LAYERS: Layers = trimpot::chain![
    Frozen::new(trimpot::chain![
        Frozen::new(trimpot::chain![
            Reshape::new(),
            valid(BatchNorm::new(MEAN_0_0_1, VARIANCE_0_0_1)),
            Flatten,
        ], &FROZEN_0_0),
        Reshape::new(),
        Conv2d::new(),
        valid(BatchNorm::new(MEAN_0_3, VARIANCE_0_3)),
        Relu,
        MaxPool2d::new(),
        Residual(trimpot::chain![
            DepthwiseConv2d::new(),
            valid(BatchNorm::new(MEAN_0_6_1, VARIANCE_0_6_1)),
        ]),
    ], &FROZEN_0),
    Conv2dWith::new(),
    AveragePool2dWith::new(),
    MaxPool2dWith::new(),
    Flatten,
    Dense,
];

/// Returns the network with these parameters.
pub fn network() -> Network {
    Network::new(LAYERS, PARAMETERS)
}

/// `running_mean` of layer 0.0.1.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
const MEAN_0_0_1: [f32; 1] = [
    0.0,
];

/// `running_var` of layer 0.0.1.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
const VARIANCE_0_0_1: [f32; 1] = [
    0.99999,
];

/// Returns a layer whose settings are valid, or does not compile.
const fn valid<L: Copy>(layer: Result<L, trimpot::ParameterError>) -> L {
    match layer {
        Ok(layer) => layer,
        Err(_) => panic!("a setting is out of its range"),
    }
}

/// The weights of layer 0.0, which is frozen.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
static FROZEN_0_0: [f32; 2] = [
    // 0.0.1.weight
    0.0625,
    // 0.0.1.bias
    0.0,
];

/// `running_mean` of layer 0.3.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
const MEAN_0_3: [f32; 3] = [
    0.60511374, 1.3861643, 1.2978859,
];

/// `running_var` of layer 0.3.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
const VARIANCE_0_3: [f32; 3] = [
    0.6136644, 1.3099347, 1.3717128,
];

/// `running_mean` of layer 0.6.1.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
const MEAN_0_6_1: [f32; 3] = [
    1.1982085, 0.6800437, 0.6048852,
];

/// `running_var` of layer 0.6.1.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
const VARIANCE_0_6_1: [f32; 3] = [
    0.634529, 0.8056222, 1.49056,
];

/// The weights of layer 0, which is frozen.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
static FROZEN_0: [f32; 72] = [
    // 0.2.weight
    0.24136491, -0.3559797, -0.24206184, -0.21646038, -0.68862075, -0.15967768, -0.13622928,
    -0.14468665, -0.5200662, -0.012460741, 0.12352573, -0.040999226, -0.46620655, 0.46903625,
    0.41649422, 0.7648367, -0.16466656, 0.1011678, 0.46518943, 0.017982278, -0.19763684, 0.12543416,
    0.17727174, -0.23252812, 0.09931886, 0.88684016, -0.1571493,
    // 0.2.bias
    0.34961364, -0.54521567, 0.5415445,
    // 0.3.weight
    0.11407313, 0.4000217, -0.3830069,
    // 0.3.bias
    0.5988809, -0.25910422, -0.10123883,
    // 0.6.0.weight
    0.2372199, 0.0067134807, 0.77637184, 0.5956568, -0.5396953, -0.110999174, 0.26441923,
    -0.023450406, -1.0682741, 0.6325217, 0.295306, 0.44266337, 0.7472907, -0.6195981, -0.5269827,
    -0.61300445, 0.9321674, 0.20642726, 0.8494311, -0.4974218, -0.31063798, -0.019670708,
    -0.13115633, -0.9586125, 0.54235524, 0.01414924, -0.43155357,
    // 0.6.0.bias
    -0.091030054, 0.86069643, -0.6470469,
    // 0.6.1.weight
    -0.24789354, 0.48684394, 0.3449646,
    // 0.6.1.bias
    -0.2313908, 0.053425618, 1.0716507,
];

/// The window of layer 1.
pub struct Window1;

#[rustfmt::skip]
impl MovingWindow<2> for Window1 {
    const WINDOW: WindowSpec<2> = WindowSpec::new([3, 2])
        .with_stride([2, 1])
        .with_padding([[0, 1], [1, 0]])
        .with_dilation([1, 2]);
}

/// The window of layer 2.
pub struct Window2;

#[rustfmt::skip]
impl MovingWindow<2> for Window2 {
    const WINDOW: WindowSpec<2> = WindowSpec::new([1, 2])
        .with_stride([1, 1])
        .with_padding([[0, 0], [0, 0]])
        .with_dilation([1, 1]);
}

/// The window of layer 3.
pub struct Window3;

#[rustfmt::skip]
impl MovingWindow<2> for Window3 {
    const WINDOW: WindowSpec<2> = WindowSpec::new([2, 1])
        .with_stride([1, 1])
        .with_padding([[1, 0], [0, 0]])
        .with_dilation([1, 1]);
}

/// The parameters, layer by layer.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
pub static PARAMETERS: [f32; 127] = [
    // 1.weight: 4 x 3 x 3 x 2
    0.81544906, -0.16512762, 0.082232036, -0.43341252, 0.12354865, -0.2104187, -0.028803568,
    -0.92794037, -0.040436625, -0.38628098, 0.365637, -0.44273925, -0.8876684, 0.053089567,
    0.060801268, -0.5337192, 1.4207038, -0.043750957, 0.053927068, 0.016720878, 0.30323932,
    -0.6297737, -1.078221, 0.2222179, 0.7065315, 0.0646801, -1.1185267, -0.4393859, -0.6344521,
    -0.2972558, 0.4220012, 0.28410715, -0.5163202, -0.011128967, 0.5638764, -0.25266775, -0.7688509,
    0.06541055, 0.6455563, -0.90132046, -0.80373615, -0.006931195, -0.14199173, 0.29833025,
    0.26375893, 0.8762606, 0.15912575, 0.34055465, 0.7305836, -0.07557888, -0.05346776, -1.0563259,
    0.5465765, -0.15385115, -0.7227473, 0.3776335, -0.8405364, -0.38174006, -0.1351155, 0.2370843,
    0.44995672, -0.27769208, 0.2645528, 0.7282731, -0.1465024, 0.35552305, 0.18204954, -0.16874199,
    -0.2468958, -0.023749115, -0.44240877, -0.77489555,
    // 1.bias: 4
    -0.3069729, 0.3192975, 0.10096473, 0.14055918,
    // 5.weight: 3 x 16
    0.11492934, 0.3348838, -0.52991897, 0.8145408, 0.38699526, 0.8259653, 0.7257103, 0.15521437,
    0.56760716, 0.80730015, 0.87336653, -0.045211766, 0.27068356, -0.57628506, -0.71089154,
    -0.31647393, -0.4703494, 0.70309895, -0.09358028, -0.19751506, 0.41791, -0.22839606, 0.1762553,
    -0.67684937, 0.007464628, 0.33925003, 0.6215942, 0.40296003, -0.31944275, 0.43972662, 0.5253963,
    0.92547613, -0.396486, -0.5161623, 0.42357805, 0.11028204, 0.7813117, -0.1935744, -0.7985315,
    0.08126483, -0.0954178, -0.13613157, -0.66817063, 0.26934177, 0.4978507, -0.1747682, -0.6008295,
    0.3375224,
    // 5.bias: 3
    0.32191396, 1.1785606, 0.15783532,
];
