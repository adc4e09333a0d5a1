//! Batches of a network that normalises them: with the mean and variance that each channel has over
//! the batch (Ioffe and Szegedy 2015; PyTorch's `nn.BatchNorm1d` and `nn.BatchNorm2d` in `train`
//! mode).
//!
//! With n numbers of a channel in a batch, `mean = Σ x / n`, `variance = Σ (x − mean)² / n` and
//! `x̂ = (x − mean) / √(variance + ε)`, the gradient goes through mean and variance as well:
//!
//! `dx = γ / √(variance + ε) · (dy − Σ dy / n − x̂ · Σ (dy · x̂) / n)`
//!
//! The core's layer has its statistics as constants, and computes the first of these terms. The two
//! sums of the others are the gradients of its shift and scale, which it leaves on the tape. So a
//! pass through a batch is the core's own that halts at every normalisation, with all of its
//! blocks: forward to measure what comes in, and to make that the layer's constants, backward to
//! subtract both terms.
//!
//! Statistics are sums in `f64`, of a sample's numbers and then of samples, both in their order. So
//! they have the same bits for any number of lanes and threads. The variance is computed as
//! `Σ x² / n − mean²`, which is the same number and needs one pass. Squares of `f32` are exact in
//! `f64`, and sums of n of them are off by n · 2⁻⁵³ of them at the most: it is better than its `f32`
//! unless the mean is thousands of deviations, where the numbers themselves have lost as many bits.

use std::cell::RefCell;

use trimpot::interpreter::TrainingPass;
use trimpot::lanes::RowMajor;
use trimpot::plan::PlannedBatchNorm;
use trimpot::random::Noise;

use super::DynModel;
use crate::augmentation::note_input;
use crate::block::{MOST_LANES, in_lane};
use crate::train::{Batch, Blocks, Sums, Tape, TapeSink, seeds};

/// How much of the running statistics a batch replaces: PyTorch's default.
const MOMENTUM: f32 = 0.1;

/// Runs a batch forward and backward. Writes what the running statistics are with this batch.
pub(super) fn pass<V: RowMajor>(
    model: &DynModel,
    mut blocks: Blocks<'_, V>,
    noise: u32,
    statistics: &mut Vec<f32>,
) {
    let norms = &model.norms;
    let (mut layers, parameters) = model.network.layers_with(&model.weights);
    statistics.clear();
    statistics.extend_from_slice(&model.weights[parameters.len()..]);
    let steps = layers.spec().steps();
    blocks.for_each(
        #[inline(always)]
        |samples, tape| begin(model, samples, noise, tape),
    );

    let (mut next, mut running) = (0, &mut statistics[..]);
    let mut is_of_batch = Vec::new();
    for norm in norms {
        let part = Part { model, parameters, constants: &layers.constants, noise };
        blocks.for_each(
            #[inline(always)]
            |samples, tape| {
                part.run(
                    samples,
                    tape,
                    #[inline(always)]
                    |pass, _, sums| {
                        pass.forward(parameters, next..norm.step).expect(LENGTHS_FIT);
                        measure(norm, pass.input_of(norm.step), sums);
                    },
                );
            },
        );
        next = norm.step;
        let (own, others) = running.split_at_mut(2 * norm.spec.channels as usize);
        running = others;
        let constants = &mut layers.constants[norm.constants..][..own.len()];
        is_of_batch.push(take_over(blocks.batch(), norm, constants, own));
    }

    let part = Part { model, parameters, constants: &layers.constants, noise };
    blocks.for_each_with_memory(
        #[inline(always)]
        |samples, tape, memory| {
            let judged = part.run(
                samples,
                tape,
                #[inline(always)]
                |pass, sink, _| {
                    pass.forward(parameters, next..steps).expect(LENGTHS_FIT);
                    let judged = pass.with_output(
                        #[inline(always)]
                        |output, gradient| {
                            model.task.gradient(samples, &mut memory.targets, output, gradient)
                        },
                    );
                    pass.backward(sink, next..steps).expect(LENGTHS_FIT);
                    judged
                },
            );
            tape.judge(judged, samples.len());
        },
    );
    for (norm, (number, is_of_batch)) in norms.iter().zip(is_of_batch.iter().enumerate()).rev() {
        let before = number.checked_sub(1).map_or(0, |before| norms[before].step);
        let is_mixed = *is_of_batch && norm.has_input_gradient;
        let means = is_mixed.then(|| gradient_means(blocks.batch(), norm));
        blocks.for_each(
            #[inline(always)]
            |samples, tape| {
                part.run(
                    samples,
                    tape,
                    #[inline(always)]
                    |pass, sink, _| {
                        if let Some(means) = &means {
                            let (input, gradient) = pass.input_and_gradient(norm.step);
                            part.subtract(norm, means, input, gradient);
                        }
                        pass.backward(sink, before..norm.step).expect(LENGTHS_FIT);
                    },
                );
            },
        );
    }
}

/// The lengths of all that a pass takes follow from the network.
const LENGTHS_FIT: &str = "the lengths are right";

/// Puts the samples of a block where its pass begins.
#[inline(always)]
fn begin<V: RowMajor>(model: &DynModel, samples: &[usize], noise: u32, tape: &mut Tape<V>) {
    let features = &model.task.features;
    tape.clear();
    let row = |lane| features.row(in_lane(samples, lane));
    let mut lanes = std::mem::take(&mut tape.input);
    features.lanes(samples, &mut lanes);
    note_input(model.augmenter.as_ref(), seeds::<V>(samples, noise), row, &mut lanes, tape);
    tape.input = lanes;
    tape.arena.resize(model.network.step_values(), V::ZERO);
}

