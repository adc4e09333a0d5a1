//! A network whose front is frozen has the same bits in two parts, the front and what is behind it,
//! as in one.

use trimpot::lanes::{Bits, Lanes, f32x8};
use trimpot::layer::{
    Accumulate, BatchNorm, Conv2d, Dense, Dropout, Flatten, Frozen, GlobalAveragePool, Layer,
    MaxPool2d, Relu, Residual, Tanh,
};
use trimpot::network::Planned;
use trimpot::random::{Noise, Random};
use trimpot::shape::{Image, Shape, Vector};
use trimpot::{Chain, chain};

/// Compares, and returns how many values a latent has.
fn compare<In: Shape, L: Layer<In>, V: Lanes, const EVERY: usize>(layers: &L) -> usize {
    let planned = Planned::<In, L, EVERY>::new(layers);
    let mut random = Random::new(5);
    let mut small = || 0.4 * random.normal();
    let parameters: Vec<f32> = (0..L::PARAMETERS).map(|_| small()).collect();
    let input: Vec<V> = (0..In::LEN).map(|_| V::from_fn(|_| small())).collect();
    let input = In::shaped::<V>(&input).unwrap();
    let nan = V::splat(f32::NAN);
    let bits = |values: &[V]| {
        let bits =
            |value: &V| value.to_array().as_ref().iter().map(|lane| lane.to_bits()).collect();
        values.iter().map(bits).collect::<Vec<Vec<u32>>>()
    };

    let mut arena = vec![nan; Planned::<In, L, EVERY>::INFERENCE_VALUES];
    let latent = planned.latent(input, &mut arena).unwrap().to_vec();
    assert_eq!(latent.len(), Planned::<In, L, EVERY>::LATENTS);
    let output = |values: &<L::Output as Shape>::Values<V>| bits(L::Output::flat::<V>(values));
    arena.fill(nan);
    let whole = output(planned.predict(&parameters, input, &mut arena).unwrap());
    arena.fill(nan);
    let parts = output(planned.predict_from_latent(&parameters, &latent, &mut arena).unwrap());
    assert_eq!(parts, whole);

    let noise = Noise::<V>::new(V::Bits::splat(9));
    let mut arena = vec![nan; Planned::<In, L, EVERY>::STEP_VALUES];
    let mut gradients = [vec![V::ZERO; L::PARAMETERS], vec![V::ZERO; L::PARAMETERS]];
    let [whole, parts] = &mut gradients;
    let square = |output: &<L::Output as Shape>::Values<V>,
                  gradient: &mut <L::Output as Shape>::Values<V>| {
        L::Output::flat_mut::<V>(gradient).copy_from_slice(L::Output::flat::<V>(output));
        bits(L::Output::flat::<V>(output))
    };
    let sink = Accumulate::new(&parameters, whole);
    let output = planned.backpropagate(sink, noise, input, &mut arena, square).unwrap();
    arena.fill(nan);
    let sink = Accumulate::new(&parameters, parts);
    let from_latent =
        planned.backpropagate_from_latent(sink, noise, &latent, &mut arena, square).unwrap();
    assert_eq!(from_latent, output);
    assert_eq!(bits(parts), bits(whole));
    assert!(bits(whole).iter().flatten().any(|&bits| bits != 0));
    latent.len()
}

fn compare_all<In: Shape, L: Layer<In>>(layers: &L, latents: usize) {
    assert_eq!(compare::<In, L, f32, 0>(layers), latents);
    assert_eq!(compare::<In, L, f32, 2>(layers), latents);
    assert_eq!(compare::<In, L, f32x8, 0>(layers), latents);
}

#[test]
fn a_convolution_with_a_dense_head() {
    type Body = Chain![Conv2d<1, Image<4, 6, 6>, 3>, Relu, MaxPool2d<Image<4, 3, 3>, 2>];
    static BODY: [f32; 40] = numbers();
    let layers: Chain![Frozen<Body, 40>, GlobalAveragePool, Dense<4, 6>, Relu, Dense<6, 3>] =
        chain![Frozen::new(Body::default(), &BODY), GlobalAveragePool, Dense, Relu, Dense];
    compare_all::<Image<1, 8, 8>, _>(&layers, 4);
}

#[test]
fn dropout_is_no_part_of_the_front_and_residual_connections_are_not_divided() {
    static BODY: [f32; 72] = numbers();
    type Layers = Chain![
        Frozen<Chain![Dense<8, 8>, Tanh], 72>, Relu, Residual<Chain![BatchNorm<8>, Tanh]>, Dropout,
        Residual<Dense<8, 8>>, Dense<8, 2>
    ];
    let layers: Layers = chain![
        Frozen::new(chain![Dense, Tanh], &BODY),
        Relu,
        Residual(chain![BatchNorm::default(), Tanh]),
        Dropout::new(0.3).unwrap(),
        Residual(Dense),
        Dense
    ];
    compare_all::<Vector<8>, _>(&layers, 8);
    // Behind a dropout there is only what is new in every step.
    let layers = chain![
        Frozen::new(Dense::<8, 8>, &BODY),
        Dense::<8, 6>,
        Dropout::new(0.3).unwrap(),
        Dense::<6, 3>
    ];
    compare_all::<Vector<8>, _>(&layers, 8);
}

#[test]
fn without_a_frozen_layer_in_front_a_latent_is_the_input() {
    static INSIDE: [f32; 72] = numbers();
    compare_all::<Vector<8>, _>(&chain![Relu, Dense::<8, 2>, Tanh], 8);
    let behind: Chain![Dense<8, 5>, Relu, Dense<5, 8>, Frozen<Dense<8, 8>, 72>, Dense<8, 2>] =
        chain![Dense, Relu, Dense, Frozen::new(Dense, &INSIDE), Dense];
    compare_all::<Vector<8>, _>(&behind, 8);
    let flat: Chain![Flatten<9>, Dense<9, 2>] = chain![Flatten, Dense];
    compare_all::<Image<1, 3, 3>, _>(&flat, 9);
}

#[test]
fn a_latent_of_the_wrong_length_is_an_error() {
    static BODY: [f32; 12] = numbers();
    type Layers = Chain![Frozen<Dense<3, 3>, 12>, Dense<3, 2>];
    let layers: Layers = chain![Frozen::new(Dense, &BODY), Dense];
    let planned = Planned::<Vector<3>, _>::new(&layers);
    let (parameters, mut arena) = ([0.1; 8], [0.0_f32; 16]);
    let error = planned.predict_from_latent(&parameters, &[0.0; 4], &mut arena).unwrap_err();
    assert_eq!((error.what, error.needed, error.found), ("the latent", 3, 4));
}

const fn numbers<const N: usize>() -> [f32; N] {
    let mut numbers = [0.0; N];
    let mut rest = numbers.as_mut_slice();
    let mut number = 1_u32;
    while let [next, others @ ..] = rest {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *next = (number >> 20) as f32 / 4096.0 - 0.4;
        rest = others;
    }
    numbers
}
