//! Code that has to be small on a microcontroller: loops that are not unrolled.
//!
//! Where a length is a constant the compiler unrolls a loop as often as there are elements: so the
//! cross-entropy of ten classes took 3.3 KB of the 8.3 of a program that trains.

use core::hint::black_box;

/// Whether code has to be small.
const IS_SCARCE: bool = cfg!(target_os = "none");

/// Returns the slice. Where code has to be small, the compiler does not learn its length.
#[inline(always)]
pub(crate) fn any_length<T>(slice: &[T]) -> &[T] {
    if IS_SCARCE { black_box(slice) } else { slice }
}

/// [`any_length`], to be changed.
#[inline(always)]
pub(crate) fn any_length_mut<T>(slice: &mut [T]) -> &mut [T] {
    if IS_SCARCE { black_box(slice) } else { slice }
}
