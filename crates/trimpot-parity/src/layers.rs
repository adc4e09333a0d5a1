//! Every layer in a small network, and a fingerprint of its training.
//!
//! Most networks are alike: a dense layer, whose gradient shows whether the gradient by the input
//! is right; the layer; and a vector of whatever comes out.

use core::marker::PhantomData;

use trimpot::lanes::{Bits, Lanes};
use trimpot::layer::initialization::{
    GlorotNormal, HeNormal, HeUniform, Initialization, LeCunNormal, LeCunUniform,
};
use trimpot::layer::kind::LayerKind;
use trimpot::layer::{
    Activation, AveragePool1d, AveragePool1dWith, AveragePool2d, AveragePool2dWith, BatchNorm,
    Conv1d, Conv1dWith, Conv2d, Conv2dWith, Dense, DepthwiseConv1d, DepthwiseConv2d, Dropout,
    Embedding, Flatten, Frozen, GlobalAveragePool, LayerNorm, LeakyRelu, MaxPool1d, MaxPool1dWith,
    MaxPool2d, MaxPool2dWith, MovingWindow, Relu, Reshape, Residual, ResidualWith, Tanh,
    WindowSpec,
};
use trimpot::loss::MeanSquaredError;
use trimpot::network::{Model, Planned};
use trimpot::random::Random;
use trimpot::shape::{Image, Rows, Vector};
use trimpot::{Chain, ParameterError, chain, network};

use crate::exported;
use crate::fingerprint::Print;
use crate::interpreted::{Interpreted, PARAMETERS, first, with_interpreter};
use crate::sizes::dense_of_each_size;

/// Where all randomness comes from.
const SEED: u32 = 0x1a_7e25;
/// How many samples a network is trained with, in every lane.
const STEPS: u32 = 12;
const LEARNING_RATE: f32 = 0.02;

/// Who gets to see all layers.
pub trait LayerVisitor {
    /// Returns a network from `I` to `O` numbers with the layer in it. `draw` gives a number for
    /// its input.
    fn visit<M, const I: usize, const O: usize>(
        &mut self,
        name: &str,
        network: M,
        draw: fn(&mut Random) -> f32,
    ) where
        M: Model<Input = Vector<I>, Output = Vector<O>>;
}

/// Returns a number in [−2, 2).
pub fn small(random: &mut Random) -> f32 {
    4.0 * random.uniform() - 2.0
}

/// Returns a whole number from −1 to 7: an index of a table of 6 rows, or none.
fn index(random: &mut Random) -> f32 {
    random.below(9) as f32 - 1.0
}

/// What the frozen layers have been trained to: anything.
pub const FROZEN: [f32; 6 * 4 + 4] = {
    let mut parameters = [0.0; 28];
    let mut i = 0;
    while i < parameters.len() {
        parameters[i] = (i * 7 % 13) as f32 * 0.125 - 0.75;
        i += 1;
    }
    parameters
};
static IN_FLASH: [f32; 28] = FROZEN;

/// Statistics for the normalisation: mean and variance of two channels.
pub const STATISTICS: [[f32; 2]; 2] = [[0.5, -1.0], [2.0, 0.25]];

/// A window that differs in every direction and on every side: rectangular, dilated, with more
/// padding on one side than on the other; of a convolution in two groups.
struct Uneven;

impl MovingWindow<1> for Uneven {
    const WINDOW: WindowSpec<1> =
        WindowSpec::new([3]).with_stride([2]).with_padding([[3, 1]]).with_dilation([2]);
    const GROUPS: u32 = 2;
}

impl MovingWindow<2> for Uneven {
    const WINDOW: WindowSpec<2> = WindowSpec::new([3, 2])
        .with_stride([2, 1])
        .with_padding([[1, 0], [0, 1]])
        .with_dilation([1, 2]);
    const GROUPS: u32 = 2;
}

