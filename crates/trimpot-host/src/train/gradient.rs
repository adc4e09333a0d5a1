//! From tapes to the gradient: the mean over the samples of a batch, added up in their order.
//!
//! The order is that in which a board adds up a batch, sample by sample, so the sums have its bits.
//! Lanes lie along the parameters here: a register of sums is loaded once, and stored when it is
//! done.
//!
//! A tile of `R` rows and `C` values of `n` registers takes, for each sample, `n·C` loads of inputs
//! and `R` of output gradients for `n·C·R` multiplications and as many additions; a processor with
//! AVX2 or AVX-512 does two of each in a cycle:
//!
//! | | rows × registers | sums | loads / 2 | products / 2 |
//! |---|--:|--:|--:|--:|
//! | AVX-512, `f32x16` | 8 × 2 | 16 of 32 | 5 | 8 |
//! | AVX2, `f32x16` | 4 × 2 | 8 of 16 | 3 | 4 |
//!
//! Tiles go down the columns, so the inputs of all samples that one needs stay in the cache, and
//! output gradients stream.

use std::ops::Range;

use trimpot::lanes::{Lanes, Native, RowMajor, TILE};

use super::tape::{Entry, Kind, Square, Tape};

const LANES: usize = Native::LANES;

/// The tapes of a batch, and how many samples it has: all lanes of all tapes but the last one's
/// last.
#[derive(Clone, Copy)]
pub(crate) struct Batch<'a> {
    pub tapes: &'a [Tape],
    pub samples: usize,
}

impl<'a> Batch<'a> {
    /// Returns what a sum is multiplied with to be a mean.
    fn share(self) -> f32 {
        1.0 / self.samples as f32
    }

    /// Returns the tapes, and how many samples each is of.
    pub fn tapes(self) -> impl Iterator<Item = (&'a Tape, usize)> {
        let left = (0..self.samples).step_by(LANES).map(move |first| self.samples - first);
        self.tapes.iter().zip(left.map(|left| left.min(LANES)))
    }
}

/// Writes the mean gradient of some rows of a matrix or some parameters of a run.
pub(crate) fn mean(batch: Batch, entry: Entry, part: Range<usize>, means: &mut [f32]) {
    match entry.kind {
        Kind::Matrix { inputs, columns, .. } => {
            let matrix = Matrix { batch, inputs, output_gradient: entry.start, columns };
            // As many sums as half of the registers hold.
            match Native::REGISTERS {
                32.. => matrix.rows::<8, 2>(part, means),
                16.. => matrix.rows::<4, 2>(part, means),
                _ => matrix.rows::<4, 1>(part, means),
            }
        }
        Kind::Run { .. } => run(batch, entry, part, means),
    }
}

#[derive(Clone, Copy)]
struct Matrix<'a> {
    batch: Batch<'a>,
    inputs: usize,
    output_gradient: usize,
    columns: usize,
}

impl Matrix<'_> {
    /// The means of these rows, in tiles of `R` rows and `C` values.
    fn rows<const R: usize, const C: usize>(self, rows: Range<usize>, means: &mut [f32]) {
        let squares = self.columns.div_ceil(LANES);
        for square in (0..squares - squares % C).step_by(C) {
            self.column::<R, C>(rows.clone(), square, means);
        }
        for square in squares - squares % C..squares {
            self.column::<R, 1>(rows.clone(), square, means);
        }
    }

    /// The means of these rows in the columns of `C` squares.
    #[inline(always)]
    fn column<const R: usize, const C: usize>(
        self,
        rows: Range<usize>,
        square: usize,
        means: &mut [f32],
    ) {
        let mut means = means.chunks_mut(self.columns);
        let mut row = rows.start;
        while row + R <= rows.end {
            self.tile::<R, C>(row, square, &mut means);
            row += R;
        }
        while row + 2 <= rows.end {
            self.tile::<2, C>(row, square, &mut means);
            row += 2;
        }
        if row < rows.end {
            self.tile::<1, C>(row, square, &mut means);
        }
    }

    /// The means of `R` rows in the columns of `C` squares.
    #[inline(always)]
    fn tile<'m, const R: usize, const C: usize>(
        self,
        row: usize,
        square: usize,
        means: &mut impl Iterator<Item = &'m mut [f32]>,
    ) {
        const RECORDED: &str = "the tape has the matrix";
        let Matrix { batch, inputs, output_gradient, .. } = self;
        let mut tile = [[Native::ZERO; C]; R];
        for (tape, samples) in batch.tapes() {
            let output_gradient = tape.values(output_gradient + row);
            let output_gradient: &[_; R] = output_gradient.first_chunk().expect(RECORDED);
            let (inputs, _): (&[Square], _) = tape.values(inputs + square * LANES).as_chunks();
            let inputs: &[_; C] = inputs.first_chunk().expect(RECORDED);
            for sample in 0..samples.min(LANES) {
                for (sums, output_gradient) in tile.iter_mut().zip(output_gradient) {
                    let dy = Native::splat(output_gradient[sample]);
                    for (sum, inputs) in sums.iter_mut().zip(inputs) {
                        *sum += dy * Native::from_array(inputs[sample]);
                    }
                }
            }
        }
        let share = Native::splat(batch.share());
        for (&sums, means) in tile.iter().zip(means) {
            let means = &mut means[square * LANES..];
            let whole: Option<&mut [_; C]> = means.as_chunks_mut().0.first_chunk_mut();
            match whole {
                Some(means) => {
                    for (means, sum) in means.iter_mut().zip(sums) {
                        *means = (sum * share).to_array();
                    }
                }
                None => write_last(sums, share, means),
            }
        }
    }
}

/// Writes the means of the last columns, which are fewer than those of the squares. Of its own, so
/// that the sums of a tile stay in registers.
#[inline(never)]
fn write_last<const C: usize>(sums: [Native; C], share: Native, means: &mut [f32]) {
    for (means, sum) in means.chunks_mut(LANES).zip(sums) {
        means.copy_from_slice(&(sum * share).to_array()[..means.len()]);
    }
}

/// The means of gradients that are on the tape themselves.
fn run(batch: Batch, entry: Entry, part: Range<usize>, sums: &mut [f32]) {
    sums.fill(0.0);
    for (tape, samples) in batch.tapes() {
        let gradients = &tape.values(entry.start)[part.clone()];
        let (tiles, last) = gradients.as_chunks::<TILE>();
        let (tiled, last_sums) = sums.as_chunks_mut::<TILE>();
        for (sums, tile) in tiled.iter_mut().zip(tiles) {
            let mut rows = [[0.0; TILE]; LANES];
            Native::write_tile(&tile.map(Native::from_array), |lane, row| rows[lane] = row);
            for row in &rows[..samples] {
                for (sum, gradient) in sums.iter_mut().zip(row) {
                    *sum += gradient;
                }
            }
        }
        for (sum, gradients) in last_sums.iter_mut().zip(last) {
            for gradient in &gradients[..samples] {
                *sum += gradient;
            }
        }
    }
    for sum in sums {
        *sum *= batch.share();
    }
}
