//! A matrix times a vector.

use core::arch::naked_asm;

use super::whole_rows;

/// `y[r] = offset[r] + Σ matrix[r][i] · x[i]`: the sum begins with the offset, and goes on in the
/// order of the columns.
///
/// The matrix lies row by row, and has as many columns as `x` has numbers. Rows for which there is
/// no `y`, no offset or no whole row of the matrix are left out.
pub fn gemv(matrix: &[f32], x: &[f32], offset: &[f32], y: &mut [f32]) {
    let rows = whole_rows(matrix, x.len()).min(offset.len()).min(y.len());
    // SAFETY: the matrix has so many rows of the columns that `x` has, and so many offsets and
    // sums there are.
    unsafe {
        add_products(matrix.as_ptr(), x.as_ptr(), x.len(), rows, offset.as_ptr(), y.as_mut_ptr());
    }
}

/// Writes the offsets plus the sums of the products of each row with `x`.
///
/// Two rows at a time: a block of `x` is loaded once for both, and no sum waits for the one before.
/// A last row goes with itself.
///
/// # Safety
/// `x` has as many numbers as there are columns, the matrix as many for each row, and there is an
/// offset and a place in `y` for each row.
#[unsafe(naked)]
pub unsafe extern "C" fn add_products(
    matrix: *const f32,
    x: *const f32,
    columns: usize,
    rows: usize,
    offset: *const f32,
    y: *mut f32,
) {
    naked_asm!(
        ".fpu fpv4-sp-d16",
        "push {{r4-r7}}",
        "ldrd r4, r5, [sp, #16]",
        "vpush {{s16-s25}}",
        // From here on r3 says how many rows follow the first of a pair.
        "subs r3, #1",
        "blo 6f",
        "2:",
        "mov r6, r0",
        "vldmia r4!, {{s0}}",
        "vmov.f32 s1, s0",
        "cmp r3, #0",
        "beq 3f",
        "add.w r6, r0, r2, lsl #2",
        "vldmia r4!, {{s1}}",
        "3:",
        "mov r12, r1",
        "subs.w r7, r2, #8",
        "blo 5f",
        "4:",
        "vldmia r12!, {{s2-s9}}",
        "vldmia r0!, {{s10-s17}}",
        "vldmia r6!, {{s18-s25}}",
        "vmla.f32 s0, s10, s2",
        "vmla.f32 s1, s18, s2",
        "vmla.f32 s0, s11, s3",
        "vmla.f32 s1, s19, s3",
        "vmla.f32 s0, s12, s4",
        "vmla.f32 s1, s20, s4",
        "vmla.f32 s0, s13, s5",
        "vmla.f32 s1, s21, s5",
        "vmla.f32 s0, s14, s6",
        "vmla.f32 s1, s22, s6",
        "vmla.f32 s0, s15, s7",
        "vmla.f32 s1, s23, s7",
        "vmla.f32 s0, s16, s8",
        "vmla.f32 s1, s24, s8",
        "vmla.f32 s0, s17, s9",
        "vmla.f32 s1, s25, s9",
        "subs r7, #8",
        "bhs 4b",
        "5:",
        // Four columns more if the carry is set, and those that are left.
        "lsls r7, r7, #30",
        "bcc 9f",
        "vldmia r12!, {{s2-s5}}",
        "vldmia r0!, {{s10-s13}}",
        "vldmia r6!, {{s18-s21}}",
        "vmla.f32 s0, s10, s2",
        "vmla.f32 s1, s18, s2",
        "vmla.f32 s0, s11, s3",
        "vmla.f32 s1, s19, s3",
        "vmla.f32 s0, s12, s4",
        "vmla.f32 s1, s20, s4",
        "vmla.f32 s0, s13, s5",
        "vmla.f32 s1, s21, s5",
        "9:",
        "beq 8f",
        "lsrs r7, r7, #30",
        "7:",
        "vldmia r12!, {{s2}}",
        "vldmia r0!, {{s10}}",
        "vldmia r6!, {{s18}}",
        "vmla.f32 s0, s10, s2",
        "vmla.f32 s1, s18, s2",
        "subs r7, #1",
        "bne 7b",
        "8:",
        "vstmia r5!, {{s0}}",
        "cmp r3, #0",
        "beq 6f",
        "vstmia r5!, {{s1}}",
        "mov r0, r6",
        "subs r3, #2",
        "bhs 2b",
        "6:",
        "vpop {{s16-s25}}",
        "pop {{r4-r7}}",
        "bx lr",
    )
}
