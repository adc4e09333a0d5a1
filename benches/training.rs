//! Training steps of 64-32-10, ReLU, softmax cross-entropy: the network of the demo.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use trimpot::lanes::{Bits, Lanes, f32x4, f32x8, f32x16};
use trimpot::layer::{Dense, Relu};
use trimpot::loss::CrossEntropy;
use trimpot_testkit::inputs::Random;

type Digits = trimpot::network!(Dense<64, 32>, Relu, Dense<32, 10>; from 64);

fn descend(criterion: &mut Criterion) {
    let mut network = Digits::seeded(1);
    let mut random = Random::new(1);
    let input: [f32; 64] = std::array::from_fn(|_| random.between(0.0, 1.0));
    criterion.bench_function("one sample, SGD in place", |bencher| {
        bencher.iter(|| network.descend(&CrossEntropy::new(), black_box(&input), &3, 1e-3, 0));
    });
}

fn accumulate(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gradient of samples");
    macro_rules! width {
        ($($lanes:ident)*) => {$(
            let (network, mut random) = (Digits::seeded(1), Random::new(1));
            let mut gradient = [$lanes::ZERO; Digits::PARAMETERS];
            let input: [$lanes; 64] =
                std::array::from_fn(|_| $lanes::from_fn(|_| random.between(0.0, 1.0)));
            let (label, seed) = (Bits::from_fn(|lane| lane as u32 % 10), Bits::splat(0));
            group.throughput(Throughput::Elements($lanes::LANES as u64));
            group.bench_function(stringify!($lanes), |bencher| {
                bencher.iter(|| {
                    let loss = CrossEntropy::new();
                    network.accumulate(&loss, black_box(&input), &label, seed, &mut gradient)
                });
            });
        )*};
    }
    width!(f32 f32x4 f32x8 f32x16);
}

criterion_group!(benches, descend, accumulate);
criterion_main!(benches);
