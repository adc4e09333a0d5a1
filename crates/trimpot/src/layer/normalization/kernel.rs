//! Normalisations over slices.

use super::{BatchNormSpec, LayerNormSpec, split, split_mut};
use crate::lanes::Lanes;
use crate::layer::GradientSink;
use crate::layer::initialization::Initialization;
use crate::layer::kernel::{Backward, Forward, LayerKernel, MemoryNeeds, OutputMemory, Stored};
use crate::layer::runs::Runs;
use crate::random::Random;
use crate::spec::Dims;

/// Initialises scales to 1 and shifts to 0.
pub(super) fn initialize(parameters: &mut [f32], channels: usize) {
    let (gamma, beta) = split_mut(parameters, channels);
    gamma.fill(1.0);
    beta.fill(0.0);
}

/// Returns the mean and 1 / √(variance + ε) of each channel.
#[inline(always)]
fn statistics(
    constants: &[f32],
    channels: usize,
    epsilon: f32,
) -> impl Iterator<Item = (f32, f32)> {
    let (mean, variance) = split(constants, channels);
    let scale = move |&variance: &f32| 1.0 / Lanes::sqrt(variance + epsilon);
    mean.iter().copied().zip(variance.iter().map(scale))
}

impl BatchNormSpec {
    pub(crate) const fn memory(self, _input: Dims) -> MemoryNeeds {
        let channels = self.channels as usize;
        MemoryNeeds::new(OutputMemory::InPlace, Stored::Input)
            // The gradients of scales and shifts.
            .with_buffers(0, channels.saturating_mul(2))
    }

    /// Returns how many numbers a channel has: at least 1, so that channels can be told apart.
    pub(crate) fn area(self, input: Dims) -> usize {
        input.count().checked_div(self.channels as usize).unwrap_or(1).max(1)
    }
}

impl LayerKernel for BatchNormSpec {
    fn initialize<H: Initialization>(self, _: &H, parameters: &mut [f32], _: &mut Random) {
        initialize(parameters, self.channels as usize);
    }

    fn forward<V: Lanes>(self, pass: Forward<'_, V>) {
        V::vectorize(
            pass,
            #[inline(always)]
            |pass| {
                let Forward { dims: [dims, _], parameters, constants, output, .. } = pass;
                let channels = self.channels as usize;
                let (gamma, beta) = split(parameters, channels);
                let affine =
                    statistics(constants, channels, self.epsilon).zip(gamma.iter().zip(beta));
                let output = output.runs_mut(self.area(dims));
                for (channel, ((mean, scale), (gamma, &beta))) in output.zip(affine) {
                    for x in channel {
                        *x = (*x - V::splat(mean)).mul_add(V::splat(gamma * scale), V::splat(beta));
                    }
                }
            },
        )
    }

    fn backward<V: Lanes, S: GradientSink<V>>(self, pass: Backward<'_, V, S>) {
        V::vectorize(
            pass,
            #[inline(always)]
            |pass| {
                let Backward {
                    dims: [dims, _],
                    mut sink,
                    constants,
                    stored: input,
                    gradient,
                    buffer,
                    ..
                } = pass;
                let channels = self.channels as usize;
                let area = self.area(dims);
                let (gamma_gradient, beta_gradient) = split_mut(buffer, channels);
                let statistics = || statistics(constants, channels, self.epsilon);
                let sums = gamma_gradient.iter_mut().zip(&mut *beta_gradient).zip(statistics());
                let inputs = input.runs(area).zip(gradient.runs(area));
                for ((channel, output_gradient), ((gamma, beta), (mean, scale))) in inputs.zip(sums)
                {
                    (*gamma, *beta) = (V::ZERO, V::ZERO);
                    for (&x, &dy) in channel.iter().zip(output_gradient) {
                        *gamma = dy.mul_add(x - V::splat(mean), *gamma);
                        *beta += dy;
                    }
                    *gamma *= V::splat(scale);
                }
                let (gamma, _) = split(sink.parameters(), channels);
                let factors = statistics().zip(gamma).map(|((_, scale), gamma)| gamma * scale);
                for (gradient, factor) in gradient.runs_mut(area).zip(factors) {
                    for dy in gradient {
                        *dy *= V::splat(factor);
                    }
                }
                sink.add(0, gamma_gradient);
                sink.add(channels, beta_gradient);
            },
        )
    }
}

