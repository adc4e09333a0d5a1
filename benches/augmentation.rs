//! Augmentation of samples, in every width.
//!
//! An element is a sample of 8 by 8 pixels, so its time is that of a sample.
//! `cargo bench --bench augmentation -- 'rotation'` runs a part of it.

use std::hint::black_box;
use std::time::Duration;

use criterion::{
    BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use trimpot::augment::{RandomAffine, add_noise, random_gain};
use trimpot::lanes::{Bits, Lanes, f32x4, f32x8, f32x16};
use trimpot::random::{Noise, Random};
use trimpot::spec::Dims;

const IMAGE: Dims = Dims::image(1, 8, 8);
const PIXELS: usize = IMAGE.count();
/// A multiple of all widths.
const SAMPLES: usize = 256;

/// What is done to a sample.
#[derive(Clone, Copy)]
enum Work {
    /// Rotation, scaling, shift and flip: one map.
    Affine(RandomAffine),
    Gain,
    Noise,
}

fn augmentation(criterion: &mut Criterion) {
    let affine = RandomAffine::new().with_rotation(15.0).and_then(|ranges| ranges.with_scale(0.1));
    let affine = affine.and_then(|ranges| ranges.with_shift(1.0)).expect("they are in range");
    let works = [
        ("affine", Work::Affine(affine.with_flip())),
        ("gain", Work::Gain),
        ("noise", Work::Noise),
    ];
    for (name, work) in works {
        let mut group = criterion.benchmark_group(name);
        group.sample_size(20);
        group.warm_up_time(Duration::from_millis(300));
        group.measurement_time(Duration::from_millis(1500));
        group.throughput(Throughput::Elements(SAMPLES as u64));
        width::<f32>(&mut group, "f32", work);
        width::<f32x4>(&mut group, "f32x4", work);
        width::<f32x8>(&mut group, "f32x8", work);
        width::<f32x16>(&mut group, "f32x16", work);
        group.finish();
    }
}

fn width<V: Lanes>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, work: Work) {
    let mut random = Random::new(1);
    let rows: Vec<[f32; PIXELS]> =
        (0..SAMPLES).map(|_| std::array::from_fn(|_| random.uniform())).collect();
    let mut output = vec![V::ZERO; PIXELS];
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            for (block, rows) in black_box(&rows).chunks_exact(V::LANES).enumerate() {
                let seeds = Bits::from_fn(|lane| (block * V::LANES + lane) as u32);
                let noise = Noise::<V>::new(seeds);
                match work {
                    Work::Affine(ranges) => {
                        ranges.draw(noise).sample(IMAGE, |lane| &rows[lane], &mut output);
                    }
                    Work::Gain => random_gain(noise, 0.1, &mut output),
                    Work::Noise => add_noise(noise, 0.05, &mut output),
                }
                black_box(&mut output);
            }
        });
    });
}

criterion_group!(benches, augmentation);
criterion_main!(benches);
