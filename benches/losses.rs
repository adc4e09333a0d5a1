//! Value and gradient of every loss in the registry: in every width, from what fits into a register
//! file to what fits into no cache.
//!
//! Blocks of rows lie one after the other in slices, a sample a lane. Everything takes some 25
//! minutes; `cargo bench --bench losses -- 'mse/f32x16/64 Ki'` runs a part of it.

use std::hint::black_box;
use std::time::Duration;

use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
    measurement::WallTime,
};
use trimpot::lanes::{Lanes, f32x4, f32x8, f32x16};
use trimpot::loss::{Loss, Target};
use trimpot::shape::Shape;
use trimpot_parity::source::Kind;
use trimpot_parity::{Inputs, Source, Visitor, subject};

/// Elements of a row: most losses take one.
const ROW: usize = 64;

/// Elements of all predictions together, at most, and what that is called.
const SIZES: [(usize, &str); 5] =
    [(64, "64"), (1 << 10, "1 Ki"), (1 << 16, "64 Ki"), (1 << 20, "1 Mi"), (1 << 24, "16 Mi")];

fn losses(criterion: &mut Criterion) {
    subject::registered::<ROW>(&mut Bench { criterion });
}

struct Bench<'c> {
    criterion: &'c mut Criterion,
}

impl Visitor for Bench<'_> {
    fn visit<const N: usize, P: Shape, L: Loss<P, Target: Inputs>>(
        &mut self,
        name: &str,
        loss: &L,
    ) {
        let mut group = self.criterion.benchmark_group(name);
        group.sample_size(10);
        group.warm_up_time(Duration::from_millis(200));
        group.measurement_time(Duration::from_millis(800));
        width::<f32, N, P, L>(&mut group, "f32", loss);
        width::<f32x4, N, P, L>(&mut group, "f32x4", loss);
        width::<f32x8, N, P, L>(&mut group, "f32x8", loss);
        width::<f32x16, N, P, L>(&mut group, "f32x16", loss);
    }
}

fn width<V: Lanes, const N: usize, P: Shape, L: Loss<P, Target: Inputs>>(
    group: &mut BenchmarkGroup<WallTime>,
    name: &str,
    loss: &L,
) {
    let of_block = P::LEN * V::LANES;
    for (size, size_name) in SIZES {
        // At least one: in many lanes 64 elements are less than a block.
        let blocks = (size / of_block).max(1);
        let elements = (blocks * of_block) as u64;
        let target_size = size_of::<<L::Target as Target>::Values<V>>();
        // Predictions are read, gradients written.
        let bytes = elements * 8 + (blocks * target_size) as u64;
        group.throughput(Throughput::ElementsAndBytes { elements, bytes });
        group.bench_function(BenchmarkId::new(name, size_name), |bencher| {
            let mut source = Source::new(1);
            // Probabilities: all losses take them, as predictions and as targets.
            source.set_kind(Kind::Unit);
            let predictions = vec![source.prediction::<V, P>(); blocks];
            let targets = vec![L::Target::draw::<V>(&mut source, N); blocks];
            let mut gradients = vec![P::zeros::<V>(); blocks];
            bencher.iter(|| {
                let (predictions, targets) = (black_box(&predictions), black_box(&targets));
                let mut sum = V::ZERO;
                for ((p, t), g) in predictions.iter().zip(targets).zip(&mut gradients) {
                    sum += loss.gradient::<V>(p, t, g);
                }
                black_box(&gradients);
                sum
            });
        });
    }
}

criterion_group!(benches, losses);
criterion_main!(benches);
