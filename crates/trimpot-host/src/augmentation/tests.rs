use std::num::NonZeroUsize;

use trimpot::layer::{Dense, Dropout, Relu};
use trimpot::loss::CrossEntropy;
use trimpot::optimizer::Adam;
use trimpot::random::Random;
use trimpot_model::architecture::{Architecture, Between};
use trimpot_model::layers::Layers;

use super::*;
use crate::dataset::{Dataset, Table, Targets};
use crate::dyn_model::{DynModel, Task};
use crate::dyn_network::DynNetwork;
use crate::loss::named;
use crate::train::{Compiled, Progress, TrainConfig, Trainer};

const ALL: &str = "8x8:rotate=15,scale=0.1,shift=1,flip,flip_vertical,gain=0.25,noise=0.05";

fn augmentation(text: &str) -> Augmentation {
    text.parse().unwrap()
}

fn layers(network: &str) -> Layers {
    network.parse::<Architecture>().unwrap().layers(Between::default()).unwrap()
}

#[test]
fn an_augmentation_is_read_as_it_is_written() {
    let words = [
        "rotate=15",
        "scale=0.1",
        "8x8:shift=1.5",
        "3x8x9:flip",
        "flip_vertical",
        "gain=0.5",
        "noise=2",
    ];
    for text in words.into_iter().chain(["none", ALL, "scale=0.1,flip"]) {
        assert_eq!(augmentation(text).to_string(), text);
    }
    assert_eq!(Augmentation::default(), augmentation("none"));
    assert_eq!(augmentation("noise=2, flip"), augmentation("flip,noise=2"));
    assert_eq!(augmentation("8x8:flip").image(), Some(Dims::image(1, 8, 8)));
}

#[test]
fn a_text_that_is_none_is_refused_with_the_word() {
    for (text, expected) in [
        ("", "``: there are rotate=DEGREES, "),
        ("rotate=15,turn=3", "`turn=3`: there are rotate=DEGREES, "),
        ("rotate=15,,flip", "``: there are "),
        ("none,flip", "`none`: there are "),
        ("flip,rotate", "`rotate`: it is written as in rotate=15"),
        ("flip=yes", "`flip=yes`: it is written as in flip"),
        ("scale=x", "`scale=x`: it is written as in scale=0.1"),
        ("rotate=181", "`rotate=181`: rotation is 181, but must be in [0, 180]"),
        ("scale=1", "`scale=1`: scale is 1, but must be in [0, 1)"),
        ("shift=-1", "`shift=-1`: shift is -1, but must be in [0, inf)"),
        ("gain=nan", "`gain=nan`: gain is NaN, but must be in [0, 1)"),
        ("noise=inf", "`noise=inf`: noise is inf, but must be in [0, inf)"),
        ("flip,noise=0", "`noise=0` changes nothing: leave it out"),
        ("flip,noise=1,flip", "`flip`: flip is there twice"),
        ("shift=1,shift=2", "`shift=2`: shift is there twice"),
        ("8:flip", "`8`: a shape is HEIGHTxWIDTH or "),
        ("0x8:flip", "`0x8`: a shape is "),
        ("8x8:noise=1", "`8x8:` changes nothing: gain and noise "),
    ] {
        let error = text.parse::<Augmentation>().unwrap_err().to_string();
        assert!(error.starts_with(expected), "{text}: {error}");
    }
}

#[test]
fn samples_that_it_is_not_for_are_refused_with_what_they_are() {
    let fits = |text: &str, network: &str| augmentation(text).for_input(layers(network).input);
    for (text, network) in [
        (ALL, "64-10"),
        (ALL, "1x8x8, dense 10"),
        ("rotate=15", "2x5x7, dense 10"),
        ("2x5x7:rotate=15", "2x5x7, dense 10"),
        // Rows of an image, in time.
        ("8x8:rotate=15", "8x8, conv 4 3, dense 10"),
        ("scale=0.1,shift=1,flip", "6x32, conv 4 3, dense 10"),
        ("gain=0.1,noise=1", "63-10"),
    ] {
        assert!(fits(text, network).is_ok(), "{text} of {network}");
    }
    let refused = [
        (
            "flip",
            "64-10",
            "a sample is a row of 64 features: the shape of an image goes in front, as in 8x8:",
        ),
        ("shift=1", "63-10", "as in HEIGHTxWIDTH:rotate=15"),
        (
            "8x8:flip",
            "63-10",
            "images of 1x8x8 are 64 numbers, and the network takes samples of 63",
        ),
        ("1x4x16:flip", "1x8x8, dense 2", "and the network takes samples of 1x8x8"),
        (
            "rotate=5,shift=1",
            "6x32, dense 2",
            "rotate needs samples of several rows and columns, and they are 6x32",
        ),
        ("flip_vertical", "6x32, dense 2", "flip_vertical needs samples of several rows, "),
        (
            "shift=1",
            "6x1x1, dense 2",
            "shift needs samples of several rows or columns, and they are 6x1x1",
        ),
        ("flip", "1x8x1, dense 2", "flip needs samples of several columns, "),
    ];
    for (text, network, expected) in refused {
        let error = fits(text, network).unwrap_err().to_string();
        assert!(error.contains(expected), "{text} of {network}: {error}");
    }
}