/// Adds up the numbers of each channel, and their squares, for the sample in each lane.
#[inline(always)]
fn measure<V: RowMajor>(norm: &PlannedBatchNorm, input: &[V], sums: &mut Vec<Sums>) {
    sums.clear();
    for channel in input.chunks(norm.area) {
        let [mut sum, mut squares] = [[0.0; MOST_LANES]; 2];
        for x in channel {
            for ((sum, squares), &x) in sum.iter_mut().zip(&mut squares).zip(x.to_array().as_ref())
            {
                let x = f64::from(x);
                *sum += x;
                *squares += x * x;
            }
        }
        sums.extend(sum.into_iter().zip(squares).take(V::LANES).map(<[f64; 2]>::from));
    }
}

/// Makes the statistics of a batch the constants of a normalisation, and takes them into its
/// running ones, with the variance of n − 1 as PyTorch does. Returns whether there are any: a
/// channel has two numbers in the batch or more. If not, its constants stay the running ones.
fn take_over<V: RowMajor>(
    batch: Batch<'_, V>,
    norm: &PlannedBatchNorm,
    constants: &mut [f32],
    running: &mut [f32],
) -> bool {
    let count = (batch.samples * norm.area) as f64;
    if count < 2.0 {
        return false;
    }
    let channels = norm.spec.channels as usize;
    for channel in 0..channels {
        let [mut sum, mut squares] = [0.0; 2];
        for (tape, samples) in batch.tapes() {
            for [of_sum, of_squares] in &tape.sums[channel * V::LANES..][..samples] {
                sum += of_sum;
                squares += of_squares;
            }
        }
        let [mean, variance] = mean_and_variance(sum, squares, count);
        let unbiased = variance * count / (count - 1.0);
        for (at, of_batch, measured) in
            [(channel, mean, mean), (channels + channel, variance, unbiased)]
        {
            constants[at] = of_batch as f32;
            running[at] = (1.0 - MOMENTUM) * running[at] + MOMENTUM * measured as f32;
        }
    }
    true
}

/// Returns mean and variance of so many numbers with this sum, and this sum of their squares; NaN
/// if that is in one of them.
fn mean_and_variance(sum: f64, squares: f64, count: f64) -> [f64; 2] {
    let mean = sum / count;
    let variance = squares / count - mean * mean;
    // Rounding may leave less than nothing of equal numbers.
    [mean, if variance < 0.0 { 0.0 } else { variance }]
}

/// Returns the gradients of a normalisation's scales and shifts, as means over the batch. It was
/// the last layer to be run backward.
fn gradient_means<V: RowMajor>(batch: Batch<'_, V>, norm: &PlannedBatchNorm) -> Vec<f32> {
    let entry = batch.tapes[0].entries().last().copied();
    let entry = entry.filter(|entry| entry.at == norm.parameters);
    let entry = entry.expect("its gradients are the last ones on the tape");
    let mut means = vec![0.0; 2 * norm.spec.channels as usize];
    batch.mean(entry, 0..means.len(), &mut means);
    means
}

/// A part of the passes of all blocks, between two normalisations.
#[derive(Clone, Copy)]
struct Part<'p> {
    model: &'p DynModel<'p>,
    parameters: &'p [f32],
    constants: &'p [f32],
    noise: u32,
}

impl Part<'_> {
    /// Goes on with the pass of a block.
    #[inline(always)]
    fn run<V: RowMajor, R>(
        &self,
        samples: &[usize],
        tape: &mut Tape<V>,
        work: impl FnOnce(&mut TrainingPass<'_, '_, V>, TapeSink<'_, '_, V>, &mut Vec<Sums>) -> R,
    ) -> R {
        let [input, mut arena] = [&mut tape.input, &mut tape.arena].map(std::mem::take);
        let mut sums = std::mem::take(&mut tape.sums);
        let noise = Noise::new(seeds::<V>(samples, self.noise));
        let network = self.model.network;
        let mut pass = network.training_pass(self.constants, noise, &input, &mut arena);
        let result = {
            let tape = RefCell::new(&mut *tape);
            work(&mut pass, TapeSink::new(self.parameters, &input, &tape), &mut sums)
        };
        (tape.input, tape.arena, tape.sums) = (input, arena, sums);
        result
    }

    /// Subtracts from a normalisation's input gradient what comes of mean and variance.
    #[inline(always)]
    fn subtract<V: RowMajor>(
        &self,
        norm: &PlannedBatchNorm,
        means: &[f32],
        input: &[V],
        gradient: &mut [V],
    ) {
        let channels = norm.spec.channels as usize;
        let (gamma, _) = self.parameters[norm.parameters..].split_at(channels);
        let (mean, variance) = self.constants[norm.constants..].split_at(channels);
        let (of_gamma, of_beta) = means.split_at(channels);
        let planes = input.chunks(norm.area).zip(gradient.chunks_mut(norm.area));
        for (channel, (input, gradient)) in planes.enumerate() {
            let scale = 1.0 / (variance[channel] + norm.spec.epsilon).sqrt();
            let factor = V::splat(gamma[channel] * scale / norm.area as f32);
            let (mean, scale) = (V::splat(mean[channel]), V::splat(scale));
            let (of_gamma, of_beta) = (V::splat(of_gamma[channel]), V::splat(of_beta[channel]));
            for (&x, dx) in input.iter().zip(gradient) {
                let normal = (x - mean) * scale;
                *dx -= normal.mul_add(of_gamma, of_beta) * factor;
            }
        }
    }
}

#[cfg(test)]
mod tests;
