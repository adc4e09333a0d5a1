//! The gradient of every layer agrees with finite differences in `f64`, and the step in place with
//! the gradient.

use trimpot::layer::{Dense, Dropout, Relu};
use trimpot::loss::MeanSquaredError;
use trimpot::network::Model;
use trimpot::random::{self, Noise};
use trimpot::shape::Vector;
use trimpot::{chain, network};
use trimpot_parity::LayerVisitor;
use trimpot_parity::layers::{FROZEN, STATISTICS, networks, small};
use trimpot_testkit::network_oracle::{self as oracle, Moves, differences, forward, mean};
use trimpot_testkit::oracle::{exp, exp_m1, normal_cdf, sigmoid, softplus, tanh};
use trimpot_testkit::precision::{NETWORK, agrees};

const SEED: u32 = 7;

/// A window of `size` that moves over an image of 2 × 5 × 4.
fn picture(output: [usize; 3], size: usize, stride: usize, padding: usize) -> Moves {
    let [window, stride, padding] = [size, stride, padding].map(|both| [both; 2]);
    moves([2, 5, 4], output, [window, stride, padding])
}

/// The numbers of a window are neighbours, and zeros are outside.
fn moves(
    input: [usize; 3],
    output: [usize; 3],
    [window, stride, padding]: [[usize; 2]; 3],
) -> Moves {
    Moves { input, output, window, stride, padding, dilation: [1; 2], outside: 0.0 }
}

/// A window of `size` that moves over a sequence of 2 × 9.
fn series(channels: usize, length: usize, size: usize, stride: usize, padding: usize) -> Moves {
    let [window, stride] = [size, stride].map(|along| [1, along]);
    moves([2, 1, 9], [channels, 1, length], [window, stride, [0, padding]])
}

/// The window over images that differs in every direction and on every side.
fn uneven_picture(channels: usize) -> Moves {
    let moves = moves([2, 5, 4], [channels, 2, 3], [[3, 2], [2, 1], [1, 0]]);
    Moves { dilation: [1, 2], ..moves }
}

/// The one over sequences.
fn uneven_series(channels: usize) -> Moves {
    Moves { dilation: [1, 2], ..series(channels, 5, 3, 2, 3) }
}

/// The largest number of each window, where nothing is outside.
fn max_pool(moves: Moves) -> oracle::Layer {
    oracle::Layer::Pool(Moves { outside: f64::NEG_INFINITY, ..moves }, max)
}

