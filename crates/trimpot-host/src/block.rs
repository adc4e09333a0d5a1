//! Blocks: eight samples side by side, one in each lane.

use trimpot::lanes::{Bits, Lanes, f32x8};

use crate::dataset::Dataset;

/// What the host computes with: eight samples at once.
pub type Wide = f32x8;

/// The label of a lane that holds no sample: no class, so losses give it value and gradient 0.
pub const NO_SAMPLE: u32 = u32::MAX;

/// Up to [`Wide::LANES`](Lanes::LANES) samples, one in each lane.
#[derive(Clone, Copy, Debug)]
pub struct Block<const I: usize> {
    /// The features.
    pub features: [Wide; I],
    /// The classes; [`NO_SAMPLE`] in the lanes beyond the last sample.
    pub labels: <Wide as Lanes>::Bits,
}

impl<const I: usize> Block<I> {
    /// The samples of these numbers, at most as many as there are lanes, and all of them in `data`.
    /// The lanes beyond them hold zeros and no class.
    pub fn gather(data: &Dataset<I>, samples: &[usize]) -> Self {
        debug_assert!(samples.len() <= Wide::LANES);
        let (features, labels) = (data.features(), data.labels());
        let sample = |lane: usize| samples.get(lane).copied();
        Block {
            features: std::array::from_fn(|i| {
                Wide::from_fn(|lane| sample(lane).map_or(0.0, |sample| features[sample][i]))
            }),
            labels: Bits::from_fn(|lane| sample(lane).map_or(NO_SAMPLE, |sample| labels[sample])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trimpot::layer::{Dense, Relu};
    use trimpot::loss::CrossEntropy;

    type Small = trimpot::network!(Dense<3, 5>, Relu, Dense<5, 4>; from 3);

    #[test]
    fn lanes_without_a_sample_add_nothing_to_the_gradient() {
        let data = Dataset::new(vec![[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]], vec![3, 1]).unwrap();
        let network = Small::seeded(1);
        let block = Block::gather(&data, &[1, 0]);
        let mut gradient = [Wide::ZERO; Small::PARAMETERS];
        let seeds = Bits::splat(0);
        let loss = CrossEntropy::new();
        let value = network.accumulate(&loss, &block.features, &block.labels, seeds, &mut gradient);

        let mut alone = [[0.0_f32; Small::PARAMETERS]; 2];
        for (alone, sample) in alone.iter_mut().zip([1, 0]) {
            let (features, label) = (&data.features()[sample], &data.labels()[sample]);
            network.accumulate(&loss, features, label, 0, alone);
        }
        assert!(value.to_array()[..2].iter().all(|&value| value > 0.0));
        assert_eq!(value.to_array()[2..], [0.0; 6]);
        for (parameter, gradient) in gradient.iter().enumerate() {
            let lanes = gradient.to_array();
            assert_eq!(lanes[..2], [alone[0][parameter], alone[1][parameter]]);
            assert_eq!(lanes[2..], [0.0; 6], "parameter {parameter}");
        }
        assert!(gradient.iter().any(|gradient| gradient.to_array()[1] != 0.0));
    }
}
