//! The outer product of two vectors, added to a matrix: the backward pass of a matrix.

use core::arch::naked_asm;

use super::whole_rows;

/// Which rows [`ger`] changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// Those whose factor is not exactly zero. The bits of others stay, whatever `x` is.
    NotZero,
    /// All.
    All,
}

/// `matrix[r][i] += (alpha · y[r]) · x[i]`.
///
/// The matrix lies row by row, and has as many columns as `x` has numbers. Rows for which there is
/// no `y`, or no whole row of the matrix, are left out.
pub fn ger(alpha: f32, y: &[f32], x: &[f32], matrix: &mut [f32], rows: Rows) {
    let count = whole_rows(matrix, x.len()).min(y.len());
    let layout = RowLayout { rows: count, all: rows as usize, strides: [size_of_val(x), 0] };
    let matrix = matrix.as_mut_ptr();
    // SAFETY: the matrix has so many rows of the columns that `x` has, and so many `y` there are.
    unsafe { add_multiples(matrix, x.as_ptr(), x.len(), y.as_ptr(), &layout, alpha) }
}

/// `sum[i] += Σ y[r] · matrix[r][i]`, in the order of the rows.
///
/// The matrix lies row by row, and has as many columns as there are sums. Rows for which there is
/// no `y`, or no whole row of the matrix, are left out.
pub fn gemv_transposed(matrix: &[f32], y: &[f32], sum: &mut [f32]) {
    let rows = whole_rows(matrix, sum.len()).min(y.len());
    let layout = RowLayout { rows, all: Rows::All as usize, strides: [0, size_of_val(sum)] };
    let (columns, sum) = (sum.len(), sum.as_mut_ptr());
    // SAFETY: the matrix has so many rows of the columns that there are sums, and so many `y` there
    // are.
    unsafe { add_multiples(sum, matrix.as_ptr(), columns, y.as_ptr(), &layout, 1.0) }
}

/// For each row whose `y` is not exactly zero: `sum[i] += y[r] · matrix[r][i]`, then
/// `matrix[r][i] += (alpha · y[r]) · x[i]`. One pass over the matrix for both.
///
/// The matrix lies row by row, and has as many columns as `x` has numbers. Rows for which there is
/// no `y`, or no whole row of the matrix, are left out; nothing is done for a `sum` of another
/// length than that of `x`.
pub fn ger_with_sum(alpha: f32, y: &[f32], x: &[f32], matrix: &mut [f32], sum: &mut [f32]) {
    if sum.len() != x.len() {
        return;
    }
    let (rows, sum) = (whole_rows(matrix, x.len()).min(y.len()), sum.as_mut_ptr());
    let matrix = matrix.as_mut_ptr();
    // SAFETY: the matrix has so many rows of the columns that `x` and `sum` have, and so many `y`
    // there are.
    unsafe { exchange(matrix, x.as_ptr(), x.len(), y.as_ptr(), rows, sum, alpha) }
}

/// How many targets, sources and factors [`add_multiples`] goes through, and how they lie.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RowLayout {
    rows: usize,
    /// Not 0 if rows whose factor is zero are not left out.
    all: usize,
    /// How many bytes one target is behind the other, and one source behind the other.
    strides: [usize; 2],
}

/// Adds to a target, for each row, `alpha` times its factor times its source.
///
/// # Safety
/// There are as many targets, sources and factors as rows, or there is one target or source if its
/// stride is 0. Each of them has as many numbers as there are columns.
#[unsafe(naked)]
pub unsafe extern "C" fn add_multiples(
    target: *mut f32,
    source: *const f32,
    columns: usize,
    factors: *const f32,
    layout: &RowLayout,
    alpha: f32,
) {
    naked_asm!(
        ".fpu fpv4-sp-d16",
        "ldr r12, [sp]",
        "push {{r4-r10}}",
        "ldm r12, {{r4-r7}}",
        "vpush {{s16-s17}}",
        "subs r4, #1",
        "blo 6f",
        "2:",
        "ldr r8, [r3], #4",
        "vmov s1, r8",
        // Without the sign, 0 is 0.
        "orrs.w r8, r5, r8, lsl #1",
        "beq 3f",
        "vmul.f32 s1, s0, s1",
        "mov r12, r1",
        "mov r10, r0",
        "subs.w r9, r2, #8",
        "blo 5f",
        "4:",
        "vldmia r12!, {{s2-s9}}",
        "vldmia r10, {{s10-s17}}",
        "vmla.f32 s10, s1, s2",
        "vmla.f32 s11, s1, s3",
        "vmla.f32 s12, s1, s4",
        "vmla.f32 s13, s1, s5",
        "vmla.f32 s14, s1, s6",
        "vmla.f32 s15, s1, s7",
        "vmla.f32 s16, s1, s8",
        "vmla.f32 s17, s1, s9",
        "vstmia r10!, {{s10-s17}}",
        "subs r9, #8",
        "bhs 4b",
        "5:",
        // Four columns more if the carry is set, and those that are left.
        "lsls r9, r9, #30",
        "bcc 9f",
        "vldmia r12!, {{s2-s5}}",
        "vldmia r10, {{s10-s13}}",
        "vmla.f32 s10, s1, s2",
        "vmla.f32 s11, s1, s3",
        "vmla.f32 s12, s1, s4",
        "vmla.f32 s13, s1, s5",
        "vstmia r10!, {{s10-s13}}",
        "9:",
        "beq 3f",
        "lsrs r9, r9, #30",
        "7:",
        "vldmia r12!, {{s2}}",
        "vldmia r10, {{s10}}",
        "vmla.f32 s10, s1, s2",
        "vstmia r10!, {{s10}}",
        "subs r9, #1",
        "bne 7b",
        "3:",
        "add r0, r6",
        "add r1, r7",
        "subs r4, #1",
        "bhs 2b",
        "6:",
        "vpop {{s16-s17}}",
        "pop {{r4-r10}}",
        "bx lr",
    )
}

