//! Outputs and gradients of layers agree with PyTorch's, of one sample and of eight at a time. Other
//! widths have the same bits: see `layers_widths`.

use std::collections::BTreeMap;

use trimpot::lanes::{Lanes, f32x8};
use trimpot::layer::{
    Accumulate, Activation, AveragePool1d, AveragePool1dWith, AveragePool2d, AveragePool2dWith,
    BatchNorm, Conv1d, Conv1dWith, Conv2d, Conv2dWith, Dense, DepthwiseConv1d, DepthwiseConv2d,
    Elu, Embedding, Flatten, GlobalAveragePool, HardTanh, Layer, LayerNorm, LeakyRelu, MaxPool1d,
    MaxPool1dWith, MaxPool2d, MaxPool2dWith, MovingWindow, Residual, ResidualWith, Tanh,
    WindowSpec,
};
use trimpot::network::Planned;
use trimpot::random::Noise;
use trimpot::shape::{Image, Rows, Shape, Vector};
use trimpot::{Chain, ParameterError};
use trimpot_testkit::layer_golden::{self, Case};
use trimpot_testkit::precision::{LAYER, distance};

/// The larger one, and NaN if one is.
fn larger(a: f64, b: f64) -> f64 {
    if a <= b { b } else { a + 0.0 * b }
}

// Two functions of their own, which the compiler would otherwise put into each of the layers.

/// Puts numbers into all lanes.
#[inline(never)]
fn splat<V: Lanes>(from: &[f32], to: &mut [V]) {
    assert_eq!(from.len(), to.len());
    to.iter_mut().zip(from).for_each(|(to, &from)| *to = V::splat(from));
}

/// Returns the largest distance of any lane to PyTorch's numbers.
#[inline(never)]
fn largest<V: Lanes>(found: &[V], exact: &[f64]) -> f64 {
    assert_eq!(found.len(), exact.len());
    let mut largest = 0.0;
    for (found, &exact) in found.iter().zip(exact) {
        for &lane in found.to_array().as_ref() {
            largest = larger(largest, distance(lane, exact));
        }
    }
    largest
}

/// Runs a case in one width, the same sample in every lane: the largest distance to PyTorch.
fn distance_in<V: Lanes, In: Shape, L: Layer<In>>(layer: &L, case: &Case) -> f64 {
    assert_eq!(case.parameters.len(), L::PARAMETERS, "{}", case.layer);
    let (mut input, mut input_gradient) = (In::zeros::<V>(), In::zeros::<V>());
    splat(&case.input, In::flat_mut::<V>(&mut input));
    let mut gradient = vec![V::ZERO; L::PARAMETERS];

    let sink = Accumulate::new(&case.parameters, &mut gradient);
    let noise = Noise::<V>::new(V::ZERO.to_bits());
    let planned = Planned::<In, L>::new(layer);
    let mut arena = vec![V::splat(f32::NAN); Planned::<In, L>::INPUT_GRADIENT_VALUES];
    let rest = |y: &_, dy: &mut _| {
        splat(&case.output_gradient, L::Output::flat_mut::<V>(dy));
        largest(L::Output::flat::<V>(y), &case.output)
    };
    let of_output = planned
        .backpropagate_to_input(sink, noise, &input, &mut input_gradient, &mut arena, rest)
        .unwrap();
    let mut arena = vec![V::splat(f32::NAN); Planned::<In, L>::INFERENCE_VALUES];
    let alone = planned.predict::<V>(&case.parameters, &input, &mut arena).unwrap();
    let of_alone = largest(L::Output::flat::<V>(alone), &case.output);
    let of_gradient = largest(&gradient, &case.gradient);
    let of_input = largest(In::flat::<V>(&input_gradient), &case.input_gradient);
    [of_alone, of_gradient, of_input].into_iter().fold(of_output, larger)
}

fn distance_of<In: Shape, L: Layer<In>>(layer: &L, case: &Case) -> f64 {
    let all = [distance_in::<f32, In, L>(layer, case), distance_in::<f32x8, In, L>(layer, case)];
    assert!(all.iter().all(|one| one.to_bits() == all[0].to_bits()), "{}: {all:?}", case.layer);
    all[0]
}

/// Windows as types, that differ in every direction and on every side.
macro_rules! windows {
    ($($name:ident: $directions:literal, $groups:literal = $window:expr;)*) => {$(
        struct $name;

        impl MovingWindow<$directions> for $name {
            const WINDOW: WindowSpec<$directions> = $window;
            const GROUPS: u32 = $groups;
        }
    )*};
}

