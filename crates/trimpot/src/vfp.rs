//! Inner loops in the instructions of Arm's floating-point unit, where the processor has one:
//! whatever the program is compiled for, they cost the same.
//!
//! The sums and their order are those of the loops over [`Lanes`], and so are the bits.

use crate::lanes::Lanes;

cfg_select! {
    all(target_arch = "arm", target_os = "none", target_abi = "eabihf") => {
        use trimpot_vfp as unit;
        const IS_HERE: bool = true;
    }
    _ => {
        mod unit {
            pub use libm::sqrtf as sqrt;
            pub const fn axpy(_factor: f32, _x: &[f32], _y: &mut [f32]) {}
            pub const fn gemv(_matrix: &[f32], _x: &[f32], _offset: &[f32], _y: &mut [f32]) {}
        }
        const IS_HERE: bool = false;
    }
}
/// Returns the square root, correctly rounded; with the unit or without.
pub(crate) use unit::sqrt;

/// Returns whether [`gemv`] and [`axpy`] work: the processor has the unit, and a value is a number.
#[inline(always)]
pub(crate) const fn serves<V: Lanes>() -> bool {
    IS_HERE && V::LANES == 1
}

/// Writes offset plus weighted sum of `x` for each row of the matrix.
#[inline(always)]
pub(crate) fn gemv<V: Lanes>((matrix, offset): (&[f32], &[f32]), x: &[V], y: &mut [V]) {
    if let (Some(x), Some(y)) = (V::as_numbers(x), V::as_numbers_mut(y)) {
        unit::gemv(matrix, x, offset, y);
    }
}

/// Adds a multiple of `x`, values or weights, to `y`.
#[inline(always)]
pub(crate) fn axpy<X: Lanes, V: Lanes>(factor: V, x: &[X], y: &mut [V]) {
    if let (Some(x), Some(y)) = (X::as_numbers(x), V::as_numbers_mut(y)) {
        // The sum of a single lane is its number.
        unit::axpy(factor.sum(), x, y);
    }
}
