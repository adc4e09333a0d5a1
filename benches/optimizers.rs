//! Every optimizer: one step of all parameters, in every width, from what fits into the first cache
//! to what fits into none.
//!
//! An element is a parameter. Everything takes some 2 minutes;
//! `cargo bench --bench optimizers -- 'Adam/f32x16'` runs a part of it.

use std::hint::black_box;
use std::time::Duration;

use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
    measurement::WallTime,
};
use trimpot::lanes::{Lanes, f32x4, f32x8, f32x16};
use trimpot::optimizer::{Adadelta, Adagrad, Adam, AdamW, Lion, Optimizer, RmsProp, Sgd, step};

/// Parameters, and what that is called.
const SIZES: [(usize, &str); 4] =
    [(64, "64"), (1 << 10, "1 Ki"), (1 << 16, "64 Ki"), (1 << 20, "1 Mi")];

/// So small that no parameter leaves the range of numbers, however often a step is timed.
const LEARNING_RATE: f32 = 1e-9;

/// Calls a macro with every optimizer: its name, and the optimizer.
macro_rules! for_each_optimizer {
    ($callback:ident) => {
        $callback! {
            "Sgd": Sgd::new(LEARNING_RATE);
            "Sgd, momentum": Sgd::new(LEARNING_RATE).and_then(|sgd| sgd.with_momentum(0.9));
            "RmsProp": RmsProp::new(LEARNING_RATE);
            "Adagrad": Adagrad::new(LEARNING_RATE);
            "Adadelta": Adadelta::new(LEARNING_RATE);
            "Adam": Adam::new(LEARNING_RATE);
            "AdamW": AdamW::new(LEARNING_RATE);
            "Lion": Lion::new(LEARNING_RATE);
        }
    };
}

fn optimizers(criterion: &mut Criterion) {
    macro_rules! bench {
        ($($name:literal: $optimizer:expr;)*) => {$(
            let optimizer = $optimizer.expect("its settings are in their ranges");
            let mut group = criterion.benchmark_group($name);
            group.sample_size(10);
            group.warm_up_time(Duration::from_millis(200));
            group.measurement_time(Duration::from_millis(800));
            width::<f32, _>(&mut group, "f32", optimizer);
            width::<f32x4, _>(&mut group, "f32x4", optimizer);
            width::<f32x8, _>(&mut group, "f32x8", optimizer);
            width::<f32x16, _>(&mut group, "f32x16", optimizer);
            group.finish();
        )*};
    }
    for_each_optimizer!(bench);
}

fn width<V: Lanes, O: Optimizer + Copy>(
    group: &mut BenchmarkGroup<WallTime>,
    name: &str,
    optimizer: O,
) {
    for (size, size_name) in SIZES {
        let vectors = size / V::LANES;
        // The gradient is read; the parameters and what is remembered of them are read and written.
        let bytes = vectors * (3 * size_of::<V>() + 2 * size_of::<O::State<V>>());
        let throughput =
            Throughput::ElementsAndBytes { elements: size as u64, bytes: bytes as u64 };
        group.throughput(throughput);
        group.bench_function(BenchmarkId::new(name, size_name), |bencher| {
            let mut optimizer = optimizer;
            let mut parameters = vec![V::ONE; vectors];
            let gradient = vec![V::splat(0.5); vectors];
            let mut state = vec![O::State::<V>::default(); vectors];
            bencher.iter(|| {
                let parameters = black_box(&mut parameters);
                step(&mut optimizer, parameters, black_box(&gradient), &mut state);
                black_box(&state);
            });
        });
    }
}

criterion_group!(benches, optimizers);
criterion_main!(benches);