const UNEVEN: WindowSpec<2> =
    WindowSpec::new([3, 2]).with_stride([2, 1]).with_padding([[1, 0], [0, 1]]);

windows! {
    Uneven: 2, 1 = UNEVEN;
    UnevenGroups: 2, 2 = UNEVEN.with_dilation([1, 2]);
    Apart: 2, 1 = WindowSpec::new([2, 3]).with_padding([[2; 2], [1; 2]]).with_dilation([3, 1]);
    ApartGroups: 1, 2 =
        WindowSpec::new([3]).with_stride([2]).with_padding([[3, 1]]).with_dilation([2]);
    Steps: 1, 1 = WindowSpec::new([4]).with_stride([3]).with_padding([[1, 2]]);
}

/// The distance of the layer that the case names.
fn distance_to(case: &Case) -> Result<f64, ParameterError> {
    macro_rules! layers {
        ($($name:literal: $layer:ty = $value:expr, $shape:ty;)*) => {
            match case.layer.as_str() {
                $($name => distance_of::<$shape, $layer>(&$value, case),)*
                other => return distance_of_activation(other, case),
            }
        };
    }
    let normal = || BatchNorm::new([0.5, -1.0], [2.0, 0.25]);
    Ok(layers! {
        "conv2d, kernel 3": Conv2d<2, Image<4, 4, 3>, 3> = Conv2d::new(), Image<2, 6, 5>;
        "conv2d, kernel 3, padding 1":
            Conv2d<3, Image<9, 4, 4>, 3, 1, 1> = Conv2d::new(), Image<3, 4, 4>;
        "conv2d, kernel 3, stride 2, padding 1":
            Conv2d<2, Image<5, 4, 3>, 3, 2, 1> = Conv2d::new(), Image<2, 7, 6>;
        "conv2d, kernel 2, stride 3": Conv2d<1, Image<3, 3, 2>, 2, 3> = Conv2d::new(), Image<1, 8, 6>;
        "conv2d, kernel 1": Conv2d<5, Image<13, 3, 3>, 1> = Conv2d::new(), Image<5, 3, 3>;
        "conv2d, kernel 5, padding 4":
            Conv2d<1, Image<2, 7, 6>, 5, 1, 4> = Conv2d::new(), Image<1, 3, 2>;
        "depthwise_conv2d, kernel 3, padding 1":
            DepthwiseConv2d<Image<3, 5, 4>, 3, 1, 1> = DepthwiseConv2d::new(), Image<3, 5, 4>;
        "depthwise_conv2d, kernel 2, stride 2":
            DepthwiseConv2d<Image<2, 2, 3>, 2, 2> = DepthwiseConv2d::new(), Image<2, 5, 6>;
        "conv1d, kernel 5": Conv1d<3, Rows<4, 8>, 5> = Conv1d::new(), Rows<3, 12>;
        "conv1d, kernel 4, stride 3, padding 2":
            Conv1d<2, Rows<9, 4>, 4, 3, 2> = Conv1d::new(), Rows<2, 11>;
        "depthwise_conv1d, kernel 3, stride 2, padding 1":
            DepthwiseConv1d<Rows<4, 5>, 3, 2, 1> = DepthwiseConv1d::new(), Rows<4, 9>;
        "conv2d, kernel 3x2, stride 2x1, padding 1x0x0x1, dilation 1x2, groups 2":
            Conv2dWith<2, Image<4, 2, 3>, UnevenGroups> = Conv2dWith::new(), Image<2, 5, 4>;
        "conv2d, kernel 2x3, padding 2x1, dilation 3x1":
            Conv2dWith<3, Image<5, 7, 4>, Apart> = Conv2dWith::new(), Image<3, 6, 4>;
        "conv1d, kernel 3, stride 2, padding 3x1, dilation 2, groups 2":
            Conv1dWith<2, Rows<4, 5>, ApartGroups> = Conv1dWith::new(), Rows<2, 9>;
        "max_pool2d, window 3x2, stride 2x1, padding 1x0x0x1, dilation 1x2":
            MaxPool2dWith<Image<2, 2, 3>, UnevenGroups> = MaxPool2dWith::new(), Image<2, 5, 4>;
        "max_pool1d, window 3, stride 2, padding 3x1, dilation 2":
            MaxPool1dWith<Rows<2, 5>, ApartGroups> = MaxPool1dWith::new(), Rows<2, 9>;
        "average_pool2d, window 3x2, stride 2x1, padding 1x0x0x1":
            AveragePool2dWith<Image<2, 2, 4>, Uneven> = AveragePool2dWith::new(), Image<2, 5, 4>;
        "average_pool1d, window 4, stride 3, padding 1x2":
            AveragePool1dWith<Rows<2, 3>, Steps> = AveragePool1dWith::new(), Rows<2, 9>;
        "max_pool2d, window 2": MaxPool2d<Image<2, 2, 2>, 2> = MaxPool2d::new(), Image<2, 5, 4>;
        "max_pool2d, window 3, stride 1":
            MaxPool2d<Image<1, 3, 4>, 3, 1> = MaxPool2d::new(), Image<1, 5, 6>;
        "max_pool1d, window 3, stride 2": MaxPool1d<Rows<2, 4>, 3, 2> = MaxPool1d::new(), Rows<2, 10>;
        "average_pool2d, window 2":
            AveragePool2d<Image<2, 2, 2>, 2> = AveragePool2d::new(), Image<2, 5, 4>;
        "average_pool2d, window 3, stride 2":
            AveragePool2d<Image<1, 3, 2>, 3, 2> = AveragePool2d::new(), Image<1, 7, 6>;
        "average_pool1d, window 3": AveragePool1d<Rows<2, 3>, 3> = AveragePool1d::new(), Rows<2, 10>;
        "global_average_pool, images": GlobalAveragePool = GlobalAveragePool, Image<3, 4, 5>;
        "global_average_pool, sequences": GlobalAveragePool = GlobalAveragePool, Rows<3, 7>;
        "flatten": Flatten<24> = Flatten, Image<2, 3, 4>;
        "layer_norm, vector": LayerNorm<17> = LayerNorm::new(), Vector<17>;
        "layer_norm, rows, epsilon 0.5":
            LayerNorm<6> = LayerNorm::new().with_epsilon(0.5)?, Rows<4, 6>;
        "batch_norm, vector": BatchNorm<2> = normal()?, Vector<2>;
        "batch_norm, sequence": BatchNorm<2> = normal()?, Rows<2, 7>;
        "batch_norm, image, epsilon 0.5": BatchNorm<2> = normal()?.with_epsilon(0.5)?, Image<2, 4, 3>;
        "dense": Dense<19, 11> = Dense, Vector<19>;
        "residual":
            Residual<Chain![Dense<6, 5>, Tanh, Dense<5, 6>]> = Residual::default(), Vector<6>;
        "shortcut":
            ResidualWith<Dense<6, 4>, Chain![Dense<6, 5>, Tanh, Dense<5, 4>]> =
                ResidualWith::default(), Vector<6>;
        "embedding": Embedding<7, 5> = Embedding, Vector<6>;
        "leaky_relu, slope 0.25": LeakyRelu = LeakyRelu::default().with_negative_slope(0.25)?, Vector<12>;
        "elu, alpha 1.5": Elu = Elu::default().with_alpha(1.5)?, Vector<12>;
        "hard_tanh, from -0.5 to 1.5": HardTanh = HardTanh::between(-0.5, 1.5)?, Vector<12>;
    })
}

/// The distance of an activation as it is by default.
fn distance_of_activation(name: &str, case: &Case) -> Result<f64, ParameterError> {
    macro_rules! activations {
        ($($(#[$doc:meta])* $name:ident: $layer:ty;)*) => {
            match name {
                $(<$layer as Activation>::NAME => {
                    Ok(distance_of::<Vector<12>, $layer>(&<$layer>::default(), case))
                })*
                other => panic!("the test does not know {other}"),
            }
        };
    }
    trimpot::for_each_activation!(activations)
}

#[test]
fn layers_agree_with_pytorch() {
    let cases = layer_golden::parse(include_str!("golden/layers.jsonl"));
    assert!(cases.len() >= 150, "{} cases", cases.len());
    let mut largest = BTreeMap::<&str, f64>::new();
    for case in &cases {
        let name = case.layer.split(',').next().unwrap();
        let entry = largest.entry(name).or_default();
        *entry = larger(*entry, distance_to(case).unwrap());
    }
    for (name, distance) in &largest {
        println!("{name:20} {distance:.1e}");
    }
    assert!(largest.len() >= 27, "{largest:?}");
    assert!(largest.values().all(|&distance| distance <= LAYER), "{largest:#?}");
}