/// Shows a network with each layer.
///
/// # Errors
/// If a layer refuses its parameters.
pub fn networks(visitor: &mut impl LayerVisitor) -> Result<(), ParameterError> {
    /// From 6 numbers to the layer's input, and from its output to a vector.
    macro_rules! visit {
        ($($name:expr, $layer:ty = $value:expr, $shape:ty, $inputs:literal to $outputs:literal;)*) => {$({
            type Whole =
                network!(Dense<6, $inputs>, Reshape<$shape>, $layer, Flatten<$outputs>; from 6);
            let layers = chain![Dense, Reshape::new(), $value, Flatten];
            let mut network = Whole::new(layers, [0.0; Whole::PARAMETERS]);
            network.initialize(SEED);
            visitor.visit($name, network, small);
        })*};
    }
    type Pictures = Image<2, 5, 4>;
    type Series = Rows<2, 9>;
    visit! {
        "conv2d", Conv2d<2, Image<13, 3, 2>, 3> = Conv2d::new(), Pictures, 40 to 78;
        "conv2d, stride 2, padding 1", Conv2d<2, Image<5, 3, 2>, 3, 2, 1> = Conv2d::new(), Pictures, 40 to 30;
        "conv2d, kernel 1", Conv2d<2, Image<3, 5, 4>, 1> = Conv2d::new(), Pictures, 40 to 60;
        "depthwise_conv2d", DepthwiseConv2d<Image<2, 5, 4>, 3, 1, 1> = DepthwiseConv2d::new(), Pictures, 40 to 40;
        "conv1d", Conv1d<2, Rows<6, 7>, 3> = Conv1d::new(), Series, 18 to 42;
        "conv1d, stride 2, padding 2", Conv1d<2, Rows<3, 5>, 4, 2, 2> = Conv1d::new(), Series, 18 to 15;
        "depthwise_conv1d", DepthwiseConv1d<Rows<2, 5>, 3, 2, 1> = DepthwiseConv1d::new(), Series, 18 to 10;
        "max_pool2d", MaxPool2d<Image<2, 2, 2>, 2> = MaxPool2d::new(), Pictures, 40 to 8;
        "max_pool2d, stride 1", MaxPool2d<Image<2, 3, 2>, 3, 1> = MaxPool2d::new(), Pictures, 40 to 12;
        "average_pool2d", AveragePool2d<Image<2, 2, 2>, 2> = AveragePool2d::new(), Pictures, 40 to 8;
        "average_pool2d, stride 1", AveragePool2d<Image<2, 3, 2>, 3, 1> = AveragePool2d::new(), Pictures, 40 to 12;
        "max_pool2d, masks", Chain![Relu, MaxPool2d<Image<2, 2, 2>, 2>] =
            chain![Relu, MaxPool2d::new()], Pictures, 40 to 8;
        "max_pool2d, leaky masks", Chain![LeakyRelu, MaxPool2d<Image<2, 2, 2>, 2>] =
            chain![LeakyRelu::default(), MaxPool2d::new()], Pictures, 40 to 8;
        "max_pool1d", MaxPool1d<Rows<2, 4>, 3, 2> = MaxPool1d::new(), Series, 18 to 8;
        "average_pool1d", AveragePool1d<Rows<2, 3>, 3> = AveragePool1d::new(), Series, 18 to 6;
        "conv2d, uneven", Conv2dWith<2, Image<4, 2, 3>, Uneven> = Conv2dWith::new(), Pictures, 40 to 24;
        "conv1d, uneven", Conv1dWith<2, Rows<4, 5>, Uneven> = Conv1dWith::new(), Series, 18 to 20;
        "max_pool2d, uneven", MaxPool2dWith<Image<2, 2, 3>, Uneven> = MaxPool2dWith::new(), Pictures, 40 to 12;
        "max_pool1d, uneven", MaxPool1dWith<Rows<2, 5>, Uneven> = MaxPool1dWith::new(), Series, 18 to 10;
        "average_pool2d, uneven", AveragePool2dWith<Image<2, 2, 3>, Uneven> =
            AveragePool2dWith::new(), Pictures, 40 to 12;
        "average_pool1d, uneven", AveragePool1dWith<Rows<2, 5>, Uneven> =
            AveragePool1dWith::new(), Series, 18 to 10;
        "global_average_pool", GlobalAveragePool = GlobalAveragePool, Pictures, 40 to 2;
        "layer_norm", LayerNorm<9> = LayerNorm::new().with_epsilon(1e-3)?, Series, 18 to 18;
        "batch_norm", BatchNorm<2> = BatchNorm::new(STATISTICS[0], STATISTICS[1])?, Pictures, 40 to 40;
        "residual", Residual<Chain![Dense<5, 3>, Tanh, Dropout, Dense<3, 5>]> =
            Residual(chain![Dense, Tanh, Dropout::new(0.25)?, Dense]), Vector<5>, 5 to 5;
        "shortcut",
            ResidualWith<Chain![Dense<5, 7>, Dropout, Tanh, Dense<7, 4>], Chain![Dense<5, 6>, Tanh, Dropout, Dense<6, 4>]> =
            ResidualWith(
                chain![Dense, Dropout::new(0.5)?, Tanh, Dense],
                chain![Dense, Tanh, Dropout::new(0.5)?, Dense],
            ), Vector<5>, 5 to 4;
        "frozen", Frozen<Chain![Dense<6, 4>, Tanh], 28> =
            Frozen::new(chain![Dense, Tanh], &IN_FLASH), Vector<6>, 6 to 4;
        "dropout", Dropout = Dropout::new(0.4)?, Vector<7>, 7 to 7;
    }
    /// With other settings than by default.
    macro_rules! visit_activations {
        ($($(#[$doc:meta])* $name:ident: $layer:ty;)*) => {
            visit! {
                $(<$layer as Activation>::NAME, $layer =
                    <$layer>::default().with_settings(<$layer>::OTHER_SETTINGS)?, Vector<7>, 7 to 7;)*
            }
        };
    }
    trimpot::for_each_activation!(visit_activations);
    visitor.visit("dense", <network!(Dense<13, 11>; from 13)>::seeded(SEED), small);
    type Words = network!(Embedding<6, 3>, Flatten<15>; from 5);
    visitor.visit("embedding", Words::seeded(SEED), index);
    Ok(())
}

/// Trains each network for some steps, and reports its name and the CRC-32 of its initial
/// parameters, outputs, losses, gradients and final parameters: of the network as a type, and of
/// the same network as data. The two are to be equal; that of data is 0 where there is not memory
/// enough for it. Of dense layers of each size the first is by loops as in a textbook. Of a network
/// that was exported there are predictions alone: with its parameters in RAM, and where they are.
///
/// Each lane has samples of its own, so another width has other fingerprints.
///
/// # Errors
/// If a layer refuses its parameters.
pub fn layer_fingerprints<V: Lanes>(
    report: &mut dyn FnMut(&str, [u32; 2]),
) -> Result<(), ParameterError> {
    let mut reporter = Reporter { report, width: PhantomData::<V> };
    initializations(&mut reporter);
    networks(&mut reporter)?;
    (reporter.report)("dense of each size", dense_of_each_size());
    (reporter.report)("exported", predictions_of_export::<V>());
    Ok(())
}

/// Returns the fingerprints of what a network that was exported predicts.
fn predictions_of_export<V: Lanes>() -> [u32; 2] {
    let network = exported::network();
    let in_flash = Planned::<exported::Input, _>::new(&exported::LAYERS);
    let mut arena = [V::ZERO; exported::Network::INFERENCE_VALUES];
    let [mut of_network, mut of_flash] = [Print::new(), Print::new()];
    let mut random = Random::new(SEED);
    for _ in 0..STEPS {
        let mut input = [V::ZERO; 64];
        fill(&mut input, small, &mut random);
        of_network.add_all(&network.predict::<V>(&input));
        if let Ok(output) = in_flash.predict(&exported::PARAMETERS, &input, &mut arena) {
            of_flash.add_all(output);
        }
    }
    [of_network.value(), of_flash.value()]
}

/// Shows a network with each initialisation.
fn initializations(visitor: &mut impl LayerVisitor) {
    fn initialized(visitor: &mut impl LayerVisitor, name: &str, how: &impl Initialization) {
        type Whole = network!(
            Reshape<Image<2, 3, 3>>, Conv2d<2, Image<3, 2, 2>, 2>, Flatten<12>, Dense<12, 3>; from 18
        );
        let mut network = Whole::seeded(SEED);
        network.initialize_with(how, SEED);
        visitor.visit(name, network, small);
    }
    initialized(visitor, "glorot_normal", &GlorotNormal);
    initialized(visitor, "he_uniform", &HeUniform);
    initialized(visitor, "he_normal", &HeNormal);
    initialized(visitor, "lecun_uniform", &LeCunUniform);
    initialized(visitor, "lecun_normal", &LeCunNormal);
}

struct Reporter<'r, V> {
    report: &'r mut dyn FnMut(&str, [u32; 2]),
    width: PhantomData<V>,
}

impl<V: Lanes> LayerVisitor for Reporter<'_, V> {
    fn visit<M, const I: usize, const O: usize>(
        &mut self,
        name: &str,
        network: M,
        draw: fn(&mut Random) -> f32,
    ) where
        M: Model<Input = Vector<I>, Output = Vector<O>>,
    {
        let mut copy = [0.0; PARAMETERS];
        let parameters = first(&mut copy, network.parameters().len());
        parameters.iter_mut().zip(network.parameters()).for_each(|(to, &from)| *to = from);
        let interpreted = with_interpreter::<Vector<I>, _, _>(network.layers(), |interpreter| {
            let network = Interpreted { interpreter, parameters };
            let (mut inputs, mut targets) = ([V::ZERO; I], [V::ZERO; O]);
            let (mut input, mut target) = ([0.0; I], [0.0; O]);
            let one = (&mut input[..], &mut target[..]);
            fingerprint_of_data(network, draw, (&mut inputs, &mut targets), one)
        });
        let typed = fingerprint_of_type::<V, M, I, O>(network, draw);
        (self.report)(name, [typed, interpreted.unwrap_or_default()]);
    }
}

