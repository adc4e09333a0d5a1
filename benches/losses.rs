//! Value and gradient of every loss in the registry, in every width.

use std::hint::black_box;

use criterion::{
    BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use trimpot::lanes::{Lanes, f32x4, f32x8, f32x16};
use trimpot::loss::Loss;
use trimpot::shape::Shape;
use trimpot_parity::source::Kind;
use trimpot_parity::{Inputs, Shaped, Source, Visitor, subject};

/// Elements of a row: most losses take one.
const ROW: usize = 64;

fn losses(criterion: &mut Criterion) {
    subject::registered::<ROW>(&mut Bench { criterion });
}

struct Bench<'c> {
    criterion: &'c mut Criterion,
}

impl Visitor for Bench<'_> {
    fn visit<const N: usize, L>(&mut self, name: &str, loss: &L)
    where
        L: Shaped<N> + Loss<<L as Shaped<N>>::Prediction, Target: Inputs>,
    {
        let mut group = self.criterion.benchmark_group(name);
        width::<f32, N, L>(&mut group, "f32", loss);
        width::<f32x4, N, L>(&mut group, "f32x4", loss);
        width::<f32x8, N, L>(&mut group, "f32x8", loss);
        width::<f32x16, N, L>(&mut group, "f32x16", loss);
    }
}

fn width<V: Lanes, const N: usize, L>(group: &mut BenchmarkGroup<WallTime>, name: &str, loss: &L)
where
    L: Shaped<N> + Loss<<L as Shaped<N>>::Prediction, Target: Inputs>,
{
    let mut source = Source::new(1);
    // Probabilities: all losses take them, as predictions and as targets.
    source.set_kind(Kind::Unit);
    let prediction = source.prediction::<V, L::Prediction>();
    let target = L::Target::draw::<V>(&mut source, N);
    let mut gradient = L::Prediction::zeros::<V>();
    group.throughput(Throughput::Elements((L::Prediction::LEN * V::LANES) as u64));
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            let (prediction, target) = (black_box(&prediction), black_box(&target));
            let value = loss.gradient::<V>(prediction, target, &mut gradient);
            black_box(&gradient);
            value
        });
    });
}

criterion_group!(benches, losses);
criterion_main!(benches);
