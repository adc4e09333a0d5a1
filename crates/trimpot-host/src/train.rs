//! Training on the host: batches, eight samples at a time, on several threads.
//!
//! A batch is cut into chunks of a fixed number of samples. Each chunk adds its gradients up on its
//! own, on whichever thread takes it; then the chunks are added in their order, and last the lanes.
//! So the order of every sum depends on the batch alone, and a run has the same bits on any number
//! of threads.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use trimpot::ParameterError;
use trimpot::lanes::{Bits, Lanes};
use trimpot::layer::Layer;
use trimpot::loss::{Class, Loss};
use trimpot::network::Network;
use trimpot::optimizer::{Optimizer, step};
use trimpot::random::{Random, hash};
use trimpot::shape::Vector;

use crate::block::{Block, Wide};
use crate::dataset::Dataset;

/// Samples of a chunk: enough that a thread's work outweighs handing it over, and few enough that
/// a batch of 128 keeps four threads busy.
const CHUNK: usize = 4 * Wide::LANES;

/// How to go through the data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// How often.
    pub epochs: u32,
    /// How many samples make one step of the optimizer.
    pub batch: NonZeroUsize,
    /// The learning rate of the last epoch, to which that of the optimizer falls evenly.
    pub final_rate: f32,
    /// The randomness of the order of samples, and of dropout.
    pub seed: u32,
}

/// What an epoch brought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epoch {
    /// Which one, from 1.
    pub number: u32,
    /// The mean loss of all samples, each before the step that it had a part in.
    pub loss: f32,
    /// How long it took.
    pub time: Duration,
}

/// Why training ended early.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum TrainError {
    /// The loss is no longer finite.
    #[error("training diverged in epoch {epoch}: mean loss {loss} at a learning rate of {rate}")]
    Diverged {
        /// The epoch.
        epoch: u32,
        /// Its mean loss.
        loss: f32,
        /// The learning rate.
        rate: f32,
    },
    /// A setting is out of range, such as the final learning rate.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
}

/// The gradient of a chunk, one sum in each lane, and its loss.
struct Chunk<const P: usize> {
    gradient: Box<[Wide; P]>,
    loss: Wide,
}

impl<const P: usize> Chunk<P> {
    fn new() -> Self {
        let gradient = vec![Wide::ZERO; P].into_boxed_slice().try_into();
        Chunk { gradient: gradient.expect("a run of P is an array of P"), loss: Wide::ZERO }
    }
}

/// Trains `network` on all of `data`, and calls `watch` after every epoch.
///
/// The gradient of a batch is the mean over its samples; the last batch of an epoch may be smaller.
/// The order of samples is new in every epoch.
///
/// The same arguments give the same parameters, bit for bit, on any machine and for any number of
/// threads (those of the current `rayon` pool).
pub fn train<L, C, O, const I: usize, const N: usize, const P: usize>(
    network: &mut Network<Vector<I>, L, P>,
    loss: &C,
    optimizer: &mut O,
    data: &Dataset<I>,
    plan: Plan,
    mut watch: impl FnMut(&Network<Vector<I>, L, P>, Epoch),
) -> Result<(), TrainError>
where
    L: Layer<Vector<I>, Output = Vector<N>> + Sync,
    C: Loss<Vector<N>, Target = Class> + Sync,
    O: Optimizer,
{
    let mut order: Vec<usize> = (0..data.len()).collect();
    let mut random = Random::new(plan.seed);
    let batch = plan.batch.get();
    let chunks = batch.min(data.len()).div_ceil(CHUNK);
    let mut chunks: Vec<Chunk<P>> = (0..chunks).map(|_| Chunk::new()).collect();
    let mut gradient = vec![0.0; P];
    let mut state = vec![O::State::<f32>::default(); P];
    let first_rate = optimizer.rate();

    for number in 1..=plan.epochs {
        let passed = (number - 1) as f32 / plan.epochs.saturating_sub(1).max(1) as f32;
        optimizer.set_rate(first_rate + passed * (plan.final_rate - first_rate))?;
        let start = Instant::now();
        random.shuffle(&mut order);
        let noise = random.next_u32();
        let mut total = 0.0_f64;
        for samples in order.chunks(batch) {
            let mut parts: Vec<_> = chunks.iter_mut().zip(samples.chunks(CHUNK)).collect();
            parts.par_iter_mut().for_each(|(chunk, samples)| {
                accumulate(network, loss, data, samples, noise, chunk);
            });
            let used = &chunks[..samples.len().div_ceil(CHUNK)];
            total += mean_gradient(used, samples.len(), &mut gradient);
            step(optimizer, network.parameters_mut(), &gradient, &mut state);
        }
        let loss = (total / data.len().max(1) as f64) as f32;
        if !loss.is_finite() {
            return Err(TrainError::Diverged { epoch: number, loss, rate: optimizer.rate() });
        }
        watch(network, Epoch { number, loss, time: start.elapsed() });
    }
    Ok(())
}

/// The gradient and the loss of some samples, in the place of what `chunk` held.
fn accumulate<L, C, const I: usize, const N: usize, const P: usize>(
    network: &Network<Vector<I>, L, P>,
    loss: &C,
    data: &Dataset<I>,
    samples: &[usize],
    noise: u32,
    chunk: &mut Chunk<P>,
) where
    L: Layer<Vector<I>, Output = Vector<N>>,
    C: Loss<Vector<N>, Target = Class>,
{
    chunk.gradient.fill(Wide::ZERO);
    chunk.loss = Wide::ZERO;
    for samples in samples.chunks(Wide::LANES) {
        let block = Block::gather(data, samples);
        let number = |lane| samples.get(lane).map_or(0, |&sample| sample as u32);
        let seeds = Bits::from_fn(|lane| hash(noise ^ hash::<u32>(number(lane))));
        let gradient = &mut chunk.gradient;
        chunk.loss += network.accumulate(loss, &block.features, &block.labels, seeds, gradient);
    }
}

