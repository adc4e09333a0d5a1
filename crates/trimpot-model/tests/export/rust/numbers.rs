// Exported from "numbers.safetensors" by Trimpot 0.1.0.
//
// input        4
// layers       0, Residual -> 4
//              0.0, Dense(4, 3) -> 3
//              0.1, LayerNorm(3, epsilon=0.001) -> 3
//              0.2, Residual -> 3
//              0.2.0, Shortcut -> 3
//              0.2.0.0, Dense(3, 3) -> 3
//              0.2.0.1, Tanh -> 3
//              0.2.1, Elu -> 3
//              0.2.2, Dense(3, 3) -> 3
//              0.3, Dense(3, 4) -> 4
//              1, Gelu -> 4
//              2, Dense(4, 4) -> 4
//              3, GeluTanh -> 4
//              4, Dense(4, 4) -> 4
//              5, Silu -> 4
//              6, Dense(4, 4) -> 4
//              7, Sigmoid -> 4
//              8, Dense(4, 4) -> 4
//              9, Tanh -> 4
//              10, Dense(4, 4) -> 4
//              11, Softplus -> 4
//              12, Dense(4, 4) -> 4
//              13, Softsign -> 4
//              14, Dense(4, 4) -> 4
//              15, HardSigmoid -> 4
//              16, Dense(4, 4) -> 4
//              17, HardSwish -> 4
//              18, Dense(4, 4) -> 4
//              19, HardTanh(low=-0.5, high=1.5) -> 4
//              20, Dense(4, 4) -> 4
//              21, Elu(alpha=1.5) -> 4
//              22, Dense(4, 4) -> 4
//              23, Relu -> 4
//              24, Dense(4, 2) -> 2
//              25, Frozen -> 2
//              25.0, BatchNorm(2) -> 2
// outputs      2
// parameters   291
// constants    8
// fingerprint  5592afe0
// task         numbers
// loss         mse
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
use trimpot::layer::{BatchNorm, Dense, Elu, Frozen, Gelu, GeluTanh, HardSigmoid, HardSwish, HardTanh, LayerNorm, Relu, Residual, ResidualWith, Sigmoid, Silu, Softplus, Softsign, Tanh};
#[rustfmt::skip]
use trimpot::shape::{Vector};

/// The shape of a sample: `[f32; 4]`.
pub type Input = Vector<4>;

/// The layers.
#[rustfmt::skip]
pub type Layers = trimpot::Chain![
    trimpot::Chain![
        Residual<trimpot::Chain![
            Dense<4, 3>,
            LayerNorm<3>,
            ResidualWith<trimpot::Chain![
                Dense<3, 3>,
                Tanh,
            ], trimpot::Chain![
                Elu,
                Dense<3, 3>,
            ]>,
            Dense<3, 4>,
        ]>,
        Gelu,
        Dense<4, 4>,
        GeluTanh,
        Dense<4, 4>,
        Silu,
        Dense<4, 4>,
        Sigmoid,
        Dense<4, 4>,
        Tanh,
        Dense<4, 4>,
        Softplus,
        Dense<4, 4>,
        Softsign,
        Dense<4, 4>,
        HardSigmoid,
        Dense<4, 4>,
        HardSwish,
        Dense<4, 4>,
        HardTanh,
        Dense<4, 4>,
        Elu,
        Dense<4, 4>,
        Relu,
    ],
    trimpot::Chain![
        Dense<4, 2>,
        Frozen<BatchNorm<2>, 4>,
    ],
];

/// The layers with their parameters, and the memory of their passes.
pub type Network = trimpot::network!(Layers; from Input);

