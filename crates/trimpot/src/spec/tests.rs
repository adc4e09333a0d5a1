extern crate std;

use std::string::{String, ToString};
use std::vec::Vec;

use super::*;
use crate::layer::initialization::{GlorotUniform, HeNormal};
use crate::layer::{
    BatchNorm, Conv2d, ConvSpec, Dense, DenseSpec, DepthwiseConv2d, Dropout, Elementwise, Elu,
    Flatten, Frozen, FrozenSpec, Gelu, HardTanh, Layer, LayerNorm, LeakyRelu, MaxPool2d, Relu,
    Residual, ResidualSpec, ResidualWith, ShortcutSpec, Tanh, WindowSpec,
};
use crate::network::fingerprint;
use crate::random::Random;
use crate::shape::{Image, Shape, Vector};
use crate::{Chain, ParameterError, chain};

type Separable = Chain![
    Conv2d<1, Image<4, 4, 4>, 3, 2, 1>, BatchNorm<4>, Relu, DepthwiseConv2d<Image<4, 4, 4>, 3, 1, 1>,
    Residual<Chain![Conv2d<4, Image<4, 4, 4>, 1>, Gelu]>, MaxPool2d<Image<4, 3, 3>, 2, 1>,
    Flatten<36>, LayerNorm<36>, Dense<36, 3>
];

fn specs<In: Shape, L: Layer<In>>(layers: &L) -> Vec<LayerSpec> {
    let mut specs = Vec::new();
    layers.for_each_spec(&mut |spec| specs.push(spec));
    assert_eq!(specs.len(), L::LAYERS.len());
    specs
}

fn text<In: Shape, L: Layer<In>>(layers: &L) -> String {
    NetworkSpec { input: In::DIMS, layers: &specs(layers) }.to_string()
}

fn tensors(spec: NetworkSpec<'_>) -> Vec<(String, Vec<u32>, Role, usize)> {
    let mut tensors = Vec::new();
    spec.for_each_tensor(&mut |placed| {
        let PlacedTensor { tensor, role, at, .. } = placed;
        tensors.push((placed.to_string(), tensor.sizes().to_vec(), role, at));
    });
    tensors
}

/// A type's initial parameters, and those of its specs.
#[test]
fn initial_parameters_are_those_of_the_type() {
    fn check<In: Shape, L: Layer<In>>(layers: &L) {
        let specs = specs::<In, L>(layers);
        let spec = NetworkSpec { input: In::DIMS, layers: &specs };
        let [mut typed, mut described] = [0, 1].map(|_| std::vec![7.0; spec.parameters()]);
        layers.initialize(&GlorotUniform, &mut typed, &mut Random::new(3));
        spec.initialize(&GlorotUniform, &mut described, &mut Random::new(3));
        assert_eq!(typed, described);
        layers.initialize(&HeNormal, &mut typed, &mut Random::new(3));
        assert_ne!(typed, described);
        spec.initialize(&HeNormal, &mut described, &mut Random::new(3));
        assert_eq!(typed, described);
    }
    check::<Image<1, 8, 8>, _>(&Separable::default());
    static WEIGHTS: [f32; 12] = [0.5; 12];
    check::<Vector<3>, _>(&chain![Frozen::new(Dense::<3, 3>, &WEIGHTS), Dense::<3, 2>]);
    check::<Vector<4>, _>(&ResidualWith(Dense::<4, 3>, Dense::<4, 3>));
}

#[test]
fn tensors_are_named_and_shaped_as_in_pytorch() {
    use Role::{Parameter, Statistic};
    let layers = specs::<Image<1, 8, 8>, _>(&Separable::default());
    let spec = NetworkSpec { input: Dims::image(1, 8, 8), layers: &layers };
    let expected: [(&str, &[u32], Role, usize); 14] = [
        ("0.weight", &[4, 1, 3, 3], Parameter, 0),
        ("0.bias", &[4], Parameter, 36),
        ("1.weight", &[4], Parameter, 40),
        ("1.bias", &[4], Parameter, 44),
        ("1.running_mean", &[4], Statistic, 0),
        ("1.running_var", &[4], Statistic, 4),
        ("3.weight", &[4, 1, 3, 3], Parameter, 48),
        ("3.bias", &[4], Parameter, 84),
        ("4.0.weight", &[4, 4, 1, 1], Parameter, 88),
        ("4.0.bias", &[4], Parameter, 104),
        ("7.weight", &[36], Parameter, 108),
        ("7.bias", &[36], Parameter, 144),
        ("8.weight", &[3, 36], Parameter, 180),
        ("8.bias", &[3], Parameter, 288),
    ];
    let expected = expected.map(|(name, sizes, role, at)| (name.into(), sizes.to_vec(), role, at));
    assert_eq!(tensors(spec), expected);
    assert_eq!(spec.parameters(), <Separable as Layer<Image<1, 8, 8>>>::PARAMETERS);
    assert_eq!(spec.constants(), 8);
    assert_eq!(spec.output(), Ok(Dims::vector(3)));
}

