//! The assembly of `trimpot-vfp` on slices of all small lengths, against plain loops: the bits, and
//! that nothing is written beyond.

use embedded_io::Write;
use trimpot_parity::report;

/// Sends a line: how many calls were compared, and how many of them were wrong. On a board without
/// the floating-point unit there are none.
///
/// # Errors
/// Those of the port.
pub fn run<P: Write>(port: &mut P) -> Result<(), P::Error> {
    report::line(&mut |bytes| port.write_all(bytes), "assembly", &compare())
}

#[cfg(not(all(target_arch = "arm", target_os = "none", target_abi = "eabihf")))]
fn compare() -> [u32; 2] {
    [0; 2]
}

#[cfg(all(target_arch = "arm", target_os = "none", target_abi = "eabihf"))]
use with_unit::compare;

#[cfg(all(target_arch = "arm", target_os = "none", target_abi = "eabihf"))]
mod with_unit {
    use trimpot::random::Random;
    use trimpot_vfp::{Adam, Rows};

    /// More than two blocks of eight columns, and of two rows.
    const COLUMNS: usize = 17;
    const ROWS: usize = 5;
    /// The matrix may end in a part of a row.
    const MATRIX: usize = COLUMNS * ROWS + COLUMNS - 1;

    /// Numbers, with room behind them that nobody may write to.
    type Numbers<const N: usize> = [f32; N];

    /// Calls that were compared, and those that were wrong.
    pub(super) fn compare() -> [u32; 2] {
        let mut tally = [0; 2];
        let mut random = Random::new(1);
        for columns in 0..=COLUMNS {
            for len in 0..=COLUMNS {
                axpy(columns, len, &mut random, &mut tally);
                adam([columns, len, random.below(COLUMNS + 1)], &mut random, &mut tally);
            }
            for whole in 0..=ROWS {
                for part in [0, columns.saturating_sub(1)] {
                    for shape in 0..(ROWS + 1) * (ROWS + 1) {
                        let lengths = [shape % (ROWS + 1), shape / (ROWS + 1)];
                        let matrix = whole * columns + part;
                        gemv(matrix, columns, lengths, &mut random, &mut tally);
                        for change in [Change::All, Change::NotZero, Change::WithSum] {
                            outer(change, matrix, columns, lengths, &mut random, &mut tally);
                        }
                        transposed(matrix, columns, lengths[0], &mut random, &mut tally);
                    }
                }
            }
        }
        for columns in 1..=COLUMNS {
            for size in 0..ROWS * ROWS {
                gemm(1 + size % ROWS, columns, 1 + size / ROWS, &mut random, &mut tally);
            }
        }
        tally
    }

