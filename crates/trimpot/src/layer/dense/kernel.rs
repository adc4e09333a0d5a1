//! Fully connected layers whose sizes are known at run time only.

use super::DenseSpec;
use crate::lanes::Lanes;
use crate::layer::initialization::Initialization;
use crate::layer::kernel::{Backward, Forward, Kernel, MemoryNeeds, OutputMemory, Stored};
use crate::layer::runs::Runs;
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
        let mut output = output.iter_mut();
        weighted_sums(numbers, input, |sums| {
            for (&sum, output) in sums.iter().zip(output.by_ref()) {
                *output = sum;
            }
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
    let mut rows = weights.runs(input.len());
    let (blocks, biases) = biases.as_chunks::<8>();
    for &biases in blocks {
        let rows: [&[f32]; 8] = core::array::from_fn(|_| rows.next().unwrap_or_default());
        hand_over(&eight(rows, biases, input));
    }
    let (blocks, biases) = biases.as_chunks::<2>();
    for &[first, second] in blocks {
        let mut sums = [first, second].map(V::splat);
        let [a, b] = core::array::from_fn(|_| rows.next().unwrap_or_default());
        for (&x, (&a, &b)) in input.iter().zip(a.iter().zip(b)) {
            let [first, second] = &mut sums;
            *first = V::splat(a).mul_add(x, *first);
            *second = V::splat(b).mul_add(x, *second);
        }
        hand_over(&sums);
    }
    for (&bias, row) in biases.iter().zip(rows) {
        let products = input.iter().zip(row);
        let sum = products.fold(V::splat(bias), |sum, (&x, &a)| V::splat(a).mul_add(x, sum));
        hand_over(&[sum]);
    }
}

/// Returns bias plus weighted sum of the input for eight rows.
///
/// They share one pass over the input, and do not wait for each other's sums. Rows side by side
/// need no check for each weight. Tried instead, and slower on AVX2: tiles of eight inputs,
/// checked once.
#[inline(always)]
fn eight<V: Lanes>(rows: [&[f32]; 8], biases: [f32; 8], input: &[V]) -> [V; 8] {
    let [a, b, c, d, e, f, g, h] = rows.map(<[f32]>::iter);
    let rows = a.zip(b).zip(c.zip(d)).zip(e.zip(f).zip(g.zip(h)));
    let mut sums = biases.map(V::splat);
    for (&x, (((a, b), (c, d)), ((e, f), (g, h)))) in input.iter().zip(rows) {
        for (sum, &weight) in sums.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *sum = V::splat(weight).mul_add(x, *sum);
        }
    }
    sums
}
