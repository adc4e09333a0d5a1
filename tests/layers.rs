//! The gradient of every layer agrees with finite differences in `f64`, and the step in place with the
//! gradient.

use trimpot::layer::{Dense, Dropout, Relu, Sigmoid, Tanh};
use trimpot::loss::MeanSquaredError;
use trimpot::network::Network;
use trimpot::random::Noise;
use trimpot::shape::Vector;
use trimpot::{Chain, chain, layer};
use trimpot_testkit::inputs::Random;
use trimpot_testkit::network_oracle::{Layer, differences, forward};
use trimpot_testkit::precision::{NETWORK, agrees};

const SEED: u32 = 7;
const TARGET: [f32; 3] = [0.5, -1.0, 2.0];

/// Checks the parameters' gradient of a network of 5 inputs and 3 outputs against its oracle.
fn check<L, const P: usize>(layers: L, oracle: &[Layer])
where
    L: layer::Layer<Vector<5>, Output = Vector<3>> + Clone,
{
    for trial in 0..20 {
        let mut random = Random::new(trial);
        let parameters: [f32; P] = std::array::from_fn(|_| random.between(-0.9, 0.9));
        let input: [f32; 5] = std::array::from_fn(|_| random.between(-2.0, 2.0));
        let network = Network::<Vector<5>, L, P>::new(layers.clone(), parameters);
        let mut gradient = [0.0_f32; P];
        let value =
            network.accumulate::<f32, _>(&MeanSquaredError, &input, &TARGET, SEED, &mut gradient);

        let wide = |x: &[f32]| x.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
        let loss = |parameters: &[f64]| {
            let output = forward(oracle, parameters, &wide(&input));
            let squares = output.iter().zip(TARGET).map(|(o, t)| (o - f64::from(t)).powi(2));
            squares.sum::<f64>() / 3.0
        };
        assert!(agrees(value, loss(&wide(&parameters)), NETWORK), "loss of trial {trial}");
        let expected = differences(&wide(&parameters), loss);
        for (i, (&found, expected)) in gradient.iter().zip(expected).enumerate() {
            assert!(
                agrees(found, expected, NETWORK),
                "trial {trial}, parameter {i}: {found}, expected {expected}"
            );
        }
    }
}

#[test]
fn dense() {
    check::<Dense<5, 3>, 18>(Dense, &[Layer::Dense(3)]);
}

/// Two dense layers, so that the first gets its gradient through the second.
#[test]
fn relu() {
    type Layers = Chain![Dense<5, 7>, Relu, Dense<7, 3>];
    check::<Layers, 66>(Default::default(), &[Layer::Dense(7), Layer::Relu, Layer::Dense(3)]);
}

#[test]
fn sigmoid() {
    type Layers = Chain![Dense<5, 7>, Sigmoid, Dense<7, 3>];
    check::<Layers, 66>(Default::default(), &[Layer::Dense(7), Layer::Sigmoid, Layer::Dense(3)]);
}

#[test]
fn tanh() {
    type Layers = Chain![Dense<5, 7>, Tanh, Dense<7, 3>, Tanh];
    let oracle = [Layer::Dense(7), Layer::Tanh, Layer::Dense(3), Layer::Tanh];
    check::<Layers, 66>(Default::default(), &oracle);
}

#[test]
fn dropout() {
    // The second layer of a chain draws from the second noise.
    let noise = Noise::<f32>::new(SEED).next_layer();
    let kept =
        |index| if noise.uniform(index) >= 0.4 { 1.0 / f64::from(1.0 - 0.4_f32) } else { 0.0 };
    let mask: Vec<f64> = (0..7).map(kept).collect();
    assert!(mask.contains(&0.0) && mask.iter().any(|&factor| factor > 1.0));

    let layers = chain![Dense::<5, 7>, Dropout::new(0.4).unwrap(), Dense::<7, 3>];
    check::<_, 66>(layers, &[Layer::Dense(7), Layer::Scale(mask), Layer::Dense(3)]);
}

#[test]
fn dropout_silences_its_share_and_nothing_in_deployment() {
    let dropout = Dropout::new(0.25).unwrap();
    let input = [1.0; 10_000];
    let network = Network::<Vector<10_000>, _, 0>::new(dropout, []);
    assert_eq!(network.predict::<f32>(&input), input);

    let silenced = (0..10_000).filter(|&i| Noise::<f32>::new(5).uniform(i) < 0.25).count();
    assert!((2350..2650).contains(&silenced), "{silenced}"); // 2500 ± 3.5 standard deviations
}

#[test]
fn a_step_in_place_is_the_gradient_times_the_rate() {
    type Layers = Chain![Dense<5, 7>, Relu, Dense<7, 3>];
    let mut network = Network::<Vector<5>, Layers, 66>::seeded(4);
    for trial in 0..50 {
        let mut random = Random::new(trial);
        let input: [f32; 5] = std::array::from_fn(|_| random.between(-2.0, 2.0));
        let before = *network.parameters();
        let mut gradient = [0.0_f32; 66];
        let loss = MeanSquaredError;
        let expected = network.accumulate::<f32, _>(&loss, &input, &TARGET, SEED, &mut gradient);
        let value = network.descend(&loss, &input, &TARGET, 0.01, SEED);
        assert_eq!(value.to_bits(), expected.to_bits());
        for (i, (&after, &before)) in network.parameters().iter().zip(&before).enumerate() {
            let expected = f64::from(before) - 0.01 * f64::from(gradient[i]);
            assert!(agrees(after, expected, 2e-7), "parameter {i}: {after}, expected {expected}");
        }
    }
}
