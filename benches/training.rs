//! Steps of training, through the host's engine (as a type and as data) and in place: of 64-32-10,
//! the network of the demo, and of 784-128-10, the customary one for handwritten digits.
//!
//! An element is a sample, its bytes are its features and its label.

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use rayon::ThreadPoolBuilder;
use trimpot::lanes::{Bits, Lanes, f32x4, f32x8, f32x16};
use trimpot::layer::{Dense, Relu};
use trimpot::loss::CrossEntropy;
use trimpot::network::Model;
use trimpot::optimizer::{Adam, Optimizer, Sgd};
use trimpot::shape::Vector;
use trimpot_host::dataset::{Dataset, Samples};
use trimpot_host::dyn_model::{DynModel, Task};
use trimpot_host::dyn_network::DynNetwork;
use trimpot_host::loss;
use trimpot_host::train::{Compiled, TrainConfig, Trainable, Trainer};
use trimpot_model::layers::Layers;
use trimpot_testkit::inputs::Random;

type Small = trimpot::network!(Dense<64, 32>, Relu, Dense<32, 10>; from 64);
type Large = trimpot::network!(Dense<784, 128>, Relu, Dense<128, 10>; from 784);

/// Samples of an epoch: a multiple of all batches.
const SAMPLES: usize = 1024;

/// So small that a network is not done with learning however often a step is timed.
const LEARNING_RATE: f32 = 1e-6;

/// Samples of any features and labels.
fn data<const I: usize>() -> Dataset {
    let mut random = Random::new(1);
    let features =
        (0..SAMPLES).map(|_| std::array::from_fn(|_| random.between(0.0, 1.0))).collect();
    let labels = (0..SAMPLES as u32).map(|sample| sample % 10).collect();
    Dataset::new::<I, u32>(features, labels).expect("as many features as labels")
}

fn samples<const I: usize>(data: &Dataset) -> Samples<'_, I> {
    data.samples().expect("a class for each row of features")
}

fn group<'c, const I: usize>(
    criterion: &'c mut Criterion,
    name: &str,
    samples: usize,
) -> BenchmarkGroup<'c, WallTime> {
    let mut group = criterion.benchmark_group(name);
    let bytes = samples * (4 * I + 4);
    let throughput = Throughput::ElementsAndBytes { elements: samples as u64, bytes: bytes as u64 };
    group.throughput(throughput);
    group.sample_size(20);
    group.warm_up_time(Duration::from_millis(500));
    group.measurement_time(Duration::from_secs(2));
    group
}

/// Epochs of the host's engine, on one thread and on two: of a type, and of its layers as data.
fn engine<M, O, const I: usize>(
    criterion: &mut Criterion,
    name: &str,
    (network, optimizer): (M, O),
    batch: usize,
) where
    M: Model<Input = Vector<I>, Output = Vector<10>> + Sync + Send,
    O: Optimizer + Copy + Sync + Send,
{
    let (data, loss) = (data::<I>(), CrossEntropy::new());
    let mut network = Box::new(network);
    let layers = Layers::of::<M::Input, _>(network.layers());
    let parameters = network.parameters().to_vec();
    let batch = NonZeroUsize::new(batch).expect("a batch has samples");
    let mut group = group::<I>(criterion, name, SAMPLES);
    for threads in [1, 2] {
        let model = Compiled::new(&mut *network, &loss, samples::<I>(&data));
        epochs(&mut group, "threads", threads, model, optimizer, batch);
        let loss = loss::named("cross_entropy", &[], 10).expect("there is such a loss");
        let task = Task::new(&loss, data.clone(), 10);
        let mut planned = Vec::new();
        let network = DynNetwork::new(&layers, &mut planned).expect("a type's layers");
        let model = DynModel::new(network, parameters.clone(), &task);
        epochs(&mut group, "as data, threads", threads, model, optimizer, batch);
    }
}

fn epochs(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    threads: usize,
    model: impl Trainable + Send,
    optimizer: impl Optimizer + Sync + Send,
    batch: NonZeroUsize,
) {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
    let mut trainer = Trainer::new(model, optimizer, TrainConfig::new(u32::MAX, batch, 1));
    group.bench_function(BenchmarkId::new(name, threads), |bencher| {
        pool.install(|| bencher.iter(|| trainer.epoch().expect("training goes well")));
    });
}

fn batches(criterion: &mut Criterion) {
    let sgd = Sgd::new(LEARNING_RATE).expect("the learning rate is valid");
    let adam = Adam::new(LEARNING_RATE).expect("the learning rate is valid");
    engine(criterion, "64-32-10, SGD, batch of 32", (Small::seeded(1), sgd), 32);
    engine(criterion, "64-32-10, Adam, batch of 32", (Small::seeded(1), adam), 32);
    engine(criterion, "784-128-10, Adam, batch of 64", (Large::seeded(1), adam), 64);
}

/// One sample after the other, as on a board.
fn in_place(criterion: &mut Criterion) {
    fn bench<M, const I: usize>(criterion: &mut Criterion, name: &str, network: M)
    where
        M: Model<Input = Vector<I>, Output = Vector<10>>,
    {
        let (data, mut network) = (data::<I>(), Box::new(network));
        group::<I>(criterion, "SGD in place, one sample a step", SAMPLES).bench_function(
            name,
            |bencher| {
                bencher.iter(|| {
                    for (input, label) in samples::<I>(&data).iter() {
                        let loss = CrossEntropy::new();
                        black_box(network.train_step(&loss, input, &label, LEARNING_RATE, 0));
                    }
                });
            },
        );
    }
    bench(criterion, "64-32-10", Small::seeded(1));
    bench(criterion, "784-128-10", Large::seeded(1));
}

/// The gradient of a sample in each lane, added up.
fn accumulate(criterion: &mut Criterion) {
    macro_rules! width {
        ($($lanes:ident)*) => {$({
            let (network, mut random) = (Small::seeded(1), Random::new(1));
            let mut gradient = [$lanes::ZERO; Small::PARAMETERS];
            let input: [$lanes; 64] =
                std::array::from_fn(|_| $lanes::from_fn(|_| random.between(0.0, 1.0)));
            let (label, seed) = (Bits::from_fn(|lane| lane as u32 % 10), Bits::splat(0));
            let mut group = group::<64>(criterion, "64-32-10, gradient of samples", $lanes::LANES);
            group.bench_function(stringify!($lanes), |bencher| {
                bencher.iter(|| {
                    let loss = CrossEntropy::new();
                    network.accumulate(&loss, black_box(&input), &label, seed, &mut gradient)
                });
            });
        })*};
    }
    width!(f32 f32x4 f32x8 f32x16);
}

criterion_group!(benches, batches, in_place, accumulate);
criterion_main!(benches);