/// Trains a network that is a type for some steps, and returns the fingerprint of all that came
/// out.
fn fingerprint_of_type<V: Lanes, M, const I: usize, const O: usize>(
    mut network: M,
    draw: fn(&mut Random) -> f32,
) -> u32
where
    M: Model<Input = Vector<I>, Output = Vector<O>>,
{
    let mut print = Print::new();
    print.add_all(network.parameters());
    let mut random = Random::new(SEED);
    for step in 0..STEPS {
        let (mut input, mut target) = ([V::ZERO; I], [V::ZERO; O]);
        fill(&mut input, draw, &mut random);
        fill(&mut target, small, &mut random);
        let seeds = V::Bits::from_fn(|lane| step * V::LANES as u32 + lane as u32);
        let mut gradient = [V::ZERO; PARAMETERS];
        let gradient = first(&mut gradient, network.parameters().len());
        let loss = &MeanSquaredError;
        print.add(network.accumulate::<V, _>(loss, &input, &target, seeds, gradient));
        print.add_all(gradient);
        for lane in 0..V::LANES {
            let (mut of_input, mut of_target) = ([0.0; I], [0.0; O]);
            copy_lane(&input, lane, &mut of_input);
            copy_lane(&target, lane, &mut of_target);
            let seed = seeds.lane(lane);
            print.add(train_step(&mut network, &of_input, &of_target, seed));
        }
        print.add_all(&network.predict::<V>(&input));
    }
    print.add_all(network.parameters());
    print.value()
}

