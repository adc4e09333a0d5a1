//! The square root.

use core::arch::naked_asm;

/// Returns the square root, correctly rounded; NaN below zero.
#[inline]
#[must_use]
pub fn sqrt(x: f32) -> f32 {
    square_root(x)
}

/// Touches nothing but the register that holds its argument.
#[unsafe(naked)]
pub extern "C" fn square_root(x: f32) -> f32 {
    naked_asm!(".fpu fpv4-sp-d16", "vsqrt.f32 s0, s0", "bx lr")
}
