//! One sample on a machine with vectors: a row in each lane, instead of a sample.
//!
//! The sums and their order are those of [`Rows::at_once`], so the bits are as
//! well; only that eight rows go at once. Weights lie row by row, so those of eight rows and eight
//! inputs are transposed on the way, in registers. Rejected: weights that lie column by column,
//! which would make it free, but would be another order of parameters than PyTorch's.

use super::Rows;
use crate::arrays;
use crate::lanes::{Lanes, f32x8};

/// Whether [`f32x8::transpose`] shuffles here. Where it takes number after number, rows side by
/// side are faster, and a microcontroller has no vectors at all.
pub(super) const IS_FASTER: bool = cfg!(target_feature = "avx");

/// A block of rows.
type Block<const I: usize> = [[f32; I]; 8];

/// [`Rows::at_once`] for eight rows, with a single lane.
#[inline(always)]
pub(super) fn eight_at_once<'a, V: Lanes, const I: usize>(
    rows: Rows<'a, V, I>,
    input: &[V; I],
) -> Rows<'a, V, I> {
    let input = arrays::map(
        input,
        0.0,
        #[inline(always)]
        |x| x.to_array().as_ref().first().copied().unwrap_or(0.0),
    );
    let (biases, bias) = rows.bias.as_chunks();
    let (blocks, weight) = rows.weight.as_chunks();
    let (outputs, output) = rows.output.as_chunks_mut();
    // Four blocks side by side do not wait for each other's additions.
    let (four_outputs, outputs) = outputs.as_chunks_mut::<4>();
    let (four_biases, biases) = biases.as_chunks::<4>();
    let (four_blocks, blocks) = blocks.as_chunks::<4>();
    for ((outputs, biases), blocks) in four_outputs.iter_mut().zip(four_biases).zip(four_blocks) {
        for (output, sums) in outputs.iter_mut().zip(side_by_side(biases, blocks, &input)) {
            *output = arrays::map(
                &sums,
                V::ZERO,
                #[inline(always)]
                |&sum| V::splat(sum),
            );
        }
    }
    for ((output, bias), block) in outputs.iter_mut().zip(biases).zip(blocks) {
        let [sums] = side_by_side(&[*bias], core::array::from_ref(block), &input);
        *output = arrays::map(
            &sums,
            V::ZERO,
            #[inline(always)]
            |&sum| V::splat(sum),
        );
    }
    Rows { bias, weight, output }
}

#[inline(always)]
fn side_by_side<const I: usize, const B: usize>(
    biases: &[[f32; 8]; B],
    blocks: &[Block<I>; B],
    input: &[f32; I],
) -> [[f32; 8]; B] {
    let mut sums = arrays::map(
        biases,
        f32x8::ZERO,
        #[inline(always)]
        |&biases| f32x8::from_array(biases),
    );
    let (tiles, last) = input.as_chunks::<8>();
    for (tile, inputs) in tiles.iter().enumerate() {
        for (sum, block) in sums.iter_mut().zip(blocks) {
            let rows = arrays::map(
                block,
                f32x8::ZERO,
                #[inline(always)]
                |row| eight(row, tile),
            );
            let columns = f32x8::transpose(rows);
            for (column, &x) in columns.into_iter().zip(inputs) {
                *sum = column.mul_add(f32x8::splat(x), *sum);
            }
        }
    }
    for (i, &x) in (I - last.len()..).zip(last) {
        for (sum, block) in sums.iter_mut().zip(blocks) {
            let column = f32x8::from_array(arrays::map(
                block,
                0.0,
                #[inline(always)]
                |row| row.get(i).copied().unwrap_or(0.0),
            ));
            *sum = column.mul_add(f32x8::splat(x), *sum);
        }
    }
    arrays::map(
        &sums,
        [0.0; 8],
        #[inline(always)]
        |&sums| sums.to_array(),
    )
}

/// Returns the weights of the inputs from `8 · tile` on.
#[inline(always)]
fn eight<const I: usize>(row: &[f32; I], tile: usize) -> f32x8 {
    // There are as many as the input has; the zeros are there so that nothing can panic.
    f32x8::from_array(row.as_chunks().0.get(tile).copied().unwrap_or([0.0; 8]))
}