fn max(window: &[f64]) -> f64 {
    window.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

/// What dropout multiplies its elements with, as layer number `layer`.
fn mask(noise: Noise<f32>, p: f32, elements: usize) -> oracle::Layer {
    let factor = |index| if noise.uniform(index) >= p { 1.0 / f64::from(1.0 - p) } else { 0.0 };
    let mask: Vec<f64> = (0..elements).map(factor).collect();
    assert!(mask.contains(&0.0) && mask.iter().any(|&factor| factor > 1.0), "{mask:?}");
    oracle::Layer::Scale(mask)
}

/// The layer of this name: how many inputs it has, and what it does.
fn known(name: &str) -> (usize, oracle::Layer) {
    use oracle::Layer::*;
    let each = |function| (7, Elementwise(function));
    let convolution = |moves| Convolution { moves, groups: 1 };
    let third = Noise::<f32>::new(SEED).next_layer().next_layer();
    match name {
        "conv2d" => (40, convolution(picture([13, 3, 2], 3, 1, 0))),
        "conv2d, stride 2, padding 1" => (40, convolution(picture([5, 3, 2], 3, 2, 1))),
        "conv2d, kernel 1" => (40, convolution(picture([3, 5, 4], 1, 1, 0))),
        "depthwise_conv2d" => (40, Convolution { moves: picture([2, 5, 4], 3, 1, 1), groups: 2 }),
        "conv1d" => (18, convolution(series(6, 7, 3, 1, 0))),
        "conv1d, stride 2, padding 2" => (18, convolution(series(3, 5, 4, 2, 2))),
        "depthwise_conv1d" => (18, Convolution { moves: series(2, 5, 3, 2, 1), groups: 2 }),
        "max_pool2d" => (40, Pool(picture([2, 2, 2], 2, 2, 0), max)),
        "max_pool2d, stride 1" => (40, Pool(picture([2, 3, 2], 3, 1, 0), max)),
        "average_pool2d" => (40, Pool(picture([2, 2, 2], 2, 2, 0), mean)),
        "average_pool2d, stride 1" => (40, Pool(picture([2, 3, 2], 3, 1, 0), mean)),
        "max_pool1d" => (18, Pool(series(2, 4, 3, 2, 0), max)),
        "average_pool1d" => (18, Pool(series(2, 3, 3, 3, 0), mean)),
        "conv2d, uneven" => (40, Convolution { moves: uneven_picture(4), groups: 2 }),
        "conv1d, uneven" => (18, Convolution { moves: uneven_series(4), groups: 2 }),
        "max_pool2d, uneven" => (40, max_pool(uneven_picture(2))),
        "max_pool1d, uneven" => (18, max_pool(uneven_series(2))),
        "average_pool2d, uneven" => (40, Pool(uneven_picture(2), mean)),
        "average_pool1d, uneven" => (18, Pool(uneven_series(2), mean)),
        "global_average_pool" => (40, GlobalAverage(2)),
        "layer_norm" => (18, LayerNorm(9, 1e-3_f32.into())),
        "batch_norm" => {
            let [means, variances] = STATISTICS.map(|of| of.map(f64::from).to_vec());
            (40, BatchNorm(means, variances, 1e-5_f32.into()))
        }
        "residual" => {
            let dropout = mask(third.inside().next_layer().next_layer(), 0.25, 3);
            (5, Residual(vec![Dense(3), Elementwise(tanh), dropout, Dense(5)]))
        }
        "shortcut" => {
            let around = third.inside();
            let inside = around.next_layer().next_layer().next_layer().next_layer();
            let dropout = mask(around.next_layer(), 0.5, 7);
            let around = vec![Dense(7), dropout, Elementwise(tanh), Dense(4)];
            let dropout = mask(inside.next_layer().next_layer(), 0.5, 6);
            let inside = vec![Dense(6), Elementwise(tanh), dropout, Dense(4)];
            (5, ResidualWith(around, inside))
        }
        "frozen" => (6, Frozen(vec![Dense(4), Elementwise(tanh)], FROZEN.map(f64::from).to_vec())),
        "dropout" => (7, mask(third, 0.4, 7)),
        "relu" => each(|x| x.max(0.0)),
        "leaky_relu" => each(|x| if x > 0.0 { x } else { f64::from(0.2_f32) * x }),
        "elu" => each(|x| if x > 0.0 { x } else { 1.5 * exp_m1(x) }),
        "gelu" => each(|x| x * normal_cdf(x)),
        "gelu_tanh" => each(|x| {
            x * sigmoid(2.0 * (std::f64::consts::FRAC_2_PI.sqrt()) * (x + 0.044715 * x.powi(3)))
        }),
        "silu" => each(|x| x / (1.0 + exp(-x))),
        "sigmoid" => each(sigmoid),
        "tanh" => each(tanh),
        "softplus" => each(softplus),
        "softsign" => each(|x| x / (1.0 + x.abs())),
        "hard_sigmoid" => each(|x| ((x + 3.0) / 6.0).clamp(0.0, 1.0)),
        "hard_swish" => each(|x| x * ((x + 3.0) / 6.0).clamp(0.0, 1.0)),
        "hard_tanh" => each(|x| x.clamp(-0.5, 1.5)),
        other => panic!("there is no oracle for {other}"),
    }
}

/// All layers of a network by the layer in it.
fn known_network(name: &str) -> Vec<oracle::Layer> {
    match name {
        "dense" => vec![oracle::Layer::Dense(11)],
        "embedding" => vec![oracle::Layer::Embedding(6, 3)],
        "max_pool2d, masks" => pool_behind(|x| x.max(0.0)),
        "max_pool2d, leaky masks" => {
            pool_behind(|x| if x > 0.0 { x } else { f64::from(0.01_f32) * x })
        }
        name => {
            let (inputs, layer) = known(name);
            vec![oracle::Layer::Dense(inputs), layer]
        }
    }
}

/// All layers where one is an activation, and the next one a pool.
fn pool_behind(activation: fn(f64) -> f64) -> Vec<oracle::Layer> {
    let (inputs, pool) = known("max_pool2d");
    vec![oracle::Layer::Dense(inputs), oracle::Layer::Elementwise(activation), pool]
}

fn wide(x: &[f32]) -> Vec<f64> {
    x.iter().copied().map(f64::from).collect()
}

/// Compares loss and gradient with the oracle's.
struct Gradients {
    seen: usize,
}

impl LayerVisitor for Gradients {
    fn visit<M, const I: usize, const O: usize>(
        &mut self,
        name: &str,
        mut network: M,
        draw: fn(&mut random::Random) -> f32,
    ) where
        M: Model<Input = Vector<I>, Output = Vector<O>>,
    {
        self.seen += 1;
        let layers = known_network(name);
        for trial in 0..8 {
            let mut random = random::Random::new(trial);
            network.parameters_mut().fill_with(|| 0.45 * small(&mut random));
            let input: [f32; I] = std::array::from_fn(|_| draw(&mut random));
            let target: [f32; O] = std::array::from_fn(|_| small(&mut random));
            let mut gradient = vec![0.0_f32; network.parameters().len()];
            let loss = &MeanSquaredError;
            let value = network.accumulate::<f32, _>(loss, &input, &target, SEED, &mut gradient);

            let (input, target) = (wide(&input), wide(&target));
            let loss = |parameters: &[f64]| {
                let output = forward(&layers, parameters, &input);
                assert_eq!(output.len(), O, "{name}");
                mean(&output.iter().zip(&target).map(|(o, t)| (o - t).powi(2)).collect::<Vec<_>>())
            };
            let parameters = wide(network.parameters());
            assert!(agrees(value, loss(&parameters), NETWORK), "{name}: loss of trial {trial}");
            let mut expected = differences(&parameters, loss);
            if name == "frozen" {
                expected.fill(0.0); // What is before it does not learn.
            }
            for (i, (&found, expected)) in gradient.iter().zip(expected).enumerate() {
                assert!(
                    agrees(found, expected, NETWORK),
                    "{name}, trial {trial}, parameter {i}: {found}, expected {expected}"
                );
            }
        }
    }
}

#[test]
fn gradients_of_every_layer_are_derivatives() {
    let mut gradients = Gradients { seen: 0 };
    networks(&mut gradients).unwrap();
    assert!(gradients.seen >= 34, "{}", gradients.seen);
}

struct Steps;

impl LayerVisitor for Steps {
    fn visit<M, const I: usize, const O: usize>(
        &mut self,
        name: &str,
        mut network: M,
        draw: fn(&mut random::Random) -> f32,
    ) where
        M: Model<Input = Vector<I>, Output = Vector<O>>,
    {
        let mut random = random::Random::new(3);
        for trial in 0..20 {
            let input: [f32; I] = std::array::from_fn(|_| draw(&mut random));
            let target: [f32; O] = std::array::from_fn(|_| small(&mut random));
            let before = network.parameters().to_vec();
            let mut gradient = vec![0.0_f32; network.parameters().len()];
            let loss = &MeanSquaredError;
            let expected = network.accumulate::<f32, _>(loss, &input, &target, SEED, &mut gradient);
            let value = network.train_step(loss, &input, &target, 0.01, SEED);
            assert_eq!(value.to_bits(), expected.to_bits(), "{name}, trial {trial}");
            for (i, (&after, &before)) in network.parameters().iter().zip(&before).enumerate() {
                let expected = f64::from(before) - 0.01 * f64::from(gradient[i]);
                assert!(
                    agrees(after, expected, 2e-7),
                    "{name}, parameter {i}: {after}, expected {expected}"
                );
            }
        }
    }
}

#[test]
fn a_step_in_place_is_the_gradient_times_the_learning_rate() {
    networks(&mut Steps).unwrap();
}

#[test]
fn dropout_silences_its_share_and_nothing_in_deployment() {
    let dropout = Dropout::new(0.25).unwrap();
    let input = [1.0; 10_000];
    type Silent = network!(Dropout; from 10_000);
    let network = Silent::new(dropout, []);
    assert_eq!(network.predict::<f32>(&input), input);

    let silenced = (0..10_000).filter(|&i| Noise::<f32>::new(5).uniform(i) < 0.25).count();
    assert!((2350..2650).contains(&silenced), "{silenced}"); // 2500 ± 3.5 standard deviations
}

#[test]
fn frozen_layers_cost_no_parameters_and_stay() {
    use trimpot::layer::Frozen;
    static WEIGHTS: [f32; 12] = [0.25; 12];
    type Whole = network!(Frozen<Dense<3, 3>, 12>, Relu, Dense<3, 2>; from 3);
    assert_eq!(Whole::PARAMETERS, 3 * 2 + 2);
    let layers = chain![Frozen::new(Dense, &WEIGHTS), Relu, Dense];
    let mut network = Whole::new(layers, [0.5; Whole::PARAMETERS]);
    let before = network.predict::<f32>(&[1.0, 2.0, 3.0]);
    assert_eq!(before, [0.5 * 3.0 * 1.75 + 0.5; 2]);
    network.train_step(&MeanSquaredError, &[1.0, 2.0, 3.0], &[0.0; 2], 0.01, SEED);
    assert_ne!(network.predict::<f32>(&[1.0, 2.0, 3.0]), before);
}
