//! Against PyTorch's formulas in `f64`: the gradient by differences, through mean and variance.

use std::num::NonZeroUsize;

use trimpot::optimizer::Sgd;
use trimpot::random::Random;
use trimpot_model::architecture::{Architecture, Between};
use trimpot_model::layers::Layers;

use crate::dataset::{Dataset, Table};
use crate::dyn_model::{DynModel, Score, Task};
use crate::dyn_network::DynNetwork;
use crate::loss::{NamedLoss, named};
use crate::train::{TrainConfig, Trainable, Trainer};

/// A normalisation of planes, one of a vector, and one inside of a residual connection.
const NETWORK: &str = "2x6, conv 3 3, batch_norm, tanh, dense 4, batch_norm, tanh, \
                       residual(dense 4, batch_norm epsilon=0.01), dense 2";

fn layers(text: &str) -> Layers {
    let network: Architecture = text.parse().unwrap();
    network.layers(Between::default()).unwrap()
}

fn loss(outputs: usize) -> NamedLoss {
    named("mse", &[], outputs).unwrap()
}

#[test]
fn a_variance_is_not_negative_and_that_of_nan_is_nan() {
    let of = |numbers: &[f64]| {
        let squares = numbers.iter().map(|x| x * x).sum();
        super::mean_and_variance(numbers.iter().sum(), squares, numbers.len() as f64)
    };
    assert_eq!(of(&[1.0, 5.0]), [3.0, 4.0]);
    assert_eq!(super::mean_and_variance(3.0, 3.0 - 1e-9, 3.0), [1.0, 0.0]);
    for number in [f64::NAN, f64::INFINITY] {
        let [_, variance] = of(&[1.0, number]);
        assert!(variance.is_nan(), "{number}: {variance}");
    }
}

/// Samples of mean 3 and deviation 2, with targets.
fn samples<const I: usize, const O: usize>(count: usize) -> Dataset {
    let mut random = Random::new(7);
    let features = (0..count).map(|_| [0.0; I].map(|_: f32| 3.0 + 2.0 * random.normal())).collect();
    let mut random = Random::new(8);
    let targets = (0..count).map(|_| [0.0; O].map(|_: f32| random.normal())).collect();
    Dataset::new::<I, [f32; O]>(features, targets).unwrap()
}

fn parameters(layers: &Layers) -> Vec<f32> {
    let mut random = Random::new(9);
    (0..layers.spec().parameters()).map(|_| 0.4 * random.normal()).collect()
}

/// Returns the weights after one step of learning rate 1 on all samples, and the loss.
fn step(layers: &Layers, data: Dataset, batch: usize, threads: usize) -> (Vec<f32>, f32) {
    let loss = loss(layers.outputs());
    let task = Task::new(&loss, data, layers.outputs());
    let mut steps = Vec::new();
    let network = DynNetwork::new(layers, &mut steps).unwrap();
    let model = DynModel::new(network, parameters(layers), &task);
    let config = TrainConfig::new(1, NonZeroUsize::new(batch).unwrap(), 1);
    let mut trainer = Trainer::new(model, Sgd::new(1.0).unwrap(), config);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let epoch = pool.install(|| trainer.epoch()).unwrap();
    (trainer.model().weights().to_vec(), epoch.loss)
}

/// Normalises each of some channels over all samples, with the next parameters of these.
/// Notes means and variances.
fn normalise(
    samples: &mut [Vec<f64>],
    channels: usize,
    parameters: &mut &[f64],
    epsilon: f64,
    statistics: &mut Vec<[f64; 2]>,
) {
    let (gamma, rest) = parameters.split_at(channels);
    let (beta, rest) = rest.split_at(channels);
    *parameters = rest;
    let area = samples[0].len() / channels;
    let count = (samples.len() * area) as f64;
    for channel in 0..channels {
        let numbers = || samples.iter().flat_map(|x| &x[channel * area..][..area]);
        let mean = numbers().sum::<f64>() / count;
        let variance = numbers().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count;
        for x in samples.iter_mut().flat_map(|x| &mut x[channel * area..][..area]) {
            *x = gamma[channel] * (*x - mean) / (variance + epsilon).sqrt() + beta[channel];
        }
        statistics.push([mean, variance * count / (count - 1.0)]);
    }
}

