//! Values that are computed again on the way back change no bit of what a type learns.

use trimpot::Chain;
use trimpot::layer::{
    Accumulate, BatchNorm, Conv2d, Dense, Dropout, Flatten, Frozen, Gelu, GradientSink, Layer,
    MaxPool2d, Relu, Residual, ResidualWith, SgdInPlace, Tanh,
};
use trimpot::network::Planned;
use trimpot::random::{Noise, Random};
use trimpot::shape::{Image, Shape, Vector};

/// Runs a training step in an arena of exactly the planned length, and returns the output and the
/// arena's length.
fn run<In: Shape, L: Layer<In>, const EVERY: usize>(
    layers: &L,
    sink: impl GradientSink<f32>,
    input: &[f32],
) -> (Vec<f32>, usize) {
    let len = Planned::<In, L, EVERY>::STEP_VALUES;
    let mut arena = vec![f32::NAN; len];
    let input = In::shaped::<f32>(input).unwrap();
    let planned = Planned::<In, L, EVERY>::new(layers);
    let noise = Noise::<f32>::new(7);
    let output = planned.backpropagate(sink, noise, input, &mut arena, |output, gradient| {
        let output = L::Output::flat::<f32>(output);
        let gradient = L::Output::flat_mut::<f32>(gradient);
        gradient.iter_mut().zip(output).for_each(|(dy, y)| *dy = y - 0.25);
        output.to_vec()
    });
    (output.unwrap(), len)
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

/// Compares with `EVERY` and without. Returns how long the arenas are.
fn compare<In: Shape, L: Layer<In>, const EVERY: usize>(layers: &L) -> [usize; 2] {
    let mut random = Random::new(3);
    let mut small = |len| (0..len).map(|_| 0.4 * random.normal()).collect::<Vec<f32>>();
    let (parameters, input) = (small(L::PARAMETERS), small(In::LEN));
    let outcome = |every: bool| {
        let (mut gradient, mut changed) = (vec![0.0; L::PARAMETERS], parameters.clone());
        let sink = Accumulate::new(&parameters, &mut gradient);
        let (output, len) = match every {
            true => run::<In, L, EVERY>(layers, sink, &input),
            false => run::<In, L, 0>(layers, sink, &input),
        };
        let sink = SgdInPlace::new(&mut changed, 0.1);
        match every {
            true => run::<In, L, EVERY>(layers, sink, &input),
            false => run::<In, L, 0>(layers, sink, &input),
        };
        ([output, gradient, changed].map(|numbers| bits(&numbers)), len)
    };
    let ((with, shorter), (without, len)) = (outcome(true), outcome(false));
    assert_eq!(with, without, "{EVERY}");
    [shorter, len]
}

fn compare_all<In: Shape, L: Layer<In>>(layers: &L) -> [[usize; 2]; 5] {
    [
        compare::<In, L, 1>(layers),
        compare::<In, L, 2>(layers),
        compare::<In, L, 3>(layers),
        compare::<In, L, 4>(layers),
        compare::<In, L, 100>(layers),
    ]
}

#[test]
fn a_chain_of_chains() {
    type Block = Chain![Conv2d<3, Image<3, 6, 6>, 3, 1, 1>, BatchNorm<3>, Gelu];
    type Pictures = Chain![
        Conv2d<1, Image<3, 6, 6>, 3, 1, 1>, Relu, Block, Block, Dropout, Block,
        MaxPool2d<Image<3, 3, 3>, 2>, Flatten<27>, Dense<27, 4>
    ];
    let lengths = compare_all::<Image<1, 6, 6>, _>(&Pictures::default());
    assert!(lengths.iter().any(|[shorter, len]| shorter < len), "{lengths:?}");
    let [.., [whole, len]] = lengths;
    assert_eq!(whole, len, "nothing is computed again");
}

#[test]
fn residual_connections_and_frozen_layers() {
    static NUMBERS: [f32; 8 * 8 + 8] = [0.05; 72];
    type Inside = Residual<Chain![Dense<8, 5>, Tanh, Dense<5, 8>, Residual<Dense<8, 8>>]>;
    let frozen = || Frozen::new(Dense::<8, 8>, &NUMBERS);
    let layers = trimpot::chain![
        frozen(),
        Dense::<8, 8>,
        Tanh,
        Inside::default(),
        Relu,
        ResidualWith(Inside::default(), trimpot::chain![Dense::<8, 5>, Tanh, Dense::<5, 8>]),
        Residual(frozen()),
        Dense::<8, 8>,
        Gelu,
        Dense::<8, 3>
    ];
    let lengths = compare_all::<Vector<8>, _>(&layers);
    assert!(lengths.iter().any(|[shorter, len]| shorter < len), "{lengths:?}");
}
