//! A matrix times a vector.

use core::arch::naked_asm;

/// `y[r] = offset[r] + Σ matrix[r][i] · x[i]`: the sum begins with the offset, and goes on in the
/// order of the columns.
///
/// The matrix lies row by row, and has as many columns as `x` has numbers. Rows for which there is
/// no `y`, no offset or no whole row of the matrix are left out.
pub fn gemv(mut matrix: &[f32], x: &[f32], offset: &[f32], y: &mut [f32]) {
    let whole = matrix.len().checked_div(x.len()).unwrap_or(usize::MAX);
    let rows = y.len().min(offset.len()).min(whole);
    let (Some(y), Some(offset)) = (y.get_mut(..rows), offset.get(..rows)) else { return };
    let mut row = || {
        let (row, others) = matrix.split_at_checked(x.len())?;
        matrix = others;
        Some(row)
    };
    let (pairs, last) = y.as_chunks_mut();
    let (offsets, last_offset) = offset.as_chunks();
    for (y, &offset) in pairs.iter_mut().zip(offsets) {
        let (Some(first), Some(second)) = (row(), row()) else { return };
        *y = two_rows([first, second], x, offset);
    }
    if let ([y], [offset], Some(row)) = (last, last_offset, row()) {
        [*y, _] = two_rows([row, row], x, [*offset; 2]);
    }
}

/// Returns the offsets plus the sums of the products of each row with `x`.
fn two_rows([first, second]: [&[f32]; 2], x: &[f32], [a, b]: [f32; 2]) -> [f32; 2] {
    let columns = x.len().min(first.len()).min(second.len());
    // SAFETY: none of the three has fewer numbers than there are columns.
    let Sums(a, b) =
        unsafe { add_products(x.as_ptr(), columns, first.as_ptr(), second.as_ptr(), a, b) };
    [a, b]
}

/// Two sums, in two registers.
#[repr(C)]
struct Sums(f32, f32);

/// Adds the products of two rows with `x` to two sums.
///
/// Side by side: each sum waits for the one before.
///
/// # Safety
/// `x` and the rows have as many numbers as there are columns.
#[unsafe(naked)]
unsafe extern "C" fn add_products(
    x: *const f32,
    columns: usize,
    first: *const f32,
    second: *const f32,
    a: f32,
    b: f32,
) -> Sums {
    naked_asm!(
        ".fpu fpv4-sp-d16",
        "vpush {{s16-s31}}",
        "subs r1, #8",
        "blo 3f",
        "2:",
        "vldmia r0!, {{s8-s15}}",
        "vldmia r2!, {{s16-s23}}",
        "vldmia r3!, {{s24-s31}}",
        "vmla.f32 s0, s16, s8",
        "vmla.f32 s1, s24, s8",
        "vmla.f32 s0, s17, s9",
        "vmla.f32 s1, s25, s9",
        "vmla.f32 s0, s18, s10",
        "vmla.f32 s1, s26, s10",
        "vmla.f32 s0, s19, s11",
        "vmla.f32 s1, s27, s11",
        "vmla.f32 s0, s20, s12",
        "vmla.f32 s1, s28, s12",
        "vmla.f32 s0, s21, s13",
        "vmla.f32 s1, s29, s13",
        "vmla.f32 s0, s22, s14",
        "vmla.f32 s1, s30, s14",
        "vmla.f32 s0, s23, s15",
        "vmla.f32 s1, s31, s15",
        "subs r1, #8",
        "bhs 2b",
        "3:",
        "adds r1, #8",
        "beq 5f",
        "4:",
        "vldmia r0!, {{s8}}",
        "vldmia r2!, {{s16}}",
        "vldmia r3!, {{s24}}",
        "vmla.f32 s0, s16, s8",
        "vmla.f32 s1, s24, s8",
        "subs r1, #1",
        "bne 4b",
        "5:",
        "vpop {{s16-s31}}",
        "bx lr",
    )
}
