//! Each lane of every width gets the bits that `f32` gets: every layer, forward and backward, as a
//! type and as data.

use trimpot::lanes::{Bits, Lanes, f32x4, f32x8, f32x16};
use trimpot::layer::Layer;
use trimpot::loss::MeanSquaredError;
use trimpot::network::Network;
use trimpot::random::Random;
use trimpot::shape::Vector;
use trimpot_parity::LayerVisitor;
use trimpot_parity::layers::{networks, small};
use trimpot_testkit::widths::same_bits;

const SAMPLES: usize = 16;

/// Output, loss and gradient of each sample, `V::LANES` of them at a time.
fn outcomes<V: Lanes, L, const I: usize, const O: usize, const P: usize>(
    network: &Network<Vector<I>, L, P>,
    samples: &[([f32; I], [f32; O])],
) -> Vec<Vec<f32>>
where
    L: Layer<Vector<I>, Output = Vector<O>>,
{
    let mut all = Vec::new();
    for (block, samples) in samples.chunks(V::LANES).enumerate() {
        let input = std::array::from_fn(|i| V::from_fn(|lane| samples[lane].0[i]));
        let target = std::array::from_fn(|i| V::from_fn(|lane| samples[lane].1[i]));
        let seeds = Bits::from_fn(|lane| (block * V::LANES + lane) as u32 * 77);
        let mut gradient = [V::ZERO; P];
        let output = network.predict::<V>(&input);
        let loss = network.accumulate(&MeanSquaredError, &input, &target, seeds, &mut gradient);
        let numbers: Vec<V> = output.into_iter().chain([loss]).chain(gradient).collect();
        let of = |lane| numbers.iter().map(|x| x.to_array().as_ref()[lane]).collect::<Vec<_>>();
        all.extend((0..V::LANES).map(of));
    }
    all
}

struct Widths;

impl LayerVisitor for Widths {
    fn visit<L, const I: usize, const O: usize, const P: usize>(
        &mut self,
        name: &str,
        network: Network<Vector<I>, L, P>,
        draw: fn(&mut Random) -> f32,
    ) where
        L: Layer<Vector<I>, Output = Vector<O>>,
    {
        let mut random = Random::new(11);
        let sample = |_| {
            let input: [f32; I] = std::array::from_fn(|_| draw(&mut random));
            let target: [f32; O] = std::array::from_fn(|_| small(&mut random));
            (input, target)
        };
        let samples: Vec<_> = (0..SAMPLES).map(sample).collect();
        let scalar = outcomes::<f32, L, I, O, P>(&network, &samples);
        assert!(scalar.iter().flatten().any(|&x| x != 0.0), "{name}");
        for wide in [
            outcomes::<f32x4, L, I, O, P>(&network, &samples),
            outcomes::<f32x8, L, I, O, P>(&network, &samples),
            outcomes::<f32x16, L, I, O, P>(&network, &samples),
        ] {
            assert_eq!(scalar.len(), wide.len());
            for (sample, (scalar, wide)) in scalar.iter().zip(&wide).enumerate() {
                let same = scalar.iter().zip(wide).all(|(&s, &w)| same_bits(s, w));
                assert!(same, "{name}, sample {sample}");
            }
        }
    }
}

#[test]
fn every_layer_agrees_in_every_width() {
    networks(&mut Widths).unwrap();
}
