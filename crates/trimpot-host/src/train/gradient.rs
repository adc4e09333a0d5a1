//! From tapes to gradient and loss: the mean over the samples of a batch, added up in their order.
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
//! | AVX-512 | 8 × 2 | 16 of 32 | 5 | 8 |
//! | AVX2, two in step | 4 × 2 | 8 of 16 | 3 | 4 |
//!
//! Tiles go down the columns, so the inputs of all samples that one needs stay in the cache, and
//! output gradients stream.

use std::ops::Range;

use trimpot::lanes::{Lanes, RowMajor, TILE};

use super::tape::{Entry, Kind, Tape};
use super::trainable::Totals;
use crate::block::MOST_LANES;

/// The tapes of a batch, and how many samples it has: all lanes of all tapes but the last one's
/// last.
pub(crate) struct Batch<'a, V> {
    pub tapes: &'a [Tape<V>],
    pub samples: usize,
}

impl<V> Clone for Batch<'_, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Batch<'_, V> {}

impl<'a, V: RowMajor> Batch<'a, V> {
    /// Returns what a sum is multiplied with to be a mean.
    fn share(self) -> f32 {
        1.0 / self.samples as f32
    }

    /// Returns the tapes, and how many samples each is of.
    #[inline(always)]
    pub fn tapes(self) -> impl Iterator<Item = (&'a Tape<V>, usize)> {
        let left = (0..self.samples).step_by(V::LANES).map(move |first| self.samples - first);
        self.tapes.iter().zip(left.map(|left| left.min(V::LANES)))
    }

    /// Returns loss and correct predictions, added up sample by sample.
    pub fn totals(self) -> Totals {
        let tapes = || self.tapes().map(|(tape, _)| tape);
        let losses = tapes().flat_map(|tape| &tape.losses);
        Totals {
            loss: losses.copied().map(f64::from).sum(),
            correct: tapes().map(|tape| tape.correct).sum(),
        }
    }

    /// Writes the mean gradient of some rows of a matrix or some parameters of a run.
    pub fn mean(self, entry: Entry, part: Range<usize>, means: &mut [f32]) {
        const { assert!(V::LANES <= MOST_LANES) }
        V::vectorize(
            means,
            #[inline(always)]
            |means| match entry.kind {
                Kind::Matrix { inputs, columns, .. } => {
                    let output_gradient = entry.start;
                    let matrix = Matrix { batch: self, inputs, output_gradient, columns };
                    // As many sums as half of the registers hold.
                    match V::REGISTERS {
                        32.. => matrix.rows::<8, 2>(part, means),
                        16.. => matrix.rows::<4, 2>(part, means),
                        _ => matrix.rows::<4, 1>(part, means),
                    }
                }
                Kind::Run { .. } => run(self, entry, part, means),
            },
        );
    }
}

struct Matrix<'a, V> {
    batch: Batch<'a, V>,
    inputs: usize,
    output_gradient: usize,
    columns: usize,
}

impl<V: RowMajor> Matrix<'_, V> {
    /// The means of these rows, in tiles of `R` rows and `C` values.
    #[inline(always)]
    fn rows<const R: usize, const C: usize>(&self, rows: Range<usize>, means: &mut [f32]) {
        let squares = self.columns.div_ceil(V::LANES);
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
        &self,
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
        &self,
        row: usize,
        square: usize,
        means: &mut impl Iterator<Item = &'m mut [f32]>,
    ) {
        const RECORDED: &str = "the tape has the matrix";
        let Matrix { batch, inputs, output_gradient, .. } = *self;
        let mut tile = [[V::ZERO; C]; R];
        for (tape, samples) in batch.tapes() {
            let output_gradient = tape.values(output_gradient + row);
            let output_gradient: &[_; R] = output_gradient.first_chunk().expect(RECORDED);
            let inputs = tape.values(inputs + square * V::LANES);
            let inputs = inputs.get(..C * V::LANES).expect(RECORDED);
            for sample in 0..samples.min(V::LANES) {
                for (sums, output_gradient) in tile.iter_mut().zip(output_gradient) {
                    let dy = V::splat(output_gradient.as_ref()[sample]);
                    for (sum, inputs) in sums.iter_mut().zip(inputs.chunks_exact(V::LANES)) {
                        *sum += dy * V::from_array(inputs[sample]);
                    }
                }
            }
        }
        let share = V::splat(batch.share());
        for (&sums, means) in tile.iter().zip(means) {
            let means = &mut means[square * V::LANES..];
            let whole: Option<&mut [_; C]> = V::chunks_mut(means).0.first_chunk_mut();
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
fn write_last<V: Lanes, const C: usize>(sums: [V; C], share: V, means: &mut [f32]) {
    V::vectorize(
        means,
        #[inline(always)]
        |means| {
            for (means, sum) in means.chunks_mut(V::LANES).zip(sums) {
                means.copy_from_slice(&(sum * share).to_array().as_ref()[..means.len()]);
            }
        },
    );
}

/// The means of gradients that are on the tape themselves.
#[inline(always)]
fn run<V: RowMajor>(batch: Batch<V>, entry: Entry, part: Range<usize>, sums: &mut [f32]) {
    sums.fill(0.0);
    for (tape, samples) in batch.tapes() {
        let gradients = &tape.values(entry.start)[part.clone()];
        let (tiles, last) = gradients.as_chunks::<TILE>();
        let (tiled, last_sums) = sums.as_chunks_mut::<TILE>();
        for (sums, &[a, b, c, d]) in tiled.iter_mut().zip(tiles) {
            let tile = [V::from_array(a), V::from_array(b), V::from_array(c), V::from_array(d)];
            let mut rows = [[0.0; TILE]; MOST_LANES];
            V::write_tile(
                &tile,
                #[inline(always)]
                |lane, row| rows[lane] = row,
            );
            for row in &rows[..samples] {
                for (sum, gradient) in sums.iter_mut().zip(row) {
                    *sum += gradient;
                }
            }
        }
        for (sum, gradients) in last_sums.iter_mut().zip(last) {
            for gradient in &gradients.as_ref()[..samples] {
                *sum += gradient;
            }
        }
    }
    for sum in sums {
        *sum *= batch.share();
    }
}
