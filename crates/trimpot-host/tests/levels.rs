//! Training, prediction, evaluation and losses over slices have the same bits on every level that
//! the processor has and on one thread and two: of a program that is built for the baseline (`cargo xtask
//! instruction-sets`), so that none is left out but for want of a processor.
//!
//! One test, in a program of its own: it sets the level of all. What it prints of each level,
//! `cargo xtask instruction-sets` reads. That also looks for operations on vectors that are calls in
//! this program, so nothing here is generic over lanes: it has what users of the library have.

use std::num::NonZeroUsize;

use trimpot::batch::{classes, rows};
use trimpot::lanes::Level;
use trimpot::layer::{BatchNorm, Dense, Dropout, Relu};
use trimpot::loss::spec::{AnyRows, Elements, LossKind, OneRow, Several, Sums};
use trimpot::loss::{CrossEntropy, Elementwise, Overlap};
use trimpot::optimizer::{Adam, AnyOptimizer, OPTIMIZERS};
use trimpot::random::Random;
use trimpot_host::augmentation::Augmentation;
use trimpot_host::dataset::{Dataset, Table};
use trimpot_host::dyn_model::{DynModel, Scores, Task};
use trimpot_host::dyn_network::DynNetwork;
use trimpot_host::evaluate::{evaluate, predict};
use trimpot_host::loss::named;
use trimpot_host::stream;
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

/// Networks that are data, a step by each optimizer.
fn optimizers(data: &Dataset) -> Outcomes {
    let architecture: Architecture = "40-9-3".parse().unwrap();
    let layers = architecture.layers(Between::default()).unwrap();
    let loss = named("cross_entropy", &[], 3).unwrap();
    let task = Task::new(&loss, data.clone(), 3);
    let trained = OPTIMIZERS.iter().map(|spec| {
        let mut steps = Vec::new();
        let network = DynNetwork::new(&layers, &mut steps).unwrap();
        let mut random = Random::new(3);
        let parameters = (0..network.parameters()).map(|_| 0.2 * random.normal()).collect();
        let optimizer = AnyOptimizer::named(spec.name, None, |setting| setting.default);
        let model = DynModel::new(network, parameters, &task);
        let config = TrainConfig::new(1, BATCH, 1);
        let mut trainer = Trainer::new(model, optimizer.unwrap().unwrap(), config);
        trainer.epoch().unwrap();
        (spec.name, bits(trainer.model().weights()))
    });
    trained.collect()
}

/// The losses of a form that slices have a way in for.
trait OverSlices<L> {
    /// Returns the value, and writes the gradient. Nothing for losses of rows.
    fn compute(_: &L, _: &[f32], _: &[f32], _: &mut [f32]) -> Option<f32> {
        None
    }
}

impl<L: Elementwise> OverSlices<L> for Elements {
    fn compute(loss: &L, outputs: &[f32], targets: &[f32], gradient: &mut [f32]) -> Option<f32> {
        Some(stream::mean(loss, outputs, targets, gradient).unwrap())
    }
}

impl<L: Overlap> OverSlices<L> for Sums {
    fn compute(loss: &L, outputs: &[f32], targets: &[f32], gradient: &mut [f32]) -> Option<f32> {
        Some(stream::mask(loss, outputs, targets, gradient).unwrap())
    }
}

impl<L> OverSlices<L> for OneRow {}
impl<L, const R: usize> OverSlices<L> for Several<R> {}
impl<L, const R: usize> OverSlices<L> for AnyRows<R> {}

/// Losses over slices of probabilities, and over rows of three classes.
fn slices(data: &Dataset) -> Outcomes {
    let sigmoid = |x: &f32| 1.0 / (1.0 + (-x).exp());
    let outputs: Vec<f32> = data.features().numbers.iter().map(sigmoid).collect();
    let (outputs, targets) = outputs.split_at(outputs.len() / 2);
    let mut gradient = vec![0.0; outputs.len()];
    let mut all = Vec::new();
    macro_rules! losses {
        ($($name:ident: $loss:ty;)*) => {$(
            let loss = <$loss>::default();
            let computed = <$loss as LossKind>::Form::compute(&loss, outputs, targets, &mut gradient);
            if let Some(value) = computed {
                all.push((stringify!($name), bits(&[&gradient[..], &[value]].concat())));
            }
        )*};
    }
    trimpot::for_each_loss!(losses);

    let (loss, (outputs, _)) = (CrossEntropy::new(), outputs.as_chunks::<3>());
    let labels: Vec<u32> = (0..outputs.len() as u32).map(|row| row % 3).collect();
    let (mut gradient, mut values) = (outputs.to_vec(), vec![0.0; outputs.len()]);
    rows::gradient(&loss, outputs, &labels, &mut gradient, &mut values).unwrap();
    all.push(("rows", bits(&[gradient.as_flattened(), &values].concat())));
    let flat = gradient.as_flattened_mut();
    classes::gradient(&loss, 3, outputs.as_flattened(), &labels, flat, &mut values).unwrap();
    all.push(("classes", bits(&[gradient.as_flattened(), &values].concat())));
    all
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
            let computed = pool.install(|| {
                [as_a_type(&data), as_data(&data), optimizers(&data), slices(&data)].concat()
            });
            let expected = baseline.get_or_insert_with(|| computed.clone());
            for (computed, expected) in computed.iter().zip(&*expected) {
                assert!(computed == expected, "{level}, {threads} threads: {}", computed.0);
            }
            println!("level {level}: {} outcomes, {threads} threads", computed.len());
        }
    }
}
