#![doc = include_str!("../README.md")]
#![no_std]
// An index that the compiler proves to be right at one level of optimisation panics at another.
#![deny(clippy::indexing_slicing)]

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod instruction_set;

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
pub use instruction_set::{InstructionSet, Kernel, avx2, avx512, has_avx2, has_avx512};