/// Makes a step: the same code whatever the width of the rest.
#[inline(never)]
fn train_step<M, const I: usize, const O: usize>(
    network: &mut M,
    input: &[f32; I],
    target: &[f32; O],
    seed: u32,
) -> f32
where
    M: Model<Input = Vector<I>, Output = Vector<O>>,
{
    network.train_step(&MeanSquaredError, input, target, LEARNING_RATE, seed)
}

/// The same for a network that is data: compiled once for all of them. Inputs and targets are
/// memory, for a sample in each lane and for one.
#[inline(never)]
fn fingerprint_of_data<V: Lanes>(
    mut network: Interpreted,
    draw: fn(&mut Random) -> f32,
    (inputs, targets): (&mut [V], &mut [V]),
    (input, target): (&mut [f32], &mut [f32]),
) -> u32 {
    let mut print = Print::new();
    print.add_all(network.parameters);
    let mut random = Random::new(SEED);
    for step in 0..STEPS {
        fill(inputs, draw, &mut random);
        fill(targets, small, &mut random);
        let seeds = V::Bits::from_fn(|lane| step * V::LANES as u32 + lane as u32);
        network.accumulate(inputs, targets, seeds, |loss, gradient| {
            print.add(loss);
            print.add_all(gradient);
        });
        for lane in 0..V::LANES {
            copy_lane(inputs, lane, input);
            copy_lane(targets, lane, target);
            print.add(network.train_step(input, target, LEARNING_RATE, seeds.lane(lane)));
        }
        network.predict(inputs, |output| print.add_all(output));
    }
    print.add_all(network.parameters);
    print.value()
}

/// Draws numbers. Like [`copy_lane`] a function of its own: every network would compile it again.
#[inline(never)]
fn fill<V: Lanes>(numbers: &mut [V], draw: fn(&mut Random) -> f32, random: &mut Random) {
    for number in numbers {
        *number = V::from_fn(|_| draw(random));
    }
}

/// Copies what is in one lane.
#[inline(never)]
fn copy_lane<V: Lanes>(from: &[V], lane: usize, to: &mut [f32]) {
    for (from, to) in from.iter().zip(to) {
        *to = from.to_array().as_ref().get(lane).copied().unwrap_or(f32::NAN);
    }
}