    fn axpy(columns: usize, len: usize, random: &mut Random, tally: &mut [u32; 2]) {
        let x: Numbers<COLUMNS> = numbers(random);
        let x = x.get(..columns).unwrap_or_default();
        let mut found: Numbers<{ COLUMNS + 1 }> = numbers(random);
        let mut expected = found;
        let factor = number(random);
        trimpot_vfp::axpy(factor, x, found.get_mut(..len).unwrap_or_default());
        for (y, &x) in expected.iter_mut().take(len).zip(x) {
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
        let (matrix, x): (Numbers<MATRIX>, Numbers<COLUMNS>) = (numbers(random), numbers(random));
        let matrix = matrix.get(..matrix_len).unwrap_or_default();
        let x = x.get(..columns).unwrap_or_default();
        let offset: Numbers<ROWS> = numbers(random);
        let offset = offset.get(..offsets).unwrap_or_default();
        let mut found: Numbers<{ ROWS + 1 }> = numbers(random);
        let mut expected = found;
        trimpot_vfp::gemv(matrix, x, offset, found.get_mut(..outputs).unwrap_or_default());
        for (row, (y, &offset)) in expected.iter_mut().take(outputs).zip(offset).enumerate() {
            let start = row * x.len();
            let Some(row) = matrix.get(start..start + x.len()) else { continue };
            *y = row.iter().zip(x).fold(offset, |sum, (&weight, &x)| sum + weight * x);
        }
        count(&found, &expected, tally);
    }

    /// Products of matrices, plain or with the first one transposed, of so many terms.
    fn gemm(terms: usize, columns: usize, rows: usize, random: &mut Random, tally: &mut [u32; 2]) {
        let matrix: Numbers<{ ROWS * ROWS }> = numbers(random);
        let x: Numbers<{ ROWS * COLUMNS }> = numbers(random);
        let offset: Numbers<ROWS> = numbers(random);
        let matrix = matrix.get(..terms * rows).unwrap_or_default();
        let x = x.get(..terms * columns).unwrap_or_default();
        for is_transposed in [false, true] {
            let mut found: Numbers<{ ROWS * COLUMNS + 1 }> = numbers(random);
            let mut expected = found;
            let y = found.get_mut(..rows * columns).unwrap_or_default();
            // How far it is in the matrix from a row to the next, and from a term to the next.
            let [row_apart, term_apart] = if is_transposed {
                trimpot_vfp::gemm_transposed(matrix, x, columns, y);
                [1, rows]
            } else {
                trimpot_vfp::gemm(matrix, x, columns, &offset, y);
                [terms, 1]
            };
            let outputs = expected.chunks_mut(columns).take(rows).zip(offset);
            for (row, (y, offset)) in outputs.enumerate() {
                y.fill(if is_transposed { 0.0 } else { offset });
                for (term, x) in x.chunks(columns).enumerate() {
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
        let (matrix, y): (Numbers<MATRIX>, Numbers<ROWS>) = (numbers(random), numbers(random));
        let matrix = matrix.get(..matrix_len).unwrap_or_default();
        let y = y.get(..factors).unwrap_or_default();
        let mut found: Numbers<{ COLUMNS + 1 }> = numbers(random);
        let mut expected = found;
        trimpot_vfp::gemv_transposed(matrix, y, found.get_mut(..columns).unwrap_or_default());
        for (row, &y) in matrix.chunks_exact(columns.max(1)).zip(y) {
            expected.iter_mut().zip(row).for_each(|(sum, &weight)| *sum += y * weight);
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
        let (x, y): (Numbers<COLUMNS>, Numbers<ROWS>) = (numbers(random), numbers(random));
        let x = x.get(..columns).unwrap_or_default();
        let y = y.get(..factors).unwrap_or_default();
        let mut found: Numbers<{ MATRIX + 1 }> = numbers(random);
        let mut found_sum: Numbers<{ COLUMNS + 1 }> = numbers(random);
        let (mut expected, mut expected_sum) = (found, found_sum);
        let alpha = number(random);
        let matrix = found.get_mut(..matrix_len).unwrap_or_default();
        let sum_len = columns.saturating_sub(shorter / ROWS);
        let sum = found_sum.get_mut(..sum_len).unwrap_or_default();
        match change {
            Change::All => trimpot_vfp::ger(alpha, y, x, matrix, Rows::All),
            Change::NotZero => trimpot_vfp::ger(alpha, y, x, matrix, Rows::NotZero),
            Change::WithSum => trimpot_vfp::ger_with_sum(alpha, y, x, matrix, sum),
        }
        let is_done = change != Change::WithSum || sum_len == columns;
        let rows = expected.get_mut(..matrix_len).unwrap_or_default();
        for (row, &y) in rows.chunks_exact_mut(columns.max(1)).zip(y) {
            if !is_done || y == 0.0 && change != Change::All {
                continue;
            }
            for ((weight, &x), sum) in row.iter_mut().zip(x).zip(&mut expected_sum) {
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
        let step = Adam {
            mean_kept: number(random),
            mean_fresh: number(random),
            square_kept: number(random),
            square_fresh: number(random),
            learning_rate: number(random),
            root_correction: number(random),
            epsilon: number(random),
            largest: random.uniform(),
        };
        let mut found: Numbers<{ COLUMNS + 1 }> = numbers(random);
        let gradient: Numbers<COLUMNS> = numbers(random);
        let mut found_state: Numbers<{ 2 * COLUMNS + 2 }> = numbers(random);
        let (mut expected, mut expected_state) = (found, found_state);
        let [own, gradients, states] = lengths;
        let parameters = found.get_mut(..own).unwrap_or_default();
        let gradient = gradient.get(..gradients).unwrap_or_default();
        let state = found_state.as_chunks_mut().0.get_mut(..states).unwrap_or_default();
        trimpot_vfp::adam(&step, parameters, gradient, state);
        let states = expected_state.as_chunks_mut().0.iter_mut().take(states);
        for ((parameter, &g), [m, v]) in expected.iter_mut().take(own).zip(gradient).zip(states) {
            let g = if g > step.largest { step.largest } else { g };
            let g = if g < -step.largest { -step.largest } else { g };
            *m = step.mean_kept * *m + step.mean_fresh * g;
            *v = step.square_kept * *v + step.square_fresh * (g * g);
            let root = step.root_correction * trimpot_vfp::sqrt(*v);
            *parameter -= step.learning_rate * *m / (root + step.epsilon);
        }
        count(&found, &expected, tally);
        count(&found_state, &expected_state, tally);
    }

    fn count(found: &[f32], expected: &[f32], [compared, wrong]: &mut [u32; 2]) {
        // A NaN is a NaN: its sign and payload are the processor's.
        let same = |(a, b): (&f32, &f32)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
        *compared += 1;
        *wrong += u32::from(!found.iter().zip(expected).all(same));
    }

    fn numbers<const N: usize>(random: &mut Random) -> Numbers<N> {
        core::array::from_fn(|_| number(random))
    }

    /// A number between -1 and 1, or now and then another; but seldom one that would hide what else
    /// is in a sum.
    fn number(random: &mut Random) -> f32 {
        match random.below(1000) {
            0 => f32::NAN,
            1 => f32::INFINITY,
            2 => -f32::MAX,
            3..30 => -0.0,
            30..60 => 1e-40,
            _ => 2.0 * random.uniform() - 1.0,
        }
    }
}
