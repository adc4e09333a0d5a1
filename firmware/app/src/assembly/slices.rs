//! Functions on slices, against plain loops.

use trimpot::random::Random;
use trimpot_vfp::{Adam, Rows};

/// More than two blocks of eight columns, and of two rows.
pub(super) const COLUMNS: usize = 17;
pub(super) const ROWS: usize = 5;
/// The matrix may end in a part of a row.
const MATRIX: usize = COLUMNS * ROWS + COLUMNS - 1;

/// What there is beside the numbers of a slice, before or behind them, that nobody may write to.
const BESIDE: usize = 2;

/// Numbers for a slice that begins at a multiple of eight bytes, or four bytes behind one.
#[repr(C, align(8))]
#[derive(Clone, Copy)]
struct Numbers<const N: usize> {
    all: [f32; N],
    start: usize,
}

impl<const N: usize> Numbers<N> {
    fn random(random: &mut Random) -> Self {
        Numbers { all: core::array::from_fn(|_| number(random)), start: random.below(2) }
    }

    fn slice(&self, len: usize) -> &[f32] {
        self.all.get(self.start..self.start + len).unwrap_or_default()
    }

    fn slice_mut(&mut self, len: usize) -> &mut [f32] {
        self.all.get_mut(self.start..self.start + len).unwrap_or_default()
    }
}

/// Returns how many calls were compared, and how many of them were wrong.
pub(super) fn compare(random: &mut Random) -> [u32; 2] {
    let mut tally = [0; 2];
    for columns in 0..=COLUMNS {
        for len in 0..=COLUMNS {
            axpy(columns, len, random, &mut tally);
            adam([columns, len, random.below(COLUMNS + 1)], random, &mut tally);
        }
        for whole in 0..=ROWS {
            for part in [0, columns.saturating_sub(1)] {
                for shape in 0..(ROWS + 1) * (ROWS + 1) {
                    let lengths = [shape % (ROWS + 1), shape / (ROWS + 1)];
                    let matrix = whole * columns + part;
                    gemv(matrix, columns, lengths, random, &mut tally);
                    for change in [Change::All, Change::NotZero, Change::WithSum] {
                        outer(change, matrix, columns, lengths, random, &mut tally);
                    }
                    transposed(matrix, columns, lengths[0], random, &mut tally);
                }
            }
        }
    }
    for columns in 0..=COLUMNS {
        for size in 0..(ROWS + 1) * (ROWS + 1) {
            gemm(size % (ROWS + 1), columns, size / (ROWS + 1), random, &mut tally);
        }
    }
    tally
}

fn axpy(columns: usize, len: usize, random: &mut Random, tally: &mut [u32; 2]) {
    let x: Numbers<{ COLUMNS + BESIDE }> = Numbers::random(random);
    let x = x.slice(columns);
    let mut found: Numbers<{ COLUMNS + BESIDE }> = Numbers::random(random);
    let mut expected = found;
    let factor = number(random);
    trimpot_vfp::axpy(factor, x, found.slice_mut(len));
    for (y, &x) in expected.slice_mut(len).iter_mut().zip(x) {
        *y += factor * x;
    }
    count(&found, &expected, tally);
}

fn gemv(
    matrix_len: usize,
    columns: usize,
    [offsets, outputs]: [usize; 2],
    random: &mut Random,
    tally: &mut [u32; 2],
) {
    let matrix: Numbers<{ MATRIX + BESIDE }> = Numbers::random(random);
    let x: Numbers<{ COLUMNS + BESIDE }> = Numbers::random(random);
    let offset: Numbers<{ ROWS + BESIDE }> = Numbers::random(random);
    let (matrix, x, offset) = (matrix.slice(matrix_len), x.slice(columns), offset.slice(offsets));
    let mut found: Numbers<{ ROWS + BESIDE }> = Numbers::random(random);
    let mut expected = found;
    trimpot_vfp::gemv(matrix, x, offset, found.slice_mut(outputs));
    for (row, (y, &offset)) in expected.slice_mut(outputs).iter_mut().zip(offset).enumerate() {
        let start = row * x.len();
        let Some(row) = matrix.get(start..start + x.len()) else { continue };
        *y = row.iter().zip(x).fold(offset, |sum, (&weight, &x)| sum + weight * x);
    }
    count(&found, &expected, tally);
}