/// The layers, with their settings and the numbers that training does not change.
#[rustfmt::skip]
pub static LAYERS: Layers = trimpot::chain![
    trimpot::chain![
        Residual(trimpot::chain![
            Dense,
            valid(LayerNorm::new().with_epsilon(0.001)),
            ResidualWith(trimpot::chain![
                Dense,
                Tanh,
            ], trimpot::chain![
                Elu::new(),
                Dense,
            ]),
            Dense,
        ]),
        Gelu,
        Dense,
        GeluTanh,
        Dense,
        Silu,
        Dense,
        Sigmoid,
        Dense,
        Tanh,
        Dense,
        Softplus,
        Dense,
        Softsign,
        Dense,
        HardSigmoid,
        Dense,
        HardSwish,
        Dense,
        valid(HardTanh::between(-0.5, 1.5)),
        Dense,
        valid(Elu::new().with_alpha(1.5)),
        Dense,
        Relu,
    ],
    trimpot::chain![
        Dense,
        Frozen::new(valid(BatchNorm::new(MEAN_25_0, VARIANCE_25_0)), &FROZEN_25),
    ],
];

/// Returns the network with these parameters.
pub fn network() -> Network {
    Network::new(LAYERS, PARAMETERS)
}

/// The names of the targets, in the order of the outputs.
#[rustfmt::skip]
pub static TARGETS: [&str; 2] = [
    "price",
    "level",
];

/// Returns a layer whose settings are valid, or does not compile.
const fn valid<L: Copy>(layer: Result<L, trimpot::ParameterError>) -> L {
    match layer {
        Ok(layer) => layer,
        Err(_) => panic!("a setting is out of its range"),
    }
}

/// `running_mean` of layer 25.0.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
const MEAN_25_0: [f32; 2] = [
    0.0, 0.0,
];

/// `running_var` of layer 25.0.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
const VARIANCE_25_0: [f32; 2] = [
    0.99999, 0.99999,
];

/// The weights of layer 25, which is frozen.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
static FROZEN_25: [f32; 4] = [
    // 25.0.weight
    120000.0, 0.5,
    // 25.0.bias
    350000.0, -2.0,
];

