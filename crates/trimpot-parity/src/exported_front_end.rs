// Exported from "sounds.safetensors" by Trimpot 0.1.0.
//
// input        7x5
// layers       0, Frozen -> 7x5
//              0.0, BatchNorm(7) -> 7x5
//              1, Conv1d(7, 3, 3, padding=1) -> 3x5
//              2, Relu -> 3x5
//              3, Flatten -> 15
//              4, Dense(15, 2) -> 2
// outputs      2
// parameters   98
// constants    28
// fingerprint  68edca22
// task         classes
// front end    log-mel,sample_rate=8000,fft=64,window=hamming:50,hop=30,bands=7,lowest=60,highest=3900,scale=slaney,norm=area,floor=max,epsilon=1e-10,samples=i16,length=191
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
use trimpot::layer::{BatchNorm, Conv1d, Dense, Flatten, Frozen, Relu};
#[rustfmt::skip]
use trimpot::shape::{Rows};
#[rustfmt::skip]
use trimpot::spectrum::{Floor, Framer, LogMel, LogMelSpec, MelNorm, MelScale, Spectrogram, Window};

/// The shape of a sample: `[[f32; 5]; 7]`.
pub type Input = Rows<7, 5>;

/// The layers.
#[rustfmt::skip]
pub type Layers = trimpot::Chain![
    Frozen<BatchNorm<7>, 14>,
    Conv1d<7, Rows<3, 5>, 3, 1, 1>,
    Relu,
    Flatten<15>,
    Dense<15, 2>,
];

/// The layers with their parameters, and the memory of their passes.
pub type Network = trimpot::network!(Layers; from Input);

/// The layers, with their settings and the numbers that training does not change.
#[rustfmt::skip]
pub static LAYERS: Layers = trimpot::chain![
    Frozen::new(valid(BatchNorm::new(MEAN_0_0, VARIANCE_0_0)), &FROZEN_0),
    Conv1d::new(),
    Relu,
    Flatten,
    Dense,
];

/// Returns the network with these parameters.
pub fn network() -> Network {
    Network::new(LAYERS, PARAMETERS)
}

/// The front end, in flash: the features of the network have its bits. In RAM:
///
/// ```text
/// let mut framer = FrontFramer::new();
/// let mut spectrogram = FrontSpectrogram::new();
/// let mut buffer = [0.0_f32; 64];
/// ```
///
/// Samples are `i16`, as the driver gives them; as many at a time as there are:
///
/// ```text
/// let mut samples = &block[..];
/// while let Some(frame) = framer.next_frame(&mut samples) {
///     spectrogram.push(&FRONT.apply(frame, &mut buffer));
///     if spectrogram.is_full() {
///         let mut input = [[0.0_f32; 5]; 7];
///         spectrogram.write_by_band(input.as_flattened_mut());
///         let output = network.predict::<f32>(&input);
///     }
/// }
/// ```
///
/// A recording of training is 191 samples; `reset` of both begins a new one. Without it there is
/// an output for each frame from then on, of as many samples that end with it.
#[rustfmt::skip]
pub static FRONT: LogMel<64, 7> = match LogMel::new(
    LogMelSpec::new(8000.0, Window::hamming(50))
        .with_range(60.0, 3900.0)
        .with_scale(MelScale::Slaney)
        .with_norm(MelNorm::Area)
        .with_floor(Floor::Max(1e-10)),
) {
    Ok(front) => front,
    Err(_) => panic!("invalid settings"),
};

/// Frames of the samples that come.
pub type FrontFramer = Framer<64, 30>;

/// The spectra that are a sample of the network.
pub type FrontSpectrogram = Spectrogram<5, 7>;

/// `running_mean` of layer 0.0.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
const MEAN_0_0: [f32; 7] = [
    -9.5, -9.5, -9.5, -9.5, -9.5, -9.5, -9.5,
];

/// `running_var` of layer 0.0.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
const VARIANCE_0_0: [f32; 7] = [
    4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0,
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
static FROZEN_0: [f32; 14] = [
    // 0.0.weight
    1.0000012, 1.0000012, 1.0000012, 1.0000012, 1.0000012, 1.0000012, 1.0000012,
    // 0.0.bias
    0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
];

/// The parameters, layer by layer.
#[rustfmt::skip]
#[allow(clippy::approx_constant, clippy::unreadable_literal, reason = "numbers that were learned")]
pub static PARAMETERS: [f32; 98] = [
    // 1.weight: 3 x 7 x 3
    0.24136491, -0.3559797, -0.24206184, -0.21646038, -0.68862075, -0.15967768, -0.13622928,
    -0.14468665, -0.5200662, -0.012460741, 0.12352573, -0.040999226, -0.46620655, 0.46903625,
    0.41649422, 0.7648367, -0.16466656, 0.1011678, 0.46518943, 0.017982278, -0.19763684, 0.12543416,
    0.17727174, -0.23252812, 0.09931886, 0.88684016, -0.1571493, 0.34961364, -0.54521567, 0.5415445,
    0.11407313, 0.4000217, -0.3830069, 0.5988809, -0.25910422, -0.10123883, 0.2372199, 0.0067134807,
    0.77637184, 0.5956568, -0.5396953, -0.110999174, 0.26441923, -0.023450406, -1.0682741,
    0.6325217, 0.295306, 0.44266337, 0.7472907, -0.6195981, -0.5269827, -0.61300445, 0.9321674,
    0.20642726, 0.8494311, -0.4974218, -0.31063798, -0.019670708, -0.13115633, -0.9586125,
    0.54235524, 0.01414924, -0.43155357,
    // 1.bias: 3
    -0.091030054, 0.86069643, -0.6470469,
    // 4.weight: 2 x 15
    -0.24789354, 0.48684394, 0.3449646, -0.2313908, 0.053425618, 1.0716507, 0.81544906, -0.16512762,
    0.082232036, -0.43341252, 0.12354865, -0.2104187, -0.028803568, -0.92794037, -0.040436625,
    -0.38628098, 0.365637, -0.44273925, -0.8876684, 0.053089567, 0.060801268, -0.5337192, 1.4207038,
    -0.043750957, 0.053927068, 0.016720878, 0.30323932, -0.6297737, -1.078221, 0.2222179,
    // 4.bias: 2
    0.7065315, 0.0646801,
];