/// Products of matrices, plain or with the first one transposed, of so many terms.
fn gemm(terms: usize, columns: usize, rows: usize, random: &mut Random, tally: &mut [u32; 2]) {
    let matrix: Numbers<{ ROWS * ROWS + BESIDE }> = Numbers::random(random);
    let x: Numbers<{ ROWS * COLUMNS + BESIDE }> = Numbers::random(random);
    let offset: Numbers<{ ROWS + BESIDE }> = Numbers::random(random);
    let matrix = matrix.slice(terms * rows);
    let (x, offset) = (x.slice(terms * columns), offset.slice(ROWS));
    for is_transposed in [false, true] {
        let mut found: Numbers<{ ROWS * COLUMNS + BESIDE }> = Numbers::random(random);
        let mut expected = found;
        let y = found.slice_mut(rows * columns);
        // How far it is in the matrix from a row to the next, and from a term to the next.
        let [row_apart, term_apart] = if is_transposed {
            trimpot_vfp::gemm_transposed(matrix, x, columns, y);
            [1, rows]
        } else {
            trimpot_vfp::gemm(matrix, x, columns, offset, y);
            [terms, 1]
        };
        let outputs = expected.slice_mut(rows * columns).chunks_mut(columns.max(1)).zip(offset);
        for (row, (y, &offset)) in outputs.enumerate() {
            y.fill(if is_transposed { 0.0 } else { offset });
            for (term, x) in x.chunks(columns.max(1)).enumerate() {
                let weight = matrix.get(row * row_apart + term * term_apart);
                let weight = weight.copied().unwrap_or(f32::NAN);
                y.iter_mut().zip(x).for_each(|(y, &x)| *y += weight * x);
            }
        }
        count(&found, &expected, tally);
    }
}

fn transposed(
    matrix_len: usize,
    columns: usize,
    factors: usize,
    random: &mut Random,
    tally: &mut [u32; 2],
) {
    let matrix: Numbers<{ MATRIX + BESIDE }> = Numbers::random(random);
    let y: Numbers<{ ROWS + BESIDE }> = Numbers::random(random);
    let (matrix, y) = (matrix.slice(matrix_len), y.slice(factors));
    let mut found: Numbers<{ COLUMNS + BESIDE }> = Numbers::random(random);
    let mut expected = found;
    trimpot_vfp::gemv_transposed(matrix, y, found.slice_mut(columns));
    for (row, &y) in matrix.chunks_exact(columns.max(1)).zip(y) {
        let sums = expected.slice_mut(columns).iter_mut();
        sums.zip(row).for_each(|(sum, &weight)| *sum += y * weight);
    }
    count(&found, &expected, tally);
}

/// What is done with an outer product.
#[derive(Clone, Copy, PartialEq)]
enum Change {
    All,
    NotZero,
    WithSum,
}

