//! Fully connected layers whose sizes are known at run time only.

use core::mem;

use super::DenseSpec;
use crate::lanes::Lanes;
use crate::layer::initialization::Initialization;
use crate::layer::kernel::{Backward, Forward, Kernel, MemoryNeeds, OutputMemory, Stored};
use crate::layer::runs::{Runs, cut, side_by_side};
use crate::layer::{GradientSink, add_input_gradient_slices, split, split_mut};
use crate::random::Random;
use crate::spec::Dims;
use crate::vfp;

impl DenseSpec {
    pub(crate) const fn memory(self, _input: Dims) -> MemoryNeeds {
        MemoryNeeds::new(OutputMemory::Separate, Stored::Input)
    }
}

impl Kernel for DenseSpec {
    fn initialize<H: Initialization>(self, how: &H, parameters: &mut [f32], random: &mut Random) {
        let [fan_in, fan_out] = [self.inputs, self.outputs].map(|count| count as usize);
        let (weight, bias) = split_mut(parameters, fan_in.saturating_mul(fan_out));
        weight.fill_with(|| how.draw(fan_in, fan_out, random));
        bias.fill(0.0);
    }

    #[inline]
    fn forward<V: Lanes>(self, pass: Forward<'_, V>) {
        let Forward { parameters, input, output, .. } = pass;
        let numbers = split(parameters, input.len().saturating_mul(output.len()));
        if vfp::serves::<V>() {
            return vfp::gemv(numbers, input, output);
        }
        let mut output = output;
        weighted_sums(numbers, input, |sums| {
            let (own, others) = split_mut(mem::take(&mut output), sums.len());
            for (output, &sum) in own.iter_mut().zip(sums) {
                *output = sum;
            }
            output = others;
        });
    }

    #[inline]
    fn backward<V: Lanes, S: GradientSink<V>>(self, pass: Backward<'_, V, S>) {
        let Backward { mut sink, stored, gradient, input_gradient, .. } = pass;
        if pass.trains_weights {
            sink.add_outer_slices(gradient, stored, input_gradient);
        } else if let Some(input_gradient) = input_gradient {
            add_input_gradient_slices(sink.parameters(), gradient, input_gradient);
        }
        let [inputs, outputs] = [self.inputs, self.outputs].map(|count| count as usize);
        sink.add(inputs.saturating_mul(outputs), gradient);
    }
}

/// Hands over bias plus weighted sum of the input for each row of the matrix, several at a time, in
/// order. There are as many rows as biases.
#[inline(always)]
pub(in crate::layer) fn weighted_sums<V: Lanes>(
    (weights, biases): (&[f32], &[f32]),
    input: &[V],
    mut hand_over: impl FnMut(&[V]),
) {
    if vfp::serves::<V>() {
        let (blocks, last) = biases.as_chunks::<8>();
        let mut rows = weights;
        for biases in
            blocks.iter().map(<[f32; 8]>::as_slice).chain((!last.is_empty()).then_some(last))
        {
            let (own, others) = split(rows, input.len().saturating_mul(biases.len()));
            let mut sums = [V::ZERO; 8];
            let (sums, _) = split_mut(&mut sums, biases.len());
            vfp::gemv((own, biases), input, sums);
            hand_over(sums);
            rows = others;
        }
        return;
    }
    let mut rows = weights;
    let (blocks, biases) = biases.as_chunks::<8>();
    for &biases in blocks {
        let Some((own, others)) = cut(rows, input.len()) else { return };
        hand_over(&eight(own, biases, input));
        rows = others;
    }
    let (blocks, biases) = biases.as_chunks::<2>();
    for &biases in blocks {
        let Some(([a, b], others)) = cut(rows, input.len()) else { return };
        let mut sums = biases.map(V::splat);
        for (&x, (&a, &b)) in input.iter().zip(a.iter().zip(b)) {
            let [first, second] = &mut sums;
            *first = V::splat(a).mul_add(x, *first);
            *second = V::splat(b).mul_add(x, *second);
        }
        hand_over(&sums);
        rows = others;
    }
    for (&bias, row) in biases.iter().zip(rows.runs(input.len())) {
        let products = input.iter().zip(row);
        let sum = products.fold(V::splat(bias), |sum, (&x, &a)| V::splat(a).mul_add(x, sum));
        hand_over(&[sum]);
    }
}

/// Inputs of a tile: enough of them for the counting of the loop not to count.
const TILE: usize = 4;

/// Returns bias plus weighted sum of the input for eight rows of its length.
///
/// They share one pass over the input, and do not wait for each other's sums.
#[inline(always)]
fn eight<V: Lanes>(rows: [&[f32]; 8], biases: [f32; 8], input: &[V]) -> [V; 8] {
    let (tiles, last) = input.as_chunks::<TILE>();
    let rows = rows.map(<[f32]>::as_chunks::<TILE>);
    let sums = add_tiles(biases.map(V::splat), rows.map(|(tiles, _)| tiles), tiles);
    add_tiles(sums, rows.map(|(_, last)| last.as_chunks::<1>().0), last.as_chunks::<1>().0)
}

/// Returns sums plus weighted sums of the input, in tiles of `T`.
#[inline(always)]
fn add_tiles<V: Lanes, const T: usize>(
    mut sums: [V; 8],
    rows: [&[[f32; T]]; 8],
    input: &[[V; T]],
) -> [V; 8] {
    for (input, rows) in input.iter().zip(side_by_side(rows)) {
        for (i, &x) in input.iter().enumerate() {
            for (sum, row) in sums.iter_mut().zip(rows) {
                if let Some(&weight) = row.get(i) {
                    *sum = V::splat(weight).mul_add(x, *sum);
                }
            }
        }
    }
    sums
}
