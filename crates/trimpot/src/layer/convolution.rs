//! Convolution: filters that move over images and sequences, the same weights at every position.
//!
//! Sizes that a layer computes cannot be written in a type yet, so a layer's output shape is part
//! of its type, and is checked when it is compiled: `(input + 2 · padding − kernel) / stride + 1`,
//! rounded down, in each direction.
//!
//! How it is done: what lies under the kernel is copied out, with zeros where that is outside, and
//! several filters take their weighted sums of it at once. So the cost of moving about is shared,
//! and the sums do not wait for each other. On the way back the gradient of a few filters is added
//! up over all places of the sample before it goes to the [`GradientSink`]: that buffer is all the
//! memory it takes, however many filters there are.
//!
//! Rejected: sums along rows of the output, which save the copies but need a case for every edge;
//! and the algorithms that save multiplications (Winograd's, Fourier's), whose results round
//! differently.

mod depthwise;
mod kernel;
mod one;
mod spec;
mod two;

pub use depthwise::{DepthwiseConv1d, DepthwiseConv2d};
pub use one::Conv1d;
pub use spec::ConvSpec;
pub use two::Conv2d;

use core::array;

use super::windows::{Patch, Window, add_patch, patch};
use super::{GradientSink, split};
use crate::lanes::Lanes;

/// How many filters share a patch on the way back, and a buffer for their gradients.
const SHARED: usize = 4;

/// Returns how many values the backward pass stores in passing: gradients, a patch and its
/// gradient.
const fn buffers(filters: usize, weights: usize) -> usize {
    let shared = if filters < SHARED { 1 } else { SHARED };
    (shared + 2) * weights
}

/// Filters of `C` channels of `KH` rows of `KW` weights.
#[derive(Clone, Copy)]
struct Filters<const C: usize, const KH: usize, const KW: usize> {
    window: Window,
}

impl<const C: usize, const KH: usize, const KW: usize> Filters<C, KH, KW> {
    /// Weights of one filter.
    const WEIGHTS: usize = C * KH * KW;

    /// Returns a run of weights, filter by filter.
    #[inline(always)]
    fn of(weights: &[f32]) -> &[Patch<f32, C, KH, KW>] {
        weights.as_chunks().0.as_chunks().0.as_chunks().0
    }

    /// One plane of output for each filter.
    #[inline(always)]
    fn forward<V: Lanes, const H: usize, const W: usize, const OH: usize, const OW: usize>(
        self,
        (weights, biases): (&[f32], &[f32]),
        input: &[[[V; W]; H]],
        output: &mut [[[V; OW]; OH]],
    ) {
        for y in 0..OH {
            for x in 0..OW {
                let patch = patch(input, self.window.corner(y, x));
                let mut sums = Sums { patch, at: [y, x] };
                let rest = sums.take::<_, _, 8>((Self::of(weights), biases, &mut *output));
                let rest = sums.take::<_, _, 4>(rest);
                sums.take::<_, _, 1>(rest);
            }
        }
    }

    /// Adds the gradients of `count` filters, the ones from `first` on of all, to the sink; and
    /// those of their inputs to `input_gradient`. `output_gradient` are the planes of the output's
    /// gradient, one for each of these filters.
    #[inline(always)]
    fn backward<
        V: Lanes,
        S: GradientSink<V>,
        const H: usize,
        const W: usize,
        const OH: usize,
        const OW: usize,
    >(
        self,
        sink: &mut S,
        [first, all]: [usize; 2],
        output_gradient: &[[[V; OW]; OH]],
        input: &[[[V; W]; H]],
        mut input_gradient: Option<&mut [[[V; W]; H]]>,
    ) {
        let (blocks, last) = output_gradient.as_chunks::<SHARED>();
        for (block, output_gradient) in blocks.iter().enumerate() {
            let first = first + block * SHARED;
            self.block(sink, [first, all], output_gradient, input, input_gradient.as_deref_mut());
        }
        for (filter, output_gradient) in last.iter().enumerate() {
            let first = first + blocks.len() * SHARED + filter;
            let output_gradient = array::from_ref(output_gradient);
            self.block(sink, [first, all], output_gradient, input, input_gradient.as_deref_mut());
        }
    }

    /// [`backward`](Self::backward) for `R` filters.
    #[inline(always)]
    fn block<
        V: Lanes,
        S: GradientSink<V>,
        const H: usize,
        const W: usize,
        const OH: usize,
        const OW: usize,
        const R: usize,
    >(
        self,
        sink: &mut S,
        [first, all]: [usize; 2],
        output_gradient: &[[[V; OW]; OH]; R],
        input: &[[[V; W]; H]],
        mut input_gradient: Option<&mut [[[V; W]; H]]>,
    ) {
        let mut gradient = [[[[V::ZERO; KW]; KH]; C]; R];
        let mut bias_gradient = [V::ZERO; R];
        let (_, filters) = split(sink.parameters(), first * Self::WEIGHTS);
        let Some(filters) = Self::of(filters).first_chunk::<R>() else { return };
        for y in 0..OH {
            for x in 0..OW {
                let output_gradient = output_gradient.each_ref().map(|plane| {
                    plane.get(y).and_then(|row| row.get(x)).copied().unwrap_or(V::ZERO)
                });
                let corner = self.window.corner(y, x);
                for (sum, &dy) in bias_gradient.iter_mut().zip(&output_gradient) {
                    *sum += dy;
                }
                add_products(&mut gradient, &output_gradient, &patch(input, corner));
                if let Some(input_gradient) = input_gradient.as_deref_mut() {
                    add_patch(input_gradient, corner, &mixture(filters, &output_gradient));
                }
            }
        }
        sink.add(first * Self::WEIGHTS, gradient.as_flattened().as_flattened().as_flattened());
        sink.add(all * Self::WEIGHTS + first, &bias_gradient);
    }
}