const SAMPLES: usize = 77;

/// Images with classes.
fn images() -> Dataset {
    let mut random = Random::new(3);
    let numbers = (0..SAMPLES * 64).map(|_| random.uniform()).collect();
    let classes = (0..SAMPLES).map(|_| random.below(3) as u32).collect();
    dataset(numbers, classes)
}

fn dataset(numbers: Vec<f32>, classes: Vec<u32>) -> Dataset {
    let features = Table { columns: 64, numbers };
    Dataset::of_tables(features, Targets::Classes(classes), Vec::new()).unwrap()
}

/// Images as they are learned from in the first epoch: one sample at a time, as a board would.
fn augmented(data: &Dataset, augmentation: Augmentation) -> Dataset {
    let mut random = Random::new(hash(1 ^ hash::<u32>(0)));
    random.shuffle(&mut [0; SAMPLES]);
    let noise = random.next_u32();
    let mut all = Vec::new();
    let (features, mut classes) = (data.features(), Vec::new());
    for (sample, (_, class)) in data.labelled().unwrap().enumerate() {
        let seed = hash(noise ^ hash::<u32>(sample as u32));
        let own = Noise::<f32>::new(hash(seed ^ u32::from_be_bytes(*b"augm")));
        let mut image = features.row(sample).to_vec();
        let map = augmentation.affine().draw(own);
        map.sample(Dims::image(1, 8, 8), |_| features.row(sample), &mut image);
        random_gain(own, augmentation.gain(), &mut image);
        add_noise(own.next_layer(), augmentation.noise(), &mut image);
        all.extend(image);
        classes.push(class);
    }
    dataset(all, classes)
}

fn config(epochs: u32) -> TrainConfig {
    TrainConfig::new(epochs, NonZeroUsize::new(30).unwrap(), 1)
}

/// Where a run of a network stands after each epoch.
fn run(
    network: &str,
    data: Dataset,
    augmentation: Augmentation,
    epochs: u32,
    threads: usize,
    from: Option<&Progress>,
) -> Vec<Progress> {
    let (layers, loss) = (layers(network), named("cross_entropy", &[], 3).unwrap());
    let mut steps = Vec::new();
    let network = DynNetwork::new(&layers, &mut steps).unwrap();
    let task = Task::new(&loss, data, 3);
    let mut random = Random::new(9);
    let parameters = (0..network.parameters()).map(|_| 0.2 * random.normal()).collect();
    let model = DynModel::new(network, parameters, &task).with_augmentation(&augmentation).unwrap();
    let mut trainer = Trainer::new(model, Adam::new(0.01).unwrap(), config(epochs));
    assert!(from.is_none_or(|from| trainer.resume(from)));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let mut all = Vec::new();
        while !trainer.is_done() {
            trainer.epoch().unwrap();
            all.push(trainer.progress());
        }
        all
    })
}

/// A dense network on images, one with images and dropout, and one that measures its batches; the
/// last one is worth several threads.
const NETWORKS: [&str; 3] = [
    "64-20-3",
    "1x8x8, conv 4 3x3, relu, dropout 0.2, dense 3",
    "1x8x8, conv 8 3x3, batch_norm, relu, dense 64, relu, dense 3",
];

#[test]
fn training_has_the_bits_of_samples_that_are_augmented_one_by_one() {
    let (all, none) = (augmentation(ALL), Augmentation::new());
    for network in NETWORKS {
        let found = run(network, images(), all, 1, 1, None);
        assert_eq!(found, run(network, augmented(&images(), all), none, 1, 1, None), "{network}");
        assert_ne!(found, run(network, images(), none, 1, 1, None), "{network}");
    }
}

