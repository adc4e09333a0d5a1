//! Losses over slices and row-major batches: the sizes that rivals are measured at.

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use trimpot::batch::{classes, rows};
use trimpot::loss::spec::{AnyRows, Elements, LossKind, OneRow, Several, Sums};
use trimpot::loss::{
    BinaryCrossEntropyWithLogits, CrossEntropy, Elementwise, Hinge, Huber, MeanSquaredError,
    Overlap,
};
use trimpot_host::stream;
use trimpot_testkit::inputs::{Random, uniform};

/// Elements, and what that is called.
const SIZES: [(usize, &str); 5] =
    [(64, "64"), (1 << 10, "1 Ki"), (1 << 16, "64 Ki"), (1 << 20, "1 Mi"), (1 << 24, "16 Mi")];

fn group<'c>(criterion: &'c mut Criterion, name: &str) -> BenchmarkGroup<'c, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(20);
    group.warm_up_time(Duration::from_millis(300));
    group.measurement_time(Duration::from_secs(1));
    group
}

/// Predictions are read and gradients written, and `others` bytes of targets.
fn throughput(elements: usize, others: usize) -> Throughput {
    let elements = elements as u64;
    Throughput::ElementsAndBytes { elements, bytes: elements * 8 + others as u64 }
}

fn elementwise(criterion: &mut Criterion) {
    fn bench<L: Elementwise>(criterion: &mut Criterion, name: &str, loss: &L) {
        let mut group = group(criterion, "elementwise");
        for (size, size_name) in SIZES {
            group.throughput(throughput(size, 4 * size));
            group.bench_function(BenchmarkId::new(name, size_name), |bencher| {
                let predictions: Vec<f32> = uniform(1, -4.0, 4.0, size).collect();
                let targets: Vec<f32> = uniform(2, 0.0, 1.0, size).collect();
                let mut gradient = vec![0.0; size];
                bencher.iter(|| {
                    let value =
                        stream::mean(loss, black_box(&predictions), &targets, &mut gradient);
                    black_box(&gradient);
                    value
                });
            });
        }
    }
    bench(criterion, "mse", &MeanSquaredError);
    bench(criterion, "huber", &Huber::default());
    bench(criterion, "hinge", &Hinge::default());
    bench(criterion, "bce_with_logits", &BinaryCrossEntropyWithLogits::default());
}

/// The losses of a form that sums over a mask are a benchmark of.
trait Masks<L> {
    fn bench(criterion: &mut Criterion, name: &str, loss: &L);
}

impl<L: Overlap> Masks<L> for Sums {
    fn bench(criterion: &mut Criterion, name: &str, loss: &L) {
        let mut group = group(criterion, "overlap");
        for (size, size_name) in SIZES {
            // The targets are read twice.
            group.throughput(throughput(size, 8 * size));
            group.bench_function(BenchmarkId::new(name, size_name), |bencher| {
                let predictions: Vec<f32> = uniform(1, 0.0, 1.0, size).collect();
                let targets: Vec<f32> = uniform(2, 0.0, 1.0, size).collect();
                let mut gradient = vec![0.0; size];
                bencher.iter(|| {
                    let value =
                        stream::mask(loss, black_box(&predictions), &targets, &mut gradient);
                    black_box(&gradient);
                    value
                });
            });
        }
    }
}

macro_rules! no_masks {
    ($($form:ty $(, $rows:ident)?;)*) => {$(
        impl<L $(, const $rows: usize)?> Masks<L> for $form {
            fn bench(_: &mut Criterion, _: &str, _: &L) {}
        }
    )*};
}
no_masks!(Elements; OneRow; Several<R>, R; AnyRows<R>, R;);

fn overlap(criterion: &mut Criterion) {
    macro_rules! bench {
        ($($name:ident: $loss:ty;)*) => {$(
            let loss = <$loss>::default();
            <<$loss as LossKind>::Form as Masks<$loss>>::bench(criterion, stringify!($name), &loss);
        )*};
    }
    trimpot::for_each_loss!(bench);
}

/// Random labels of so many classes.
fn labels(classes: usize, count: usize) -> Vec<u32> {
    let mut random = Random::new(3);
    (0..count).map(|_| (random.bits() % classes as u64) as u32).collect()
}

fn cross_entropy_of_rows(criterion: &mut Criterion) {
    fn bench<const N: usize>(criterion: &mut Criterion) {
        let mut group = group(criterion, "cross_entropy of rows");
        for (size, size_name) in SIZES {
            let count = (size / N).max(1);
            group.throughput(throughput(count * N, 8 * count));
            group.bench_function(BenchmarkId::new(format!("{N} classes"), size_name), |bencher| {
                let logits: Vec<f32> = uniform(1, -4.0, 4.0, count * N).collect();
                let labels = labels(N, count);
                let (mut gradient, mut values) = (vec![[0.0; N]; count], vec![0.0; count]);
                bencher.iter(|| {
                    let logits = black_box(&logits).as_chunks::<N>().0;
                    let loss = CrossEntropy::new();
                    let done = rows::gradient(&loss, logits, &labels, &mut gradient, &mut values);
                    black_box((&gradient, &values));
                    done
                });
            });
        }
    }
    bench::<3>(criterion);
    bench::<10>(criterion);
    bench::<32>(criterion);
}

fn cross_entropy_of_many_classes(criterion: &mut Criterion) {
    let mut group = group(criterion, "cross_entropy of many classes");
    for classes in [100, 1000, 50_000] {
        let count = (1 << 20) / classes;
        let elements = count * classes;
        group.throughput(throughput(elements, 8 * count));
        group.bench_function(BenchmarkId::new(format!("{classes} classes"), "1 Mi"), |bencher| {
            let logits: Vec<f32> = uniform(1, -4.0, 4.0, elements).collect();
            let labels = labels(classes, count);
            let (mut gradient, mut values) = (vec![0.0; elements], vec![0.0; count]);
            bencher.iter(|| {
                let (loss, logits) = (CrossEntropy::new(), black_box(&logits));
                let done =
                    classes::gradient(&loss, classes, logits, &labels, &mut gradient, &mut values);
                black_box((&gradient, &values));
                done
            });
        });
    }
}

criterion_group!(
    benches,
    elementwise,
    overlap,
    cross_entropy_of_rows,
    cross_entropy_of_many_classes
);
criterion_main!(benches);
