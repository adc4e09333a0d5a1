//! A multiple of a vector added to another.

use core::arch::naked_asm;

/// `y[i] += factor · x[i]`, for as many as the shorter of both has.
#[inline]
pub fn axpy(factor: f32, x: &[f32], y: &mut [f32]) {
    let columns = x.len().min(y.len());
    // SAFETY: neither has fewer numbers than there are columns.
    unsafe { add_multiple(x.as_ptr(), columns, y.as_mut_ptr(), factor) }
}

/// Adds a multiple of `x` to `y`.
///
/// # Safety
/// Both have as many numbers as there are columns.
#[unsafe(naked)]
pub unsafe extern "C" fn add_multiple(x: *const f32, columns: usize, y: *mut f32, factor: f32) {
    naked_asm!(
        ".fpu fpv4-sp-d16",
        // Eight of each and the factor are one register more than are free.
        "vpush {{s16}}",
        "subs r1, #8",
        "blo 3f",
        "2:",
        "vldmia r0!, {{s1-s8}}",
        "vldmia r2, {{s9-s16}}",
        "vmla.f32 s9, s0, s1",
        "vmla.f32 s10, s0, s2",
        "vmla.f32 s11, s0, s3",
        "vmla.f32 s12, s0, s4",
        "vmla.f32 s13, s0, s5",
        "vmla.f32 s14, s0, s6",
        "vmla.f32 s15, s0, s7",
        "vmla.f32 s16, s0, s8",
        "vstmia r2!, {{s9-s16}}",
        "subs r1, #8",
        "bhs 2b",
        "3:",
        "adds r1, #8",
        "beq 5f",
        "4:",
        "vldmia r0!, {{s1}}",
        "vldmia r2, {{s9}}",
        "vmla.f32 s9, s0, s1",
        "vstmia r2!, {{s9}}",
        "subs r1, #1",
        "bne 4b",
        "5:",
        "vpop {{s16}}",
        "bx lr",
    )
}
