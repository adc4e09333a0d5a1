//! Loops over eight columns at a time, then over those that are left.
//!
//! `VLDM` and `VSTM` move eight numbers. `VMLA` rounds the product and the sum, each by itself;
//! `VFMA`, which rounds once, would give other bits than the rest of the world.
//!
//! Functions that are assembly as a whole: registers for single precision cannot be named in
//! `asm!` where the unit has no double precision, as that of a Cortex-M4 has not. In such functions
//! the assembler knows of no unit until `.fpu` names one, the least that all targets have; whoever
//! writes others for more of a unit has to name that one as well.
#![expect(unsafe_code, reason = "instructions that `core` has no functions for")]

mod adam;
mod axpy;
mod gemm;
mod gemv;
mod ger;
mod sqrt;

pub use adam::{Adam, adam};
pub use axpy::axpy;
pub use gemm::{gemm, gemm_transposed};
pub use gemv::gemv;
pub use ger::{Rows, gemv_transposed, ger, ger_with_sum};
pub use sqrt::sqrt;

/// What is assembly as a whole, for a check that it keeps the registers of its caller. The
/// functions around it may keep some themselves, and so hide that it does not.
#[doc(hidden)]
pub mod routines {
    pub use super::adam::update;
    pub use super::axpy::add_multiple;
    pub use super::gemm::{two_columns, two_rows};
    pub use super::gemv::add_products;
    pub use super::ger::{add_multiples, exchange};
    pub use super::sqrt::square_root;
}

/// Returns how many whole rows a matrix has; as many as anybody may want where they are empty.
fn whole_rows(matrix: &[f32], columns: usize) -> usize {
    matrix.len().checked_div(columns).unwrap_or(usize::MAX)
}
