//! Training, prediction and evaluation have the same bits on every level that the processor has and
//! on one thread and two: of a program that is built for the baseline (`cargo xtask
//! instruction-sets`), so that none is left out but for want of a processor.
//!
//! One test, in a program of its own: it sets the level of all. What it prints of each level,
//! `cargo xtask instruction-sets` reads.

use std::num::NonZeroUsize;

use trimpot::lanes::Level;
use trimpot::layer::{BatchNorm, Dense, Dropout, Relu};
use trimpot::loss::CrossEntropy;
use trimpot::optimizer::Adam;
use trimpot::random::Random;
use trimpot_host::augmentation::Augmentation;
use trimpot_host::dataset::{Dataset, Table};
use trimpot_host::dyn_model::{DynModel, Scores, Task};
use trimpot_host::dyn_network::DynNetwork;
use trimpot_host::evaluate::{evaluate, predict};
use trimpot_host::loss::named;
use trimpot_host::train::{Compiled, Epoch, TrainConfig, Trainable, Trainer, train};
use trimpot_model::architecture::{Architecture, Between};

/// What was computed, and the bits that came out.
type Outcomes = Vec<(&'static str, Vec<u32>)>;

type Network = trimpot::network!(
    Dense<40, 150>, Relu, Dropout, Dense<150, 9>, BatchNorm<9>, Dense<9, 3>; from 40
);

/// Planes and a vector that are normalised, and enough parameters for two threads.
const NETWORK: &str = "1x5x8, conv 4 3x3, batch_norm, relu, flatten, dense 150, batch_norm, tanh, \
                       dropout 0.2, dense 3";

/// No multiple of the lanes, as the last batch of [`SAMPLES`] is none.
const BATCH: NonZeroUsize = NonZeroUsize::new(150).unwrap();
const SAMPLES: usize = 333;

fn data() -> Dataset {
    let mut random = Random::new(1);
    let features = (0..SAMPLES).map(|_| std::array::from_fn(|_| random.normal())).collect();
    let classes = (0..SAMPLES as u32).map(|sample| sample % 3).collect();
    Dataset::new::<40, u32>(features, classes).unwrap()
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    assert!(numbers.iter().all(|number| number.is_finite()));
    numbers.iter().map(|number| number.to_bits()).collect()
}

/// Loss and accuracy of an epoch.
fn scores(epoch: Epoch) -> [f32; 2] {
    [epoch.loss, epoch.accuracy.unwrap()]
}

/// A network that is a type: trained with augmentation and without, and what it predicts then.
fn as_a_type(data: &Dataset) -> Outcomes {
    let samples = data.samples::<40, u32>().unwrap();
    let (loss, adam) = (CrossEntropy::new(), Adam::new(0.01).unwrap());
    let mut network = Box::new(Network::seeded(1));
    let before = bits(network.parameters());
    let mut epochs = Vec::new();
    let watch = |_: &Network, epoch| epochs.extend(scores(epoch));
    train(&mut *network, &loss, adam, samples, TrainConfig::new(2, BATCH, 1), watch).unwrap();
    let after = bits(network.parameters());
    assert_ne!(before, after);

    let augmentation: Augmentation = "gain=0.1,noise=0.05".parse().unwrap();
    let model = Compiled::new(&mut *network, &loss, samples);
    let model = model.with_augmentation(&augmentation).unwrap();
    let mut trainer = Trainer::new(model, adam, TrainConfig::new(1, BATCH, 2));
    epochs.extend(scores(trainer.epoch().unwrap()));
    let state = trainer.progress().state.concat();
    drop(trainer);

    let outputs = predict(&*network, samples.features());
    let confusion = evaluate(&*network, samples);
    vec![
        ("a type, trained", after),
        ("a type, losses and accuracies of epochs", bits(&epochs)),
        ("a type, trained with augmentation", bits(network.parameters())),
        ("a type, state of the optimizer", bits(&state)),
        ("a type, outputs", bits(outputs.as_flattened())),
        ("a type, confusion", confusion.counts().as_flattened().to_vec()),
    ]
}

/// A network that is data, whose normalisations are of the batch.
fn as_data(data: &Dataset) -> Outcomes {
    let architecture: Architecture = NETWORK.parse().unwrap();
    let layers = architecture.layers(Between::default()).unwrap();
    let mut steps = Vec::new();
    let network = DynNetwork::new(&layers, &mut steps).unwrap();
    let mut random = Random::new(2);
    let parameters: Vec<f32> = (0..network.parameters()).map(|_| 0.2 * random.normal()).collect();
    let loss = named("cross_entropy + multi_margin", &[], 3).unwrap();
    let task = Task::new(&loss, data.clone(), 3);
    let model = DynModel::new(network, parameters.clone(), &task);
    let augmentation: Augmentation = "rotate=15,noise=0.05".parse().unwrap();
    let model = model.with_augmentation(&augmentation).unwrap();
    let adam = Adam::new(0.01).unwrap();
    let mut trainer = Trainer::new(model, adam, TrainConfig::new(2, BATCH, 1));
    let mut epochs = Vec::new();
    while !trainer.is_done() {
        epochs.extend(scores(trainer.epoch().unwrap()));
    }
    let progress = trainer.progress();
    let weights = trainer.model().weights();
    assert_ne!(bits(&parameters), bits(&weights[..parameters.len()]));

    let (trained, parameters) = network.layers_with(weights);
    let mut steps = Vec::new();
    let frozen = DynNetwork::new(&trained, &mut steps).unwrap();
    let features = Table { columns: 40, numbers: data.features().numbers.clone() };
    let evaluation = task.evaluate(network, weights);
    let Scores::Classes { confusion, .. } = &evaluation.scores else { panic!("classes") };
    let accuracy = confusion.scores().accuracy().unwrap();
    let score = task.score(network, weights);
    assert_eq!(score.accuracy, evaluation.score.accuracy);
    vec![
        ("data, trained", bits(weights)),
        ("data, losses and accuracies of epochs", bits(&epochs)),
        ("data, state of the optimizer", bits(&progress.state.concat())),
        ("data, outputs", bits(&frozen.predict_rows(parameters, &features).numbers)),
        ("data, losses", bits(&task.sample_losses(network, weights))),
        ("data, scores", bits(&[score.loss, evaluation.score.loss, accuracy])),
    ]
}

#[test]
fn every_level_and_number_of_threads_has_the_bits_of_the_baseline() {
    let data = data();
    let mut baseline: Option<Outcomes> = None;
    for level in Level::ALL {
        if !level.is_available() {
            let why = if level < Level::BUILT { "built for more" } else { "no such processor" };
            println!("level {level}: NOT RUN, {why}");
            continue;
        }
        assert_eq!(level.limit(), level);
        for threads in [1, 2] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let computed = pool.install(|| [as_a_type(&data), as_data(&data)].concat());
            let expected = baseline.get_or_insert_with(|| computed.clone());
            for (computed, expected) in computed.iter().zip(&*expected) {
                assert!(computed == expected, "{level}, {threads} threads: {}", computed.0);
            }
            println!("level {level}: {} outcomes, {threads} threads", computed.len());
        }
    }
}
