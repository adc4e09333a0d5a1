//! From tapes to the gradient: the mean over the samples of a batch, added up in their order.
//!
//! The order is that in which a board adds up a batch, sample by sample, so the sums have its bits.
//! Lanes lie along the parameters here: a register of sums is loaded once, and stored when it is
//! done.

use std::ops::Range;

use trimpot::lanes::{Lanes, Native, RowMajor, TILE};

use super::tape::{Entry, Kind, Tape};

const LANES: usize = Native::LANES;

/// Rows and registers of a tile: as many sums as registers hold beside inputs and output gradients.
const ROWS: usize = if LANES == 16 { 8 } else { 4 };
const REGISTERS: usize = 2;

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
        Kind::Matrix { inputs, rows, columns } => {
            let matrix = Matrix { batch, inputs, output_gradient: entry.start, rows, columns };
            let mut row = part.start;
            let mut means = means.chunks_mut(columns * ROWS);
            while row + ROWS <= part.end {
                matrix.rows::<ROWS>(row, means.next().unwrap_or_default());
                row += ROWS;
            }
            for means in means.flat_map(|means| means.chunks_mut(columns * 2)) {
                match means.len() / columns {
                    2 => matrix.rows::<2>(row, means),
                    _ => matrix.rows::<1>(row, means),
                }
                row += 2;
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
    rows: usize,
    columns: usize,
}

impl Matrix<'_> {
    /// The means of `R` rows.
    #[inline]
    fn rows<const R: usize>(self, row: usize, means: &mut [f32]) {
        let mut column = 0;
        while column + LANES < self.columns {
            self.tile::<R, REGISTERS>(row, column, means);
            column += REGISTERS * LANES;
        }
        if column < self.columns {
            self.tile::<R, 1>(row, column, means);
        }
    }

    /// The means of `R` rows and `C` registers of columns. The last register may reach beyond the
    /// columns: it then reads what comes next on the tape, and is not written there.
    #[inline(always)]
    fn tile<const R: usize, const C: usize>(self, row: usize, column: usize, means: &mut [f32]) {
        let Matrix { batch, inputs, output_gradient, rows, columns } = self;
        let mut tile = [[Native::ZERO; C]; R];
        for (tape, samples) in batch.tapes() {
            let output_gradient = &tape.numbers(output_gradient).as_chunks().0[..rows][row..];
            let output_gradient: &[[f32; LANES]; R] =
                output_gradient.first_chunk().expect("it is in the matrix");
            let inputs = &tape.numbers(inputs)[column..];
            for sample in 0..samples.min(LANES) {
                let inputs: [Native; C] = load(&inputs[sample * columns..]);
                for (sums, output_gradient) in tile.iter_mut().zip(output_gradient) {
                    let dy = Native::splat(output_gradient[sample]);
                    for (sum, input) in sums.iter_mut().zip(inputs) {
                        *sum += dy * input;
                    }
                }
            }
        }
        let share = Native::splat(batch.share());
        for (means, tile) in means.chunks_mut(columns).zip(tile) {
            for (means, sums) in means[column..].chunks_mut(LANES).zip(tile) {
                let sums = (sums * share).to_array();
                match means.first_chunk_mut() {
                    Some(register) => *register = sums,
                    None => means.copy_from_slice(&sums.as_ref()[..means.len()]),
                }
            }
        }
    }
}

/// Returns the first `C` registers.
#[inline(always)]
fn load<const C: usize>(numbers: &[f32]) -> [Native; C] {
    let registers: &[_; C] = numbers.as_chunks().0.first_chunk().expect("there is a register left");
    registers.map(|register: [f32; LANES]| Native::from_array(register))
}

/// The means of gradients that are on the tape themselves.
fn run(batch: Batch, entry: Entry, part: Range<usize>, sums: &mut [f32]) {
    sums.fill(0.0);
    for (tape, samples) in batch.tapes() {
        let gradients = &tape.numbers(entry.start).as_chunks::<LANES>().0[part.clone()];
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
