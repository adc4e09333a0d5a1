//! A matrix times a matrix: convolutions of one number over whole planes, forward and back.

use core::arch::naked_asm;

use super::{axpy, whole_rows};

/// Columns of a tile.
const COLUMNS: usize = 8;

/// `y[r][p] = offset[r] + Σ matrix[r][i] · x[i][p]`: the sum begins with the offset, and goes on in
/// the order of the rows of `x`.
///
/// Matrices lie row by row; `x` and `y` have so many columns, and `matrix` as many as `x` has rows.
/// Rows for which there is no whole row of `y`, no offset or no whole row of the matrix are left
/// out.
pub fn gemm(matrix: &[f32], x: &[f32], columns: usize, offset: &[f32], y: &mut [f32]) {
    let terms = x.len().checked_div(columns).unwrap_or(0);
    let rows = whole_rows(y, columns).min(whole_rows(matrix, terms)).min(offset.len());
    let Some(last) = columns.checked_sub(COLUMNS) else {
        for (row, &offset) in offset.iter().enumerate().take(rows) {
            fewer(matrix, [row.wrapping_mul(terms), 1], x, columns, offset, y, row);
        }
        return;
    };
    for first in (0..columns).step_by(COLUMNS).map(|column| column.min(last)) {
        let mut row = 0_usize;
        while row < rows {
            // A last row goes with itself.
            let second = row.wrapping_add(1).min(rows.wrapping_sub(1));
            let [a, b] = [row, second].map(|row| offset.get(row).copied().unwrap_or(0.0));
            let [from, to] = [terms, columns].map(|len| [row, second].map(|r| r.wrapping_mul(len)));
            // SAFETY: both rows are in all of the matrices, the matrix has a term for each row of
            // `x`, and from `first` on each row of `x` and of `y` has the columns of a tile.
            unsafe {
                let [m, n] = from.map(|at| matrix.as_ptr().wrapping_add(at));
                let [y, z] = to.map(|at| y.as_mut_ptr().wrapping_add(at.wrapping_add(first)));
                let x = x.as_ptr().wrapping_add(first);
                two_rows(m, n, terms, x, columns, y, z, a, b);
            }
            row = row.wrapping_add(2);
        }
    }
}

/// `y[r][p] = Σ matrix[i][r] · x[i][p]`: the sum begins with zero, and goes on in the order of the
/// rows.
///
/// Matrices lie row by row; `x` and `y` have so many columns, and `matrix` has as many rows as `x`,
/// and as many columns as `y` has rows. Nothing is done where the matrix is smaller.
pub fn gemm_transposed(matrix: &[f32], x: &[f32], columns: usize, y: &mut [f32]) {
    let terms = x.len().checked_div(columns).unwrap_or(0);
    let rows = y.len().checked_div(columns).unwrap_or(0);
    if matrix.len() < terms.saturating_mul(rows) {
        return;
    }
    let (Some(last), Some(last_row)) = (columns.checked_sub(COLUMNS), rows.checked_sub(2)) else {
        for row in 0..rows {
            fewer(matrix, [row, rows], x, columns, 0.0, y, row);
        }
        return;
    };
    for first in (0..columns).step_by(COLUMNS).map(|column| column.min(last)) {
        // A last row goes with the one before, once more.
        for row in (0..rows).step_by(2).map(|row| row.min(last_row)) {
            let at = row.wrapping_mul(columns).wrapping_add(first);
            // SAFETY: the row and the next are columns of the matrix and rows of `y`, the matrix
            // has a row for each of `x`, and from `first` on each row of `x` and of `y` has the
            // columns of a tile.
            unsafe {
                let matrix = matrix.as_ptr().wrapping_add(row);
                let y = y.as_mut_ptr().wrapping_add(at);
                let x = x.as_ptr().wrapping_add(first);
                two_columns(matrix, rows, terms, x, columns, y);
            }
        }
    }
}

/// Writes a row of less than a tile, whose factors begin here in the matrix and are so far apart.
#[inline(never)]
fn fewer(
    matrix: &[f32],
    [start, apart]: [usize; 2],
    x: &[f32],
    columns: usize,
    offset: f32,
    y: &mut [f32],
    row: usize,
) {
    let at = row.wrapping_mul(columns);
    let Some(y) = y.get_mut(at..at.wrapping_add(columns)) else { return };
    y.fill(offset);
    let (mut rest, mut factors) = (x, matrix.get(start..).unwrap_or_default());
    while let (Some((x, others)), Some(&factor)) = (rest.split_at_checked(columns), factors.first())
    {
        axpy(factor, x, y);
        if columns == 0 {
            return;
        }
        (rest, factors) = (others, factors.get(apart..).unwrap_or_default());
    }
}