/// Writes the mean gradient of all samples of the chunks, and returns the sum of their losses.
fn mean_gradient<const P: usize>(chunks: &[Chunk<P>], samples: usize, mean: &mut [f32]) -> f64 {
    let in_order = |lanes: Wide| lanes.to_array().into_iter().sum::<f32>();
    let share = 1.0 / samples as f32;
    for (parameter, mean) in mean.iter_mut().enumerate() {
        let mut sum = Wide::ZERO;
        for chunk in chunks {
            sum += chunk.gradient[parameter];
        }
        *mean = in_order(sum) * share;
    }
    chunks.iter().map(|chunk| f64::from(in_order(chunk.loss))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::evaluate;
    use trimpot::layer::{Dense, Dropout, Relu};
    use trimpot::loss::CrossEntropy;
    use trimpot::optimizer::{Adam, Sgd};

    type Small = trimpot::network!(Dense<2, 16>, Relu, Dropout, Dense<16, 3>; from 2);

    /// Three classes around the corners of a triangle.
    fn triangle(samples: u32, seed: u32) -> Dataset<2> {
        let mut random = Random::new(seed);
        let corners = [[0.0, 1.0], [1.0, -1.0], [-1.0, -1.0]];
        let labels: Vec<u32> = (0..samples).map(|_| random.below(3) as u32).collect();
        let mut near = |center: f32| center + random.uniform() - 0.5;
        let features = labels.iter().map(|&label| corners[label as usize].map(&mut near)).collect();
        Dataset::new(features, labels).unwrap()
    }

    fn plan(epochs: u32, batch: usize, rate: f32) -> Plan {
        Plan { epochs, batch: NonZeroUsize::new(batch).unwrap(), final_rate: rate, seed: 1 }
    }

    fn trained_on_threads(threads: usize) -> ([u32; Small::PARAMETERS], Vec<u32>) {
        // Batches of several chunks with an incomplete one; a tail with an incomplete block.
        let data = triangle(333, 1);
        let mut network = Small::seeded(1);
        let mut losses = Vec::new();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut adam = Adam::new(0.01).unwrap();
            let watch = |_: &_, epoch: Epoch| losses.push(epoch.loss.to_bits());
            train(&mut network, &CrossEntropy::new(), &mut adam, &data, plan(5, 150, 0.002), watch)
        })
        .unwrap();
        (network.parameters().map(f32::to_bits), losses)
    }

    #[test]
    fn a_run_has_the_same_bits_for_any_number_of_threads() {
        let one = trained_on_threads(1);
        assert_ne!(one.0, Small::seeded(1).parameters().map(f32::to_bits));
        for threads in 2..=4 {
            assert_eq!(trained_on_threads(threads), one, "{threads} threads");
        }
    }

    #[test]
    fn training_learns() {
        let mut network = Small::seeded(1);
        let mut losses = Vec::new();
        let mut adam = Adam::new(0.01).unwrap();
        let watch = |_: &_, epoch: Epoch| losses.push(epoch.loss);
        train(
            &mut network,
            &CrossEntropy::new(),
            &mut adam,
            &triangle(500, 1),
            plan(20, 32, 0.01),
            watch,
        )
        .unwrap();
        assert_eq!(losses.len(), 20);
        assert!(losses[19] < 0.5 * losses[0], "{losses:?}");
        let accuracy = evaluate(&network, &triangle(500, 2)).accuracy().unwrap();
        assert!(accuracy >= 0.99, "{accuracy}");
    }

    #[test]
    fn a_batch_of_all_samples_is_one_step_along_their_mean_gradient() {
        type Linear = trimpot::network!(Dense<2, 3>; from 2);
        let data = triangle(43, 1);
        let mut network = Linear::seeded(1);
        let before = *network.parameters();
        let mut gradient = [0.0; Linear::PARAMETERS];
        for (features, label) in data.iter() {
            network.accumulate(&CrossEntropy::new(), features, &label, 0, &mut gradient);
        }
        let mut sgd = Sgd::new(0.5).unwrap();
        train(&mut network, &CrossEntropy::new(), &mut sgd, &data, plan(1, 43, 0.0), |_, _| {})
            .unwrap();
        for ((after, before), gradient) in network.parameters().iter().zip(before).zip(gradient) {
            let expected = before - 0.5 * gradient / 43.0;
            assert!((after - expected).abs() <= 1e-6, "{after} {expected}");
        }
    }

    #[test]
    fn divergence_is_an_error() {
        let data = Dataset::new(vec![[f32::MAX, f32::MAX]; 40], vec![0; 40]).unwrap();
        let mut sgd = Sgd::new(1.0).unwrap();
        let result = train(
            &mut Small::seeded(1),
            &CrossEntropy::new(),
            &mut sgd,
            &data,
            plan(3, 8, 1.0),
            |_, _| {},
        );
        assert!(
            matches!(result, Err(TrainError::Diverged { epoch: 1, rate: 1.0, .. })),
            "{result:?}"
        );
    }

    #[test]
    fn no_samples_change_nothing() {
        let mut network = Small::seeded(1);
        let mut sgd = Sgd::new(1.0).unwrap();
        let data = Dataset::default();
        train(&mut network, &CrossEntropy::new(), &mut sgd, &data, plan(2, 8, 1.0), |_, _| {})
            .unwrap();
        assert_eq!(network.parameters(), Small::seeded(1).parameters());
    }
}