/// Adds `y` of each row times the row to `sum`, and `alpha` times `y` times `x` to the row, where
/// that `y` is not zero.
///
/// # Safety
/// `x` and `sum` have as many numbers as there are columns, the matrix as many for each row, and
/// there is a `y` for each row.
#[unsafe(naked)]
pub unsafe extern "C" fn exchange(
    matrix: *mut f32,
    x: *const f32,
    columns: usize,
    y: *const f32,
    rows: usize,
    sum: *mut f32,
    alpha: f32,
) {
    naked_asm!(
        ".fpu fpv4-sp-d16",
        "push {{r4-r8}}",
        "ldrd r4, r5, [sp, #20]",
        "vpush {{s16-s26}}",
        "subs r4, #1",
        "blo 6f",
        "2:",
        "ldr r6, [r3], #4",
        "vmov s1, r6",
        "lsls r6, r6, #1",
        "beq 8f",
        "vmul.f32 s2, s0, s1",
        "mov r12, r1",
        "mov r8, r5",
        "subs.w r7, r2, #8",
        "blo 5f",
        "4:",
        "vldmia r12!, {{s3-s10}}",
        "vldmia r0, {{s11-s18}}",
        "vldmia r8, {{s19-s26}}",
        "vmla.f32 s19, s1, s11",
        "vmla.f32 s20, s1, s12",
        "vmla.f32 s21, s1, s13",
        "vmla.f32 s22, s1, s14",
        "vmla.f32 s23, s1, s15",
        "vmla.f32 s24, s1, s16",
        "vmla.f32 s25, s1, s17",
        "vmla.f32 s26, s1, s18",
        "vmla.f32 s11, s2, s3",
        "vmla.f32 s12, s2, s4",
        "vmla.f32 s13, s2, s5",
        "vmla.f32 s14, s2, s6",
        "vmla.f32 s15, s2, s7",
        "vmla.f32 s16, s2, s8",
        "vmla.f32 s17, s2, s9",
        "vmla.f32 s18, s2, s10",
        "vstmia r8!, {{s19-s26}}",
        "vstmia r0!, {{s11-s18}}",
        "subs r7, #8",
        "bhs 4b",
        "5:",
        // Four columns more if the carry is set, and those that are left.
        "lsls r7, r7, #30",
        "bcc 9f",
        "vldmia r12!, {{s3-s6}}",
        "vldmia r0, {{s11-s14}}",
        "vldmia r8, {{s19-s22}}",
        "vmla.f32 s19, s1, s11",
        "vmla.f32 s20, s1, s12",
        "vmla.f32 s21, s1, s13",
        "vmla.f32 s22, s1, s14",
        "vmla.f32 s11, s2, s3",
        "vmla.f32 s12, s2, s4",
        "vmla.f32 s13, s2, s5",
        "vmla.f32 s14, s2, s6",
        "vstmia r8!, {{s19-s22}}",
        "vstmia r0!, {{s11-s14}}",
        "9:",
        "beq 3f",
        "lsrs r7, r7, #30",
        "7:",
        "vldmia r12!, {{s3}}",
        "vldmia r0, {{s11}}",
        "vldmia r8, {{s19}}",
        "vmla.f32 s19, s1, s11",
        "vmla.f32 s11, s2, s3",
        "vstmia r8!, {{s19}}",
        "vstmia r0!, {{s11}}",
        "subs r7, #1",
        "bne 7b",
        "3:",
        "subs r4, #1",
        "bhs 2b",
        "6:",
        "vpop {{s16-s26}}",
        "pop {{r4-r8}}",
        "bx lr",
        "8:",
        "add.w r0, r0, r2, lsl #2",
        "b 3b",
    )
}