/// Multiplies eight numbers with the factors of two rows, and adds them to the sums of these.
macro_rules! multiply_add {
    ($first:literal, $second:literal) => {
        concat!(
            "vmla.f32 s0, s16, ",
            $first,
            "\nvmla.f32 s8, s16, ",
            $second,
            "\nvmla.f32 s1, s17, ",
            $first,
            "\nvmla.f32 s9, s17, ",
            $second,
            "\nvmla.f32 s2, s18, ",
            $first,
            "\nvmla.f32 s10, s18, ",
            $second,
            "\nvmla.f32 s3, s19, ",
            $first,
            "\nvmla.f32 s11, s19, ",
            $second,
            "\nvmla.f32 s4, s20, ",
            $first,
            "\nvmla.f32 s12, s20, ",
            $second,
            "\nvmla.f32 s5, s21, ",
            $first,
            "\nvmla.f32 s13, s21, ",
            $second,
            "\nvmla.f32 s6, s22, ",
            $first,
            "\nvmla.f32 s14, s22, ",
            $second,
            "\nvmla.f32 s7, s23, ",
            $first,
            "\nvmla.f32 s15, s23, ",
            $second,
        )
    };
}

/// Writes eight columns of two rows, whose sums begin with `a` and `b`.
///
/// Sixteen sums stay in registers: a term of eight columns is loaded once for both rows.
///
/// # Safety
/// Both rows have so many terms, and as many rows `x` has, which begin so far apart and have eight
/// numbers each; `y` and `z` have eight.
#[unsafe(naked)]
pub unsafe extern "C" fn two_rows(
    first: *const f32,
    second: *const f32,
    terms: usize,
    x: *const f32,
    apart: usize,
    y: *mut f32,
    z: *mut f32,
    a: f32,
    b: f32,
) {
    naked_asm!(
        ".fpu fpv4-sp-d16",
        "push {{r4-r6}}",
        "ldrd r4, r5, [sp, #12]",
        "ldr r6, [sp, #20]",
        "vpush {{s16-s27}}",
        "lsls r4, r4, #2",
        "vmov.f32 s8, s1",
        "vmov.f32 s9, s1",
        "vmov.f32 s10, s1",
        "vmov.f32 s11, s1",
        "vmov.f32 s12, s1",
        "vmov.f32 s13, s1",
        "vmov.f32 s14, s1",
        "vmov.f32 s15, s1",
        "vmov.f32 s1, s0",
        "vmov.f32 s2, s0",
        "vmov.f32 s3, s0",
        "vmov.f32 s4, s0",
        "vmov.f32 s5, s0",
        "vmov.f32 s6, s0",
        "vmov.f32 s7, s0",
        "subs r2, #2",
        "blo 3f",
        "2:",
        "vldmia r3, {{s16-s23}}",
        "add r3, r4",
        "vldmia r0!, {{s24-s25}}",
        "vldmia r1!, {{s26-s27}}",
        multiply_add!("s24", "s26"),
        "vldmia r3, {{s16-s23}}",
        "add r3, r4",
        multiply_add!("s25", "s27"),
        "subs r2, #2",
        "bhs 2b",
        "3:",
        "adds r2, #2",
        "beq 4f",
        "vldmia r3, {{s16-s23}}",
        "vldmia r0!, {{s24}}",
        "vldmia r1!, {{s26}}",
        multiply_add!("s24", "s26"),
        "4:",
        "vstmia r5, {{s0-s7}}",
        "vstmia r6, {{s8-s15}}",
        "vpop {{s16-s27}}",
        "pop {{r4-r6}}",
        "bx lr",
    )
}

/// Writes eight columns of two rows, whose factors are neighbours in each row of a matrix of so
/// many `columns`.
///
/// # Safety
/// The matrix has so many terms as rows, and from the pointer on two columns. So many rows `x` has,
/// and `y` two; they begin `apart`, and have eight numbers each.
#[unsafe(naked)]
pub unsafe extern "C" fn two_columns(
    matrix: *const f32,
    columns: usize,
    terms: usize,
    x: *const f32,
    apart: usize,
    y: *mut f32,
) {
    naked_asm!(
        ".fpu fpv4-sp-d16",
        "push {{r4-r5}}",
        "ldrd r4, r5, [sp, #8]",
        "vpush {{s16-s25}}",
        "lsls r4, r4, #2",
        "lsls r1, r1, #2",
        "mov r12, #0",
        "vmov s0, r12",
        "vmov.f32 s1, s0",
        "vmov.f32 s2, s0",
        "vmov.f32 s3, s0",
        "vmov.f32 s4, s0",
        "vmov.f32 s5, s0",
        "vmov.f32 s6, s0",
        "vmov.f32 s7, s0",
        "vmov.f32 s8, s0",
        "vmov.f32 s9, s0",
        "vmov.f32 s10, s0",
        "vmov.f32 s11, s0",
        "vmov.f32 s12, s0",
        "vmov.f32 s13, s0",
        "vmov.f32 s14, s0",
        "vmov.f32 s15, s0",
        "cmp r2, #0",
        "beq 4f",
        "2:",
        "vldmia r3, {{s16-s23}}",
        "add r3, r4",
        "vldmia r0, {{s24-s25}}",
        "add r0, r1",
        multiply_add!("s24", "s25"),
        "subs r2, #1",
        "bne 2b",
        "4:",
        "vstmia r5, {{s0-s7}}",
        "add r5, r4",
        "vstmia r5, {{s8-s15}}",
        "vpop {{s16-s25}}",
        "pop {{r4-r5}}",
        "bx lr",
    )
}
