#![doc = include_str!("../README.md")]
#![no_std]
// An index that the compiler proves to be right at one level of optimisation panics at another.
#![deny(clippy::indexing_slicing)]

#[cfg(target_arch = "x86_64")]
mod instruction_set;

#[cfg(target_arch = "x86_64")]
pub use instruction_set::{InstructionSet, Kernel, avx2, avx512, has_avx2, has_avx512};