#[test]
fn a_network_is_shown_with_what_shapes_its_layers() {
    assert_eq!(
        text::<Image<1, 8, 8>, _>(&Separable::default()),
        "Conv2d(1, 4, 3, stride=2, padding=1), BatchNorm(4), Relu, \
         Conv2d(4, 4, 3, padding=1, groups=4), Residual(Conv2d(4, 4, 1), Gelu), \
         MaxPool2d(2, stride=1), Flatten, LayerNorm(36), Dense(36, 3)"
    );
    let wide = LayerSpec::Conv2d(ConvSpec {
        in_channels: 1,
        out_channels: 64,
        window: WindowSpec::new([10, 4]).with_stride([2, 2]).with_padding([[4, 5], [1, 1]]),
        groups: 1,
    });
    assert_eq!(wide.to_string(), "Conv2d(1, 64, 10x4, stride=2, padding=4x5x1x1)");
    assert_eq!(wide.output(Dims::image(1, 49, 10)), Ok(Dims::image(64, 25, 5)));
}

#[test]
fn settings_are_shown_unless_they_are_the_default() -> Result<(), ParameterError> {
    let default: Chain![LeakyRelu, Elu, HardTanh, Dropout, LayerNorm<3>, BatchNorm<3>] =
        Default::default();
    let names = "LeakyRelu, Elu, HardTanh, Dropout, LayerNorm(3), BatchNorm(3)";
    assert_eq!(text::<Vector<3>, _>(&default), names);
    let layers = chain![
        LeakyRelu::default().with_negative_slope(0.2)?,
        Elu::default().with_alpha(1.5)?,
        HardTanh::between(-1.0, 6.0)?,
        Residual(Dropout::new(0.1)?),
        LayerNorm::<3>::new().with_epsilon(1e-3)?,
        BatchNorm::<3>::default().with_epsilon(0.5)?
    ];
    assert_eq!(
        text::<Vector<3>, _>(&layers),
        "LeakyRelu(negative_slope=0.2), Elu(alpha=1.5), HardTanh(high=6), Residual(Dropout(p=0.1)), \
         LayerNorm(3, epsilon=0.001), BatchNorm(3, epsilon=0.5)"
    );
    Ok(())
}

