//! Each lane of every width gets the bits that `f32` gets: losses, activations, optimizers,
//! networks.

use trimpot::lanes::{Bits, Lanes, f32x4, f32x8, f32x16};
use trimpot::layer::{
    Activation, Dense, Dropout, Elu, Gelu, GeluTanh, HardSwish, Relu, Sigmoid, Silu, Softplus,
    Softsign, Tanh,
};
use trimpot::loss::CrossEntropy;
use trimpot::optimizer::{Adam, Optimizer, RmsProp, Sgd};
use trimpot_testkit::case::{Case, ValueAndGradient};
use trimpot_testkit::inputs::{self, Random};
use trimpot_testkit::losses::{self, SIZES, Width};
use trimpot_testkit::widths::{Kernel, first_difference, same_bits};

macro_rules! test_each_loss {
    ($($name:ident: $loss:ty;)*) => {$(
        #[test]
        fn $name() {
            losses_agree(stringify!($name));
        }
    )*};
}
trimpot::for_each_loss!(test_each_loss);

/// Samples of different values side by side, in blocks that do not fill the last vector.
fn losses_agree(loss: &str) {
    let mut random = Random::new(0x1a7e5);
    for n in SIZES {
        let first = losses::random_case(loss, n, &mut random).unwrap();
        let others = (0..36).map(|_| losses::random_case(loss, n, &mut random).unwrap());
        let mut cases: Vec<Case> =
            others.map(|case| Case { options: first.options.clone(), ..case }).collect();
        for (case, x) in cases.iter_mut().zip(inputs::edge_cases().step_by(53)) {
            case.prediction[0] = x;
        }
        let [scalar, wide @ ..] = Width::ALL.map(|width| losses::run(width, &cases).unwrap());
        for wide in wide {
            assert_same(&cases, &scalar, &wide);
        }
    }
}

fn assert_same(cases: &[Case], scalar: &[ValueAndGradient], wide: &[ValueAndGradient]) {
    assert_eq!(scalar.len(), wide.len());
    for ((case, scalar), wide) in cases.iter().zip(scalar).zip(wide) {
        let same = same_bits(scalar.value, wide.value)
            && scalar.gradient.iter().zip(&wide.gradient).all(|(&s, &w)| same_bits(s, w));
        assert!(same, "{case:?}\n{scalar:?}\n{wide:?}");
    }
}

struct ValueAndDerivative<A>(A);

impl<A: Activation> Kernel for ValueAndDerivative<A> {
    fn run<V: Lanes>(&self, x: V) -> V {
        let y = self.0.value(x);
        y + self.0.derivative(x, y)
    }
}

#[test]
fn activations_agree() {
    let inputs: Vec<f32> =
        inputs::edge_cases().chain(inputs::uniform(1, -20.0, 20.0, 10_000)).collect();
    assert_eq!(first_difference(&ValueAndDerivative(Relu), &inputs), None);
    assert_eq!(first_difference(&ValueAndDerivative(Sigmoid), &inputs), None);
    assert_eq!(first_difference(&ValueAndDerivative(Tanh), &inputs), None);
    assert_eq!(first_difference(&ValueAndDerivative(Elu::default()), &inputs), None);
    assert_eq!(first_difference(&ValueAndDerivative(Gelu), &inputs), None);
    assert_eq!(first_difference(&ValueAndDerivative(GeluTanh), &inputs), None);
    assert_eq!(first_difference(&ValueAndDerivative(Silu), &inputs), None);
    assert_eq!(first_difference(&ValueAndDerivative(Softplus), &inputs), None);
    assert_eq!(first_difference(&ValueAndDerivative(Softsign), &inputs), None);
    assert_eq!(first_difference(&ValueAndDerivative(HardSwish), &inputs), None);
}

/// A parameter after 50 steps of an optimizer, with gradients made from the input.
struct FiftySteps<O>(O);

impl<O: Optimizer + Copy> Kernel for FiftySteps<O> {
    fn run<V: Lanes>(&self, x: V) -> V {
        let mut optimizer = self.0;
        let (mut parameter, mut state) = (x, O::State::<V>::default());
        for step in 0..50 {
            optimizer.advance();
            let gradient = parameter * V::splat(0.5) - V::splat(step as f32 * 0.01);
            parameter = optimizer.update(parameter, gradient, &mut state);
        }
        parameter
    }
}

#[test]
fn optimizers_agree() {
    let inputs: Vec<f32> =
        inputs::edge_cases().chain(inputs::uniform(2, -3.0, 3.0, 2_000)).collect();
    let sgd = Sgd::new(0.05).unwrap().with_momentum(0.9).unwrap();
    assert_eq!(first_difference(&FiftySteps(sgd), &inputs), None);
    assert_eq!(first_difference(&FiftySteps(sgd.with_nesterov()), &inputs), None);
    assert_eq!(first_difference(&FiftySteps(RmsProp::new(0.01).unwrap()), &inputs), None);
    assert_eq!(first_difference(&FiftySteps(Adam::new(0.01).unwrap()), &inputs), None);
}

type Everything = trimpot::network!(
    Dense<6, 9>, Tanh, Dense<9, 7>, Dropout, Relu, Dense<7, 5>, Sigmoid, Dense<5, 4>; from 6
);

/// Loss and gradients of sample `index`, eight lanes or one.
fn sample(index: usize) -> ([f32; 6], u32, u32) {
    let mut random = Random::new(index as u64);
    let features = std::array::from_fn(|_| random.between(-2.0, 2.0));
    (features, index as u32 % 5, index as u32 * 77) // label 4 of 4 classes is ignored
}

fn gradients<V: Lanes>(network: &Everything, first: usize) -> Vec<(f32, Vec<f32>)> {
    let of = |lane: usize| sample(first + lane);
    let input = std::array::from_fn(|i| V::from_fn(|lane| of(lane).0[i]));
    let label = Bits::from_fn(|lane| of(lane).1);
    let seed = Bits::from_fn(|lane| of(lane).2);
    let mut gradient = [V::ZERO; Everything::PARAMETERS];
    let value = network.accumulate(&CrossEntropy::new(), &input, &label, seed, &mut gradient);
    (0..V::LANES)
        .map(|lane| {
            let gradient = gradient.iter().map(|g| g.to_array().as_ref()[lane]).collect();
            (value.to_array().as_ref()[lane], gradient)
        })
        .collect()
}

#[test]
fn networks_agree_with_every_layer_in_them() {
    let network = Everything::seeded(11);
    let scalar: Vec<_> = (0..16).flat_map(|first| gradients::<f32>(&network, first)).collect();
    let four: Vec<_> =
        [0, 4, 8, 12].into_iter().flat_map(|i| gradients::<f32x4>(&network, i)).collect();
    let eight: Vec<_> = [0, 8].into_iter().flat_map(|i| gradients::<f32x8>(&network, i)).collect();
    let sixteen = gradients::<f32x16>(&network, 0);
    for wide in [four, eight, sixteen] {
        for (index, (scalar, wide)) in scalar.iter().zip(&wide).enumerate() {
            assert!(same_bits(scalar.0, wide.0), "loss of sample {index}");
            let same = scalar.1.iter().zip(&wide.1).all(|(&s, &w)| same_bits(s, w));
            assert!(same, "gradient of sample {index}");
        }
    }
    assert!(scalar.iter().any(|(_, gradient)| gradient.iter().any(|&g| g != 0.0)));
}