impl LayerNormSpec {
    pub(crate) const fn memory(self, _input: Dims) -> MemoryNeeds {
        let size = self.size as usize;
        MemoryNeeds::new(OutputMemory::InPlace, Stored::Input)
            // The gradients of scales and shifts, and a row.
            .with_buffers(0, size.saturating_mul(3))
    }
}

/// Turns a row into x̂, and returns 1 / √(variance + ε).
#[inline(always)]
pub(super) fn normalize<V: Lanes>(row: &mut [V], epsilon: f32) -> V {
    centre(row);
    let squares = row.iter().fold(
        V::ZERO,
        #[inline(always)]
        |sum, &x| x.mul_add(x, sum),
    );
    let share = V::splat(1.0 / row.len() as f32);
    let scale = V::ONE / squares.mul_add(share, V::splat(epsilon)).sqrt();
    for x in row {
        *x *= scale;
    }
    scale
}

/// Subtracts the mean of some numbers from each of them.
///
/// The mean is off by some ULPs of the numbers, and so are the differences, all by the same: it is
/// their mean, which is far smaller, so that its own error is as well. Quotients and not products
/// with 1/N, so that the mean of equal differences is one of them.
#[inline(always)]
pub(super) fn centre<V: Lanes>(numbers: &mut [V]) {
    for _pass in 0..2 {
        let mean = numbers.iter().fold(
            V::ZERO,
            #[inline(always)]
            |sum, &x| sum + x,
        ) / V::splat(numbers.len() as f32);
        for x in &mut *numbers {
            *x -= mean;
        }
    }
}

impl LayerKernel for LayerNormSpec {
    fn initialize<H: Initialization>(self, _: &H, parameters: &mut [f32], _: &mut Random) {
        initialize(parameters, self.size as usize);
    }

    fn forward<V: Lanes>(self, pass: Forward<'_, V>) {
        V::vectorize(
            pass,
            #[inline(always)]
            |pass| {
                let Forward { parameters, output, .. } = pass;
                let size = self.size as usize;
                let (gamma, beta) = split(parameters, size);
                for row in output.runs_mut(size) {
                    normalize(row, self.epsilon);
                    for ((x, &gamma), &beta) in row.iter_mut().zip(gamma).zip(beta) {
                        *x = x.mul_add(V::splat(gamma), V::splat(beta));
                    }
                }
            },
        )
    }

    fn backward<V: Lanes, S: GradientSink<V>>(self, pass: Backward<'_, V, S>) {
        V::vectorize(
            pass,
            #[inline(always)]
            |pass| {
                let Backward { mut sink, stored: input, gradient, buffer, .. } = pass;
                let size = (self.size as usize).max(1);
                let share = V::splat(1.0 / size as f32);
                let (normal, sums) = split_mut(buffer, size);
                let (gamma_gradient, beta_gradient) = split_mut(sums, size);
                gamma_gradient.fill(V::ZERO);
                beta_gradient.fill(V::ZERO);
                // From here on the gradient by the output becomes the gradient by the input.
                for (row, gradient) in input.runs(size).zip(gradient.runs_mut(size)) {
                    for (normal, &x) in normal.iter_mut().zip(row) {
                        *normal = x;
                    }
                    let scale = normalize(normal, self.epsilon);
                    let (gamma, _) = split(sink.parameters(), size);
                    let sums = gamma_gradient.iter_mut().zip(&mut *beta_gradient);
                    for ((dy, &x), (&gamma, sums)) in
                        gradient.iter_mut().zip(&*normal).zip(gamma.iter().zip(sums))
                    {
                        *sums.0 = dy.mul_add(x, *sums.0);
                        *sums.1 += *dy;
                        *dy *= V::splat(gamma);
                    }
                    centre(gradient);
                    let products = gradient.iter().zip(&*normal);
                    let along = products.fold(
                        V::ZERO,
                        #[inline(always)]
                        |sum, (&dy, &x)| dy.mul_add(x, sum),
                    ) * share;
                    for (dy, &x) in gradient.iter_mut().zip(&*normal) {
                        *dy = (*dy - x * along) * scale;
                    }
                }
                sink.add(0, gamma_gradient);
                sink.add(size, beta_gradient);
            },
        )
    }
}