#[test]
fn the_constants_of_frozen_layers_are_their_weights_and_then_their_constants() {
    use Role::{Frozen as Fixed, Parameter, Statistic};
    static INNER: [f32; 2] = [8.0, 9.0];
    static OUTER: [f32; 8] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
    type Inner = Frozen<Chain![Dense<1, 1>], 2>;
    type Outer = Frozen<Chain![Inner, Dense<1, 2>, BatchNorm<2>], 8>;
    let inner = Inner::new(chain![Dense], &INNER);
    let statistics = BatchNorm::new([0.1, 0.2], [0.3, 0.4]).expect("statistics");
    let outer = Outer::new(chain![inner, Dense, statistics], &OUTER);
    let layers: Chain![BatchNorm<1>, Outer, Dense<2, 1>] =
        chain![BatchNorm::new([0.5], [0.6]).expect("statistics"), outer, Dense];
    let mut constants = Vec::new();
    Layer::<Vector<1>>::for_each_constant(&layers, &mut |of| constants.extend_from_slice(of));
    let specs = specs::<Vector<1>, _>(&layers);
    let spec = NetworkSpec { input: Dims::vector(1), layers: &specs };
    assert_eq!(
        spec.to_string(),
        "BatchNorm(1), Frozen(Frozen(Dense(1, 1)), Dense(1, 2), BatchNorm(2)), Dense(2, 1)"
    );
    assert_eq!((spec.parameters(), spec.constants()), (5, constants.len()));
    assert_eq!(spec.output(), Ok(Dims::vector(1)));

    let of = |name: &str| {
        let all = tensors(spec);
        let found = all.into_iter().find(|(found, ..)| found == name);
        let (_, sizes, role, at) = found.expect(name);
        let numbers = sizes.iter().product::<u32>() as usize;
        (
            role,
            at,
            if role == Parameter { Vec::new() } else { constants[at..at + numbers].to_vec() },
        )
    };
    assert_eq!(of("0.running_var"), (Statistic, 1, [0.6].to_vec()));
    assert_eq!(of("1.0.0.weight").2, [8.0]);
    assert_eq!(of("1.0.0.bias").2, [9.0]);
    assert_eq!(of("1.1.weight"), (Fixed, 2, [0.0, 1.0].to_vec()));
    assert_eq!(of("1.1.bias").2, [2.0, 3.0]);
    assert_eq!(of("1.2.weight").2, [4.0, 5.0]);
    assert_eq!(of("1.2.bias").2, [6.0, 7.0]);
    assert_eq!(of("1.2.running_mean").2, [0.1, 0.2]);
    assert_eq!(of("1.2.running_var"), (Fixed, 14, [0.3, 0.4].to_vec()));
    assert_eq!((of("0.weight").1, of("2.weight").1, of("2.bias").1), (0, 2, 4));
}

#[test]
fn layers_that_do_not_fit_are_told() {
    let dense = |inputs, outputs| LayerSpec::Dense(DenseSpec { inputs, outputs });
    let check = |layers: &[LayerSpec]| {
        let spec = NetworkSpec { input: Dims::vector(4), layers };
        spec.output().map_err(|error| error.to_string())
    };
    let residual = |layers| LayerSpec::Residual(ResidualSpec { layers });
    assert_eq!(check(&[]), Ok(Dims::vector(4)));
    assert_eq!(check(&[residual(1), dense(4, 4), dense(4, 2)]), Ok(Dims::vector(2)));
    let shortcut = |layers| LayerSpec::Shortcut(ShortcutSpec { layers });
    let with_shortcut = [residual(3), shortcut(1), dense(4, 6), dense(4, 6), dense(6, 2)];
    assert_eq!(check(&with_shortcut), Ok(Dims::vector(2)));
    for (layers, message) in [
        (&[dense(4, 3), dense(4, 2)][..], "Dense takes a vector of its inputs, but gets 3"),
        (
            &[residual(1), dense(4, 3)],
            "the layers inside of Residual give 3, which cannot be added to 4",
        ),
        (
            &[residual(3), shortcut(1), dense(4, 3), dense(4, 4)],
            "the layers inside of Residual give 4, which cannot be added to 3",
        ),
        (
            &[residual(2), dense(4, 4), shortcut(0)],
            "Shortcut is not the first layer inside of a Residual",
        ),
        (&[shortcut(1), dense(4, 4)], "Shortcut is not the first layer inside of a Residual"),
        (&[residual(2), shortcut(0), dense(4, 4)], "Shortcut has a size of 0, or no layer inside"),
        (
            &[residual(2), shortcut(2), dense(4, 4), dense(4, 4)],
            "Shortcut has 2 layers inside, more than follow it",
        ),
        (&[residual(2), dense(4, 4)], "Residual has 2 layers inside, more than follow it"),
        (
            &[residual(1), residual(1), dense(4, 4)],
            "Residual has 1 layers inside, more than follow it",
        ),
        (&[residual(u32::MAX)], "Residual has 4294967295 layers inside, more than follow it"),
    ] {
        assert_eq!(check(layers), Err(message.to_string()), "{layers:?}");
    }
    let mut nested: Vec<_> = (0..8).rev().map(residual).collect();
    assert_eq!(check(&nested), Ok(Dims::vector(4)));
    nested = (0..9).rev().map(|layers| LayerSpec::Frozen(FrozenSpec { layers })).collect();
    let message = "layers are more than 8 deep inside of each other";
    assert_eq!(check(&nested), Err(message.to_string()));
}

