//! Every layer, forward and backward, in every width.
//!
//! An element is a number of the input of one sample. Everything takes some 5 minutes;
//! `cargo bench --bench layers -- 'Conv2d/forward/f32x16'` runs a part of it.

use std::hint::black_box;
use std::time::Duration;

use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
    measurement::WallTime,
};
use trimpot::lanes::{Bits, Lanes, f32x4, f32x8, f32x16};
use trimpot::layer::initialization::GlorotUniform;
use trimpot::layer::{
    Accumulate, AveragePool1d, AveragePool2d, BatchNorm, Conv1d, Conv2d, Dense, DepthwiseConv1d,
    DepthwiseConv2d, Dropout, Elementwise, Embedding, Flatten, Frozen, GlobalAveragePool, Layer,
    LayerNorm, MaxPool1d, MaxPool2d, Relu, Reshape, Residual, ResidualWith,
};
use trimpot::network::Planned;
use trimpot::random::{Noise, Random};
use trimpot::shape::{Image, Rows, Shape, Vector};

/// What [`Frozen`] is frozen to.
static FROZEN: [f32; 64 * 32 + 32] = [0.125; 64 * 32 + 32];

type Numbers = Vector<256>;
type Picture = Image<4, 16, 16>;
type Series = Rows<4, 64>;

/// Calls a macro with every layer but the registry's activations: its name, the shape of its input,
/// and the layer. A test names a layer of the registry that is missing.
macro_rules! for_each_other_layer {
    ($callback:ident) => {
        $callback! {
            "Dense", Vector<64>, Dense::<64, 32>;
            "Conv1d", Series, Conv1d::<4, Rows<8, 64>, 3, 1, 1>::new();
            "Conv2d", Picture, Conv2d::<4, Image<8, 16, 16>, 3, 1, 1>::new();
            "DepthwiseConv1d", Series, DepthwiseConv1d::<Series, 3, 1, 1>::new();
            "DepthwiseConv2d", Picture, DepthwiseConv2d::<Picture, 3, 1, 1>::new();
            "MaxPool1d", Series, MaxPool1d::<Rows<4, 32>, 2>::new();
            "MaxPool2d", Picture, MaxPool2d::<Image<4, 8, 8>, 2>::new();
            "AveragePool1d", Series, AveragePool1d::<Rows<4, 32>, 2>::new();
            "AveragePool2d", Picture, AveragePool2d::<Image<4, 8, 8>, 2>::new();
            "GlobalAveragePool", Picture, GlobalAveragePool;
            "BatchNorm", Picture, BatchNorm::<4>::default();
            "LayerNorm", Numbers, LayerNorm::<256>::new();
            "Embedding", Vector<16>, Embedding::<8, 16>;
            "Residual", Vector<64>, Residual(Dense::<64, 64>);
            "Shortcut", Vector<64>, ResidualWith(Dense::<64, 32>, Dense::<64, 32>);
            "Frozen", Vector<64>, Frozen::new(Dense::<64, 32>, &FROZEN);
            "Flatten", Picture, Flatten::<1024>;
            "Reshape", Numbers, Reshape::<Rows<4, 64>>::new();
            "Dropout", Numbers, Dropout::default();
            "Elementwise", Numbers, Elementwise(Relu);
        }
    };
}

fn layers(criterion: &mut Criterion) {
    macro_rules! bench {
        ($($name:expr, $shape:ty, $layer:expr;)*) => {$(
            let mut group = criterion.benchmark_group($name);
            group.sample_size(10);
            group.warm_up_time(Duration::from_millis(200));
            group.measurement_time(Duration::from_millis(800));
            width::<f32, $shape, _>(&mut group, "f32", &$layer);
            width::<f32x4, $shape, _>(&mut group, "f32x4", &$layer);
            width::<f32x8, $shape, _>(&mut group, "f32x8", &$layer);
            width::<f32x16, $shape, _>(&mut group, "f32x16", &$layer);
            group.finish();
        )*};
    }
    macro_rules! bench_activations {
        ($($(#[$doc:meta])* $name:ident: $layer:ty;)*) => {
            $(bench! { stringify!($name), Numbers, <$layer>::default(); })*
        };
    }
    for_each_other_layer!(bench);
    trimpot::for_each_activation!(bench_activations);
}

/// Numbers of the layer's shape: whole ones from −4 to 7, so that most are rows of the
/// [`Embedding`], and activations see both sides.
fn draw<V: Lanes, S: Shape>(random: &mut Random) -> S::Values<V> {
    let mut numbers = S::zeros::<V>();
    for number in S::flat_mut::<V>(&mut numbers) {
        *number = V::from_fn(|_| random.below(12) as f32 - 4.0);
    }
    numbers
}

fn width<V: Lanes, In: Shape, L: Layer<In>>(
    group: &mut BenchmarkGroup<WallTime>,
    name: &str,
    layer: &L,
) {
    let mut random = Random::new(1);
    let mut parameters = vec![0.0; L::PARAMETERS];
    layer.initialize(&GlorotUniform, &mut parameters, &mut random);
    let planned = Planned::<In, L>::new(layer);
    let input = draw::<V, In>(&mut random);
    let output_gradient = draw::<V, L::Output>(&mut random);

    let elements = (In::LEN * V::LANES) as u64;
    let (weights, sums) = (4 * L::PARAMETERS as u64, size_of::<V>() * L::PARAMETERS);
    let activations = (size_of_val(&input) + size_of_val(&output_gradient)) as u64;
    group.throughput(Throughput::ElementsAndBytes { elements, bytes: weights + activations });
    group.bench_function(BenchmarkId::new("forward", name), |bencher| {
        let mut arena = vec![V::ZERO; Planned::<In, L>::INFERENCE_VALUES];
        bencher.iter(|| {
            let output = planned.predict(&parameters, black_box(&input), &mut arena);
            black_box(output.expect("the lengths are right"));
        });
    });

    // Each activation has a gradient, and sums of gradients are read and written.
    let bytes = weights + 2 * activations + 2 * sums as u64;
    group.throughput(Throughput::ElementsAndBytes { elements, bytes });
    group.bench_function(BenchmarkId::new("forward and backward", name), |bencher| {
        let mut gradient = vec![V::ZERO; L::PARAMETERS];
        let mut arena = vec![V::ZERO; Planned::<In, L>::INPUT_GRADIENT_VALUES];
        let noise = Noise::<V>::new(Bits::splat(1));
        bencher.iter(|| {
            let mut input_gradient = In::zeros::<V>();
            let sink = Accumulate::new(&parameters, &mut gradient);
            let (input, to_input) = (black_box(&input), &mut input_gradient);
            let rest = |output: &_, gradient: &mut _| {
                black_box(output);
                *gradient = output_gradient;
            };
            planned
                .backpropagate_to_input(sink, noise, input, to_input, &mut arena, rest)
                .expect("the lengths are right");
            black_box((&gradient, &input_gradient));
        });
    });
}

criterion_group!(benches, layers);
criterion_main!(benches);
