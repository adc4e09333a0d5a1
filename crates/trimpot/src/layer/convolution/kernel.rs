//! Convolutions over slices: rectangular windows, strides, dilation, groups, and padding for each
//! side.
//!
//! On the way back [`SHARED`] filters of a group share what they have in common, and the gradient
//! of their weights is added up over all places before it goes to the sink.

mod narrow;
mod planes;
mod rows;
#[cfg(test)]
mod tests;
mod windows;

use self::planes::Planes;
use super::{ConvSpec, SHARED};
use crate::lanes::Lanes;
use crate::layer::initialization::Initialization;
use crate::layer::kernel::{Backward, Forward, LayerKernel, MemoryNeeds, OutputMemory, Stored};
use crate::layer::runs::{Runs, cut};
use crate::layer::windows::{Band, Grid};
use crate::layer::{GradientSink, split, split_mut};
use crate::random::Random;
use crate::spec::Dims;

impl<const D: usize> ConvSpec<D> {
    /// Returns how many weights a filter has.
    pub(crate) const fn weights(self) -> usize {
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

    /// Returns whether each filter sees one channel, which no other sees.
    const fn is_depthwise(self) -> bool {
        self.groups == self.in_channels && self.groups == self.out_channels
    }

    /// Returns whether the window goes to the next number, always.
    const fn is_dense(self) -> bool {
        let mut strides = self.window.stride.as_slice();
        while let [1, rest @ ..] = strides {
            strides = rest;
        }
        strides.is_empty()
    }

    /// Returns whether a window is one number, and each number of a plane has its window.
    const fn has_plain_planes(self) -> bool {
        let mut padding = self.window.padding.as_slice();
        while let [[0, 0], rest @ ..] = padding {
            padding = rest;
        }
        self.is_dense() && padding.is_empty() && self.weights() == self.taken() as usize
    }

    /// Returns how many values the gradient of the input alone has in passing: what lies under a
    /// window; of a filter for each channel, where the window goes to the next number, always, rows
    /// of the output's gradient, with a place for each number of the input.
    pub(crate) const fn buffer_for_input_gradient(self, input: Dims) -> usize {
        if self.is_depthwise() && self.is_dense() {
            Band::values(self.window, input.last())
        } else if self.has_plain_planes() {
            0
        } else {
            self.weights()
        }
    }

    pub(crate) const fn memory(self, input: Dims) -> MemoryNeeds {
        let window = self.weights();
        // A window; gradients, a window and its gradient.
        let mut buffers = [window, window.saturating_mul(self.shared().saturating_add(2))];
        if self.is_depthwise()
            && let Ok(output) = self.output(input)
        {
            // Rows; a gradient and rows. That is not always more, and those that are types have
            // windows.
            let rows = Band::values(self.window, output.last());
            let [_, back] = larger([0, rows], [0, self.buffer_for_input_gradient(input)]);
            buffers = larger(buffers, [rows, back.saturating_add(window)]);
        }
        if self.has_plain_planes() && !self.is_depthwise() {
            buffers = [0, window.saturating_mul(self.shared())];
        }
        let [forward, backward] = buffers;
        MemoryNeeds::new(OutputMemory::Separate, Stored::Input).with_buffers(forward, backward)
    }
}

/// Returns the larger one of each two numbers.
const fn larger([a, b]: [usize; 2], [c, d]: [usize; 2]) -> [usize; 2] {
    [if a < c { c } else { a }, if b < d { d } else { b }]
}

/// How the channels of input and output belong together.
#[derive(Clone, Copy)]
pub(super) struct Groups {
    grid: Grid,
    /// How many there are.
    count: usize,
    /// Channels that a filter takes, and filters of a group.
    taken: usize,
    filters: usize,
    /// Weights of a filter.
    weights: usize,
    /// How many filters go together on the way back.
    shared: usize,
    /// Whether each filter sees one channel, which no other sees.
    is_depthwise: bool,
}

/// What a group takes and gives.
struct Group<'a, V> {
    weights: &'a [f32],
    biases: &'a [f32],
    input: &'a [V],
    output: &'a mut [V],
}