/// The parameters, layer by layer.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
pub static PARAMETERS: [f32; 291] = [
    // 0.0.weight: 3 x 4
    0.24136491, -0.3559797, -0.24206184, -0.21646038, -0.68862075, -0.15967768, -0.13622928,
    -0.14468665, -0.5200662, -0.012460741, 0.12352573, -0.040999226,
    // 0.0.bias: 3
    -0.46620655, 0.46903625, 0.41649422,
    // 0.1.weight: 3
    0.7648367, -0.16466656, 0.1011678,
    // 0.1.bias: 3
    0.46518943, 0.017982278, -0.19763684,
    // 0.2.0.0.weight: 3 x 3
    0.12543416, 0.17727174, -0.23252812, 0.09931886, 0.88684016, -0.1571493, 0.34961364,
    -0.54521567, 0.5415445,
    // 0.2.0.0.bias: 3
    0.11407313, 0.4000217, -0.3830069,
    // 0.2.2.weight: 3 x 3
    0.5988809, -0.25910422, -0.10123883, 0.2372199, 0.0067134807, 0.77637184, 0.5956568, -0.5396953,
    -0.110999174,
    // 0.2.2.bias: 3
    0.26441923, -0.023450406, -1.0682741,
    // 0.3.weight: 4 x 3
    0.6325217, 0.295306, 0.44266337, 0.7472907, -0.6195981, -0.5269827, -0.61300445, 0.9321674,
    0.20642726, 0.8494311, -0.4974218, -0.31063798,
    // 0.3.bias: 4
    -0.019670708, -0.13115633, -0.9586125, 0.54235524,
    // 2.weight: 4 x 4
    0.01414924, -0.43155357, -0.091030054, 0.86069643, -0.6470469, -0.24789354, 0.48684394,
    0.3449646, -0.2313908, 0.053425618, 1.0716507, 0.81544906, -0.16512762, 0.082232036,
    -0.43341252, 0.12354865,
    // 2.bias: 4
    -0.2104187, -0.028803568, -0.92794037, -0.040436625,
    // 4.weight: 4 x 4
    -0.38628098, 0.365637, -0.44273925, -0.8876684, 0.053089567, 0.060801268, -0.5337192, 1.4207038,
    -0.043750957, 0.053927068, 0.016720878, 0.30323932, -0.6297737, -1.078221, 0.2222179, 0.7065315,
    // 4.bias: 4
    0.0646801, -1.1185267, -0.4393859, -0.6344521,
    // 6.weight: 4 x 4
    -0.2972558, 0.4220012, 0.28410715, -0.5163202, -0.011128967, 0.5638764, -0.25266775, -0.7688509,
    0.06541055, 0.6455563, -0.90132046, -0.80373615, -0.006931195, -0.14199173, 0.29833025,
    0.26375893,
    // 6.bias: 4
    0.8762606, 0.15912575, 0.34055465, 0.7305836,
    // 8.weight: 4 x 4
    -0.07557888, -0.05346776, -1.0563259, 0.5465765, -0.15385115, -0.7227473, 0.3776335, -0.8405364,
    -0.38174006, -0.1351155, 0.2370843, 0.44995672, -0.27769208, 0.2645528, 0.7282731, -0.1465024,
    // 8.bias: 4
    0.35552305, 0.18204954, -0.16874199, -0.2468958,
    // 10.weight: 4 x 4
    -0.023749115, -0.44240877, -0.77489555, -0.3069729, 0.3192975, 0.10096473, 0.14055918,
    0.11492934, 0.3348838, -0.52991897, 0.8145408, 0.38699526, 0.8259653, 0.7257103, 0.15521437,
    0.56760716,
    // 10.bias: 4
    0.80730015, 0.87336653, -0.045211766, 0.27068356,
    // 12.weight: 4 x 4
    -0.57628506, -0.71089154, -0.31647393, -0.4703494, 0.70309895, -0.09358028, -0.19751506,
    0.41791, -0.22839606, 0.1762553, -0.67684937, 0.007464628, 0.33925003, 0.6215942, 0.40296003,
    -0.31944275,
    // 12.bias: 4
    0.43972662, 0.5253963, 0.92547613, -0.396486,
    // 14.weight: 4 x 4
    -0.5161623, 0.42357805, 0.11028204, 0.7813117, -0.1935744, -0.7985315, 0.08126483, -0.0954178,
    -0.13613157, -0.66817063, 0.26934177, 0.4978507, -0.1747682, -0.6008295, 0.3375224, 0.32191396,
    // 14.bias: 4
    1.1785606, 0.15783532, 0.0957981, 0.11558901,
    // 16.weight: 4 x 4
    0.2806567, 0.51779824, 0.40172347, -0.58073694, -0.63579273, -0.5787829, 0.43678442, 0.26550925,
    -0.6521408, -1.0303061, 0.11634944, 0.048051037, -0.28585622, 0.003622312, 0.26456398,
    -1.0570241,
    // 16.bias: 4
    0.23375061, -0.7621535, 0.19398507, 0.6192436,
    // 18.weight: 4 x 4
    0.32892558, -0.74666333, 0.36985958, 0.099790014, -0.18777914, -0.071161464, -0.37018493,
    -0.7422777, -0.3904022, -0.20923471, 0.20879382, 0.6545828, 0.32714856, 0.20755272,
    -0.009184256, 0.13733874,
    // 18.bias: 4
    0.28090727, 1.0021722, 0.20019762, -0.27669004,
    // 20.weight: 4 x 4
    -0.10305287, -0.5441001, 0.055935964, 0.05323808, 1.1559219, 0.36168048, -0.25576082, 0.5709905,
    -0.90831643, 0.12760933, 0.23268561, 0.9003289, 0.37718037, -0.65878105, -0.20951279, 0.6451988,
    // 20.bias: 4
    0.27742514, 0.40176916, -0.19353986, 0.29971942,
    // 22.weight: 4 x 4
    -0.8433353, 0.5100477, -0.6848252, -0.12141045, -0.56710076, 0.5410629, -0.88727605, 1.0020882,
    0.4368703, 0.3709524, 0.056169096, 0.08791434, 0.1687487, 0.116080694, -0.51429653, 0.29772317,
    // 22.bias: 4
    -1.2097028, -0.07308305, -0.011247574, 0.5371409,
    // 24.weight: 2 x 4
    0.19110964, 0.7386166, 0.023035014, -0.17176697, -0.55822164, 0.35144648, 0.020637024,
    -0.4856058,
    // 24.bias: 2
    -0.00930075, 1.0079504,
];
