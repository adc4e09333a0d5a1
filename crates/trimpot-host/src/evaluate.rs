//! How well a network does on a data set.

use rayon::prelude::*;
use trimpot::lanes::{Kernel, Level, Registers, RowMajor};
use trimpot::metric::{ConfusionMatrix, argmax};
use trimpot::network::Model;
use trimpot::shape::Vector;

use crate::block::{MOST_LANES, lanes};
use crate::dataset::Samples;

/// Returns the network's outputs for every row of features, computed on the current [`Level`]: the
/// same bits as one at a time.
pub fn predict<M, const I: usize, const N: usize>(
    network: &M,
    features: &[[f32; I]],
) -> Vec<[f32; N]>
where
    M: Model<Output = Vector<N>> + Sync,
{
    struct Predict<'a, M, const I: usize, const N: usize>(&'a M, &'a [[f32; I]]);
    impl<M, const I: usize, const N: usize> Kernel for Predict<'_, M, I, N>
    where
        M: Model<Output = Vector<N>> + Sync,
    {
        type Output = Vec<[f32; N]>;
        #[inline(always)]
        fn run<V: Registers>(self) -> Self::Output {
            predict_in::<V::Block, M, I, N>(self.0, self.1)
        }
    }
    Level::current().run(Predict(network, features))
}

fn predict_in<V, M, const I: usize, const N: usize>(
    network: &M,
    features: &[[f32; I]],
) -> Vec<[f32; N]>
where
    V: RowMajor,
    M: Model<Output = Vector<N>> + Sync,
{
    const { assert!(V::LANES <= MOST_LANES) }
    let block = |buffer: &mut Vec<V>, features: &[[f32; I]]| {
        let mut rows = [[0.0; N]; MOST_LANES];
        V::vectorize(
            buffer,
            #[inline(always)]
            |buffer| {
                let last = features.len() - 1;
                let inputs = lanes::<V, M::Input, I>(features, |lane| lane.min(last), buffer);
                V::to_rows::<Vector<N>>(&network.predict::<V>(inputs), &mut rows);
            },
        );
        rows.into_iter().take(features.len())
    };
    features.par_chunks(V::LANES).map_init(Vec::new, block).flatten_iter().collect()
}

/// Counts the classes of the samples against those that the network says.
pub fn evaluate<M, const I: usize, const N: usize>(
    network: &M,
    samples: Samples<'_, I>,
) -> ConfusionMatrix<N>
where
    M: Model<Output = Vector<N>> + Sync,
{
    let mut matrix = ConfusionMatrix::new();
    for (outputs, &class) in predict(network, samples.features()).iter().zip(samples.targets()) {
        matrix.record(class as usize, argmax(outputs));
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
        let features: Vec<_> = (0..43).map(|_| [random.uniform(), random.uniform()]).collect();
        let network = Small::seeded(1);
        let outputs = predict(&network, &features);
        assert_eq!(outputs.len(), 43);
        for (features, outputs) in features.iter().zip(outputs) {
            assert_eq!(
                outputs.map(f32::to_bits),
                network.predict::<f32>(features).map(f32::to_bits)
            );
        }
    }

    #[test]
    fn every_sample_is_counted_once() {
        let samples = Samples::new(&[[0.5, 0.5]; 13], &[2; 13]).unwrap();
        let matrix = evaluate(&Small::seeded(1), samples);
        assert_eq!(matrix.samples(), 13);
        assert_eq!(matrix.counts()[2].iter().sum::<u32>(), 13);
    }
}
