#![doc = include_str!("../README.md")]
#![no_std]
// An index that the compiler proves to be right at one level of optimisation panics at another.
#![deny(clippy::indexing_slicing)]

#[cfg(all(target_arch = "arm", target_os = "none", target_abi = "eabihf"))]
mod kernels;

#[cfg(all(target_arch = "arm", target_os = "none", target_abi = "eabihf"))]
pub use kernels::{
    Adam, Rows, adam, axpy, gemm, gemm_transposed, gemv, gemv_transposed, ger, ger_with_sum,
    routines, sqrt,
};