/// Multiplies with the next matrix, and adds the next bias.
fn dense(samples: &mut [Vec<f64>], outputs: usize, parameters: &mut &[f64]) {
    let inputs = samples[0].len();
    let (weight, rest) = parameters.split_at(inputs * outputs);
    let (bias, rest) = rest.split_at(outputs);
    *parameters = rest;
    for sample in samples {
        let row = |row: &[f64]| row.iter().zip(&*sample).map(|(w, x)| w * x).sum::<f64>();
        *sample = weight.chunks(inputs).zip(bias).map(|(weight, b)| row(weight) + b).collect();
    }
}

fn tanh(samples: &mut [Vec<f64>]) {
    samples.iter_mut().flatten().for_each(|x| *x = x.tanh());
}

/// Returns the loss of the network, and all statistics of the batch.
fn oracle(mut parameters: &[f64], features: &Table, targets: &[f64]) -> (f64, Vec<[f64; 2]>) {
    let parameters = &mut parameters;
    let mut statistics = Vec::new();
    let (weight, rest) = parameters.split_at(3 * 2 * 3);
    let (bias, rest) = rest.split_at(3);
    *parameters = rest;
    let convolve = |row: &[f32]| -> Vec<f64> {
        let at = |filter: usize, place: usize| {
            let weight = &weight[filter * 6..][..6];
            let x = |i: usize| f64::from(row[i / 3 * 6 + place + i % 3]);
            bias[filter] + weight.iter().enumerate().map(|(i, w)| w * x(i)).sum::<f64>()
        };
        (0..12).map(|i| at(i / 4, i % 4)).collect()
    };
    let mut x: Vec<Vec<f64>> =
        (0..features.rows()).map(|row| convolve(features.row(row))).collect();
    normalise(&mut x, 3, parameters, 1e-5, &mut statistics);
    tanh(&mut x);
    dense(&mut x, 4, parameters);
    normalise(&mut x, 4, parameters, 1e-5, &mut statistics);
    tanh(&mut x);
    let before = x.clone();
    dense(&mut x, 4, parameters);
    normalise(&mut x, 4, parameters, 0.01, &mut statistics);
    x.iter_mut().flatten().zip(before.iter().flatten()).for_each(|(x, before)| *x += before);
    dense(&mut x, 2, parameters);
    assert!(parameters.is_empty());
    let squares = x.iter().flatten().zip(targets).map(|(y, target)| (y - target) * (y - target));
    (squares.sum::<f64>() / targets.len() as f64, statistics)
}

#[test]
fn gradients_go_through_the_statistics_of_the_batch() {
    let layers = layers(NETWORK);
    let before = parameters(&layers);
    let data = samples::<12, 2>(21);
    let (after, loss) = step(&layers, data.clone(), 21, 1);
    let crate::dataset::Targets::Numbers(targets) = &data.targets else { panic!("numbers") };
    let targets: Vec<f64> = targets.numbers.iter().map(|&target| f64::from(target)).collect();
    let exact: Vec<f64> = before.iter().map(|&number| f64::from(number)).collect();
    let (expected, statistics) = oracle(&exact, data.features(), &targets);
    assert!((f64::from(loss) - expected).abs() <= 1e-5 * expected, "{loss} {expected}");

    let (mut largest, mut error) = (0.0_f64, 0.0_f64);
    for at in 0..before.len() {
        let moved = |by: f64| {
            let mut parameters = exact.clone();
            parameters[at] += by;
            oracle(&parameters, data.features(), &targets).0
        };
        let expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
        let found = exact[at] - f64::from(after[at]);
        largest = largest.max(expected.abs());
        error = error.max((found - expected).abs());
    }
    println!("gradients up to {largest}, errors up to {error}");
    assert!(largest >= 0.1 && error <= 2e-6, "gradients up to {largest}, errors up to {error}");

    // A tenth of the way from means of 0 and variances of 1.
    let mut running = after[before.len()..].iter();
    let mut of_norms = &statistics[..];
    for channels in [3, 4, 4] {
        let (own, others) = of_norms.split_at(channels);
        of_norms = others;
        let means = own.iter().map(|[mean, _]| 0.1 * mean);
        let variances = own.iter().map(|[_, variance]| 0.9 + 0.1 * variance);
        for expected in means.chain(variances) {
            let found = f64::from(*running.next().unwrap());
            assert!(
                (found - expected).abs() <= 1e-6 * expected.abs().max(1.0),
                "{found} {expected}"
            );
        }
    }
    assert_eq!(running.next(), None);
}

