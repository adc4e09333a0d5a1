//! Each lane of every width gets the bits that `f32` gets: every layer, forward and backward, as a
//! type and as data.

use trimpot::interpreter::Interpreter;
use trimpot::lanes::{Bits, Lanes, f32x4, f32x8, f32x16};
use trimpot::layer::Accumulate;
use trimpot::loss::{MeanSquaredError, SliceLoss};
use trimpot::network::Model;
use trimpot::random::{Noise, Random};
use trimpot::shape::Vector;
use trimpot_parity::layers::{networks, small};
use trimpot_parity::{LayerVisitor, with_interpreter};
use trimpot_testkit::widths::same_bits;

const SAMPLES: usize = 16;

/// Output, loss and gradient of each sample, `V::LANES` of them at a time: of a network as a type,
/// with which the same network as data agrees.
fn outcomes<V: Lanes, M, const I: usize, const O: usize>(
    name: &str,
    network: &M,
    samples: &[Sample],
) -> Vec<Vec<f32>>
where
    M: Model<Input = Vector<I>, Output = Vector<O>>,
{
    let mut all = Vec::new();
    for (block, samples) in samples.chunks(V::LANES).enumerate() {
        let (mut input, mut target) = ([V::ZERO; I], [V::ZERO; O]);
        fill(&mut input, samples, |sample| &sample.input);
        fill(&mut target, samples, |sample| &sample.target);
        let seeds = Bits::from_fn(|lane| (block * V::LANES + lane) as u32 * 77);
        let mut gradient = vec![V::ZERO; network.parameters().len()];
        let output = network.predict::<V>(&input);
        let loss = network.accumulate(&MeanSquaredError, &input, &target, seeds, &mut gradient);
        let typed = lanes(&[&output, &[loss], &gradient]);
        let data = with_interpreter::<Vector<I>, _, _>(network.layers(), |interpreter| {
            interpreted(interpreter, network.parameters(), &input, &target, seeds)
        });
        assert_same(name, &typed, &lanes(&[&data.expect("there is memory enough for it")]));
        all.extend(typed);
    }
    all
}

/// Asserts that two ways to compute some samples give the same numbers.
fn assert_same(name: &str, typed: &[Vec<f32>], data: &[Vec<f32>]) {
    assert_eq!(typed.len(), data.len());
    for (typed, data) in typed.iter().zip(data) {
        assert_eq!(typed.len(), data.len(), "{name} as data");
        let same = typed.iter().zip(data).all(|(&typed, &data)| same_bits(typed, data));
        assert!(same, "{name} as data: {data:?} for {typed:?}");
    }
}

/// The same numbers, of a network as data, in arenas that are as long as was planned and hold NaN.
fn interpreted<V: Lanes>(
    interpreter: &Interpreter,
    parameters: &[f32],
    input: &[V],
    target: &[V],
    seeds: V::Bits,
) -> Vec<V> {
    let plan = interpreter.plan();
    let mut arena = vec![V::splat(f32::NAN); plan.inference_values()];
    let mut numbers = interpreter.predict(parameters, input, &mut arena).unwrap().to_vec();
    let mut arena = vec![V::splat(f32::NAN); plan.step_values()];
    let mut gradient = vec![V::ZERO; parameters.len()];
    let sink = Accumulate::new(parameters, &mut gradient);
    let rest = |y: &[V], gradient: &mut [V]| MeanSquaredError.slice_gradient(y, target, gradient);
    let noise = Noise::new(seeds);
    numbers.push(interpreter.backpropagate(sink, noise, input, &mut arena, rest).unwrap());
    numbers.extend(gradient);
    numbers
}

struct Sample {
    input: Vec<f32>,
    target: Vec<f32>,
}

// Two functions of their own, which the compiler would otherwise put into each of the networks.

/// Puts a sample into each lane.
#[inline(never)]
fn fill<V: Lanes>(to: &mut [V], samples: &[Sample], numbers: fn(&Sample) -> &[f32]) {
    for (i, to) in to.iter_mut().enumerate() {
        *to = V::from_fn(|lane| numbers(&samples[lane])[i]);
    }
}

/// Returns the numbers of each lane.
#[inline(never)]
fn lanes<V: Lanes>(numbers: &[&[V]]) -> Vec<Vec<f32>> {
    let numbers = || numbers.iter().copied().flatten();
    (0..V::LANES).map(|lane| numbers().map(|x| x.to_array().as_ref()[lane]).collect()).collect()
}

struct Widths;

impl LayerVisitor for Widths {
    fn visit<M, const I: usize, const O: usize>(
        &mut self,
        name: &str,
        network: M,
        draw: fn(&mut Random) -> f32,
    ) where
        M: Model<Input = Vector<I>, Output = Vector<O>>,
    {
        let mut random = Random::new(11);
        let sample = |_| Sample {
            input: (0..I).map(|_| draw(&mut random)).collect(),
            target: (0..O).map(|_| small(&mut random)).collect(),
        };
        let samples: Vec<_> = (0..SAMPLES).map(sample).collect();
        let scalar = outcomes::<f32, M, I, O>(name, &network, &samples);
        assert!(scalar.iter().flatten().any(|&x| x != 0.0), "{name}");
        for wide in [
            outcomes::<f32x4, M, I, O>(name, &network, &samples),
            outcomes::<f32x8, M, I, O>(name, &network, &samples),
            outcomes::<f32x16, M, I, O>(name, &network, &samples),
        ] {
            compare(name, &scalar, &wide);
        }
    }
}

fn compare(name: &str, scalar: &[Vec<f32>], wide: &[Vec<f32>]) {
    assert_eq!(scalar.len(), wide.len());
    for (sample, (scalar, wide)) in scalar.iter().zip(wide).enumerate() {
        assert_eq!(scalar.len(), wide.len());
        let same = scalar.iter().zip(wide).all(|(&s, &w)| same_bits(s, w));
        assert!(same, "{name}, sample {sample}");
    }
}

#[test]
fn every_layer_agrees_in_every_width() {
    networks(&mut Widths).unwrap();
}