/// Returns the weight of a filter at this channel, row and place.
#[inline(always)]
fn weight<const C: usize, const KH: usize, const KW: usize>(
    filter: &Patch<f32, C, KH, KW>,
    [c, y, x]: [usize; 3],
) -> Option<&f32> {
    filter.get(c)?.get(y)?.get(x)
}

/// [`weight`] of a gradient, to be changed.
#[inline(always)]
fn weight_mut<V, const C: usize, const KH: usize, const KW: usize>(
    gradient: &mut Patch<V, C, KH, KW>,
    [c, y, x]: [usize; 3],
) -> Option<&mut V> {
    gradient.get_mut(c)?.get_mut(y)?.get_mut(x)
}

/// Adds `output_gradient[r] · patch` to each `gradient[r]`.
#[inline(always)]
fn add_products<V: Lanes, const C: usize, const KH: usize, const KW: usize, const R: usize>(
    gradient: &mut [Patch<V, C, KH, KW>; R],
    output_gradient: &[V; R],
    patch: &Patch<V, C, KH, KW>,
) {
    for (c, plane) in patch.iter().enumerate() {
        for (y, row) in plane.iter().enumerate() {
            for (x, &value) in row.iter().enumerate() {
                for (gradient, &dy) in gradient.iter_mut().zip(output_gradient) {
                    if let Some(sum) = weight_mut(gradient, [c, y, x]) {
                        *sum = dy.mul_add(value, *sum);
                    }
                }
            }
        }
    }
}

/// Returns the sum of `output_gradient[r] · filters[r]`.
#[inline(always)]
fn mixture<V: Lanes, const C: usize, const KH: usize, const KW: usize, const R: usize>(
    filters: &[Patch<f32, C, KH, KW>; R],
    output_gradient: &[V; R],
) -> Patch<V, C, KH, KW> {
    let mut mixture = [[[V::ZERO; KW]; KH]; C];
    for (c, plane) in mixture.iter_mut().enumerate() {
        for (y, row) in plane.iter_mut().enumerate() {
            for (x, sum) in row.iter_mut().enumerate() {
                for (filter, dy) in filters.iter().zip(output_gradient) {
                    if let Some(&weight) = weight(filter, [c, y, x]) {
                        *sum = dy.mul_add(V::splat(weight), *sum);
                    }
                }
            }
        }
    }
    mixture
}

/// Filters with their biases and planes of output.
type Todo<
    'a,
    V,
    const C: usize,
    const KH: usize,
    const KW: usize,
    const OH: usize,
    const OW: usize,
> = (&'a [Patch<f32, C, KH, KW>], &'a [f32], &'a mut [[[V; OW]; OH]]);

/// The weighted sums of a patch, for the output at one place.
struct Sums<V, const C: usize, const KH: usize, const KW: usize> {
    patch: Patch<V, C, KH, KW>,
    at: [usize; 2],
}

impl<V: Lanes, const C: usize, const KH: usize, const KW: usize> Sums<V, C, KH, KW> {
    /// Takes as many filters as there are in blocks of `R`, and returns the others.
    #[inline(always)]
    fn take<'a, const OH: usize, const OW: usize, const R: usize>(
        &mut self,
        (filters, biases, output): Todo<'a, V, C, KH, KW, OH, OW>,
    ) -> Todo<'a, V, C, KH, KW, OH, OW> {
        let (blocks, filters) = filters.as_chunks::<R>();
        let (block_biases, biases) = biases.as_chunks::<R>();
        let (outputs, output) = output.as_chunks_mut::<R>();
        let [y, x] = self.at;
        for ((block, bias), planes) in blocks.iter().zip(block_biases).zip(outputs) {
            let sums = self.of(block, bias);
            for (plane, sum) in planes.iter_mut().zip(sums) {
                if let Some(place) = plane.get_mut(y).and_then(|row| row.get_mut(x)) {
                    *place = sum;
                }
            }
        }
        (filters, biases, output)
    }

    /// Bias plus weighted sum, for `R` filters.
    #[inline(always)]
    fn of<const R: usize>(&self, filters: &[Patch<f32, C, KH, KW>; R], bias: &[f32; R]) -> [V; R] {
        let mut sums = bias.map(V::splat);
        for (c, plane) in self.patch.iter().enumerate() {
            for (y, row) in plane.iter().enumerate() {
                for (x, &value) in row.iter().enumerate() {
                    for (sum, filter) in sums.iter_mut().zip(filters) {
                        if let Some(&weight) = weight(filter, [c, y, x]) {
                            *sum = V::splat(weight).mul_add(value, *sum);
                        }
                    }
                }
            }
        }
        sums
    }
}