#[test]
fn an_augmented_run_has_the_same_bits_for_any_number_of_threads() {
    for network in NETWORKS {
        let one = run(network, images(), augmentation(ALL), 3, 1, None);
        for threads in 2..=3 {
            let some = run(network, images(), augmentation(ALL), 3, threads, None);
            assert_eq!(some, one, "{network} on {threads} threads");
        }
    }
}

#[test]
fn an_augmented_run_that_goes_on_ends_with_the_same_bits() {
    for network in NETWORKS {
        let whole = run(network, images(), augmentation(ALL), 3, 1, None);
        let rest = run(network, images(), augmentation(ALL), 3, 1, Some(&whole[0]));
        assert_eq!(rest, whole[1..], "{network}");
    }
}

#[test]
fn a_type_learns_from_the_same_samples() {
    type Network = trimpot::network!(Dense<64, 20>, Relu, Dropout, Dense<20, 3>; from 64);
    let loss = CrossEntropy::new();
    let trained = |data: &Dataset, augmentation: &Augmentation| {
        let mut network = Network::seeded(1);
        let compiled = Compiled::new(&mut network, &loss, data.samples::<64, u32>().unwrap());
        let compiled = compiled.with_augmentation(augmentation).unwrap();
        let mut trainer = Trainer::new(compiled, Adam::new(0.01).unwrap(), config(1));
        trainer.epoch().unwrap();
        trainer.progress()
    };
    let all = augmentation(ALL);
    let found = trained(&images(), &all);
    assert_eq!(found, trained(&augmented(&images(), all), &Augmentation::new()));
    assert_ne!(found, trained(&images(), &Augmentation::new()));
    let mut network = Network::seeded(1);
    let data = images();
    let compiled = Compiled::new(&mut network, &loss, data.samples::<64, u32>().unwrap());
    let error = compiled.with_augmentation(&augmentation("flip")).unwrap_err();
    assert_eq!(error, AugmentationError::NoShape { features: 64 });
}

#[test]
fn every_epoch_is_augmented_anew() {
    let of_epoch = |epochs: u32| {
        // Nothing is learned, so that losses differ by samples alone.
        let (layers, loss) = (layers("64-3"), named("cross_entropy", &[], 3).unwrap());
        let mut steps = Vec::new();
        let network = DynNetwork::new(&layers, &mut steps).unwrap();
        let task = Task::new(&loss, images(), 3);
        let parameters = (0..network.parameters()).map(|index| (index % 7) as f32 * 0.1).collect();
        let model = DynModel::new(network, parameters, &task);
        let model = model.with_augmentation(&augmentation("8x8:shift=2")).unwrap();
        let mut trainer = Trainer::new(model, Adam::new(0.0).unwrap(), config(epochs));
        (0..epochs).map(|_| trainer.epoch().unwrap().loss).collect::<Vec<_>>()
    };
    let losses = of_epoch(3);
    let differ = |one: f32, other: f32| (one - other).abs() >= 1e-3;
    assert!(differ(losses[0], losses[1]) && differ(losses[1], losses[2]), "{losses:?}");
    assert_eq!(losses, of_epoch(3));
}

/// A detector's targets are its samples as they are, so that noise is all that there is.
#[test]
fn what_gives_samples_back_learns_from_noisy_ones() {
    let (layers, loss) = (layers("64-8-64"), named("mse", &[], 64).unwrap());
    let mut steps = Vec::new();
    let network = DynNetwork::new(&layers, &mut steps).unwrap();
    let conditions = Targets::Conditions(vec![trimpot_tuner::Condition::Normal; SAMPLES]);
    let data = Dataset::of_tables(images().features().clone(), conditions, Vec::new()).unwrap();
    let task = Task::reconstruction(&loss, data, network).unwrap();
    let with = |text| {
        let model = DynModel::new(network, vec![0.0; network.parameters()], &task);
        model.with_augmentation(&augmentation(text)).map(|_| ())
    };
    assert_eq!(with("noise=0.1"), Ok(()));
    for text in ["8x8:flip", "gain=0.1", "8x8:shift=1,noise=0.1"] {
        assert_eq!(with(text), Err(AugmentationError::Reconstruction), "{text}");
    }
}