/// What the way back of some filters of a group takes: at most [`SHARED`].
struct Block<'a, V> {
    /// Their weights, filter by filter.
    weights: &'a [f32],
    /// The channels of their group, where weights are trained.
    input: Option<&'a [V]>,
    /// The planes of the gradient of their outputs.
    output_gradient: &'a [V],
    input_gradient: Option<&'a mut [V]>,
    /// Becomes the gradient of the weights, where these are trained. Holds anything.
    gradient: &'a mut [V],
    /// Holds anything.
    buffer: &'a mut [V],
}

impl Groups {
    fn new<const D: usize>(spec: ConvSpec<D>, dims: [Dims; 2]) -> Self {
        Groups {
            grid: Grid::new(spec.window, dims),
            count: spec.groups as usize,
            taken: (spec.taken() as usize).max(1),
            filters: spec.out_channels.checked_div(spec.groups).unwrap_or(0).max(1) as usize,
            weights: spec.weights().max(1),
            shared: spec.shared(),
            is_depthwise: spec.is_depthwise(),
        }
    }

    /// Creates the only group of filters of one number for each channel, which go over all of a
    /// plane of so many.
    pub(super) fn of_points([channels, filters]: [usize; 2], area: usize) -> Self {
        let shared = if filters >= SHARED { SHARED } else { 1 };
        Groups {
            grid: Grid::of_points(area),
            count: 1,
            taken: channels,
            filters,
            weights: channels,
            shared,
            is_depthwise: channels == 1 && filters == 1,
        }
    }

    /// Returns the products of matrices that a group is, if it is such.
    fn planes(&self) -> Option<Planes> {
        let Groups { taken: channels, filters, .. } = *self;
        let is_product = self.grid.has_plain_planes() && !self.is_depthwise;
        is_product.then(|| Planes { channels, filters, area: self.grid.output_area() })
    }

    /// Returns how many filters all groups have.
    fn all_filters(&self) -> usize {
        self.count.saturating_mul(self.filters)
    }

    /// Returns how many numbers the channels of a group have.
    fn group_input(&self) -> usize {
        self.taken.saturating_mul(self.grid.input_area())
    }

    /// Returns how many numbers the outputs of a group have.
    fn group_output(&self) -> usize {
        self.filters.saturating_mul(self.grid.output_area())
    }

    #[inline(always)]
    pub(super) fn forward<V: Lanes>(
        &self,
        parameters: &[f32],
        input: &[V],
        output: &mut [V],
        buffer: &mut [V],
    ) {
        let (weights, biases) = split(parameters, self.all_filters().saturating_mul(self.weights));
        let weights = weights.runs(self.filters.saturating_mul(self.weights));
        let numbers = weights.zip(biases.runs(self.filters));
        let inputs = input.runs(self.group_input());
        let outputs = output.runs_mut(self.group_output());
        if self.is_depthwise {
            // Outside of a plane it stays like this.
            buffer.fill(V::ZERO);
        }
        for ((output, input), (weights, biases)) in outputs.zip(inputs).zip(numbers) {
            let group = Group { weights, biases, input, output };
            if let Some(planes) = self.planes() {
                planes.forward((weights, biases), input, group.output);
            } else if self.is_depthwise {
                self.rows_forward(group, buffer);
            } else {
                self.windows_forward(group, buffer);
            }
        }
    }

