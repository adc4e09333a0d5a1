//! Value and gradient of every loss in the registry, in every width.

use std::hint::black_box;

use criterion::{
    BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use trimpot::lanes::{Lanes, f32x4, f32x8, f32x16};
use trimpot::loss::Loss;
use trimpot_testkit::case::{self, Case, FromCases};
use trimpot_testkit::inputs::Random;
use trimpot_testkit::loss_oracle;

/// Elements of a sample.
const N: usize = 64;

fn losses(criterion: &mut Criterion) {
    macro_rules! bench_each {
        ($($name:ident: $loss:ty;)*) => {$(
            bench::<$loss>(criterion, stringify!($name));
        )*};
    }
    trimpot::for_each_loss!(bench_each);
}

fn bench<L: Loss<N, Target: FromCases> + Default>(criterion: &mut Criterion, name: &str) {
    let mut random = Random::new(1);
    let cases: Vec<Case> = (0..16)
        .map(|_| loss_oracle::random_case(name, N, &mut random).expect("an oracle"))
        .collect();
    let mut group = criterion.benchmark_group(name);
    width::<f32, L>(&mut group, "f32", &cases);
    width::<f32x4, L>(&mut group, "f32x4", &cases);
    width::<f32x8, L>(&mut group, "f32x8", &cases);
    width::<f32x16, L>(&mut group, "f32x16", &cases);
}

fn width<V: Lanes, L: Loss<N, Target: FromCases> + Default>(
    group: &mut BenchmarkGroup<WallTime>,
    name: &str,
    cases: &[Case],
) {
    let (prediction, target) = case::block::<V, N, L::Target>(&cases[..V::LANES]);
    let (loss, mut gradient) = (L::default(), [V::ZERO; N]);
    group.throughput(Throughput::Elements((N * V::LANES) as u64));
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            let value = loss.gradient(black_box(&prediction), black_box(&target), &mut gradient);
            black_box(&gradient);
            value
        });
    });
}

criterion_group!(benches, losses);
criterion_main!(benches);
