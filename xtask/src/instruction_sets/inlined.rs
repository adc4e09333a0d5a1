//! Whether operations on vectors of instruction sets that are chosen at run time are instructions.
//!
//! Where a function around them is not inlined into what was compiled for the instruction set
//! (`Lanes::vectorize`), each of them is a call: the program computes the same, many times slower.
//! It then has a function for each operation, by whose name that is found.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::elf;

/// How the last part of such a name begins: intrinsics of the standard library.
const INTRINSICS: [&str; 2] = ["_mm256_", "_mm512_"];
/// How such a name begins: methods of instruction sets and of types that are made of their
/// registers.
const METHODS: [&str; 3] =
    ["<trimpot_x86::", "<trimpot::lanes::registers::", "<trimpot::lanes::in_step::"];
/// How the names of functions of arrays begin (`map`, `from_fn` and what these consist of): they
/// take vectors in memory, and call what they are given.
const ARRAYS: [&str; 2] = ["<[", "core::array::"];
/// What is in the names of functions over such vectors.
const VECTORS: [&str; 2] = ["trimpot::lanes::registers::", "trimpot::lanes::in_step::"];
/// What is in the names of methods that are for people.
const FORMATTED: &str = " as core::fmt::";
/// How functions that are compiled for the instruction sets begin: a program without them chooses
/// none.
const VECTORIZED: [&str; 2] =
    ["trimpot_x86::instruction_set::avx2::call", "trimpot_x86::instruction_set::avx512::call"];

/// Checks a program that is built for any x86-64, with all optimisations.
pub fn check(program: &Path) -> Result<()> {
    judge(&elf::symbols(program)?).with_context(|| program.display().to_string())
}

/// Fails if one of the symbols is an operation, or if there is no sign of the instruction sets.
fn judge(symbols: &[String]) -> Result<()> {
    let [avx2, avx512] =
        VECTORIZED.map(|name| symbols.iter().filter(|symbol| symbol.starts_with(name)).count());
    ensure!(avx2 > 0 && avx512 > 0, "it has {avx2} functions for AVX2 and {avx512} for AVX-512");
    let mut calls: Vec<_> = symbols.iter().filter(|symbol| is_operation(symbol)).collect();
    calls.sort();
    calls.dedup();
    let names = calls.iter().map(|name| format!("\n  {name}")).collect::<String>();
    ensure!(calls.is_empty(), "operations on vectors are calls, not instructions:{names}");
    println!("{avx2} functions for AVX2, {avx512} for AVX-512: no operation is a call");
    Ok(())
}

/// Returns whether a function, named as in the source, is a single operation on a vector.
fn is_operation(symbol: &str) -> bool {
    let is_intrinsic = symbol
        .split("::")
        .any(|part| INTRINSICS.iter().any(|intrinsic| part.starts_with(intrinsic)));
    let is_method = METHODS.iter().any(|method| symbol.starts_with(method));
    let is_of_arrays = ARRAYS.iter().any(|array| symbol.starts_with(array))
        && VECTORS.iter().any(|vector| symbol.contains(vector));
    is_intrinsic || (is_method || is_of_arrays) && !symbol.contains(FORMATTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(others: &[&str]) -> Result<()> {
        let symbols = VECTORIZED.iter().chain(others).map(|&symbol| symbol.to_owned());
        judge(&symbols.collect::<Vec<_>>())
    }

    #[test]
    fn an_operation_that_is_a_function_fails() {
        assert!(judged(&["main", "trimpot::math::exp::exp"]).is_ok());
        for operation in [
            "_mm256_add_ps",
            "core::core_arch::x86::avx::_mm256_add_ps",
            "core::core_arch::x86::avx512f::_mm512_mask_blend_ps",
            "core::core_arch::x86::avx512f::_mm512_cmp_ps_mask::<17>",
            "<trimpot_x86::instruction_set::avx2::Avx2 as \
             trimpot_x86::instruction_set::InstructionSet<_>>::select",
            "<trimpot::lanes::registers::Vector<S,_> as core::ops::arith::Mul>::mul",
            "<trimpot::lanes::in_step::Pair<T> as core::ops::arith::Add>::add",
            "<[&[trimpot::lanes::registers::Vector<S, 16>]; 4]>::try_map::<_, _>",
            "core::array::from_fn::<trimpot::lanes::registers::Vector<S, 16>, 3, _>",
        ] {
            let error = judged(&["main", operation]).unwrap_err().to_string();
            assert!(error.ends_with(&format!("\n  {operation}")), "{error}");
        }
    }

    #[test]
    fn what_is_no_operation_passes() {
        for function in [
            // What every x86-64 has.
            "core::core_arch::x86::sse::_mm_sfence",
            "<trimpot::lanes::registers::Vector<S,_> as core::fmt::Debug>::fmt",
            "trimpot::optimizer::update_each",
            "core::array::from_fn::<f32, 3, _>",
            "<[trimpot::lanes::registers::Vector<S, 16>] as core::fmt::Debug>::fmt",
            "trimpot_x86::instruction_set::avx2_features::init_get::init_inner",
        ] {
            assert!(judged(&[function]).is_ok(), "{function}");
        }
    }

    #[test]
    fn a_program_that_chooses_nothing_does_not_pass() {
        assert!(judge(&[]).is_err());
        assert!(judge(&["main".to_owned()]).is_err());
        assert!(judge(&VECTORIZED[..1].iter().map(|&s| s.to_owned()).collect::<Vec<_>>()).is_err());
    }
}
