//! How well a network does on a data set.

use rayon::prelude::*;
use trimpot::lanes::Lanes;
use trimpot::layer::Layer;
use trimpot::metric::{ConfusionMatrix, argmax};
use trimpot::network::Network;
use trimpot::shape::Vector;

use crate::block::{Block, Wide};
use crate::dataset::Dataset;

/// The network's outputs for every sample: the same bits as one sample at a time.
pub fn predict<L, const I: usize, const N: usize, const P: usize>(
    network: &Network<Vector<I>, L, P>,
    data: &Dataset<I>,
) -> Vec<[f32; N]>
where
    L: Layer<Vector<I>, Output = Vector<N>> + Sync,
{
    let order: Vec<usize> = (0..data.len()).collect();
    let blocks = order.par_chunks(Wide::LANES).flat_map_iter(|samples| {
        let outputs = network.predict::<Wide>(&Block::gather(data, samples).features);
        let lanes = outputs.map(Lanes::to_array);
        (0..samples.len()).map(move |lane| lanes.map(|output| output[lane]))
    });
    blocks.collect()
}

/// Counts the classes of the samples against those that the network says.
pub fn evaluate<L, const I: usize, const N: usize, const P: usize>(
    network: &Network<Vector<I>, L, P>,
    data: &Dataset<I>,
) -> ConfusionMatrix<N>
where
    L: Layer<Vector<I>, Output = Vector<N>> + Sync,
{
    let mut matrix = ConfusionMatrix::new();
    for (outputs, &label) in predict(network, data).iter().zip(data.labels()) {
        matrix.record(label as usize, argmax(outputs));
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;
    use trimpot::layer::{Dense, Relu};
    use trimpot::random::Random;

    type Small = trimpot::network!(Dense<2, 16>, Relu, Dense<16, 3>; from 2);

    #[test]
    fn outputs_are_those_of_one_sample_at_a_time() {
        let mut random = Random::new(1);
        let features = (0..43).map(|_| [random.uniform(), random.uniform()]).collect();
        let data = Dataset::new(features, vec![0; 43]).unwrap();
        let network = Small::seeded(1);
        let outputs = predict(&network, &data);
        assert_eq!(outputs.len(), 43);
        for (features, outputs) in data.features().iter().zip(outputs) {
            assert_eq!(
                outputs.map(f32::to_bits),
                network.predict::<f32>(features).map(f32::to_bits)
            );
        }
    }

    #[test]
    fn every_sample_is_counted_once() {
        let data = Dataset::new(vec![[0.5, 0.5]; 13], vec![2; 13]).unwrap();
        let matrix = evaluate(&Small::seeded(1), &data);
        assert_eq!(matrix.samples(), 13);
        assert_eq!(matrix.counts()[2].iter().sum::<u32>(), 13);
    }
}
