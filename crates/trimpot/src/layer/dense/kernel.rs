//! Fully connected layers whose sizes are known at run time only.

use core::mem;

use super::DenseSpec;
use crate::arrays;
use crate::lanes::{Lanes, splat_each};
use crate::layer::initialization::Initialization;
use crate::layer::kernel::{Backward, Forward, LayerKernel, MemoryNeeds, OutputMemory, Stored};
use crate::layer::runs::{SideBySide, cut};
use crate::layer::{GradientSink, add_input_gradient_slices, split, split_mut};
use crate::random::Random;
use crate::spec::Dims;
use crate::vfp;

impl DenseSpec {
    pub(crate) const fn memory(self, _input: Dims) -> MemoryNeeds {
        MemoryNeeds::new(OutputMemory::Separate, Stored::Input)
    }
}

impl LayerKernel for DenseSpec {
    fn initialize<H: Initialization>(self, how: &H, parameters: &mut [f32], random: &mut Random) {
        let [fan_in, fan_out] = [self.inputs, self.outputs].map(|count| count as usize);
        let (weight, bias) = split_mut(parameters, fan_in.saturating_mul(fan_out));
        weight.fill_with(|| how.draw(fan_in, fan_out, random));
        bias.fill(0.0);
    }

    #[inline]
    fn forward<V: Lanes>(self, pass: Forward<'_, V>) {
        V::vectorize(
            pass,
            #[inline(always)]
            |pass| {
                let Forward { parameters, input, output, .. } = pass;
                let numbers = split(parameters, input.len().saturating_mul(output.len()));
                if vfp::serves::<V>() {
                    return vfp::gemv(numbers, input, output);
                }
                let mut output = output;
                weighted_sums(
                    numbers,
                    input,
                    #[inline(always)]
                    |sums| {
                        let (own, others) = split_mut(mem::take(&mut output), sums.len());
                        for (output, &sum) in own.iter_mut().zip(sums) {
                            *output = sum;
                        }
                        output = others;
                    },
                );
            },
        )
    }

    #[inline]
    fn backward<V: Lanes, S: GradientSink<V>>(self, pass: Backward<'_, V, S>) {
        V::vectorize(
            pass,
            #[inline(always)]
            |pass| {
                let Backward { mut sink, stored, gradient, input_gradient, .. } = pass;
                if pass.trains_weights {
                    sink.add_outer_slices(gradient, stored, input_gradient);
                } else if let Some(input_gradient) = input_gradient {
                    add_input_gradient_slices(sink.parameters(), gradient, input_gradient);
                }
                let [inputs, outputs] = [self.inputs, self.outputs].map(|count| count as usize);
                sink.add(inputs.saturating_mul(outputs), gradient);
            },
        )
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
    let rows = match rows_at_once::<V>() {
        8.. => several::<V, 8>((weights, biases), input, &mut hand_over),
        4.. => several::<V, 4>((weights, biases), input, &mut hand_over),
        _ => (weights, biases),
    };
    let rows = several::<V, 2>(rows, input, &mut hand_over);
    several::<V, 1>(rows, input, &mut hand_over);
}

/// Returns for how many rows sums are made at once: sums take half of the registers, and leave the
/// others to an input, a weight and their product.
///
/// For each input, `R` rows of a value that is `n` registers take `n·R` multiplications, `n·R`
/// additions and `n + R` loads, of which a processor with AVX2 or AVX-512 does two, two and two in
/// a cycle:
///
/// | | rows × registers | sums | loads / 2 | products / 2 |
/// |---|--:|--:|--:|--:|
/// | AVX-512, `f32x16`, of types | 16 × 1 | 16 of 32 | 8.5 | 8 |
/// | the same, over slices | 8 × 1 | 8 of 32 | 4.5 | 4 |
/// | AVX2, `f32x16` | 4 × 2 | 8 of 16 | 3 | 4 |
/// | AVX2, `f32x8` | 8 × 1 | 8 of 16 | 4.5 | 4 |
///
/// Sums are as many as there are additions in flight, at least: two a cycle, each of which takes
/// three or four. (Six rows of two registers would take all sixteen, twelve of them for sums.)
#[inline(always)]
pub(in crate::layer) const fn rows_at_once<V: Lanes>() -> usize {
    V::REGISTERS / 2
}

/// [`weighted_sums`] for `R` rows at once, as often as there are so many. Returns the weights and
/// biases that are left.
#[inline(always)]
fn several<'a, V: Lanes, const R: usize>(
    (weights, biases): (&'a [f32], &'a [f32]),
    input: &[V],
    hand_over: &mut impl FnMut(&[V]),
) -> (&'a [f32], &'a [f32])
where
    [&'a [[f32; TILE]]; R]: SideBySide<Place = [&'a [f32; TILE]; R]>,
    [&'a [[f32; 1]]; R]: SideBySide<Place = [&'a [f32; 1]; R]>,
{
    let (blocks, last) = biases.as_chunks::<R>();
    let mut rows = weights;
    for biases in blocks {
        let Some((own, others)) = cut(rows, input.len()) else { break };
        hand_over(&at_once(own, splat_each(biases), input));
        rows = others;
    }
    (rows, last)
}

/// Inputs of a tile: enough of them for the counting of the loop not to count.
const TILE: usize = 4;

/// Returns biases plus weighted sum of the input for rows of its length.
///
/// They share one pass over the input, and do not wait for each other's sums.
#[inline(always)]
fn at_once<'a, V: Lanes, const R: usize>(
    rows: [&'a [f32]; R],
    biases: [V; R],
    input: &[V],
) -> [V; R]
where
    [&'a [[f32; TILE]]; R]: SideBySide<Place = [&'a [f32; TILE]; R]>,
    [&'a [[f32; 1]]; R]: SideBySide<Place = [&'a [f32; 1]; R]>,
{
    let (tiles, last) = input.as_chunks::<TILE>();
    let tiles_of = arrays::map(
        &rows,
        &[][..],
        #[inline(always)]
        |row| row.as_chunks().0,
    );
    let last_of = arrays::map(
        &rows,
        &[][..],
        #[inline(always)]
        |row| row.as_chunks::<TILE>().1.as_chunks().0,
    );
    let sums = add_tiles(biases, tiles_of, tiles);
    add_tiles(sums, last_of, last.as_chunks::<1>().0)
}

/// Returns sums plus weighted sums of the input, in tiles of `T`.
#[inline(always)]
fn add_tiles<'a, V: Lanes, const R: usize, const T: usize>(
    mut sums: [V; R],
    rows: [&'a [[f32; T]]; R],
    input: &[[V; T]],
) -> [V; R]
where
    [&'a [[f32; T]]; R]: SideBySide<Place = [&'a [f32; T]; R]>,
{
    for (input, rows) in input.iter().zip(rows.side_by_side()) {
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
