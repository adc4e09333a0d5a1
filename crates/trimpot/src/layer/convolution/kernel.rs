//! Convolutions whose sizes are known at run time only: rectangular windows, strides, dilation,
//! groups, and padding for each side.
//!
//! As for those that are types, what lies under the window is copied out, and several filters take
//! their weighted sums of it; on the way back [`SHARED`] filters of a group share what they have in
//! common, and the gradient of their weights is added up over all places before it goes to the
//! sink.

use super::{ConvSpec, SHARED};
use crate::lanes::Lanes;
use crate::layer::dense::weighted_sums;
use crate::layer::initialization::Initialization;
use crate::layer::kernel::{Backward, Forward, Kernel, MemoryNeeds, OutputMemory, Stored};
use crate::layer::runs::Runs;
use crate::layer::windows::Grid;
use crate::layer::{GradientSink, split, split_mut};
use crate::random::Random;
use crate::spec::Dims;
use crate::vfp;

impl<const D: usize> ConvSpec<D> {
    /// Returns how many weights a filter has.
    const fn weights(self) -> usize {
        let mut weights = self.taken() as usize;
        let mut sizes = self.window.size.as_slice();
        while let [size, rest @ ..] = sizes {
            weights = weights.saturating_mul(*size as usize);
            sizes = rest;
        }
        weights
    }

    /// Returns how many filters of a group go together on the way back.
    const fn shared(self) -> usize {
        match self.out_channels.checked_div(self.groups) {
            Some(filters) if filters as usize >= SHARED => SHARED,
            _ => 1,
        }
    }

    pub(crate) const fn memory(self, _input: Dims) -> MemoryNeeds {
        let window = self.weights();
        MemoryNeeds::new(OutputMemory::Separate, Stored::Input)
            // A window; gradients, a window and its gradient.
            .with_buffers(window, window.saturating_mul(self.shared().saturating_add(2)))
    }
}

/// How the channels of input and output belong together.
struct Groups {
    grid: Grid,
    /// Channels that a filter takes, and filters of a group.
    taken: usize,
    filters: usize,
    /// Weights of a filter.
    weights: usize,
}

impl Groups {
    fn new<const D: usize>(spec: ConvSpec<D>, dims: [Dims; 2]) -> Self {
        Groups {
            grid: Grid::new(spec.window, dims),
            taken: (spec.taken() as usize).max(1),
            filters: spec.out_channels.checked_div(spec.groups).unwrap_or(0).max(1) as usize,
            weights: spec.weights().max(1),
        }
    }

    /// Returns how many numbers the channels of a group have.
    fn group_input(&self) -> usize {
        self.taken.saturating_mul(self.grid.input_area())
    }

    /// Returns how many numbers the outputs of a group have.
    fn group_output(&self) -> usize {
        self.filters.saturating_mul(self.grid.output_area())
    }

    /// The backward pass of some filters of a group, at most [`SHARED`]: `output_gradient` holds
    /// their planes, `weights` theirs. Writes the gradient of the weights, and returns that of the
    /// biases.
    #[inline(always)]
    fn block<V: Lanes>(
        &self,
        weights: &[f32],
        output_gradient: &[V],
        channels: &[V],
        mut input_gradient: Option<&mut [V]>,
        [gradient, window, mixture]: [&mut [V]; 3],
    ) -> [V; SHARED] {
        gradient.fill(V::ZERO);
        let mut bias_gradient = [V::ZERO; SHARED];
        for (index, place) in self.grid.places().enumerate() {
            let mut column = [V::ZERO; SHARED];
            let planes = output_gradient.runs(self.grid.output_area());
            for ((dy, sum), plane) in column.iter_mut().zip(&mut bias_gradient).zip(planes) {
                *dy = plane.get(index).copied().unwrap_or(V::ZERO);
                *sum += *dy;
            }
            self.grid.gather(channels, place, V::ZERO, window);
            for (gradient, dy) in gradient.runs_mut(self.weights).zip(column) {
                if vfp::serves::<V>() {
                    vfp::axpy(dy, window, gradient);
                    continue;
                }
                for (sum, &value) in gradient.iter_mut().zip(&*window) {
                    *sum = dy.mul_add(value, *sum);
                }
            }
            let Some(input_gradient) = input_gradient.as_deref_mut() else { continue };
            mixture.fill(V::ZERO);
            for (filter, dy) in weights.runs(self.weights).zip(column) {
                if vfp::serves::<V>() {
                    vfp::axpy(dy, filter, mixture);
                    continue;
                }
                for (sum, &weight) in mixture.iter_mut().zip(filter) {
                    *sum = dy.mul_add(V::splat(weight), *sum);
                }
            }
            self.grid.scatter(input_gradient, place, mixture);
        }
        bias_gradient
    }
}