    #[inline(always)]
    pub(super) fn backward<V: Lanes, S: GradientSink<V>>(
        &self,
        mut sink: S,
        input: Option<&[V]>,
        output_gradient: &[V],
        input_gradient: Option<&mut [V]>,
        buffer: &mut [V],
    ) {
        let area = self.grid.output_area();
        let biases = self.all_filters().saturating_mul(self.weights);
        let shared = if input.is_some() { self.shared } else { 0 };
        let (sums, buffer) = split_mut(buffer, shared.saturating_mul(self.weights));
        let mut input_gradients =
            input_gradient.map(|gradient| gradient.runs_mut(self.group_input()));
        let mut first = 0_usize;
        let mut inputs = input.map(|input| input.runs(self.group_input()));
        for planes in output_gradient.runs(self.group_output()) {
            let input = inputs.as_mut().and_then(Iterator::next);
            let mut input_gradient = input_gradients.as_mut().and_then(Iterator::next);
            let products = self.planes();
            if let Some(products) = products
                && let Some(input_gradient) = input_gradient.take()
            {
                let (_, weights) = split(sink.parameters(), first.saturating_mul(self.weights));
                products.input_gradient(weights, planes, input_gradient);
            }
            // Blocks of so many, and those that are left one by one.
            let left = if self.shared == SHARED { self.filters % SHARED } else { 0 };
            let whole = self.filters.saturating_sub(left);
            let (blocks, last) =
                planes.split_at_checked(whole.saturating_mul(area)).unwrap_or_default();
            let blocks = blocks.runs(self.shared.saturating_mul(area));
            for output_gradient in blocks.chain(last.runs(area)) {
                let count = output_gradient.len().checked_div(area).unwrap_or(0);
                let at = first.saturating_mul(self.weights);
                let len = count.saturating_mul(self.weights);
                let (_, weights) = split(sink.parameters(), at);
                let (weights, _) = split(weights, len);
                let (gradient, _) = split_mut(&mut *sums, len);
                let block = Block {
                    weights,
                    input,
                    output_gradient,
                    input_gradient: input_gradient.as_deref_mut(),
                    gradient: &mut *gradient,
                    buffer: &mut *buffer,
                };
                if let (Some(products), Some(input)) = (products, input) {
                    products.weight_gradient(input, output_gradient, block.gradient);
                // Biases need no more than the output's gradient.
                } else if block.input.is_some() || block.input_gradient.is_some() {
                    self.block_backward(block);
                }
                if input.is_some() {
                    sink.add(at, gradient);
                }
                let sums = sums_of_each(output_gradient, area);
                sink.add(biases.saturating_add(first), sums.get(..count).unwrap_or_default());
                first = first.saturating_add(count);
            }
        }
    }

    #[inline(always)]
    fn block_backward<V: Lanes>(&self, block: Block<'_, V>) {
        if self.is_depthwise {
            self.rows_backward(block);
        } else {
            self.windows_backward(block);
        }
    }
}

/// Returns the sum of each of some planes, at most [`SHARED`], in the order of the places. Of all
/// of them side by side, so that they do not wait for each other.
#[inline(never)]
fn sums_of_each<V: Lanes>(planes: &[V], area: usize) -> [V; SHARED] {
    V::vectorize(
        planes,
        #[inline(always)]
        |planes| {
            let mut sums = [V::ZERO; SHARED];
            if let Some(([a, b, c, d], _)) = cut(planes, area) {
                for ((&a, &b), (&c, &d)) in a.iter().zip(b).zip(c.iter().zip(d)) {
                    let [p, q, r, s] = sums;
                    sums = [p + a, q + b, r + c, s + d];
                }
            } else {
                for (sum, plane) in sums.iter_mut().zip(planes.runs(area)) {
                    *sum = plane.iter().fold(
                        V::ZERO,
                        #[inline(always)]
                        |sum, &number| sum + number,
                    );
                }
            }
            sums
        },
    )
}

impl<const D: usize> LayerKernel for ConvSpec<D> {
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
        V::vectorize(
            pass,
            #[inline(always)]
            |pass| {
                let Forward { dims, parameters, input, output, buffer, .. } = pass;
                Groups::new(self, dims).forward(parameters, input, output, buffer);
            },
        )
    }

    #[inline(never)]
    fn forward_among_others<V: Lanes>(self, pass: Forward<'_, V>) {
        self.forward(pass);
    }

    fn backward<V: Lanes, S: GradientSink<V>>(self, pass: Backward<'_, V, S>) {
        V::vectorize(
            pass,
            #[inline(always)]
            |pass| {
                let Backward { dims, sink, stored, gradient, input_gradient, buffer, .. } = pass;
                let input = pass.trains_weights.then_some(stored);
                Groups::new(self, dims).backward(sink, input, gradient, input_gradient, buffer);
            },
        )
    }
}