/// The sum is too short now and then, and then nothing is to be done.
fn outer(
    change: Change,
    matrix_len: usize,
    columns: usize,
    [factors, shorter]: [usize; 2],
    random: &mut Random,
    tally: &mut [u32; 2],
) {
    let x: Numbers<{ COLUMNS + BESIDE }> = Numbers::random(random);
    let y: Numbers<{ ROWS + BESIDE }> = Numbers::random(random);
    let (x, y) = (x.slice(columns), y.slice(factors));
    let mut found: Numbers<{ MATRIX + BESIDE }> = Numbers::random(random);
    let mut found_sum: Numbers<{ COLUMNS + BESIDE }> = Numbers::random(random);
    let (mut expected, mut expected_sum) = (found, found_sum);
    let alpha = number(random);
    let sum_len = columns.saturating_sub(shorter / ROWS);
    let (matrix, sum) = (found.slice_mut(matrix_len), found_sum.slice_mut(sum_len));
    match change {
        Change::All => trimpot_vfp::ger(alpha, y, x, matrix, Rows::All),
        Change::NotZero => trimpot_vfp::ger(alpha, y, x, matrix, Rows::NotZero),
        Change::WithSum => trimpot_vfp::ger_with_sum(alpha, y, x, matrix, sum),
    }
    let is_done = change != Change::WithSum || sum_len == columns;
    let sums = expected_sum.slice_mut(columns);
    let rows = expected.slice_mut(matrix_len);
    for (row, &y) in rows.chunks_exact_mut(columns.max(1)).zip(y) {
        if !is_done || y == 0.0 && change != Change::All {
            continue;
        }
        for ((weight, &x), sum) in row.iter_mut().zip(x).zip(&mut *sums) {
            if change == Change::WithSum {
                *sum += y * *weight;
            }
            *weight += (alpha * y) * x;
        }
    }
    count(&found, &expected, tally);
    count(&found_sum, &expected_sum, tally);
}

fn adam(lengths: [usize; 3], random: &mut Random, tally: &mut [u32; 2]) {
    let step = settings(random);
    let mut found: Numbers<{ COLUMNS + BESIDE }> = Numbers::random(random);
    let gradient: Numbers<{ COLUMNS + BESIDE }> = Numbers::random(random);
    let mut found_state: Numbers<{ 2 * COLUMNS + BESIDE }> = Numbers::random(random);
    let (mut expected, mut expected_state) = (found, found_state);
    let [own, gradients, states] = lengths;
    let (parameters, gradient) = (found.slice_mut(own), gradient.slice(gradients));
    let state = found_state.slice_mut(2 * states).as_chunks_mut().0;
    trimpot_vfp::adam(&step, parameters, gradient, state);
    let states = expected_state.slice_mut(2 * states).as_chunks_mut().0;
    for ((parameter, &g), [m, v]) in expected.slice_mut(own).iter_mut().zip(gradient).zip(states) {
        let g = if g > step.largest { step.largest } else { g };
        let g = if g < -step.largest { -step.largest } else { g };
        let mean = step.mean_kept * *m + step.mean_fresh * g;
        *m = mean + step.rounding - step.rounding;
        *v = step.square_kept * *v + step.square_fresh * (g * g) + step.raise;
        let root = step.root_correction * trimpot_vfp::sqrt(*v);
        *parameter -= step.learning_rate * *m / (root + step.epsilon);
    }
    count(&found, &expected, tally);
    count(&found_state, &expected_state, tally);
}

/// Random settings of a step of Adam.
pub(super) fn settings(random: &mut Random) -> Adam {
    Adam {
        mean_kept: number(random),
        mean_fresh: number(random),
        square_kept: number(random),
        square_fresh: number(random),
        learning_rate: number(random),
        root_correction: number(random),
        epsilon: number(random),
        largest: random.uniform(),
        rounding: number(random),
        raise: number(random),
    }
}

fn count<const N: usize>(
    found: &Numbers<N>,
    expected: &Numbers<N>,
    [compared, wrong]: &mut [u32; 2],
) {
    // A NaN is a NaN: its sign and payload are the processor's.
    let same = |(a, b): (&f32, &f32)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
    *compared += 1;
    *wrong += u32::from(!found.all.iter().zip(&expected.all).all(same));
}

/// A number between -1 and 1, or now and then another; but seldom one that would hide what else
/// is in a sum.
pub(super) fn number(random: &mut Random) -> f32 {
    match random.below(1000) {
        0 => f32::NAN,
        1 => f32::INFINITY,
        2 => -f32::MAX,
        3..30 => -0.0,
        30..60 => 1e-40,
        _ => 2.0 * random.uniform() - 1.0,
    }
}