impl<const D: usize> Kernel for ConvSpec<D> {
    fn initialize<H: Initialization>(self, how: &H, parameters: &mut [f32], random: &mut Random) {
        let fan_in = self.weights();
        // Of its own group alone.
        let filters = self.out_channels.checked_div(self.groups).unwrap_or(0) as usize;
        let area = fan_in.checked_div(self.taken() as usize).unwrap_or(0);
        let fan_out = filters.saturating_mul(area);
        let weights = (self.out_channels as usize).saturating_mul(fan_in);
        let (weight, bias) = split_mut(parameters, weights);
        weight.fill_with(|| how.draw(fan_in, fan_out, random));
        bias.fill(0.0);
    }

    fn forward<V: Lanes>(self, pass: Forward<'_, V>) {
        let Forward { dims, parameters, input, output, buffer: window, .. } = pass;
        let groups = Groups::new(self, dims);
        let area = groups.grid.output_area();
        let filters = self.out_channels as usize;
        let (weights, biases) = split(parameters, filters.saturating_mul(groups.weights));
        let numbers = weights
            .runs(groups.filters.saturating_mul(groups.weights))
            .zip(biases.runs(groups.filters));
        let input = input.runs(groups.group_input());
        let output = output.runs_mut(groups.group_output());
        for ((output, channels), numbers) in output.zip(input).zip(numbers) {
            for (index, place) in groups.grid.places().enumerate() {
                groups.grid.gather(channels, place, V::ZERO, window);
                let mut planes = output.runs_mut(area);
                weighted_sums(numbers, window, |sums| {
                    for (&sum, plane) in sums.iter().zip(planes.by_ref()) {
                        if let Some(place) = plane.get_mut(index) {
                            *place = sum;
                        }
                    }
                });
            }
        }
    }

    fn backward<V: Lanes, S: GradientSink<V>>(self, pass: Backward<'_, V, S>) {
        let Backward { dims, mut sink, stored: input, gradient, input_gradient, buffer, .. } = pass;
        let groups = Groups::new(self, dims);
        let (area, filters) = (groups.grid.output_area(), self.out_channels as usize);
        let biases = filters.saturating_mul(groups.weights);
        let (window, buffer) = split_mut(buffer, groups.weights);
        let (mixture, sums) = split_mut(buffer, groups.weights);
        let mut input_gradients =
            input_gradient.map(|gradient| gradient.runs_mut(groups.group_input()));
        let mut first = 0_usize;
        let input = input.runs(groups.group_input());
        for (planes, channels) in gradient.runs(groups.group_output()).zip(input) {
            let mut input_gradient = input_gradients.as_mut().and_then(Iterator::next);
            // Blocks of so many, and those that are left one by one.
            let shared = self.shared();
            let left = if shared == SHARED { groups.filters % SHARED } else { 0 };
            let whole = groups.filters.saturating_sub(left);
            let (blocks, last) =
                planes.split_at_checked(whole.saturating_mul(area)).unwrap_or_default();
            let blocks = blocks.runs(shared.saturating_mul(area));
            for planes in blocks.chain(last.runs(area)) {
                let count = planes.len().checked_div(area).unwrap_or(0);
                let at = first.saturating_mul(groups.weights);
                let len = count.saturating_mul(groups.weights);
                let (_, weights) = split(sink.parameters(), at);
                let (weights, _) = split(weights, len);
                let (gradient, _) = split_mut(&mut *sums, len);
                let buffers = [gradient, &mut *window, &mut *mixture];
                let bias_gradient =
                    groups.block(weights, planes, channels, input_gradient.as_deref_mut(), buffers);
                let (gradient, _) = split_mut(&mut *sums, len);
                sink.add(at, gradient);
                let bias_gradient = bias_gradient.get(..count).unwrap_or(&bias_gradient);
                sink.add(biases.saturating_add(first), bias_gradient);
                first = first.saturating_add(count);
            }
        }
    }
}
