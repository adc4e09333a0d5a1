//! The innermost loops over vectors of a finished x86-64 program, as its machine code has them.
//!
//! A loop is what lies between a jump back and where it goes to; it is an innermost one if there is
//! no other inside. Of those that work with the registers of AVX-512 the instructions are counted,
//! and those of them that go to a fixed place on the stack: spills, where a kernel has more values
//! than there are registers. The stack is what RSP points to, and RBP in a function that has it
//! point there; elsewhere RBP is a register as any other.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use iced_x86::{Decoder, DecoderOptions, Instruction, Mnemonic, OpKind, Register};
use object::{Object, ObjectSection, ObjectSymbol, SymbolKind};

/// Instructions in innermost loops over vectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VectorLoops {
    /// All of them.
    pub instructions: u64,
    /// Those with a vector from or to a fixed place on the stack.
    pub spills: u64,
}

/// Returns the loops of each function that has such, by its name in the source. Functions of one
/// name are taken together.
pub fn read(path: &Path) -> Result<BTreeMap<String, VectorLoops>> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    let file = object::File::parse(&*bytes)?;
    let mut functions = BTreeMap::<String, VectorLoops>::new();
    for symbol in file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text) {
        let Some(section) = symbol.section_index() else { continue };
        let section = file.section_by_index(section)?;
        let Some(code) = section.data_range(symbol.address(), symbol.size())? else { continue };
        let found = of_function(code, symbol.address());
        if found.instructions > 0 {
            let name = format!("{:#}", rustc_demangle::demangle(symbol.name()?));
            let all = functions.entry(name).or_default();
            all.instructions += found.instructions;
            all.spills += found.spills;
        }
    }
    Ok(functions)
}

/// Returns the loops of a function that lies at this address.
fn of_function(code: &[u8], address: u64) -> VectorLoops {
    let decoder = Decoder::with_ip(64, code, address, DecoderOptions::NONE);
    let instructions: Vec<Instruction> = decoder.into_iter().collect();
    let has_frame_pointer = instructions.iter().any(sets_frame_pointer);
    let is_spill = |one: &&Instruction| has_vector(one) && is_on_stack(one, has_frame_pointer);
    let mut found = VectorLoops::default();
    for (start, end) in innermost(&jumps_back(&instructions)) {
        let body = instructions.iter().filter(|one| (start..=end).contains(&one.ip()));
        if body.clone().any(has_vector) {
            found.instructions += body.clone().count() as u64;
            found.spills += body.filter(is_spill).count() as u64;
        }
    }
    found
}

/// Returns where jumps back go to, and where the last one to there is.
fn jumps_back(instructions: &[Instruction]) -> BTreeMap<u64, u64> {
    let is_jump = |one: &&Instruction| one.is_jmp_short_or_near() || one.is_jcc_short_or_near();
    let jumps = instructions.iter().filter(is_jump);
    let start = instructions.first().map_or(0, Instruction::ip);
    let back = jumps.map(|jump| (jump.near_branch_target(), jump.ip()));
    // Jumps come in the order of their addresses: the last one to a place stays.
    back.filter(|&(to, from)| (start..=from).contains(&to)).collect()
}

/// Returns the loops that have none inside.
fn innermost(loops: &BTreeMap<u64, u64>) -> impl Iterator<Item = (u64, u64)> {
    let has_inner =
        |start: u64, end: u64| loops.range(start + 1..=end).any(|(_, &inner_end)| inner_end <= end);
    loops
        .iter()
        .map(|(&start, &end)| (start, end))
        .filter(move |&(start, end)| !has_inner(start, end))
}

/// Returns whether it has a register of 16 numbers.
fn has_vector(one: &Instruction) -> bool {
    let is_vector =
        |operand| one.op_kind(operand) == OpKind::Register && one.op_register(operand).is_zmm();
    (0..one.op_count()).any(is_vector)
}

/// Returns whether it is `mov rbp, rsp`.
fn sets_frame_pointer(one: &Instruction) -> bool {
    let is_register = |operand, register| {
        one.op_kind(operand) == OpKind::Register && one.op_register(operand) == register
    };
    one.mnemonic() == Mnemonic::Mov
        && is_register(0, Register::RBP)
        && is_register(1, Register::RSP)
}

/// Returns whether its memory is a fixed place on the stack.
fn is_on_stack(one: &Instruction, has_frame_pointer: bool) -> bool {
    let has_memory = (0..one.op_count()).any(|operand| one.op_kind(operand) == OpKind::Memory);
    let is_fixed = one.memory_index() == Register::None;
    let base = one.memory_base();
    let is_stack = base == Register::RSP || base == Register::RBP && has_frame_pointer;
    has_memory && is_fixed && is_stack
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `vaddps zmm0, zmm0, [rsp+64]`
    const SPILL: [u8; 8] = [0x62, 0xf1, 0x7c, 0x48, 0x58, 0x44, 0x24, 0x01];
    /// `vaddps zmm0, zmm0, [rbp+64]`
    const THROUGH_RBP: [u8; 7] = [0x62, 0xf1, 0x7c, 0x48, 0x58, 0x45, 0x01];
    /// `mov rbp, rsp`, as either of its two codes.
    const FRAMES: [[u8; 3]; 2] = [[0x48, 0x89, 0xe5], [0x48, 0x8b, 0xec]];
    /// `mov rbp, rdi`
    const ARGUMENT: [u8; 3] = [0x48, 0x89, 0xfd];
    /// `vaddps zmm0, zmm0, zmm1`
    const SUM: [u8; 6] = [0x62, 0xf1, 0x7c, 0x48, 0x58, 0xc1];
    /// `dec eax`
    const COUNT: [u8; 2] = [0xff, 0xc8];

    /// `jne`, so many bytes back from its end.
    fn jump(back: usize) -> [u8; 2] {
        [0x75, (back as u8).wrapping_neg()]
    }

    fn count(parts: &[&[u8]]) -> (u64, u64) {
        let loops = of_function(&parts.concat(), 0x1000);
        (loops.instructions, loops.spills)
    }

    #[test]
    fn a_loop_over_vectors_counts_with_its_spills() {
        assert_eq!(count(&[&SUM, &SUM, &COUNT, &jump(10)]), (3, 0));
        assert_eq!(count(&[&SPILL, &SUM, &SPILL, &COUNT, &jump(26)]), (5, 2));
    }

    #[test]
    fn through_rbp_is_a_spill_only_where_it_points_to_the_stack() {
        let body = [&THROUGH_RBP[..], &SPILL, &COUNT, &jump(19)].concat();
        for frame in FRAMES {
            assert_eq!(count(&[&frame, &body]), (4, 2));
        }
        assert_eq!(count(&[&ARGUMENT, &body]), (4, 1));
        assert_eq!(count(&[&body]), (4, 1));
    }

    #[test]
    fn of_loops_in_loops_the_innermost_count() {
        let inner = [&SUM[..], &COUNT, &jump(10)];
        assert_eq!(count(&[&SPILL, inner[0], inner[1], inner[2], &COUNT, &jump(22)]), (3, 0));
    }

    #[test]
    fn what_is_no_loop_or_has_no_vectors_does_not_count() {
        assert_eq!(count(&[&SPILL, &SUM]), (0, 0));
        assert_eq!(count(&[&COUNT, &jump(4), &SUM]), (0, 0));
        // Forwards.
        assert_eq!(count(&[&[0x75, 6], &SUM, &COUNT]), (0, 0));
    }
}