#[test]
fn a_shortcut_is_a_layer_of_its_own_with_numbers_in_pytorchs_names() {
    use Role::{Parameter, Statistic};
    type Block = ResidualWith<Chain![Dense<4, 3>, BatchNorm<3>], Chain![Relu, Dense<4, 3>]>;
    let layers = specs::<Vector<4>, _>(&Block::default());
    let spec = NetworkSpec { input: Dims::vector(4), layers: &layers };
    assert_eq!(
        spec.to_string(),
        "Residual(Shortcut(Dense(4, 3), BatchNorm(3)), Relu, Dense(4, 3))"
    );
    let expected: [(&str, &[u32], Role, usize); 8] = [
        ("0.0.0.weight", &[3, 4], Parameter, 0),
        ("0.0.0.bias", &[3], Parameter, 12),
        ("0.0.1.weight", &[3], Parameter, 15),
        ("0.0.1.bias", &[3], Parameter, 18),
        ("0.0.1.running_mean", &[3], Statistic, 0),
        ("0.0.1.running_var", &[3], Statistic, 3),
        ("0.2.weight", &[3, 4], Parameter, 21),
        ("0.2.bias", &[3], Parameter, 33),
    ];
    let expected = expected.map(|(name, sizes, role, at)| (name.into(), sizes.to_vec(), role, at));
    assert_eq!(tensors(spec), expected);
    // A shortcut has a step of a plan, at its end.
    assert_eq!(spec.steps(), 2 + 1 + 4);
}

/// A step at a time, and known when it is compiled.
#[test]
fn shapes_are_known_at_compile_time() {
    const LAYERS: [LayerSpec; 3] = [
        LayerSpec::Dense(DenseSpec { inputs: 4, outputs: 8 }),
        LayerSpec::Relu(Relu),
        LayerSpec::Dense(DenseSpec { inputs: 8, outputs: 2 }),
    ];
    const SPEC: NetworkSpec<'_> = NetworkSpec { input: Dims::vector(4), layers: &LAYERS };
    const PARAMETERS: usize = SPEC.parameters();
    const { assert!(matches!(SPEC.output(), Ok(output) if output.count() == 2)) };
    assert_eq!(PARAMETERS, 4 * 8 + 8 + 8 * 2 + 2);
}

#[test]
fn networks_that_differ_in_anything_have_other_fingerprints() -> Result<(), ParameterError> {
    static FROZEN: [f32; 2] = [1.0, 2.0];
    static OTHER: [f32; 2] = [1.0, 2.5];
    #[derive(Clone, Copy, Default)]
    struct Own;
    impl crate::layer::Activation for Own {
        const NAME: &'static str = "own";
        fn value<V: crate::lanes::Lanes>(&self, x: V) -> V {
            x
        }
        fn derivative<V: crate::lanes::Lanes>(&self, _x: V, _y: V) -> V {
            V::ONE
        }
    }
    type Head<const N: usize> = Frozen<Dense<1, 1>, N>;
    let head = |numbers| Head::<2>::new(Dense, numbers);
    let all = [
        fingerprint::<Vector<1>, _>(&Dense::<1, 1>),
        fingerprint::<Vector<1>, _>(&Dense::<1, 2>),
        fingerprint::<Vector<2>, _>(&Dense::<2, 1>),
        fingerprint::<Vector<1>, _>(&head(&FROZEN)),
        fingerprint::<Vector<1>, _>(&head(&OTHER)),
        fingerprint::<Vector<1>, _>(&Residual(Dense::<1, 1>)),
        fingerprint::<Vector<1>, _>(&Relu),
        fingerprint::<Vector<2>, _>(&Relu),
        fingerprint::<Vector<1>, _>(&Tanh),
        fingerprint::<Vector<1>, _>(&Elementwise(Own)),
        fingerprint::<Vector<1>, _>(&LeakyRelu::default()),
        fingerprint::<Vector<1>, _>(&LeakyRelu::default().with_negative_slope(0.02)?),
        fingerprint::<Vector<1>, _>(&BatchNorm::<1>::default()),
        fingerprint::<Vector<1>, _>(&BatchNorm::<1>::default().with_epsilon(0.1)?),
        fingerprint::<Vector<1>, _>(&BatchNorm::new([0.5], [1.0])?),
        fingerprint::<Image<1, 1, 1>, _>(&Relu),
    ];
    for (index, of) in all.iter().enumerate() {
        assert!(!all[..index].contains(of), "{index}");
    }
    Ok(())
}