#[test]
fn batches_have_the_same_bits_for_any_number_of_threads() {
    // Worth several threads.
    let layers =
        layers("40, dense 150, batch_norm, relu, dropout 0.2, dense 40, batch_norm, dense 3");
    let bits = |threads| {
        let (weights, loss) = step(&layers, samples::<40, 3>(333), 150, threads);
        (weights.iter().map(|weight| weight.to_bits()).collect::<Vec<_>>(), loss.to_bits())
    };
    let one = bits(1);
    for threads in 2..=4 {
        assert_eq!(bits(threads), one, "{threads} threads");
    }
}

#[test]
fn a_channel_with_one_number_is_normalised_by_running_statistics() {
    let layers = layers("12, batch_norm, dense 2");
    let (weights, loss) = step(&layers, samples::<12, 2>(1), 4, 1);
    let statistics = &weights[layers.spec().parameters()..];
    assert_eq!(statistics, &layers.constants);
    // As the network has them before it is trained.
    let expected = score(&layers, &parameters(&layers), samples::<12, 2>(1));
    assert_eq!(loss, expected.loss);
}

#[test]
fn an_interrupted_run_ends_with_the_same_bits() {
    let layers = layers("12, dense 6, batch_norm, relu, dense 2");
    let loss = loss(2);
    let task = Task::new(&loss, samples::<12, 2>(50), 2);
    let trainer = |steps| {
        let network = DynNetwork::new(&layers, steps).unwrap();
        let model = DynModel::new(network, parameters(&layers), &task);
        let config = TrainConfig::new(3, NonZeroUsize::new(16).unwrap(), 1);
        Trainer::new(model, Sgd::new(0.1).unwrap(), config)
    };
    let [mut steps, mut other_steps] = [Vec::new(), Vec::new()];
    let mut whole = trainer(&mut steps);
    whole.epoch().unwrap();
    let progress = whole.progress();
    let mut resumed = trainer(&mut other_steps);
    assert!(resumed.resume(&progress));
    for trainer in [&mut whole, &mut resumed] {
        trainer.epoch().unwrap();
    }
    assert_ne!(whole.progress().parameters, progress.parameters);
    assert_eq!(whole.progress(), resumed.progress());
}

fn score(layers: &Layers, weights: &[f32], data: Dataset) -> Score {
    let loss = loss(layers.outputs());
    let task = Task::new(&loss, data, layers.outputs());
    let mut steps = Vec::new();
    task.score(DynNetwork::new(layers, &mut steps).unwrap(), weights)
}

/// A frozen normalisation keeps its statistics, and those in front of frozen layers are measured.
#[test]
fn statistics_of_frozen_layers_stay() {
    use trimpot::layer::FrozenSpec;
    use trimpot::spec::LayerSpec;
    let mut layers = layers("12, batch_norm, dense 4, batch_norm, dense 2");
    let [first, dense, second, last] = layers.specs[..] else { panic!("four layers") };
    let frozen = LayerSpec::Frozen(FrozenSpec { layers: 2 });
    layers.specs = vec![first, frozen, dense, second, last];
    // Scales and shifts of the first one are 24; of the frozen layers' own 60 numbers none is one.
    let mut constants = vec![0.25; layers.spec().constants()];
    constants[..12].fill(0.0);
    layers.constants = constants;
    let (weights, _) = step(&layers, samples::<12, 2>(40), 40, 1);
    assert_eq!(weights.len(), layers.spec().parameters() + 24);
    let mut steps = Vec::new();
    let network = DynNetwork::new(&layers, &mut steps).unwrap();
    let (trained, parameters) = network.layers_with(&weights);
    assert_eq!(trained.constants[24..], layers.constants[24..]);
    assert!(trained.constants[..12].iter().all(|mean| (0.2..0.4).contains(mean)));
    // No gradient gets to it.
    assert_eq!(parameters[..24], self::parameters(&layers)[..24]);
    assert_ne!(parameters[24..], self::parameters(&layers)[24..]);
}
